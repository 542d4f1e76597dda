"""Value stores in a shop's own checkout: what a hold took of them, and the currency of a company's points."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; a company that has value stores already has had them since the first one."""
    op.add_column("companies", sa.Column("points_currency", _text(16)))
    op.add_column("companies", sa.Column("value_stores_since", _text(32)))
    op.add_column("redemptions", sa.Column("value_transaction_id", _text(64)))
    first = "SELECT min(created_at) FROM value_stores WHERE value_stores.company_id = companies.id"
    op.execute(f"UPDATE companies SET value_stores_since = ({first})")  # noqa: S608 - no value is in it


def downgrade() -> None:
    """Drop them. What is held of value stores stays taken: the older program cannot tell what it belongs to."""
    op.execute("UPDATE value_transactions SET state = 'done' WHERE state = 'held'")
    op.drop_column("redemptions", "value_transaction_id")
    op.drop_column("companies", "value_stores_since")
    op.drop_column("companies", "points_currency")


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
