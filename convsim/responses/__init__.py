"""Turns of ``/v1/responses``: what a request may hold, what the script answers, and what the conversation keeps."""
