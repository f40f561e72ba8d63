"""Words between rooms: messages, S3 key grammar, environment names, ports, errors."""
