"""Value stores: customers, programs, codes, and the ledger of transactions and their entries."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables, empty: nothing that is there belongs into them."""
    _currencies()
    _customers()
    _programs()
    _value_stores()
    _value_codes()
    _transactions()


def downgrade() -> None:
    """Drop them with all that is in them; the older program has no place for any of it."""
    for name in (
        "value_entries",
        "value_transactions",
        "value_codes",
        "value_stores",
        "programs",
        "customers",
        "currencies",
    ):
        op.drop_table(name)


def _currencies() -> None:
    op.create_table(
        "currencies",
        sa.Column("company_id", _id(), nullable=False),
        sa.Column("code", _text(16), nullable=False),
        sa.Column("name", _text(255), nullable=False),
        sa.Column("symbol", _text(255), nullable=False),
        sa.Column("decimal_places", sa.Integer(), nullable=False),
        sa.Column("created_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "code", name="pk_currencies"),
    )


def _customers() -> None:
    op.create_table(
        "customers",
        *_key(),
        sa.Column("first_name", sa.Text()),
        sa.Column("last_name", sa.Text()),
        sa.Column("email", _text(320)),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text()),
        *_dates(),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_customers"),
    )
    op.create_index("ix_customers_created_at", "customers", ["company_id", "created_at", "id"])


def _programs() -> None:
    op.create_table(
        "programs",
        *_key(),
        sa.Column("currency", _text(16), nullable=False),
        sa.Column("access", _text(16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_dates(),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_programs"),
    )
    op.create_index("ix_programs_created_at", "programs", ["company_id", "created_at", "id"])


def _value_stores() -> None:
    op.create_table(
        "value_stores",
        *_key(),
        sa.Column("program_id", _id()),
        sa.Column("customer_id", _id()),
        sa.Column("access", _text(16)),
        sa.Column("currency", _text(16), nullable=False),
        sa.Column("balance", sa.BigInteger()),
        sa.Column("uses", sa.BigInteger()),
        *[
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("discount", "pre_tax", "active", "frozen", "canceled")
        ],
        sa.Column("redemption_rule", sa.Text()),
        sa.Column("value_rule", sa.Text()),
        sa.Column("start_date", _text(32)),
        sa.Column("end_date", _text(32)),
        sa.Column("metadata", sa.Text()),
        *_dates(),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_value_stores"),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_value_stores_balance")),
        sa.CheckConstraint("uses >= 0", name=op.f("ck_value_stores_uses")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_value_stores_created_at", "value_stores", ["company_id", "created_at", "id"])
    op.create_index("ix_value_stores_customer_id", "value_stores", ["company_id", "customer_id"])
    op.create_index("ix_value_stores_program_id", "value_stores", ["company_id", "program_id"])


def _value_codes() -> None:
    op.create_table(
        "value_codes",
        sa.Column("company_id", _id(), nullable=False),
        sa.Column("value_store_id", _id(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("form", _form()),
        sa.Column("hash", _text(64)),
        sa.Column("shown", sa.Text()),
        sa.Column("encrypted", sa.LargeBinary()),
        sa.Column("key_id", _text(64)),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "value_store_id", name="pk_value_codes"),
        sa.UniqueConstraint("company_id", "form", name="uq_value_codes_company_id_form"),
        sa.UniqueConstraint("company_id", "hash", name="uq_value_codes_company_id_hash"),
    )
    op.create_index("ix_value_codes_key_id", "value_codes", ["company_id", "key_id"])


def _transactions() -> None:
    op.create_table(
        "value_transactions",
        *_key(),
        sa.Column("type", _text(16), nullable=False),
        sa.Column("state", _text(16), nullable=False),
        sa.Column("currency", _text(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("void_at", _text(32)),
        sa.Column("of_id", _id()),
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("created_by", _text(255), nullable=False),
        sa.Column("updated_at", _text(32), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_value_transactions"),
    )
    waits = sa.text("state = 'pending'")
    op.create_index("ix_value_transactions_created_at", "value_transactions", ["company_id", "created_at", "id"])
    op.create_index(
        "ix_value_transactions_void_at",
        "value_transactions",
        ["company_id", "void_at"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_table(
        "value_entries",
        sa.Column("company_id", _id(), nullable=False),
        sa.Column("transaction_id", _id(), nullable=False),
        sa.Column("value_store_id", _id(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "transaction_id", "value_store_id", name="pk_value_entries"),
    )
    op.create_index("ix_value_entries_value_store_id", "value_entries", ["company_id", "value_store_id"])


def _key() -> list[sa.Column[Any]]:
    return [sa.Column("company_id", _id(), nullable=False), sa.Column("id", _id(), nullable=False)]


def _dates() -> list[sa.Column[Any]]:
    return [
        sa.Column("created_at", _text(32), nullable=False),
        sa.Column("updated_at", _text(32), nullable=False),
    ]


def _id() -> sa.types.TypeEngine[str]:
    return _text(64)


def _form() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(length: int) -> sa.types.TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
