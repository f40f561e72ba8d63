"""Is all there that a deployment needs? Facts are gathered at the edge, checks are pure."""
