"""A shop on a real database, on the real clock as the commands are, and the commands run in this process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from promo_cli import main
from promo_contracts import Scope
from promo_contracts.company.models import CampaignCreate, HoldRequest, Redemption, SettleRequest
from promo_engine.testing import installed_types
from promo_server.redemption import Event
from promo_server.services.campaigns import create_campaign
from promo_server.services.companies import Holder, create_company
from promo_server.services.context import Context, create_context, utc_now
from promo_server.services.promotions import create_promotion
from promo_server.services.redemptions import hold, settle
from promo_server.services.rulesets import Rulesets
from tests.promo_server.conftest import cart

Run = Callable[..., tuple[int, str]]


def promotion(today: datetime | None = None, **fields: Any) -> dict[str, Any]:
    """Write the body of a promotion: 20 % by the code SPRING20, from today on."""
    today = today or utc_now()
    days = {"start_date": f"{today:%Y-%m-%d}", "end_date": f"{today + timedelta(days=9):%Y-%m-%d}"}
    return {
        "promotion_name": "Spring Fresh",
        "promotion_type": "percentage_discount",
        "description": "",
        "promotion_code": "SPRING20",
        "discount_rules": {"discount_value": 20},
        "schedule": days,
    } | fields


@dataclass
class Shop:
    """What a shop does, by the clock of its context."""

    context: Context
    holder: Holder

    def promote(self, **fields: Any) -> str:
        campaign = create_campaign(self.context, self.holder, CampaignCreate(name="Spring"))
        return create_promotion(
            self.context, self.holder, campaign.id, promotion(self.context.clock(), **fields)
        ).promotion_id

    def before(self, **span: float) -> "Shop":
        """Return the same shop at a moment that is so long ago."""
        return Shop(replace(self.context, clock=lambda: utc_now() - timedelta(**span)), self.holder)

    def hold(self, reference: str, **fields: Any) -> Redemption:
        request = HoldRequest(**{"attempt": f"a-{reference}", "cart": cart()} | fields)
        return hold(self.context, Rulesets(self.context), self.holder, reference, request)

    def settle(self, reference: str, event: Event, charged: int | None = None) -> Redemption:
        return settle(self.context, self.holder, reference, event, SettleRequest(charged=charged))


@pytest.fixture
def shop(database: str) -> Iterator[Shop]:
    context = create_context(database, types=installed_types())
    create_company(context, company_id="shop", name="Shop")
    yield Shop(context, Holder("shop", "tests", frozenset({Scope.ADMIN})))
    context.database.close()


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the database, and return how it ended and what it printed."""
    monkeypatch.setenv("PROMO_DATABASE", database)

    def command(*args: object) -> tuple[int, str]:
        result = CliRunner().invoke(main, [str(one) for one in args])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return command
