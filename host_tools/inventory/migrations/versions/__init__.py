"""One module a schema version. Once released, it never changes."""
