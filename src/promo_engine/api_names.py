"""What the company API calls the fields of a promotion that a rules file calls otherwise.

Errors: ``DocumentError``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from promo_engine.documents import DocumentError, join, read_object

API_NAMES: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("promotions",),
    "promotion_name": ("name",),
    "promotion_type": ("type",),
    "promotion_code": ("code",),
    "discount_rules": ("rules",),
    "eligibility_criteria": ("eligibility",),
    "usage_limits": ("limits",),
    "schedule": ("start", "end", "days", "hours"),
    "display_settings": ("display", "priority"),
    "customer_segments": ("segments",),
    "customer_segments_all": ("segments_all",),
    "first_time_customers_only": ("first_order_only",),
    "loyalty_tier_requirements": ("tiers",),
    "geographic_restrictions": ("regions",),
    "required_items_any": ("required_any",),
    "required_items_all": ("required_all",),
    "min_amount": ("amount",),
    "min_quantity": ("quantity",),
    "total_usage_limit": ("total",),
    "per_customer_limit": ("customer",),
    "daily_usage_limit": ("daily",),
}
"""The field, or fields, that say the same in a rules file."""


def read_part(
    document: object, path: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Read an object of a rules file as ``read_object`` does; names of the API are told first, all of them.

    Raises:
        DocumentError: as ``read_object``, and where fields have the names that the API gives them.

    >>> read_part({"total_usage_limit": 10}, "limits", optional=["total"])
    Traceback (most recent call last):
    promo_engine.documents.DocumentError: limits.total_usage_limit: is not a known field; in a rules file it is 'total'
    """
    known = {*required, *optional}
    given = document if isinstance(document, Mapping) else ()
    theirs = [name for name in given if name in API_NAMES and known.issuperset(API_NAMES[name])]
    ours = {name: " and ".join(f"'{one}'" for one in API_NAMES[name]) for name in theirs}
    if len(theirs) == 1:
        raise DocumentError(join(path, theirs[0]), f"is not a known field; in a rules file it is {ours[theirs[0]]}")
    if theirs:
        told = ", ".join(f"{name} is {one}" for name, one in ours.items())
        raise DocumentError(path, f"has names of the API; in a rules file {told}, and amounts are whole minor units")
    return read_object(document, path, required=required, optional=optional)
