"""The search for a candidate: a board of what was tried, and what to try next."""
