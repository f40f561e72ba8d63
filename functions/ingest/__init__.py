"""The function that takes dropped files in."""
