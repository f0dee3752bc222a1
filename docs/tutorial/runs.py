"""The quanta model before runs that were made elsewhere: scaleproof check docs/tutorial/runs.py"""

from compare import Claim, Measured, Value, formula

data = Measured(
    "runs.csv",  # one row per size and seed
    columns={"N": "n_features", "D": "n_samples"},  # headings of the file, and what they are called here
    sizes=("n_features", "n_samples"),
    loss="loss",
    seed="seed",
    source="Simulated for this tutorial: every run is the mean of 64 learners",
    licence="CC0",
)

LOSS = "Sum(i**-s / zeta(s) * (1 - i**-s / zeta(s))**D, (i, 1, N)) + zeta(s, N + 1) / zeta(s)"

claim = Claim(
    name="quanta_loss_of_runs",
    statement="N skills and D samples leave the loss of the skills beyond N and of those that were not shown.",
    source="Hutter 2021; Michaud et al. 2023; derived in docs/tutorial.md",
    experiment=data,
    predict=formula(LOSS, "loss", over=data.at, s=3),
    quantity=Value("loss", **data.at),
    margin=0.08,
    because="half of a common error, probabilities that do not add up to one",
    rivals={"probabilities not normalised": formula(LOSS.replace(" / zeta(s)", ""), "loss", over=data.at, s=3)},
)
