"""How a replica and its server agree: one file a step, HTTP in one module."""
