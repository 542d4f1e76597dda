"""What a shop charges on top of its net prices, so that it may confirm what it charged."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make room for it: of the redemptions that are there nobody said it."""
    op.add_column("redemptions", sa.Column("tax", sa.BigInteger()))


def downgrade() -> None:
    """Forget it: to the older program a shop says what it charged without."""
    op.drop_column("redemptions", "tax")
