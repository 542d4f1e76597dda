"""The models of rejected grants: what shops granted while the API was away, and what it must not store."""

from promo_contracts.company.models import Pagination
from promo_contracts.fields import Answer, Instant


class RejectedGrant(Answer):
    """A grant that was kept as rejected, and why; without the cart, and whatever else may be somebody's.

    ``amount_due`` and ``undiscounted`` are what its evaluation says, in minor units of ``currency``; null where that
    says nothing that can be read, which may be why it was rejected.
    """

    reference: str
    attempt: str
    why: str
    outcome: str
    revision: str
    charged: int | None
    amount_due: int | None
    undiscounted: int | None
    currency: str | None
    granted_at: Instant
    created_at: Instant


class RejectedGrantPage(Answer):
    """One page of rejected grants, the oldest first."""

    grants: list[RejectedGrant]
    pagination: Pagination
