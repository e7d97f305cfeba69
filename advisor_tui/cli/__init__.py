"""The `advisor` command. Each command imports what it needs, when it runs."""
