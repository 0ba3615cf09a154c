"""Libraries beside the fixture `convsim` and the guard, in an environment of their own: `.ci/run neighbours`."""
