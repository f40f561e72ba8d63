"""What the stack costs: AWS's list prices, what bills at rest, and what each use adds."""
