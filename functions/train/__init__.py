"""The functions of the state machine, one a state."""
