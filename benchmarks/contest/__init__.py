"""The parts of the search benchmark: environments, measured processes, judging, tables of results."""
