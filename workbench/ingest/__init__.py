"""The room `ingest`."""
