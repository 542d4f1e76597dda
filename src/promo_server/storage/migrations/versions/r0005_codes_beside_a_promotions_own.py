"""Codes beside a promotion's own, and the batches in which they are made."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables: no promotion has such codes yet."""
    op.create_table(
        "codes",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("id", _text(64), nullable=False),
        sa.Column("promotion_id", _text(64), nullable=False),
        sa.Column("code", _text(64), nullable=False),
        sa.Column("code_form", _text(64), nullable=False),
        sa.Column("max_uses", sa.Integer()),
        sa.Column("batch_id", _text(64)),
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("created_by", _text(255), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_codes"),
        sa.UniqueConstraint("company_id", "code_form", name="uq_codes_company_id_code_form"),
    )
    op.create_index("ix_codes_promotion_id", "codes", ["company_id", "promotion_id", "created_at", "id"])
    op.create_table(
        "code_batches",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("id", _text(64), nullable=False),
        sa.Column("promotion_id", _text(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("prefix", _text(16), nullable=False),
        sa.Column("max_uses", sa.Integer()),
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("created_by", _text(255), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_code_batches"),
    )


def downgrade() -> None:
    """Drop them: to the older program these codes are nobody's. What was held by them is given back as any other."""
    op.drop_table("code_batches")
    op.drop_index("ix_codes_promotion_id", "codes")
    op.drop_table("codes")


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
