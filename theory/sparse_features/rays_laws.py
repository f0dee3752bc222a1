"""Share of the rows that have a ray of their own, symbolic: derived from the activation probabilities.

With p_1 = 1 every row has coordinate 1, and a row has a ray of its own unless all others are silent:
share = 1 − Π_{i≥2} (1 − p_i).
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

I, M, D = sp.symbols("i M D", positive=True, integer=True)
SPARSITY = 2


def probability(index: sp.Expr, sparsity: int = SPARSITY) -> sp.Expr:
    """p_i = i^−sparsity, scale 1."""
    return index**-sparsity


def silent_share(sparsity: int = SPARSITY) -> sp.Expr:
    """Π_{i=2}^M (1 − p_i) for M coordinates: (M + 1)/(2M) at sparsity 2. Exact, a whole sparsity."""
    return sp.simplify(sp.product(1 - probability(I, sparsity), (I, 2, M)))


def own_ray_share(sparsity: int = SPARSITY) -> sp.Expr:
    """Rays per row in the limit of many rows and coordinates, 1 − lim_M Π: 1/2 at sparsity 2."""
    return 1 - sp.limit(silent_share(sparsity), M, sp.oo)


def rays_law(sparsity: int = SPARSITY) -> sp.Expr:
    """Expected rays of D rows at infinitely many coordinates: D share + 2 [1 − (1 − (1 − share)/2)^D]. Exact."""
    share = own_ray_share(sparsity)
    return D * share + 2 * (1 - (1 - (1 - share) / 2) ** D)


def rays_per_sample(n_samples: int) -> sp.Expr:
    """`rays_law` over D at a size of any magnitude, sparsity 2; exact but for (3/4)^D, which is below 10^−100 there.

    Raises ValueError below 1000 rows.
    """
    if n_samples < 1000:
        raise ValueError(f"n_samples must be at least 1000, got {n_samples}; use rays_law, which is exact")
    share = own_ray_share()
    return share + sp.Rational(*Fraction(2, n_samples).as_integer_ratio())
