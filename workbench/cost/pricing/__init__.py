"""The price book: what machines, storage, egress and energy cost, each figure with its basis."""
