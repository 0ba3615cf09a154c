"""The public object, composed of the service and the fronts for its clients."""

from convsim.emulator.emulator import Emulator, patched_quietly, unused, with_options

__all__ = ["Emulator", "patched_quietly", "unused", "with_options"]
