"""What the tables are made of: names of constraints, and kinds of columns that every database sorts alike."""

from sqlalchemy import MetaData, String, Text
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text_of(length: int) -> TypeEngine[str]:
    """Make a text that every database sorts alike, by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


# Moments are ISO 8601 texts in UTC with microseconds: they sort, and SQLite and PostgreSQL agree on them.
MOMENT = text_of(32)
ID = text_of(64)
CUSTOMER = text_of(300)
FORM = Text().with_variant(Text(collation="C"), "postgresql")
"""Of a name: folded for comparing, which may make it longer."""
