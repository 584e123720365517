"""How the inventory's tables came to be what they are: Alembic's migrations, one a schema version."""
