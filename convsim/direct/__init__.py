"""The Direct API: the SDK's resources as plain Python, for the test's own hand."""
