"""The journal: its entries, their secrets, the bounded sequence of them, and its file."""
