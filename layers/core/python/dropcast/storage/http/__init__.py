"""One S3 bucket, read with the standard library alone."""
