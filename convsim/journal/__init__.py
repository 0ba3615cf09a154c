"""What happened: entries, what of them is secret, the bounded line of them, and its file."""
