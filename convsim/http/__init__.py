"""What travels over HTTP and WebSockets: neutral values, exact bytes, base URLs."""
