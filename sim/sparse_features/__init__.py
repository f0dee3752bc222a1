"""Sparse activations with rare coordinates (Sous & Winer 2026), simulated.

Rows x with x_i = a_i b_i z_i, all independent: b_i is 1 with probability p_i = min(1, scale · i^−sparsity), else 0;
z_i is standard normal or a sign; a_i² = λ_i/p_i with λ_i = i^−(1+decay), so that E x xᵀ = diag(λ) whatever the
sparsity. The target is y = Σ w_i x_i with E w wᵀ = I; the student is θᵀF x, F (N × M) standard normal.
"""
