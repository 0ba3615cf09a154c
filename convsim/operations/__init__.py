"""The operations of the API: their inputs, their verbs, and their routes."""
