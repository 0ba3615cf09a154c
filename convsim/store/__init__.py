"""Conversations and their items, in memory: no HTTP, no clock, no randomness."""
