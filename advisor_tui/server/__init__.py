"""The server: HTTP over the server's store, for many desks."""
