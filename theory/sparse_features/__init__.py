"""Sparse activations with rare coordinates (Sous & Winer 2026): what the model of docs/sparse_features.md predicts.

Coordinate i is active with probability p_i = min(1, scale · i^−sparsity) and has variance λ_i = i^−(1+decay).
"""
