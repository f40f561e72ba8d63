"""The function that builds features."""
