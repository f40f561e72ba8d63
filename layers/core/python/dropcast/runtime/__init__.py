"""What is Lambda's or HTTP's: dependencies made once per cold start, events, logs, answers."""
