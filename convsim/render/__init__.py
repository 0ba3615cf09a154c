"""Pictures of conversations for people: pure functions of what they show."""
