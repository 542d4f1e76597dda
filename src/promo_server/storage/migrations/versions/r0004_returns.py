"""Returns of orders; what they leave of a discount, and which uses they restored."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

FLAG = re.compile(r'("usage_limits":\{[^{}]*),"restored_on_return":true')
"""In the body of a promotion, as it is written: the last of the limits, if it is there."""


def upgrade() -> None:
    """Add the table and the columns, all of it empty: nothing was returned before."""
    op.add_column("uses", sa.Column("discount_kept", sa.BigInteger()))
    op.add_column("uses", sa.Column("restored_at", _text(32)))
    op.create_table(
        "returns",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("reference", _text(255), nullable=False),
        sa.Column("id", _text(255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("refund", sa.Text(), nullable=False),
        sa.Column("currency", _text(16), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "reference", "id", name="pk_returns"),
        sa.UniqueConstraint("company_id", "reference", "number", name="uq_returns_company_id_reference_number"),
    )


def downgrade() -> None:
    """Drop them: the older tables have no place for returns. What the older program would misread goes, too.

    A use that was restored is taken from no counter any more, and would be counted as one; a promotion that says so
    could not be read.
    """
    op.drop_table("returns")
    op.execute("DELETE FROM uses WHERE restored_at IS NOT NULL")
    op.drop_column("uses", "restored_at")
    op.drop_column("uses", "discount_kept")
    _forget_flags()


def _forget_flags() -> None:
    table = sa.table("promotions", *map(sa.column, ("company_id", "id", "body")))
    rows = op.get_bind().execute(sa.select(table).where(table.c.body.contains("restored_on_return"))).all()
    for row in rows:
        own = (table.c.company_id == row.company_id, table.c.id == row.id)
        op.get_bind().execute(sa.update(table).where(*own).values(body=FLAG.sub(r"\1", row.body)))


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
