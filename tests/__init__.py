"""Promises, kept by real parts: SQLite in tmp_path, injected clocks, no mocks."""
