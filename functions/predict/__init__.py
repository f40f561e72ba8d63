"""The functions of the API, and the one that scores dropped files."""
