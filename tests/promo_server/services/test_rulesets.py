"""Compiled rulesets: after a change only what changed is compiled, and the result is that of compiling all."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from promo_contracts.company.queries import CampaignQuery
from promo_engine import Promotion, Ruleset, canonical_json
from promo_server.services.campaigns import list_campaigns
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, load_company, utc_now
from promo_server.services.lifecycle import Step, change_status
from promo_server.services.rulesets import Rulesets
from tests.databases import ON_SQLITE
from tests.promo_server.cli.conftest import Shop
from tests.promo_server.conftest import Api

NOW = utc_now()


def read(context: Context, rulesets: Rulesets) -> Ruleset:
    with context.database.read() as connection:
        return rulesets.of(connection, load_company(connection, "shop"))


def is_as_new(context: Context, ruleset: Ruleset) -> bool:
    anew = read(context, Rulesets(context))
    return canonical_json(ruleset.document()) == canonical_json(anew.document())


async def test_only_what_changed_is_compiled(api: Api) -> None:
    stays = (await api.promote())["promotion_id"]
    changes = (await api.promote(promotion_name="More", promotion_code="MORE", status="draft"))["promotion_id"]
    rulesets = Rulesets(api.context)
    before = read(api.context, rulesets)
    await api.call("POST", f"/campaigns/{api.campaign}/promotions/{changes}/activate")
    after = read(api.context, rulesets)
    assert (set(before.promotions), set(after.promotions)) == ({stays}, {stays, changes})
    assert after.promotions[stays] is before.promotions[stays]
    assert is_as_new(api.context, after)


async def test_whatever_changes_it_is_as_if_all_were_compiled(api: Api) -> None:
    one = (await api.promote())["promotion_id"]
    await api.promote(promotion_name="More", promotion_code="MORE")
    rulesets = Rulesets(api.context)
    path = f"/campaigns/{api.campaign}"
    for method, step, body in (
        ("POST", f"{path}/promotions/{one}/pause", None),
        ("PATCH", f"{path}/promotions/{one}", {"discount_rules": {"discount_value": 30}}),
        ("PATCH", f"{path}/promotions/{one}", {"auto_apply": True, "stackable": False}),
        ("POST", f"{path}/promotions/{one}/resume", None),
        ("POST", f"{path}/deactivate", None),
        ("POST", f"{path}/activate", None),
        ("POST", f"{path}/promotions/{one}/archive", None),
        ("POST", f"{path}/archive", None),
    ):
        before = read(api.context, rulesets)
        await api.call(method, step, body)
        after = read(api.context, rulesets)
        assert after.revision != before.revision or step.endswith(f"{path}/archive"), step
        assert is_as_new(api.context, after), step


async def test_a_change_is_seen_whatever_the_clock_shows(context: Context) -> None:
    """Each change within one tick of a clock that stands still."""
    shop = Shop(replace(context, clock=lambda: NOW), Holder("shop", "tests", frozenset()))
    promotion = shop.promote(status="draft")
    (campaign,) = (one.id for one in list_campaigns(shop.context, shop.holder, CampaignQuery()).campaigns)
    rulesets = Rulesets(shop.context)
    for step in (Step.ACTIVATE, Step.PAUSE, Step.RESUME, Step.PAUSE):
        change_status(shop.context, shop.holder, campaign, promotion, step)
        assert is_as_new(context, read(context, rulesets))


@ON_SQLITE
async def test_who_waits_for_a_compilation_does_not_do_it_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await api.promote()
    compiled: list[int] = []
    rulesets = Rulesets(api.context)
    ours = rulesets._ruleset

    def noted(promotions: Sequence[Promotion], company: Company, has_unlisted_codes: bool) -> Ruleset:
        compiled.append(len(promotions))
        return ours(promotions, company, has_unlisted_codes)

    monkeypatch.setattr(rulesets, "_ruleset", noted)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: read(api.context, rulesets), range(16)))
    assert (len({id(one) for one in found}), compiled) == (1, [1])
