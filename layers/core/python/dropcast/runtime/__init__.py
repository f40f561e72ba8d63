"""What every Lambda door shares: wiring made once per cold start, events, logs, answers."""
