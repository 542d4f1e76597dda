"""The query parameters of the company API's lists."""

from typing import Literal

from promo_contracts.company.models import PromotionStatus, ShownCampaignStatus, State
from promo_contracts.fields import BatchId, PageNumber, PageSize, Query, Search, Text

PromotionSort = Literal[
    "created_at",
    "-created_at",
    "last_updated",
    "-last_updated",
    "name",
    "-name",
    "start_date",
    "-start_date",
    "end_date",
    "-end_date",
]
"""What promotions are ordered by; a minus turns it around. Entries that are equal there are ordered by their id."""

CampaignSort = Literal["created_at", "-created_at", "last_updated", "-last_updated", "name", "-name"]
"""What campaigns are ordered by, as promotions are."""


class PageQuery(Query):
    """Which page of a list, of how many entries each."""

    page: PageNumber = 1
    per_page: PageSize = 20


class PromotionQuery(PageQuery):
    """Which promotions: of a status as it is shown, of a type, with a text in name or code; and in which order."""

    status: PromotionStatus | None = None
    type: Text | None = None
    search: Search | None = None
    sort: PromotionSort = "-created_at"


class CampaignQuery(PageQuery):
    """Which campaigns: of a status, with a text in the name; and in which order."""

    status: ShownCampaignStatus | None = None
    search: Search | None = None
    sort: CampaignSort = "-created_at"


class CodeQuery(PageQuery):
    """Which codes of a promotion: those of a batch."""

    batch_id: BatchId | None = None


class RedemptionQuery(PageQuery):
    """Which redemptions: in a state."""

    state: State | None = None
