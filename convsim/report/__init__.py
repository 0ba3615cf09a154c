"""Text and pages for people, made from the journal and the state."""
