"""The sealed store: a log of records on NOR flash that survives power cuts."""
