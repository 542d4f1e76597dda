"""The tables of the value-store API: what is held, and the ledger that says how it came to be so.

A value store's balance and uses are the sums of its entries, kept beside them and raised in the statement that checks
them; entries are only ever added.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from promo_server.storage.columns import FORM, ID, MOMENT, metadata, text_of

currencies = Table(
    "currencies",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("code", text_of(16), primary_key=True),
    Column("name", text_of(255), nullable=False),
    Column("symbol", text_of(255), nullable=False),
    # How many decimals: the company's private currencies have it, too.
    Column("decimal_places", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)

customers = Table(
    "customers",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("email", text_of(320)),
    # Each between line breaks, which no tag has: then one is found by a text that contains it.
    Column("tags", Text, nullable=False),
    Column("metadata", Text),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Index("ix_customers_created_at", "company_id", "created_at", "id"),
)

programs = Table(
    "programs",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("currency", text_of(16), nullable=False),
    Column("access", text_of(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("tags", Text, nullable=False),
    # The request's body as validated.
    Column("body", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Index("ix_programs_created_at", "company_id", "created_at", "id"),
)

value_stores = Table(
    "value_stores",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("program_id", ID),
    Column("customer_id", ID),
    Column("access", text_of(16)),
    Column("currency", text_of(16), nullable=False),
    # The sum of its entries, in minor units; null where a rule says what it is worth.
    Column("balance", BigInteger),
    # Likewise; null without a limit.
    Column("uses", BigInteger),
    Column("discount", Boolean, nullable=False),
    Column("pre_tax", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("frozen", Boolean, nullable=False),
    Column("canceled", Boolean, nullable=False),
    Column("redemption_rule", Text),
    Column("value_rule", Text),
    Column("start_date", MOMENT),
    Column("end_date", MOMENT),
    Column("metadata", Text),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("uses >= 0", name="uses"),
    Index("ix_value_stores_created_at", "company_id", "created_at", "id"),
    Index("ix_value_stores_customer_id", "company_id", "customer_id"),
    Index("ix_value_stores_program_id", "company_id", "program_id"),
    postgresql_with={"fillfactor": 70},  # every transaction updates some
)

value_codes = Table(
    "value_codes",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("value_store_id", ID, primary_key=True),
    Column("is_secret", Boolean, nullable=False),
    # What codes are found by: the form of one that may be shown, the keyed hash of a secret one's.
    Column("form", FORM),
    Column("hash", text_of(64)),
    # The text of one that may be shown, as it was typed; of a secret one encrypted, by which key.
    Column("shown", Text),
    Column("encrypted", LargeBinary),
    Column("key_id", text_of(64)),
    Column("last_four", Text, nullable=False),
    UniqueConstraint("company_id", "form"),
    UniqueConstraint("company_id", "hash"),
    Index("ix_value_codes_key_id", "company_id", "key_id"),
)

_WAITS = text("state = 'pending'")

value_transactions = Table(
    "value_transactions",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("type", text_of(16), nullable=False),
    # done, pending, captured, void, reversed
    Column("state", text_of(16), nullable=False),
    Column("currency", text_of(16), nullable=False),
    # The answer as it was given, but for what changes.
    Column("body", Text, nullable=False),
    # When a pending one is voided unless somebody captures it.
    Column("void_at", MOMENT),
    # The one that this captures, voids or reverses.
    Column("of_id", ID),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", text_of(255), nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Index("ix_value_transactions_created_at", "company_id", "created_at", "id"),
    Index("ix_value_transactions_void_at", "company_id", "void_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
)

value_entries = Table(
    "value_entries",
    metadata,
    Column("company_id", ID, primary_key=True),
    Column("transaction_id", ID, primary_key=True),
    Column("value_store_id", ID, primary_key=True),
    # Below zero what was taken; of a value store with a rule, what the rule gave.
    Column("amount", BigInteger, nullable=False),
    Column("uses", BigInteger, nullable=False),
    Index("ix_value_entries_value_store_id", "company_id", "value_store_id"),
)
