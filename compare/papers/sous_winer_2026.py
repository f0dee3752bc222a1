"""Asymmetric Scaling Laws from Sparse Features (Sous & Winer 2026)."""

from compare.papers.models_of_sparsity import table
from compare.papers.paper import Headline, Paper

paper = Paper(
    key="sous_winer_2026",
    reference="Sous & Winer 2026, Asymmetric Scaling Laws from Sparse Features (arXiv:2605.23591)",
    marks=("Sous & Winer 2026",),
    provenance="We know this paper's statements, from its abstract, not its formulas. Every formula here was derived "
    "by us from the model stated in docs/sparse_features.md. A verdict concerns our derivation in our model: "
    "“agrees” means that our derivation of the statement survives the simulation; “disagrees” would not refute the "
    "paper.",
    found="In our model every headline of the abstract is borne out by the simulation within the stated margins: "
    "unseen coordinates set the loss in the number of samples with exponent decay/sparsity, the number of features "
    "keeps the exponent decay, the peak sits at the rank of the data, the frontier favours data, and unstable steps "
    "follow a power law. Each has limits that are measured as well: at sparsity 1 and below there is no gap, on the "
    "far side of a first-order switch the optimum lies below the peak, at sparsity up to 1 + decay instability is "
    "exponentially rare, and the peak of ReLU features grows in proportion to the samples.",
    headlines=(
        Headline(
            "Unseen coordinates dominate",
            "Rare coordinates that were never seen in training dominate the loss.",
            (
                "sparse_unseen*",
                "sparse_pairs",
                "sparse_bayes_bound",
                "sparse_bayes_attained",
                "sparse_network_bound",
                "sparse_one_hot*",
            ),
            "sparse_paper_unseen",
        ),
        Headline(
            "A peak at the interpolation threshold",
            "Along the number of features the loss has a double-descent peak at the interpolation threshold.",
            ("sparse_peak*", "sparse_rank*", "sparse_overparameterised", "sparse_no_second_peak"),
            "sparse_paper_peak",
        ),
        Headline(
            "Two exponents and a gap set by sparsity",
            "The loss falls with one exponent in the number of features and with a smaller one in the number of "
            "samples; sparsity sets the gap.",
            ("sparse_gap", "sparse_data_exponent", "sparse_model_exponent", "sparse_collapse", "sparse_given_data"),
            "sparse_paper_gap",
        ),
        Headline(
            "The compute-optimal frontier favours data",
            "At the optimum the number of samples grows faster than the number of features.",
            ("sparse_frontier*",),
            "sparse_paper_frontier",
        ),
        Headline(
            "Unstable gradient descent obeys a scaling law",
            "The probability that gradient descent of a fixed step is unstable is a power of the number of samples.",
            ("sparse_instability*",),
            "sparse_paper_instability",
        ),
        Headline(
            "It persists under nonlinear activations",
            "Students with nonlinear activations show the same asymmetry.",
            ("sparse_kernel*", "sparse_relu*", "sparse_antithetic*", "sparse_network*", "sparse_independent_relu"),
            "sparse_paper_nonlinear",
        ),
        Headline(
            "Absent in dense models",
            "Without sparsity the two exponents are equal and the frontier is balanced.",
            (
                "sparse_no_gap*",
                "sparse_crowding",
                "sparse_marginal*",
                "dense_model_exponent",
                "dense_data_exponent",
                "dense_frontier_exponents",
                "dense_optimal_ratio",
            ),
            "sparse_paper_dense",
        ),
    ),
    caveats=(
        "The model is one of many: independent coordinates, linear teacher, power laws in rank order.",
        "“Favours data” is said of ridgeless students; which dense student is compared matters.",
    ),
    robustness=table,
)
