"""Run by alembic. The connection comes from `storage.migrate`, in a transaction; logging is left alone."""

from alembic import context

from storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
