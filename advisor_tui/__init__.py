"""Advisor TUI: a customer's whole life on one screen, in a terminal."""

__version__ = "0.1.0"
