"""Two ways to say the same to one API: raw HTTP, and the SDK."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import httpx

from promo_contracts import Scope, read_json, write_json
from promo_contracts.company.models import Campaign
from promo_engine import PromotionTypes
from promo_engine.testing import installed_types
from promo_sdk import ApiError, PromotionsClient
from promo_sdk._transport import BlockingASGITransport
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import create_context

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "http://api"


@dataclass(frozen=True)
class Said:
    """What an API answered: the wrong fields, in its order, and the promotion or the error as a JSON object."""

    status: int | None
    code: str | None = None
    fields: tuple[str, ...] = ()
    body: Any = None


WAYS = [("raw", "sqlite"), ("sdk", "sqlite"), ("raw", "postgresql")]
"""By what an API is spoken to, and where it keeps what it is told."""


class Speaker(Protocol):
    """Creates promotions by what the seed's body says; what is not said is ``None``."""

    def create(self, campaign_id: str, body: dict[str, Any]) -> Said: ...


@dataclass(frozen=True)
class Raw:
    """Bodies as bytes, numbers as they stand."""

    http: httpx.Client

    def create(self, campaign_id: str, body: dict[str, Any]) -> Said:
        said = {name: value for name, value in body.items() if value is not None}
        return self.post(f"/campaigns/{campaign_id}/promotions", write_json(said))

    def post(self, path: str, content: Any, media_type: str = "application/json") -> Said:
        response = self.http.post(path, content=content, headers={"Content-Type": media_type})
        answer = read_json(response.content)
        fields = tuple(one["field"] for one in answer.get("errors", ()))
        return Said(response.status_code, answer.get("code"), fields, answer)


@dataclass(frozen=True)
class Sdk:
    """The typed client; what it finds wrong itself has no status."""

    client: PromotionsClient

    def create(self, campaign_id: str, body: dict[str, Any]) -> Said:
        try:
            made = self.client.promotions.create(campaign_id, **body)
        except ApiError as error:
            return Said(error.status, error.code, tuple(one.field for one in error.errors), error.body)
        return Said(201, body=made.model_dump())


@dataclass
class Api:
    """One API with both ways to speak to it; ``create`` takes the one that the test is run with."""

    raw: Raw
    sdk: Sdk
    way: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def create(self, campaign: Campaign, **fields: Any) -> Said:
        speaker: Speaker = self.sdk if self.way == "sdk" else self.raw
        return speaker.create(campaign.id, a_promotion(**fields))

    def campaign(self, **fields: Any) -> Campaign:
        return self.sdk.client.campaigns.create(name=f"Campaign {next(self.numbers)}", **fields)

    def stored(self, campaign: Campaign) -> list[str]:
        return [one.promotion_name for one in self.sdk.client.promotions.iterate(campaign.id)]


@contextmanager
def an_api(
    database: Path | str, way: str = "raw", types: PromotionTypes | None = None, **settings: Any
) -> Iterator[Api]:
    """Run an API of one company, in US dollars and UTC, whose clock stands at noon of 22 November 2026."""
    context = create_context(database, types=types or installed_types(), clock=lambda: NOON)
    create_company(context, company_id="shop", name="Shop", **settings)
    key = create_key(context, company_id="shop", name="marketing_admin_001", scopes=[Scope.ADMIN])
    transport = BlockingASGITransport(create_app(context))
    base = f"{URL}/promotions/company/shop"
    http = httpx.Client(transport=transport, base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60)
    with closing(context.database), http:
        client = PromotionsClient(URL, company_id="shop", api_key=key, http_transport=transport, timeout=60)
        yield Api(Raw(http), Sdk(client), way)


def a_promotion(**fields: Any) -> dict[str, Any]:
    """Build the body of a promotion of 20 %, unless said otherwise; nested parts are replaced whole."""
    return {
        "promotion_name": "Spring Fresh 20% Off",
        "promotion_type": "percentage_discount",
        "description": "20% off all fresh produce",
        "discount_rules": {"discount_value": 20},
        "schedule": {"start_date": "2026-11-22T00:00:00Z", "end_date": "2026-12-22T00:00:00Z"},
    } | fields
