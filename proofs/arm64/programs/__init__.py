"""Programs that run on both architectures, each a file that imports only what its layers hold."""
