"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "companies",
    "keys",
    "campaigns",
    "promotions",
    "rulesets",
    "redemptions",
    "uses",
    "counters",
    "rejected_grants",
)


def upgrade() -> None:
    """Make them."""
    for make in (_of_merchants, _of_promotions, _of_redemptions, _of_limits):
        make()


def downgrade() -> None:
    """Drop them, with all that is in them."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _of_merchants() -> None:
    op.create_table(
        "companies",
        sa.Column("id", _text(64), nullable=False),
        sa.Column("name", _text(255), nullable=False),
        sa.Column("currency", _text(16), nullable=False),
        sa.Column("time_zone", _text(64), nullable=False),
        sa.Column("rounding", _text(16), nullable=False),
        sa.Column("combination", _text(32), nullable=False),
        sa.Column("currencies", sa.Text(), nullable=False),
        sa.Column("guest_secret", sa.LargeBinary(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_companies"),
    )
    op.create_table(
        "keys",
        sa.Column("id", _text(64), nullable=False),
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("name", _text(255), nullable=False),
        sa.Column("secret_hash", _text(64), nullable=False),
        sa.Column("scopes", _text(255), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )


def _of_promotions() -> None:
    op.create_table(
        "campaigns",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("id", _text(64), nullable=False),
        sa.Column("name", _text(255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", _text(16), nullable=False),
        sa.Column("start_date", _text(10), nullable=True),
        sa.Column("end_date", _text(10), nullable=True),
        sa.Column("currency", _text(16), nullable=True),
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("created_by", _text(255), nullable=False),
        sa.Column("last_updated", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_campaigns"),
        sa.UniqueConstraint("company_id", "name", name="uq_campaigns_company_id_name"),
    )
    op.create_table(
        "promotions",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("id", _text(64), nullable=False),
        sa.Column("campaign_id", _text(64), nullable=False),
        sa.Column("name", _text(255), nullable=False),
        sa.Column("code_form", _text(64), nullable=False),
        sa.Column("status", _text(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("created_by", _text(255), nullable=False),
        sa.Column("last_updated", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_promotions"),
        sa.UniqueConstraint("company_id", "campaign_id", "name", name="uq_promotions_company_id_campaign_id_name"),
        sa.UniqueConstraint("company_id", "code_form", name="uq_promotions_company_id_code_form"),
    )
    op.create_table(
        "rulesets",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("revision", _text(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "revision", name="pk_rulesets"),
    )


def _of_redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("reference", _text(255), nullable=False),
        sa.Column("state", _text(16), nullable=False),
        sa.Column("attempt", _text(255), nullable=False),
        sa.Column("cart", sa.Text(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("undiscounted", sa.BigInteger(), nullable=False),
        sa.Column("currency", _text(16), nullable=False),
        sa.Column("charged", sa.BigInteger(), nullable=True),
        sa.Column("customer_key", _text(255), nullable=True),
        sa.Column("held_at", _text(32), nullable=False),
        sa.Column("is_delivered", sa.Boolean(), nullable=False),
        sa.Column("lease_until", _text(32), nullable=True),
        sa.Column("expires_at", _text(32), nullable=False),
        sa.Column("settled_at", _text(32), nullable=True),
        sa.PrimaryKeyConstraint("company_id", "reference", name="pk_redemptions"),
    )
    op.create_index("ix_redemptions_due", "redemptions", ["company_id", "state", "expires_at"], unique=False)
    op.create_index("ix_redemptions_held_at", "redemptions", ["company_id", "held_at", "reference"], unique=False)
    op.create_table(
        "uses",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("promotion_id", _text(64), nullable=False),
        sa.Column("reference", _text(255), nullable=False),
        sa.Column("customer_key", _text(255), nullable=True),
        sa.Column("day", _text(10), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "promotion_id", "reference", name="pk_uses"),
    )
    op.create_index("ix_uses_reference", "uses", ["company_id", "reference"], unique=False)


def _of_limits() -> None:
    op.create_table(
        "counters",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("promotion_id", _text(64), nullable=False),
        sa.Column("scope", _text(16), nullable=False),
        sa.Column("key", _text(255), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "promotion_id", "scope", "key", name="pk_counters"),
        postgresql_with={"fillfactor": 50},  # every use updates one
    )
    op.create_table(
        "rejected_grants",
        sa.Column("company_id", _text(64), nullable=False),
        sa.Column("reference", _text(255), nullable=False),
        sa.Column("attempt", _text(255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "reference", "attempt", name="pk_rejected_grants"),
    )
