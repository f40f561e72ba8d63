"""The layer programs are run by a test in a process of their own, never imported by pytest."""

collect_ignore = ["layer_programs"]
