"""Piecewise-linear fits, simulated: free and random knots, ReLU networks, cubes and adaptive trees."""
