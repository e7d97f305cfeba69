"""The house: imports, sizes, schema."""
