"""Choice and settings of the device: one thread, float64, no reduced-precision matrix products."""

from __future__ import annotations


def choose(device: str | None = None) -> str:
    """Name of the device to simulate on: the one asked for, else "cuda" where there is one, else "cpu".

    Raises ValueError if a CUDA device is asked for and none is present, or if the name is unknown.
    """
    import torch

    present = torch.cuda.is_available()
    if device is None:
        return "cuda" if present else "cpu"
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda") or (number and not (kind == "cuda" and number.isdecimal())):
        raise ValueError(f"device must be 'cpu', 'cuda' or 'cuda:NUMBER', got {device!r}; omit it to choose")
    if kind == "cuda" and not (present and int(number or 0) < torch.cuda.device_count()):
        raise ValueError(f"device {device!r} is not present on this machine; pass 'cpu' or omit the device")
    return device


def prepare(device: str | None = None) -> str:
    """Set torch up for reproducible simulation and return the device chosen by `choose`.

    One thread per process (draws are spread over processes), float64 by default, TF32 off.
    """
    import torch

    chosen = choose(device)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.set_float32_matmul_precision("highest")  # no TF32 in matrix products
    torch.backends.cudnn.allow_tf32 = False
    return chosen
