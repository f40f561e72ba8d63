"""The promises, each a function of the observed state that returns what breaks it."""
