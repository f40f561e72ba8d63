"""The use cases that a caller of the API waits for."""
