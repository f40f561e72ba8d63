"""The search for a candidate: a leaderboard of what was tried, and what to try next."""
