"""The Lambda functions: each handler reads an event and calls one step of ``dropcast.steps``."""
