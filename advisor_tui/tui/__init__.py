"""The full-screen desk."""
