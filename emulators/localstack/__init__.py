"""LocalStack without Docker, or by its image, with functions as processes of this machine."""
