"""The number of the schema that this version reads and writes."""

SCHEMA = 6
