"""Formulas of the claims on trained networks: name, formula, how exact it is.

Written for `compare.site.mathml`; the derivations and the recipes are in docs/lottery_tickets. "Exact" is said of
identities and of best fits; a statement about what training does is empirical, whoever made it.
"""

from compare.site.kinds import ASYMPTOTIC, EMPIRICAL, EXACT, Row

MEDIAN = '" median of " L ∝ N^(−1)'
AVERAGE = 'L_4 " of the average of four networks"'
RECIPES = '{} " (standard), " {} " (mean field), " {} " (NTK)"'
TWO_RECIPES = '{} " (standard), " {} " (mean field)"'

NETWORKS: tuple[Row, ...] = (
    ("ticket_bank_batches", MEDIAN, EMPIRICAL),
    ("ticket_bank_exponent", MEDIAN, EMPIRICAL),
    ("ticket_bank_reproduced", MEDIAN, EMPIRICAL),
    ("ticket_one_power_law", "L ∝ N^(−α)\nα_(8–32) − α_(64–256) = 0", EMPIRICAL),
    ("ticket_bend", f"L ∝ N^(−α)\nα_(8–32) − α_(64–256) = {TWO_RECIPES.format(1.15, 1.55)}", EMPIRICAL),
    (
        "ticket_loss_exponents",
        'L ∝ N^(−α), α " of the mean, typical and best loss:"\n'
        'α = 0.99, 1.18, 0.87 " (standard)"\n'
        'α = 0.58, 1.11, 0.82 " (mean field)"\n'
        'α = 0.80, 1.03, 0.89 " (NTK)"',
        EMPIRICAL,
    ),
    ("ticket_loss_is_variance", "L = v", EMPIRICAL),
    ("ticket_variance_exponent", "v ∝ N^(−1)", EMPIRICAL),
    ("ticket_network_variance", "v ∝ N^(−1)", EMPIRICAL),
    ("ticket_bias_exponent", "b^2 ∝ N^0", EMPIRICAL),
    ("ticket_bias_falls", f"b^2 ∝ N^(−α)\nα = {RECIPES.format(0.8, 0.5, 0.9)}", EMPIRICAL),
    ("ticket_bias_share", f"{{b^2}}/L = {RECIPES.format(0.63, 0.78, '0.60')}", EMPIRICAL),
    ("ticket_ensemble_of_four", f"L_4(N/4) = L(N)\n{AVERAGE}", EMPIRICAL),
    (
        "ticket_joint_better",
        f"log L_4(N/4) − log L(N) = {RECIPES.format(0.95, '0.60', '1.00')}\n{AVERAGE}",
        EMPIRICAL,
    ),
    ("ticket_network_average", "E L = b^2 + v/K", EXACT),
    ("ticket_network_symmetry", '{κ_3}/{κ_2^(3/2)} = 0 " of the output at " x = 0', EMPIRICAL),
    ("ticket_neurons_drawn", "E L_n = L + v/n", EXACT),
    ("ticket_kernel_flow_noise", "E L = E L_0 + {σ^2}/N Σ_k λ_k e^(−2 λ_k t)", ASYMPTOTIC),
    ("ticket_half", '" median of " L_half/L = 2', EMPIRICAL),
    ("ticket_half_costs", f'" median of " log(L_half/L) = {TWO_RECIPES.format(3.65, "6.30")}', EMPIRICAL),
    ("ticket_more_pairs", "M = 1.85 M_0", EMPIRICAL),
    ("ticket_pairs_growth", "M/M_0 ∝ N^0", EMPIRICAL),
)

CENSUS: tuple[Row, ...] = (
    ("ticket_constant_loss", "L = {4 R^4}/45", EXACT),
    ("ticket_constant_share", "P_0 = 0.175", EMPIRICAL),
    ("ticket_symmetric_share", "P_pair = 0.275", EMPIRICAL),
    ("ticket_opposite_share", "P_opposite = (1 − P_0)/2", EMPIRICAL),
    ("ticket_found_bias", '" best pair: " {∂ L}/{∂ β} = 0', EXACT),
    ("ticket_pair_bias_shift", "β ≃ β_0 − {s_6}/{22 s_5} w^2 R^2", ASYMPTOTIC),
    ("ticket_discrete_losses", "P_valley/P_sides = 0.21, P_gap = 0.016", EMPIRICAL),
)

RELU: tuple[Row, ...] = (
    ("ticket_relu_bound", "L ≥ {4 R^4}/{45 (W + 1)^4}", EXACT),
    ("ticket_relu_two_neurons", "L_best = {4 R^4}/{45 · 3^4}", EXACT),
    ("ticket_relu_exponent", "L ∝ (W + 1)^(−4)", EMPIRICAL),
    ("ticket_relu_exponent_found", "L ∝ (W + 1)^(−2.55)", EMPIRICAL),
    ("ticket_relu_steps", "L(4 T) = L(T)/4", EMPIRICAL),
    ("ticket_relu_above_optimum", 'L/L_best ≥ 3, 6, 18 " at " W = 8, 16, 32', EMPIRICAL),
    ("ticket_relu_kinks", "L_pieces/L = 0.74", EMPIRICAL),
)

TRAINED: tuple[Row, ...] = (*NETWORKS, *CENSUS, *RELU)
