"""What every Lambda door shares: dependencies made once per cold start, events, logs, answers."""
