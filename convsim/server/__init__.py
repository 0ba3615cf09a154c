"""The emulator behind a port: who may ask, sessions, the control plane, and uvicorn as the runner."""
