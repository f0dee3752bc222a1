"""The machine type: what decides the bits of a simulation beside its code, its parameters and its seed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

PACKAGES = ("numpy", "scipy", "torch")
KERNEL_SETTINGS = ("OPENBLAS_CORETYPE", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "ATEN_CPU_CAPABILITY")
VECTORS = ("avx512f", "avx2", "avx")


def machine_type(device: str) -> str:
    """Device, processor, settings that choose the BLAS kernel, and versions of the numerical packages.

    Runs on equal types agree bit for bit, on different ones within rounding.
    """
    name = _processor()
    if device != "cpu":
        import torch

        name = f"{torch.cuda.get_device_name(device)} beside {name}"
    settings = [f"{key}={os.environ[key]}" for key in KERNEL_SETTINGS if os.environ.get(key)]
    versions = [f"{package} {importlib.metadata.version(package)}" for package in PACKAGES]
    return ", ".join([name, *settings, *versions])


def _processor() -> str:
    """Model of the processor, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    said = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    vectors = [flag for flag in VECTORS if flag in said.get("flags", "").split()]
    return " ".join([platform.machine(), said.get("model name", ""), *vectors[:1]]).replace("  ", " ").strip()
