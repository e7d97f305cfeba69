"""The store: journal, projections, reads."""
