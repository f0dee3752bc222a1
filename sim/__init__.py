"""Measurements: independent simulation of the same quantities.

Never imports sympy, mpmath, flint or ``theory``.
"""
