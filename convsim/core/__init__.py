"""Values and ports that every room shares: the time, ids, choices, files, views of JSON."""
