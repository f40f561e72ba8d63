"""The tables of the lake, as ports of the steps: arrays or frames, by the function's layer."""
