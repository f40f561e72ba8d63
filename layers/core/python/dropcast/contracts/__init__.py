"""What packages agree on: messages, S3 key grammar, environment names, ports, errors."""
