"""Event types, the fold, invariants and rules. Pure: time and ids come in as arguments."""
