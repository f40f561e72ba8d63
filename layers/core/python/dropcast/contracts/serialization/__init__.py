"""Frozen dataclasses, their JSON documents, and the canonical bytes that are hashed."""
