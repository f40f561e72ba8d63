"""Builds the Lambda layers of a stage from uv.lock and the project's own sources."""
