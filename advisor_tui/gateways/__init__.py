"""Files and foreign systems, in and out."""
