"""The server's store: one truth for many replicas, on SQLite or PostgreSQL."""
