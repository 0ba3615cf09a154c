"""The emulated service behind every front."""
