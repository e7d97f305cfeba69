"""The server: accounts, push, pull and feed over HTTP, on the same store as the desk."""
