"""When time acts on a hold, as one column; room for the longest customer id."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WIDER = (("redemptions", "customer_key", True), ("uses", "customer_key", True), ("counters", "key", False))


def upgrade() -> None:
    """Say for each hold when its lease ends, or else the hold itself."""
    for table, column, nullable in WIDER:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=_text(255), type_=_text(300), existing_nullable=nullable)
    op.drop_index("ix_redemptions_due", "redemptions")
    op.add_column("redemptions", sa.Column("due_at", _text(32)))
    op.execute("UPDATE redemptions SET due_at = coalesce(lease_until, expires_at) WHERE state = 'held'")
    is_due = sa.text("due_at IS NOT NULL")
    columns = ["company_id", "due_at"]
    op.create_index("ix_redemptions_due", "redemptions", columns, sqlite_where=is_due, postgresql_where=is_due)


def downgrade() -> None:
    """Forget it: the older tables have both moments. What is wider stays so, or a customer might be cut off."""
    op.drop_index("ix_redemptions_due", "redemptions")
    op.drop_column("redemptions", "due_at")
    op.create_index("ix_redemptions_due", "redemptions", ["company_id", "state", "expires_at"])


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
