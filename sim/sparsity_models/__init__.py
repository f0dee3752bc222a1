"""Laws of sparse rows other than the base model, and what is measured on them.

A model is one file with one function that returns a `sim.sparsity_models.model.Model`, and one line in
`sim.sparsity_models.registry`; every measurement takes every model.
"""
