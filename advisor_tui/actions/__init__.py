"""Everything a person can do, once: keys, palette, help, the command line and the server read it here."""
