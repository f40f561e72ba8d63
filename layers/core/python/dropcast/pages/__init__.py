"""Readable pages: the shell that all reports and cards share."""
