"""Laws of unstable steps on sparse data, derived by sympy from the law of a row: λ_i = i^−(1+α), p_i = c i^−η.

Leading order at thresholds ω above the bulk and η > 1 + α: one rare, strong coordinate in one row makes the eigenvalue
a_i² z²/D. Derived in docs/sparse_features/descent.md.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.random_features_laws import ALPHA, INDEX, SPECTRUM, D, N
from theory.sparse_features.unseen_mass_laws import ACTIVATION, ETA

GAMMA, OMEGA, Z, Q, X = sp.symbols("gamma omega z q x", positive=True)
"""γ = η − 1 − α, which is positive here; the threshold ω; |z|; q; a chi-square."""


def growth(activation: sp.Lambda = ACTIVATION, spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Exponent γ of the gains a_i² = λ_i/p_i in the index: η − 1 − α."""
    gain = spectrum(INDEX) / activation(INDEX)
    return sp.simplify(INDEX * sp.diff(sp.expand_log(sp.log(gain), force=True), INDEX))


@cache
def rarest_index(activation: sp.Lambda = ACTIVATION, spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Index above which an amplitude z in one row is a spike beyond ω: a_i² z² = D ω. It is (cDω/z²)^(1/γ)."""
    gain = sp.powsimp((spectrum(INDEX) / activation(INDEX)).subs(ETA, 1 + ALPHA + GAMMA))
    (index,) = sp.solve(sp.Eq(gain * Z**2, D * OMEGA), INDEX)
    return sp.powdenest(index, force=True)


@cache
def spikes_of_amplitude(activation: sp.Lambda = ACTIVATION) -> sp.Expr:
    """Expected number of spikes beyond ω if all amplitudes are ±z: D ∫ p(i) di from `rarest_index` on."""
    p = activation(INDEX).subs(ETA, 1 + ALPHA + GAMMA)
    tail = sp.integrate(p, (INDEX, X, sp.oo), conds="none")
    return sp.powsimp(sp.expand_power_base(sp.simplify(D * tail.subs(X, rarest_index())), force=True), force=True)


def index_of_tail() -> sp.Expr:
    """Index q = (η − 1)/γ of the Pareto tail of the largest eigenvalue: R falls as ω^−q."""
    return sp.simplify(-OMEGA * sp.diff(sp.expand_log(sp.log(spikes_of_amplitude()), force=True), OMEGA))


def sample_exponent() -> sp.Expr:
    """Exponent q − 1 = α/γ of the probability in the number of samples."""
    return sp.simplify(-D * sp.diff(sp.expand_log(sp.log(spikes_of_amplitude()), force=True), D))


@cache
def gaussian_moment() -> sp.Expr:
    """E |z|^(2q), z ~ N(0, 1): 2^q Γ(q + 1/2)/sqrt(π)."""
    return sp.simplify(
        sp.integrate(Z ** (2 * Q) * sp.exp(-(Z**2) / 2) * sp.sqrt(2 / sp.pi), (Z, 0, sp.oo), conds="none")
    )


@cache
def spikes_law() -> sp.Expr:
    """R = c/(η − 1) E|z|^(2q) D (cDω)^(−q), Gaussian amplitudes; with P = 1 − e^(−R). In α, γ, c, D, ω."""
    law = spikes_of_amplitude()
    power = sp.simplify(Z * sp.diff(sp.expand_log(sp.log(law), force=True), Z) / 2)
    return sp.powsimp(law.subs(Z, 1), force=True) * gaussian_moment().subs(Q, power)


@cache
def feature_factor() -> sp.Expr:
    """E (χ²_N/N)^q = (2/N)^q Γ(N/2 + q)/Γ(N/2): what N random features F ~ N(0, 1/N) multiply R by."""
    density = X ** (N / 2 - 1) * sp.exp(-X / 2) / (2 ** (N / 2) * sp.gamma(N / 2))
    return sp.simplify(sp.integrate((X / N) ** Q * density, (X, 0, sp.oo), conds="none"))


def values(expression: sp.Expr, *, decay: sp.Expr, sparsity: sp.Expr) -> sp.Expr:
    """The law at given exponents; raises ValueError unless sparsity exceeds 1 + decay."""
    gamma = sp.nsimplify(sparsity) - 1 - sp.nsimplify(decay)
    if not gamma > 0:
        raise ValueError(f"sparsity must exceed 1 + decay, got decay={decay}, sparsity={sparsity}")
    return expression.subs({ALPHA: sp.nsimplify(decay), GAMMA: gamma})
