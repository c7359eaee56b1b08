"""Alembic's environment for every actor: the connection, the tables and what to look at come from ``node.migrate``."""

from alembic import context

from tegata.node.migrate import Plan, render_type

plan: Plan = context.config.attributes["plan"]

context.configure(
    connection=plan.connection,
    target_metadata=plan.metadata,
    include_name=plan.includes,
    render_item=render_type,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
