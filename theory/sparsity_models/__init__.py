"""Laws of models of sparsity other than the base model.

A model is one file with one function that returns a `theory.sparsity_models.model.Model`, and one line in
`theory.sparsity_models.registry`.
"""
