"""The full-screen desk, driven as a person drives it."""
