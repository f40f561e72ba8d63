"""Taking a stack down, and looking for what is left of it."""
