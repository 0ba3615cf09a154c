"""The traffic of HTTP and WebSockets: neutral values, exact bytes, base URLs."""
