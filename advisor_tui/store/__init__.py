"""The workspace on disk: the journal, its projections, search, drafts and migrations."""
