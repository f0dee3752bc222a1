"""One BLAS thread per process, set before numpy is imported: draws are spread over processes, not over threads.

Two threads that share a busy core can be ten times slower than one. A setting of the user's own is left alone.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
