"""What is deployed: constructs by capability, one stack that reads as prose."""
