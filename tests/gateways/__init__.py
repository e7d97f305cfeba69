"""In and out: files of every kind into a journal, and out again."""
