"""The operations of the API: what each takes, what it does, and where it is reached."""
