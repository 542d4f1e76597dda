"""A company of a real server, asked as the model of redemptions is, and its books as they stand in the tables."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, select

from promo_contracts.company.models import CampaignCreate, CodeCreate, HoldRequest, Redemption, SettleRequest
from promo_server.redemption import Event, State
from promo_server.services.campaigns import create_campaign
from promo_server.services.companies import Holder, create_company
from promo_server.services.context import Context, load_company
from promo_server.services.metrics import Usage, usage_of
from promo_server.services.promotion_codes import create_code
from promo_server.services.promotions import create_promotion
from promo_server.services.redemptions import hold, settle
from promo_server.services.refusal import Refusal
from promo_server.services.rulesets import Rulesets
from promo_server.storage import instant, instant_or_none
from promo_server.storage.tables import counters, ended_attempts, redemptions, uses
from tests.promo_server.conftest import NOON
from tests.promo_server.services.redemption_model import Cart, Checkout, CounterName, Hold, Offer, Report

_LIMITS = {"total": "total_usage_limit", "daily": "daily_usage_limit", "customer": "per_customer_limit"}

OFFERS = [
    Offer("FREE", 100),
    Offer("LAST", 200, {"total": 1}),
    Offer("DAYS", 300, {"daily": 2}),
    Offer("EACH", 400, {"total": 3, "customer": 1}),
    Offer("FUND", 300, {"budget": 700}),
    Offer("ONCE", 150, {"code": 2}),
]
"""Without a limit, and with each kind of it: few enough that a handful of checkouts compete for what is left."""


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Standing:
    """What the tables say of a reference."""

    state: str
    attempt: str
    lease_until: datetime | None
    expires_at: datetime
    charged: int | None
    discounts: dict[str, int]
    taken: dict[CounterName, int]
    day: str | None


@dataclass
class Till:
    """Where a company that is there already asks its server."""

    context: Context
    company_id: str

    def __post_init__(self) -> None:
        """Have rules that are read once."""
        self.rulesets = Rulesets(self.context)

    @property
    def holder(self) -> Holder:
        """Who asks."""
        return Holder(self.company_id, "tests", frozenset())

    def ask(self, request: Hold | Report) -> Redemption | str:
        """Ask the server; a refusal is its code."""
        try:
            if isinstance(request, Hold):
                return hold(self.context, self.rulesets, self.holder, request.reference, hold_body(request))
            report = SettleRequest(charged=request.charged, attempt=request.attempt)
            return settle(self.context, self.holder, request.reference, Event(request.event), report)
        except Refusal as refusal:
            return refusal.code


@dataclass
class Shop(Till):
    """A company with offers, from today on for a year."""

    offers: list[Offer] = field(default_factory=lambda: OFFERS)
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the company and its promotions."""
        super().__post_init__()
        create_company(self.context, company_id=self.company_id, name=self.company_id)
        campaign = create_campaign(self.context, self.holder, CampaignCreate(name="Spring"))
        self.campaign_id = campaign.id
        for offer in self.offers:
            made = create_promotion(self.context, self.holder, campaign.id, _body(offer, self.context.clock().date()))
            self.ids[made.promotion_id] = offer.code
            if "code" in offer.limits:
                code = CodeCreate(promotion_code=offer.code, max_uses=offer.limits["code"])
                create_code(self.context, self.holder, campaign.id, made.promotion_id, code)

    def standings(self) -> dict[str, Standing]:
        """Read what has become of each reference."""
        with self.context.database.read() as connection:
            taken = self._uses(connection)
            query = select(redemptions).where(redemptions.c.company_id == self.company_id)
            return {row.reference: _standing(row, taken.get(row.reference, [])) for row in connection.execute(query)}

    def name_of(self, promotion_id: str, scope: str, key: str) -> CounterName:
        """Return what a model calls a counter of the tables: it does not know the id of a code."""
        return self.ids[promotion_id], scope, "" if scope == "code" else key

    def counters(self) -> dict[CounterName, int]:
        """Read the counters, but for those at nothing."""
        columns = (counters.c.promotion_id, counters.c.scope, counters.c.key, counters.c.used)
        with self.context.database.read() as connection:
            rows = connection.execute(select(*columns).where(counters.c.company_id == self.company_id)).all()
        return {self.name_of(*row[:3]): row[3] for row in rows if row[3]}

    def usage(self) -> dict[str, Usage]:
        """Return what the metrics say, by code."""
        with self.context.database.read() as connection:
            company = load_company(connection, self.company_id)
            found = usage_of(connection, company, list(self.ids), self.context.clock())
        return {self.ids[promotion_id]: usage for promotion_id, usage in found.items()}

    def check_books(self) -> None:
        """Hold each counter to the redemptions that count, and to its limit."""
        taken: Counter[CounterName] = Counter()
        for one in self.standings().values():
            if State(one.state).counts_uses:
                taken.update(one.taken)
        booked = self.counters()
        assert booked == taken
        limits = {offer.code: offer.limits for offer in self.offers}
        assert {name: used for name, used in booked.items() if not 0 < used <= limits[name[0]][name[1]]} == {}

    def forget(self) -> None:
        """Begin anew: no redemption, nothing taken."""
        with self.context.database.write() as connection:
            for table in (redemptions, ended_attempts, uses, counters):
                connection.execute(delete(table).where(table.c.company_id == self.company_id))

    def _uses(self, connection: Connection) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in connection.execute(select(uses).where(uses.c.company_id == self.company_id)):
            raised = {self.name_of(*one[:3]): one[4] for one in json.loads(row.counted)}
            use = {"code": self.ids[row.promotion_id], "discount": row.discount, "raised": raised, "day": row.day}
            found.setdefault(row.reference, []).append(use)
        return found


