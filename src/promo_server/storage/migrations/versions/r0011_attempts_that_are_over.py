"""Attempts that are over, so that a hold which arrives after their end takes nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table: of what has ended so far nothing is on its way any more."""
    op.create_table(
        "ended_attempts",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("reference", _text(255), nullable=False),
        sa.Column("attempt", _text(255), nullable=False),
        sa.Column("ended_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "reference", "attempt", name="pk_ended_attempts"),
    )
    op.create_index("ix_ended_attempts_ended_at", "ended_attempts", ["ended_at"])


def downgrade() -> None:
    """Forget them: the older program knows of no such end."""
    op.drop_table("ended_attempts")


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
