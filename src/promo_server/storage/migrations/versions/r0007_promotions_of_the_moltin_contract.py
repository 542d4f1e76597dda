"""Promotions that other contracts made, without a code of their own; longer codes; access tokens and carts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns, empty: every promotion that is there was made by the company API."""
    with op.batch_alter_table("campaigns") as batch:
        batch.add_column(sa.Column("origin", _text(16)))
    with op.batch_alter_table("promotions") as batch:
        batch.add_column(sa.Column("currency", _text(16)))
        batch.add_column(sa.Column("origin", _text(16)))
        batch.add_column(sa.Column("origin_body", sa.Text()))
        batch.alter_column("code_form", existing_type=_text(64), nullable=True)
    with op.batch_alter_table("codes") as batch:
        for name in ("code", "code_form"):
            batch.alter_column(name, existing_type=_text(64), existing_nullable=False, type_=_text(255))
    _access_tokens()
    _carts()


def downgrade() -> None:
    """Drop what the older program has no place for: promotions of other contracts with their codes, tokens, carts.

    What was held by them is given back as any other.
    """
    op.drop_table("moltin_carts")
    op.drop_table("access_tokens")
    theirs = "SELECT 1 FROM promotions p WHERE p.company_id = codes.company_id AND p.id = codes.promotion_id"
    op.execute(f"DELETE FROM codes WHERE EXISTS ({theirs} AND p.origin IS NOT NULL)")  # noqa: S608 - no value in it
    op.execute("DELETE FROM promotions WHERE origin IS NOT NULL")
    op.execute("DELETE FROM campaigns WHERE origin IS NOT NULL")
    with op.batch_alter_table("codes") as batch:
        for name in ("code", "code_form"):
            batch.alter_column(name, existing_type=_text(255), existing_nullable=False, type_=_text(64))
    with op.batch_alter_table("promotions") as batch:
        batch.alter_column("code_form", existing_type=_text(64), nullable=False)
        for name in ("currency", "origin", "origin_body"):
            batch.drop_column(name)
    with op.batch_alter_table("campaigns") as batch:
        batch.drop_column("origin")


def _access_tokens() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("id", _text(64), nullable=False),
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("key_id", _text(64), nullable=False),
        sa.Column("secret_hash", _text(64), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("expires_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_tokens"),
    )
    op.create_index("ix_access_tokens_expires_at", "access_tokens", ["expires_at"])


def _carts() -> None:
    op.create_table(
        "moltin_carts",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("id", _text(255), nullable=False),
        sa.Column("currency", _text(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("order_id", _text(64)),
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("updated_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_moltin_carts"),
    )
    op.create_index("ix_moltin_carts_updated_at", "moltin_carts", ["updated_at"])


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
