"""SiLU tickets: mean loss b² + v/N of ensembles, as predictions."""

from __future__ import annotations

from collections.abc import Sequence

from theory.lottery_tickets import silu_laws as laws
from theory.lottery_tickets.identities import ensemble_mse
from theory.parameters import sizes_of
from theory.precision import Real
from theory.prediction import Prediction


def _ensembles(ticket: laws.BiasVariance, n_tickets: Sequence[int]) -> Prediction:
    sizes = sizes_of("n_tickets", n_tickets)
    means = [float(ensemble_mse(ticket.squared_bias, ticket.variance, N)) for N in sizes]
    error = 2 * float(ticket.error)
    return Prediction({"mse": means}, {"mse": [error] * len(sizes)})  # type: ignore[dict-item]


def pairs(*, weights: Sequence[Sequence[Real]], n_tickets: Sequence[int]) -> Prediction:
    """Column "mse" of averages of N pair tickets (2x/w) tanh(wx/2), w uniform on each (low, high) of ``weights``.

    b² + v/N, exact; every N for the first interval, then for the next; shape (n_intervals · n_sizes,). Raises
    ValueError unless 0 < low < high. Derived in docs/lottery_tickets/exact.md.
    """
    each = [_ensembles(laws.pair(low, high), n_tickets) for low, high in weights]
    return Prediction(
        {"mse": [m for prediction in each for m in prediction.values["mse"]]},  # type: ignore[dict-item]
        {"mse": [a for prediction in each for a in prediction.allowance["mse"]]},  # type: ignore[dict-item]
    )


def shifted(*, span: Real, sharpness: Real, n_tickets: Sequence[int]) -> Prediction:
    """Column "mse" of N SiLU neurons with kinks uniform on (−span, span), see `silu_laws.shifted`. Exact.

    Raises ValueError unless span > 1 and sharpness > 0. Derived in docs/lottery_tickets/exact.md.
    """
    return _ensembles(laws.shifted(span, sharpness), n_tickets)
