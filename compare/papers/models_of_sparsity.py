"""The headlines of Sous & Winer 2026 in other models of sparsity; the laws are derived in docs/sparsity_models.md."""

from compare.papers.robustness import Cell, Row, Table

COLUMNS = ("data exponent", "model exponent", "rank and peak", "gap", "frontier favours data", "instability power law")

POPULATION = "the population loss, which knows rows by their second moments only"
EXPONENTS = "the two exponents"
ISOLATED = "the law of isolated strong coordinates, sparse_instability_probability"

ROWS = (
    Row(
        "base model: independent coordinates, p ~ i^−η",
        (
            Cell("holds", "α/η", ("sparse_data_exponent[decay=1,sparsity=3]",)),
            Cell("holds", "α", ("sparse_model_exponent[decay=1,sparsity=3]",)),
            Cell("holds", "rank ~ D^(1/η)", ("sparse_peak[decay=1,sparsity=3]", "sparse_rank_exponent[sparsity=3]")),
            Cell("holds", "α(1 − 1/η)", ("sparse_gap[decay=1,sparsity=3]",)),
            Cell("holds", "D/N ~ C^((η−1)/(η+1))", ("sparse_frontier_favours_data[decay=1,sparsity=3]",)),
            Cell("holds", "iff η > 1 + α", ("sparse_instability_in_samples[decay=0.5,sparsity=3]",)),
        ),
    ),
    Row(
        "one-hot rows",
        (
            Cell("holds", "α/η, exact sum", ("sparse_one_hot_loss[decay=1,sparsity=3]",)),
            Cell("holds", "α", ("sparse_collapse[decay=1,sparsity=3]",)),
            Cell("holds", "D^(1/η)", ("sparse_collapse[decay=1,sparsity=3]",)),
            Cell("holds", "α(1 − 1/η)", ("sparse_collapse[decay=1,sparsity=3]",)),
            Cell("holds", "as the base model", follows="sparse_collapse: one function of N/D^(1/η)"),
            Cell("holds", "iff η > 1 + α", follows=f"{ISOLATED}: no other coordinate is active"),
        ),
    ),
    Row(
        "sign amplitudes",
        (
            Cell("holds", "α/η", ("sparse_collapse[decay=1,sparsity=2,amplitudes=sign]",)),
            Cell("holds", "α", ("sparse_collapse[decay=1,sparsity=2,amplitudes=sign]",)),
            Cell(
                "holds",
                "same place; sides 1:1 in height, not 2:1",
                ("sparse_collapse[decay=1,sparsity=2,amplitudes=sign]", "sparse_peak_sides[amplitudes=sign]"),
            ),
            Cell("holds", "α(1 − 1/η)", ("sparse_collapse[decay=1,sparsity=2,amplitudes=sign]",)),
            Cell("holds", "constants move", ("sparse_frontier_finite_size[decay=1.2,sparsity=3.4,scale=0.6]",)),
            Cell("holds", "iff η > 1 + α", follows=f"{ISOLATED} with counts in place of χ²"),
        ),
    ),
    Row(
        "fixed amplitude, isotropic teacher (η = 1 + α)",
        (
            Cell("holds", "α/(1 + α)", ("sparse_fixed_amplitude_exponents[decay=1,sparsity=2]",)),
            Cell("holds", "α", ("sparse_fixed_amplitude_gap[decay=2,sparsity=3]",)),
            Cell("holds", "rank ~ D^(1/(1+α))", ("sparse_fixed_amplitude_exponents[decay=1,sparsity=2]",)),
            Cell("changes", "α²/(1 + α): no dial is left", ("sparse_fixed_amplitude_gap[decay=2,sparsity=3]",)),
            Cell("holds", "target exponent 1", ("sparse_teacher_frontier[decay=1,sparsity=2,teacher_decay=0]",)),
            Cell("fails", "exponentially rare", ("sparse_fixed_amplitude_instability[decay=1,sparsity=2]",)),
        ),
    ),
    Row(
        "fixed amplitude, decaying teacher (signal i^−(1+α))",
        (
            Cell("holds", "α/η", ("sparse_fixed_amplitude_data_exponent[decay=3,sparsity=2]",)),
            Cell("changes", "min(α, η)", ("sparse_fixed_amplitude_model_exponent[decay=3,sparsity=2]",)),
            Cell("holds", "D^(1/η), the same rows", follows="sparse_fixed_amplitude_exponents"),
            Cell("changes", "min(α, η) − α/η", follows=f"{EXPONENTS} in this row"),
            Cell("changes", "iff α < 2η − 1", ("sparse_teacher_frontier[decay=1,sparsity=2,teacher_decay=3]",)),
            Cell("fails", "exponentially rare, the same rows", follows="sparse_fixed_amplitude_instability"),
        ),
    ),
    Row(
        "decaying teacher, τ > η > α",
        (
            Cell("changes", "(α + τ)/η", follows="the unseen signal, as in sparse_fixed_amplitude_data_exponent"),
            Cell("changes", "min(α + τ, 1 + α)", follows="sparse_fixed_amplitude_model_exponent"),
            Cell("holds", "same rows, same rank", ("sparse_teacher_given_data[decay=1,sparsity=2,teacher_decay=2]",)),
            Cell("changes", "min(α + τ, 1 + α) − (α + τ)/η", follows=EXPONENTS),
            Cell(
                "fails",
                "favours the model",
                (
                    "sparse_teacher_frontier[decay=1,sparsity=3,teacher_decay=4]",
                    "sparse_teacher_frontier[decay=0.5,sparsity=2,teacher_decay=3]",
                ),
            ),
            Cell("holds", "the teacher plays no part", follows=ISOLATED),
        ),
    ),
    Row(
        "uniform p",
        (
            Cell("fails", "α, after a transient", ("sparse_no_gap_uniform[decay=1,scale=0.3]",)),
            Cell("holds", "α", follows=POPULATION),
            Cell("changes", "rank D, peak at N = D", follows="independent rows of many coordinates"),
            Cell("fails", "0", ("sparse_no_gap_uniform[decay=1,scale=0.3]",)),
            Cell("fails", "balanced, as for dense data", follows=EXPONENTS),
            Cell("fails", "exponentially rare", ("sparse_instability_light_tail[decay=1,sparsity=0]",)),
        ),
    ),
    Row(
        "unaligned, P(p < t) = t^ν",
        (
            Cell(
                "changes",
                "min(α, ν) of the mean, min(α, ν(1 + α)) of a typical dataset",
                (
                    "sparse_unaligned_mean_exponent[decay=1.5,tail=0.5]",
                    "sparse_unaligned_typical_exponent[decay=1.5,tail=0.5]",
                    "sparse_unaligned_typical_exponent[decay=2,tail=0.5]",
                ),
            ),
            Cell("holds", "α", follows=POPULATION),
            Cell(
                "changes",
                "rank D, peak at N = D",
                ("sparse_unaligned_threshold[decay=1.5,tail=0.5]", "sparse_unaligned_full_rank[decay=1.5,tail=0.5]"),
            ),
            Cell(
                "changes",
                "(α − ν)₊ of the mean; none if ν > α",
                (
                    "sparse_unaligned_mean_exponent[decay=1.5,tail=0.5]",
                    "sparse_unaligned_without_gap[decay=1,tail=2]",
                ),
            ),
            Cell("holds", "optimum far below the peak", ("sparse_unaligned_best_shape[decay=1.5,tail=0.25]",)),
            Cell("no theory"),
        ),
    ),
    Row(
        "noisy alignment, p = i^−η e^(sξ)",
        (
            Cell("holds", "α/η; constant × e^((sα/η)²/2)", ("sparse_noisy_alignment[decay=1,sparsity=3]",)),
            Cell("holds", "α", follows=POPULATION),
            Cell("holds", "rank × e^((s/η)²/2)", ("sparse_noisy_alignment[decay=1,sparsity=3]",)),
            Cell("holds", "α(1 − 1/η): scatter does not move it", follows=EXPONENTS),
            Cell("holds", "as the base model", follows=EXPONENTS),
            Cell("no theory"),
        ),
    ),
    Row(
        "k-hot: k distinct coordinates a row",
        (
            Cell(
                "holds",
                "α/η at every k; density c = e_(k−1)/e_k",
                ("sparse_k_hot_exponent[decay=1,sparsity=3]", "sparse_k_hot_level[decay=1,sparsity=3,active=4]"),
            ),
            Cell("holds", "α", follows=POPULATION),
            Cell("holds", "D^(1/η)", follows="the count of coordinates seen"),
            Cell("holds", "density does not move it", follows="sparse_k_hot_exponent and the population loss"),
            Cell("holds", "as the base model", follows=EXPONENTS),
            Cell("no theory"),
        ),
    ),
    Row(
        "groups that switch on together",
        (
            Cell(
                "holds",
                "α/η; the unseen mass is not tight",
                ("sparse_groups_loss[decay=1,sparsity=3,group=16]", "sparse_groups_loss[decay=1,sparsity=3,group=4]"),
            ),
            Cell("holds", "α", follows=POPULATION),
            Cell("holds", "Σ E min(n, g) ~ D^(1/η)", follows="the rows that show each group"),
            Cell("holds", "α(1 − 1/η)", follows=EXPONENTS),
            Cell("holds", "as the base model", follows=EXPONENTS),
            Cell("no theory"),
        ),
    ),
    Row(
        "non-negative activations",
        (
            Cell("holds", "α/η", ("sparse_half_normal[decay=1,sparsity=3]",)),
            Cell("no theory", "second moments are not diagonal"),
            Cell("holds", "rank ~ D^(1/η)", ("sparse_half_normal[decay=1,sparsity=3]",)),
            Cell("no theory"),
            Cell("no theory"),
            Cell("no theory"),
        ),
    ),
    Row(
        "normalised rows, η > 1 + α",
        (
            Cell(
                "changes",
                "(η − 1)/η, whatever the decay",
                ("sparse_normalised_exponent[decay=1,sparsity=3]", "sparse_normalised_exponent[decay=0.5,sparsity=3]"),
            ),
            Cell("changes", "η − 1", follows="sparse_normalised_spectrum and the population loss"),
            Cell("holds", "D^(1/η), scaling a row keeps the rank", follows="sparse_rank_exponent"),
            Cell("changes", "(η − 1)²/η", follows=EXPONENTS),
            Cell("no theory"),
            Cell("fails", "no step h ≤ 2 is ever unstable", ("sparse_normalised_stable[decay=0.5,sparsity=3]",)),
        ),
    ),
    Row(
        "dense leak, no label noise",
        (
            Cell(
                "fails",
                "α, as for dense data",
                ("sparse_leak_exponent[decay=1,sparsity=3]", "sparse_leak_level[decay=1,sparsity=2]"),
            ),
            Cell("holds", "α", follows=POPULATION),
            Cell(
                "changes",
                "two peaks: at the rank of the sparse part and at N = D",
                ("sparse_leak_main_peak[decay=1,sparsity=2]", "sparse_leak_first_peak[decay=1,sparsity=2]"),
            ),
            Cell("fails", "0", follows="sparse_leak_exponent and the population loss"),
            Cell("fails", "balanced, as for dense data", follows=EXPONENTS),
            Cell("holds", "iff η > 1 + α", follows=f"{ISOLATED}; the leak adds a bounded share"),
        ),
    ),
    Row(
        "dense leak, label noise, best ridge",
        (
            Cell(
                "holds",
                "α/η up to D ~ (σ²/ε)^(η/(η−1−α)), at any D if η ≤ 1 + α",
                ("sparse_leak_noise[decay=1,sparsity=3]", "sparse_leak_noise_collapse[decay=1,sparsity=3]"),
            ),
            Cell("no theory"),
            Cell("fails", "the best ridge leaves no peak", follows="sparse_best_ridge"),
            Cell("no theory"),
            Cell("no theory"),
            Cell("holds", "iff η > 1 + α: labels play no part", follows=ISOLATED),
        ),
    ),
    Row(
        "top-1 routed experts, Zipf load",
        (
            Cell(
                "changes",
                "min(α, 1 − 1/η)",
                ("sparse_routed_exponent[decay=1,sparsity=3]", "sparse_routed_exponent[decay=0.5,sparsity=3]"),
            ),
            *(Cell("no theory"),) * 5,
        ),
    ),
    Row(
        "top-1 routed experts, balanced load",
        (
            Cell("fails", "α; constant E^α", ("sparse_routed_balanced[decay=1]",)),
            *(Cell("no theory"),) * 5,
        ),
    ),
    Row(
        "one-pass descent of step h, η ≤ 1 + α",
        (
            Cell(
                "changes",
                "α/(1 + α), as for dense data",
                ("sparse_one_pass_loss[decay=1,sparsity=1.5]", "sparse_one_pass_loss[decay=2,sparsity=2]"),
            ),
            Cell("holds", "α", follows=POPULATION),
            Cell("fails", "no interpolation, no peak", follows="using each row once"),
            Cell("changes", "α²/(1 + α), set by the spectrum", follows=EXPONENTS),
            Cell("changes", "N ~ C^(1/(2+α)), of dense data too", follows=EXPONENTS),
            Cell(
                "changes",
                "an exact threshold; none is stable for η > 1 + α",
                ("sparse_one_pass_stability[decay=1,sparsity=2]", "sparse_one_pass_divergence[decay=1,sparsity=3]"),
            ),
        ),
    ),
    Row(
        "random ReLU features, no bias",
        (
            Cell(
                "holds",
                "α/η",
                ("sparse_relu_exponent[decay=1,sparsity=3]", "sparse_kernel_exponent[decay=1,sparsity=3]"),
            ),
            Cell(
                "holds",
                "α for antithetic pairs; independent features drift",
                ("sparse_antithetic_exponent[decay=1,sparsity=1.5]", "sparse_independent_relu[decay=1,sparsity=1.5]"),
            ),
            Cell("changes", "the number of distinct rays, linear in D", ("sparse_relu_peak[decay=1,sparsity=2]",)),
            Cell("holds", "for antithetic pairs", follows=EXPONENTS),
            Cell("fails", "more features than samples at C ≤ 3·10⁴", ("sparse_relu_frontier[decay=1,sparsity=2]",)),
            Cell("holds", "at twice the threshold", ("sparse_relu_instability[decay=0.5,sparsity=3]",)),
        ),
    ),
)

table = Table(
    columns=COLUMNS,
    rows=ROWS,
    survives="With exact zeros, a power law in how often coordinates are active, an isotropic teacher and a linear "
    "student fitted to all rows at once, every model here keeps four things as far as there is theory: no learner gets "
    "below the unseen mass, the exponent in data is below that in features over a range of parameters, the peak sits "
    "at the rank of the design, and the frontier favours data.",
    fails="Everything else hangs on the model: the peak at D^(1/η), the power law of unstable steps, the frontier, "
    "which a fast-decaying teacher or ReLU features turn over, and the bottleneck itself, which any dense leak removes "
    "where labels have no noise, which one-pass descent hides behind its own error, and which a balanced load avoids.",
)
