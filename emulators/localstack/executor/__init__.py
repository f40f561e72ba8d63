"""The sources of the distribution ``dropcast-executor``, which LocalStack loads as a plugin."""
