"""Rows about syncing: a real `advisor serve`, real HTTP on loopback, and a bare server beside it in the same run."""
