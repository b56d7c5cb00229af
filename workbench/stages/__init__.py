"""The room `stages`."""
