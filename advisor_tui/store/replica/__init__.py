"""The desk's side of sync, in the embedded workspace: what is unsent, what arrives, what was set aside."""
