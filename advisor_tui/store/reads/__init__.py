"""The desk's reads: plain SQL over stdlib sqlite3 into named tuples. No SQLModel, so the desk starts fast."""
