"""The item catalogue: what clients may send, how it is stored, and what ``include`` reveals."""
