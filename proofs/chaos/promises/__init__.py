"""The six promises, each a function of what was found: it returns what breaks it."""
