"""Probes of S3 and of its events."""
