"""S3 adapters for the ports of ``contracts.ports``, and their in-memory twins."""
