"""A simulation that costs a second of waiting a chunk and no processor, so that neighbours do not matter."""

import time


def wait(stream, *, seconds):
    """Normal numbers after a while."""
    time.sleep(seconds)
    return {"x": stream.normal(3)}
