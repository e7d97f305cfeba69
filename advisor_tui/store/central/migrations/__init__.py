"""Schema versions, oldest first; `upgrade` brings a database to the newest."""
