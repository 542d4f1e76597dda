"""Run by alembic alone, for ``promo_server.storage.schema``: migrates on the connection that it is given."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
)
context.run_migrations()
