"""The merchant's part: campaigns and promotions, created through the SDK."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from examples.shop.proof.dataset import Dataset, Json, body_of
from promo_sdk import PromotionsClient


def create_campaigns(client: PromotionsClient, dataset: Dataset, now: datetime) -> Mapping[str, Json]:
    """Create the grocer's campaigns and promotions, starting today; return the promotions by the ids they are given.

    A promotion's start and end are days from now; day 0 is this very moment.
    """
    campaigns = [client.campaigns.create(**campaign) for campaign in dataset.campaigns]
    created = {}
    for promotion in dataset.promotions:
        schedule = {
            "start_date": now + timedelta(days=promotion["start_day"]),
            "end_date": now + timedelta(days=promotion["end_day"]),
        }
        campaign = campaigns[promotion["campaign"]]
        answer = client.promotions.create(campaign.id, **body_of(promotion), schedule=schedule)
        created[answer.promotion_id] = promotion
    return created
