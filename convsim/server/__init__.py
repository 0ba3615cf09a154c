"""The emulator behind a port: admission of requests, sessions, the control plane, and uvicorn as the runner."""
