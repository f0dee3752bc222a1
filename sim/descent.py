"""Full-batch gradient descent on least squares from zero, every time at once, in closed form.

Step h on |y − Φθ|²/(2D), Φ (D × N): with ΦᵀΦ/D = U diag(l) Uᵀ and b = Φᵀy/D, after t steps
θ_t = U f_t(l) Uᵀ b with f_t(l) = (1 − (1 − h l)^t)/l, and f_t = h t at l = 0. Exact for a linear student and a constant
step; rounding and other optimisers are not modelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim import linalg, parameters
from sim.grid_solve import Moments
from sim.largest_eigenvalue import largest_eigenvalue

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from torch import Tensor

    from sim.largest_eigenvalue import Array


def filters(eigenvalues: Tensor, step: float, times: Sequence[int]) -> Tensor:
    """f_t(l) for every eigenvalue l ≥ 0 and every t of ``times``, without cancellation; shape (..., N, n_times).

    −expm1(t log1p(−h l))/l while h l < 1/2; beyond, with r = 1 − h l, |r|^t by its logarithm and the sign of r
    for odd t, which serves 1 < h l < 2 (convergent, oscillating) and h l > 2 (divergent).
    """
    l = eigenvalues.clamp_min(0.0)[..., None]
    t = linalg.array([float(time) for time in times], eigenvalues)
    odd = linalg.array([float(time % 2) for time in times], eigenvalues)
    r = 1 - step * l
    small = -(t * (-step * l).clamp_min(-0.5).log1p()).expm1()
    power = (t * r.abs().log()).exp() * (1 - odd * (1 - r.sign()))
    at_start = linalg.array([float(time == 0) for time in times], eigenvalues)
    power = linalg.where(r == 0, at_start, power)
    grown = linalg.where(step * l < 0.5, small, 1 - power)
    return linalg.where(l > 0, grown / l, step * t)


def residuals(eigenvalues: Tensor, step: float, times: Sequence[int]) -> Tensor:
    """(1 − h l)^t for every eigenvalue l ≥ 0 and every t of ``times``, shape (..., N, n_times); small ones too.

    What descent leaves of the component of the target along an eigenvector. Signed, and growing where h l > 2.
    """
    l = eigenvalues.clamp_min(0.0)[..., None]
    t = linalg.array([float(time) for time in times], eigenvalues)
    odd = linalg.array([float(time % 2) for time in times], eigenvalues)
    r = 1 - step * l
    log = linalg.where(step * l < 0.5, (-step * l).clamp_min(-0.5).log1p(), r.abs().log())
    power = linalg.where(t > 0, (t * log).exp(), t * 0 + 1)
    return power * (1 - odd * (1 - r.sign()))


def is_stable(X: Array | csr_array, step: float) -> bool:
    """Whether descent with this step on |y − Xθ|²/(2D) does not diverge, X (D × N): largest curvature at most 2/h."""
    return largest_eigenvalue(X) <= 2 / parameters.positive("step", step, "descent moves against the gradient")


def coefficients(Phi: Tensor, y: Tensor, *, step: float, times: Sequence[int]) -> Tensor:
    """θ_t for every t of ``times``, shape (..., N, n_times), for Φ (..., D, N) and y (..., D)."""
    n_samples = Phi.shape[-2]
    l, U = linalg.eigh(Phi.mT @ Phi / n_samples)
    b = U.mT @ (Phi.mT @ y[..., None]) / n_samples
    return U @ (filters(l, step, times) * b)


def losses(Phi: Tensor, y: Tensor, moments: Moments, *, step: float, times: Sequence[int]) -> Tensor:
    """Population loss of θ_t for every t of ``times``, shape (..., n_times)."""
    return moments.losses(coefficients(Phi, y, step=step, times=times))
