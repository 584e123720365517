"""What Alembic runs to bring a database up to date: on the connection, and in the transaction, of whoever opens it."""

from alembic import context

from host_tools.inventory.schema import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
