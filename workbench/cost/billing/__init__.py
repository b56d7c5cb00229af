"""The bill of a month and the questions it raises: what pays from when, and how sure that is."""
