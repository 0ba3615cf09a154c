"""Values and ports that everything shares: the time, ids, choices, files, views of JSON."""
