"""Papers on trial: what each states, and the claims that test it."""
