"""The emulated service that all fronts share."""
