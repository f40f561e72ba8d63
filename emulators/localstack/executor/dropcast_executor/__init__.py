"""LocalStack's Lambda functions as processes of this machine. All but ``plugin`` is the standard
library alone, so that it can be tested where LocalStack is not installed."""
