"""The command `dropcast`: options, one call of ``operations``, and its result on the terminal."""
