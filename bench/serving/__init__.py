"""What a prediction costs: cold start, latency, throughput, sizes, money."""
