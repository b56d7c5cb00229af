"""The room `decide`."""