def standings_of(checkouts: Mapping[str, Checkout]) -> dict[str, Standing]:
    """Return what the tables should say, by what a model says."""
    return {
        reference: Standing(
            state=one.state,
            attempt=one.attempt,
            lease_until=one.lease_until,
            expires_at=one.expires_at,
            charged=one.charged,
            discounts=dict(one.discounts),
            taken=dict(one.taken),
            day=one.day if one.discounts else None,  # it is kept with the uses
        )
        for reference, one in checkouts.items()
    }


def said(answer: Redemption | Checkout | str) -> object:
    """Return what an answer of the server, or of the model, says."""
    if isinstance(answer, str):
        return answer
    return answer.state, answer.attempt, answer.amount_due, answer.charged, answer.expires_at


def _standing(row: Any, taken: list[dict[str, Any]]) -> Standing:
    days = {use["day"] for use in taken}
    assert len(days) <= 1
    return Standing(
        state=row.state,
        attempt=row.attempt,
        lease_until=instant_or_none(row.lease_until),
        expires_at=instant(row.expires_at),
        charged=row.charged,
        discounts={use["code"]: use["discount"] for use in taken},
        taken={name: amount for use in taken for name, amount in use["raised"].items()},
        day=next(iter(days), None),
    )


def _body(offer: Offer, starts: date) -> dict[str, Any]:
    budget = {"budget_amount": Decimal(offer.limits.get("budget", 0)) / 100, "budget_overrun": "up_to"}
    return {
        "promotion_name": offer.code,
        "promotion_type": "fixed_amount_discount",
        "description": "",
        "promotion_code": f"OWN{offer.code}" if "code" in offer.limits else offer.code,
        "discount_rules": {"discount_value": Decimal(offer.discount) / 100}
        | (budget if "budget" in offer.limits else {}),
        "usage_limits": {_LIMITS[scope]: limit for scope, limit in offer.limits.items() if scope in _LIMITS},
        "schedule": {"start_date": str(starts), "end_date": str(starts + timedelta(days=364))},
        "stackable": True,
    }


def hold_body(asked: Hold) -> HoldRequest:
    """Return a hold as the contract has it."""
    return HoldRequest(
        attempt=asked.attempt,
        cart=cart_document(asked.cart),
        shown=asked.shown,
        lease_seconds=asked.lease,
        ttl_seconds=asked.ttl,
    )


def cart_document(cart: Cart) -> dict[str, Any]:
    """Return a cart as the engine has it."""
    lines = [{"id": "l1", "sku": "MILK", "unit_price": cart.price}]
    return {"currency": "USD", "lines": lines, "customer": {"id": cart.customer}, "codes": list(cart.codes)}
