"""The room `charts`."""
