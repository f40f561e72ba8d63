"""The project's root and its tools: Python, Node, uv, the CDK CLI, the builder of layers."""
