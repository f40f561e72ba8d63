"""What did not get where it should, and how each kind of it is sent again."""
