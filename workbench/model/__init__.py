"""The room `model`: one value that scores rows."""
