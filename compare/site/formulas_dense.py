"""Formulas of the dense, least-squares, ticket and piecewise claims: name, formula, how exact it is.

Written for `compare.site.mathml`; the derivations are in docs/random_features.md, docs/least_squares.md and
docs/lottery_tickets.
"""

from compare.site.kinds import ASYMPTOTIC, EQUIVALENT, EXACT, Row

DENSE: tuple[Row, ...] = (
    ("dense_optimal_ratio", 'm*/X* = α/(α + 2) " at fixed " N D', ASYMPTOTIC),
    ("dense_frontier_exponents", "N*, D* ~ C^(1/2)\nL* ~ C^(−α/2)", ASYMPTOTIC),
    ("dense_frontier_law", "N*, D* ~ C^(1/2)\nL* ~ C^(−α/2)", ASYMPTOTIC),
    ("dense_peak_location", 'N = D " at the peak"', EXACT),
    ("dense_peak_slope", "{d N_peak}/{d D} = 1", EXACT),
    ("dense_hard_edge", "L = R(γ/κ) {κ N^2}/2 sqrt(κ/γ), R → π/2", ASYMPTOTIC),
    ("dense_peak_height_exponent", "L ~ γ^(−1/2), N = D", ASYMPTOTIC),
    ("dense_peak_height_law", "L ≃ {κ N^2}/2 sqrt(κ/γ), N = D", EQUIVALENT),
    (
        "dense_ridge_curve",
        "L ≃ {κ N D u}/(p q + u (p + q))\np = N − d_1, q = D − d_1, u = d_1 − d_2, p q = γ/κ",
        EQUIVALENT,
    ),
    ("dense_optimal_ridge", "γ* = κ (N − d_1) (D − d_1)\n{∂ L}/{∂ γ} = 0", EQUIVALENT),
    ("dense_optimal_ridge_shape", 'N* = D* " at " γ = γ*', EQUIVALENT),
    ("dense_duality", "E L(N, D) = E L(D, N)", EXACT),
    ("dense_double_descent", "E L = L_∞(m) (X − 1)/(X − m − 1)", EXACT),
    ("dense_label_noise_below_peak", "E L_noise = σ^2 N/(D − N − 1)", EXACT),
    (
        "dense_label_noise_above_peak",
        "E L_noise = σ^2 [A(T) + {L_∞(T) tr(T′ T)^(−1)}/(N − D − 1)]",
        EXACT,
    ),
    ("dense_variance_limited", "L(m, X) − L(m, ∞) = L_∞(m) m/(X − m − 1)", EXACT),
    (
        "dense_resolution_limit",
        "L_∞(N) ≃ κ N [1 + (N d_3 − d_2^2)/(N (N − d_2)^2)]\nd_1(κ) = N",
        EQUIVALENT,
    ),
    ("dense_model_exponent", 'L ~ N^(−α) " as " D → ∞', ASYMPTOTIC),
    ("dense_data_exponent", 'L ~ D^(−α) " as " N → ∞', ASYMPTOTIC),
)

LEAST_SQUARES: tuple[Row, ...] = (
    (
        "least_squares_isotropic_risk",
        'E L = {σ^2 p}/(n − p − 1) " for " p < n\nE L = r^2 (1 − n/p) + {σ^2 n}/(p − n − 1) " for " p > n',
        EXACT,
    ),
    (
        "least_squares_subset",
        'E L = (T_c + σ^2) (1 + p/(n − p − 1)) − σ^2 " for " p < n\n'
        'E L = T (1 − n/p) + (T_c + σ^2) (1 + n/(p − n − 1)) − σ^2 " for " p > n',
        EXACT,
    ),
    ("least_squares_best_subset", "p* ~ n^(1/(1 + α))\nL* ~ n^(−{α/(1 + α)})", ASYMPTOTIC),
    ("least_squares_covariance_free", "E L_noise = {σ^2 p}/(n − p − 1)", EXACT),
)

TICKETS: tuple[Row, ...] = (
    ("ticket_average", "E L = {32 R^4}/(15 N)", EXACT),
    ("ticket_stratified", "E L = 16 R^4 (1/(6 N^3) − 1/(30 N^4))", EXACT),
    ("ticket_loss_spread", "{Var L}/{(E L)^2} = 116/63 − 131/(126 N)", EXACT),
    (
        "ticket_loss_median",
        "N L → 64 R^4 Σ_k χ_k^2/{ω_k^4}\ntan ω_k + tanh ω_k = 0",
        ASYMPTOTIC,
    ),
    ("ticket_skewness", "κ_3/{κ_2^(3/2)} = 6/25 sqrt(15/N)", EXACT),
    ("ticket_kernel_flow", "E L = Σ_k y_k^2 e^(−τ λ_k) + v/N", ASYMPTOTIC),
    ("ticket_bias", "E L = b^2 + v/N", EXACT),
    ("ticket_shifted", "E L ≃ v/N", ASYMPTOTIC),
    ("ticket_smooth_pair", "L ≃ {16 R^8}/(99225 A^2)", ASYMPTOTIC),
    ("ticket_smooth_pair_special_bias", "L ≃ 1.818 · 10^(−6) R^12/{A^4}", ASYMPTOTIC),
    ("ticket_smooth_neuron", "L ≃ 0.04228 R^6/A", ASYMPTOTIC),
    ("ticket_smooth_two_pairs", "L ≃ 2.0735 · 10^(−5) R^12/{A^4}", ASYMPTOTIC),
)

PIECEWISE: tuple[Row, ...] = (
    ("piecewise_cubes", "L = n^(−4/d) (Σ_j {f_jj^2}/720 + Σ_(j < k) {f_jk^2}/144)", EXACT),
    ("piecewise_adaptive_tree", "L ~ n^(−4/d)", ASYMPTOTIC),
    ("piecewise_random_knots", "{E L}/L_best = 120 n^5 {W!}/{(W + 5)!}, n = W + 1", EXACT),
    ("piecewise_convex_constant", "n^4 L → 1/720 (∫_0^1 |f″|^(2/5) d x)^5", ASYMPTOTIC),
    ("piecewise_relu_even_width", "L(W) = L_1/{(W + 1)^4}", EXACT),
    ("piecewise_relu_flat_piece", "{n^4 L}/L_1 = 1 + {10 δ^2}/(p (1 − p) n^2)", ASYMPTOTIC),
)
