"""The Direct API: the SDK's resources as plain Python calls, for the test itself."""
