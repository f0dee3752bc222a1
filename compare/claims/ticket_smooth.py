"""SiLU neurons fit the square with any accuracy: the size of the readout weights, not their number, sets the floor."""

import theory.lottery_tickets.smooth as law
import theory.lottery_tickets.smooth_laws as symbolic
from compare import Asymptote, Claim, Experiment, Level, Prediction
from sim.lottery_tickets.smooth import JITTER, RADII, floors

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/smooth.md"
WEIGHTS = (0.1, 0.2)


def trial(networks, powers):
    """Two random weights per network, and the moments of A and R that its law and the rivals need."""
    return {
        "networks": tuple(name for name in networks for _ in WEIGHTS),
        "weights": WEIGHTS * len(networks),
        "powers": powers,
    }


UNBIASED = trial(("unbiased_pair", "two_pairs"), ((2, 8), (1, 8), (3, 8), (4, 12), (3, 12), (5, 12), (2, 12)))
BIASED = trial(("neuron", "pair"), ((1, 6), (2, 6), (4, 12), (3, 12), (5, 12)))
MINIMAX = {3: 17 / 560, 4: 31 / 4032, 6: 71 / 146432}
"""Mean squares over [−1, 1] of the monic Chebyshev polynomials, (1 − 1/(4k² − 1))/2^(2k−1)."""


def floor(name, network, world, statement, rivals, **fields):
    """A claim on the two points of one network."""
    first = world["networks"].index(network)
    known = law.LAWS[network]
    reach = [JITTER * RADII[1] * w for w in world["weights"]]

    def instead(factor=1.0, norm_power=known.norm_power):
        """Another constant or another power of the weight norm."""

        def predict(given):
            moment = given[f"norm{norm_power}_radius{known.radius_power}"]
            return Prediction({"loss": factor * law.constant(network) * moment})

        return predict

    def minimax(given):
        degree = known.radius_power // 2
        return instead(MINIMAX[degree] / float(symbolic.monic_mean_square(degree)))(given)

    return Claim(
        name=name,
        statement=statement,
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(floors, world),
        given=tuple(f"norm{p}_radius{q}" for p, q in world["powers"]),
        predict=lambda given: law.floors(given, networks=world["networks"], reach=reach),
        quantity=Level("loss", points=range(first, first + 2), weight=WEIGHTS),
        margin=0.1,
        because="a third of what a minimax fit in place of least squares would change; a power of the norm more or "
        "less is off by a factor of 30 and more",
        rivals={"minimax fit of the power left over": minimax} | rivals(instead),
        cap=512,
        **fields,
    )


claims = [
    floor(
        "ticket_smooth_pair",
        "unbiased_pair",
        UNBIASED,
        "A pair of SiLU neurons with opposite input weights and no bias fits x² up to a mean square error of "
        "16 R⁸/(99225 A²), A being its readout weight: there is no floor but that of the weights.",
        lambda instead: {
            "error ∝ 1/A": instead(norm_power=1),
            "error ∝ 1/A³": instead(norm_power=3),
            "no output bias, R⁸/3969": instead(99225 / (16 * 3969)),
        },
        asymptote=Asymptote(
            law=lambda: symbolic.unbiased_pairs((1,)),
            finite=symbolic.unbiased_pair_at,
            sizes=(10**3, 10**6, 10**9),
            order=1,
            bound=1e-14,
        ),
        tier="smoke",
    ),
    floor(
        "ticket_smooth_pair_special_bias",
        "pair",
        BIASED,
        "At its best bias, next to a zero of the fourth derivative of SiLU, one pair of neurons fits x² up to "
        "1.818·10⁻⁶ R¹²/A⁴.",
        lambda instead: {
            "the bias exactly at that zero, 121/4 times as much": instead(121 / 4),
            "error ∝ 1/A³": instead(norm_power=3),
            "error ∝ 1/A⁵": instead(norm_power=5),
        },
    ),
    floor(
        "ticket_smooth_neuron",
        "neuron",
        BIASED,
        "A single SiLU neuron at its best bias, next to the minimum of SiLU, fits x² up to 0.04228 R⁶/A.",
        lambda instead: {
            "error ∝ 1/A²": instead(norm_power=2),
            "x not taken off x³ by the bias, 25/4 times as much": instead(25 / 4),
        },
    ),
    floor(
        "ticket_smooth_two_pairs",
        "two_pairs",
        UNBIASED,
        "Two unbiased pairs of SiLU neurons with input weights 1 : 2 fit x² up to 2.0735·10⁻⁵ R¹²/A⁴, twice the power "
        "of one pair in the weight norm A.",
        lambda instead: {
            "the power of one pair, 1/A²": instead(norm_power=2),
            "error ∝ 1/A³": instead(norm_power=3),
            "error ∝ 1/A⁵": instead(norm_power=5),
        },
    ),
]
