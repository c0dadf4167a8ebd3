"""Fuzzing of every parser at the rim: made-up and spoilt inputs, of which none may do what is not documented."""
