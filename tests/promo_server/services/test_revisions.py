"""What is noted of revisions: of each promotion from which to which, in the order in which they were noted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from promo_engine import Ruleset
from promo_server.services.context import Company, Context, load_company
from promo_server.services.published import Publisher
from promo_server.services.revisions import STEP, Noted, forget_revisions, note_revision, promotions_of
from promo_server.services.rulesets import Rulesets
from promo_server.storage.tables import revision_promotions, revisions, rulesets
from tests.promo_server.conftest import Api

LIMIT = {"total_usage_limit": 1}


def served(context: Context) -> str:
    """Serve the company's ruleset by a new process; return its revision."""
    return Publisher(context, Rulesets(context)).current("shop").revision


def noted(context: Context, revision: str, *promotion_ids: str) -> Any:
    with context.database.read() as connection:
        return promotions_of(connection, "shop", revision, promotion_ids)


def count(context: Context, table: Any) -> int:
    with context.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def company_and_ruleset(context: Context) -> tuple[Company, Ruleset]:
    with context.database.read() as connection:
        company = load_company(connection, "shop")
        return company, Rulesets(context).of(connection, company)


async def three(api: Api) -> list[str]:
    """Make a promotion that is free for all, one with a limit, and one with a budget."""
    budget = {"discount_value": 5, "budget_amount": 100}
    made = [
        await api.promote(),
        await api.promote(promotion_name="Few", promotion_code="FEWER", usage_limits=LIMIT),
        await api.promote(promotion_name="Budget", promotion_code="BUDGET", discount_rules=budget),
    ]
    return [one["promotion_id"] for one in made]


async def test_of_a_promotion_is_noted_what_grants_are_checked_by(api: Api) -> None:
    free, limited, spent = await three(api)
    revision = served(api.context)
    assert noted(api.context, revision, free, limited, spent, "promo_x") == {
        free: Noted(False, "spring20"),
        limited: Noted(True, "fewer"),
        spent: Noted(True, "budget"),
    }
    assert noted(api.context, revision, limited) == {limited: Noted(True, "fewer")}
    assert noted(api.context, "unknown", free) is None
    assert count(api.context, rulesets) == 0


async def test_each_revision_keeps_what_it_had_when_later_ones_differ(api: Api) -> None:
    (one,) = [(await api.promote(usage_limits=LIMIT))["promotion_id"]]
    path = f"/campaigns/{api.campaign}/promotions/{one}"
    first = served(api.context)
    await api.call("PATCH", path, {"usage_limits": None})
    second = served(api.context)
    await api.call("POST", f"{path}/archive")
    third = served(api.context)
    kept = [noted(api.context, revision, one) for revision in (first, second, third)]
    assert kept == [{one: Noted(True, "spring20")}, {one: Noted(False, "spring20")}, {}]


async def test_a_revision_costs_what_differs_from_the_one_before(api: Api) -> None:
    await three(api)
    served(api.context)
    assert count(api.context, revision_promotions) == 3
    await api.promote(promotion_name="More", promotion_code="MORE")
    served(api.context)
    assert count(api.context, revision_promotions) == 4


async def test_rules_that_are_as_before_again_are_the_same_revision(api: Api) -> None:
    (one,) = [(await api.promote())["promotion_id"]]
    path = f"/campaigns/{api.campaign}/promotions/{one}"
    first = served(api.context)
    await api.call("POST", f"{path}/pause")
    second = served(api.context)
    await api.call("POST", f"{path}/resume")
    assert (served(api.context), count(api.context, revisions)) == (first, 2)
    assert noted(api.context, second, one) == noted(api.context, first, one) == {one: Noted(False, "spring20")}


async def test_of_many_servers_that_note_a_revision_at_once_one_does(api: Api) -> None:
    made = await three(api)
    company, ruleset = company_and_ruleset(api.context)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: note_revision(api.context, company, ruleset), range(8)))
    assert (count(api.context, revisions), count(api.context, revision_promotions)) == (1, 3)
    assert noted(api.context, ruleset.revision, *made).keys() == set(made)


async def changed(api: Api, promotion_id: str, limit: int) -> str:
    """Give a promotion another limit a day later, and serve what comes of it."""
    api.time.pass_by(days=1)
    path = f"/campaigns/{api.campaign}/promotions/{promotion_id}"
    await api.call("PATCH", path, {"usage_limits": {"total_usage_limit": limit}})
    return served(api.context)


def kept(context: Context) -> list[str]:
    with context.database.read() as connection:
        return list(connection.execute(select(revisions.c.revision).order_by(revisions.c.number)).scalars())


async def test_a_revision_is_forgotten_so_long_after_another_took_its_place(api: Api) -> None:
    made = (await api.promote())["promotion_id"]
    first = served(api.context)
    second, third = [await changed(api, made, limit) for limit in (5, 6)]
    for days, left in ((98, [first, second, third]), (1, [second, third]), (1, [third]), (999, [third])):
        api.time.pass_by(days=days)
        forget_revisions(api.context)
        assert kept(api.context) == left, days
        forget_revisions(api.context)
    assert noted(api.context, third, made) == {made: Noted(True, "spring20")}
    assert count(api.context, revision_promotions) == 1


async def test_what_is_left_is_checked_as_before_when_older_ones_are_forgotten(api: Api) -> None:
    free, limited, spent = await three(api)
    served(api.context)
    second = await changed(api, free, 5)
    third = await changed(api, limited, 7)
    before = [noted(api.context, one, free, limited, spent) for one in (second, third)]
    forget_revisions(api.context, timedelta(days=1))
    assert kept(api.context) == [second, third]
    assert [noted(api.context, one, free, limited, spent) for one in (second, third)] == before
    assert await changed(api, spent, 9) not in (second, third)


async def test_a_revision_that_came_back_is_the_latest_however_old_it_is(api: Api) -> None:
    made = (await api.promote(usage_limits={"total_usage_limit": 5}))["promotion_id"]
    first = served(api.context)
    await changed(api, made, 6)
    assert await changed(api, made, 5) == first
    api.time.pass_by(days=9)
    for _ in range(2):
        forget_revisions(api.context, timedelta(days=1))
    assert noted(api.context, first, made) == {made: Noted(True, "spring20")}
    assert noted(api.context, await changed(api, made, 7), made) == {made: Noted(True, "spring20")}


async def test_a_server_that_missed_what_came_between_makes_its_revision_the_latest_again(api: Api) -> None:
    made = (await api.promote(usage_limits={"total_usage_limit": 5}))["promotion_id"]
    ours = Publisher(api.context, Rulesets(api.context))
    first = ours.current("shop").revision
    await changed(api, made, 6)
    await api.call("PATCH", f"/campaigns/{api.campaign}/promotions/{made}", {"usage_limits": {"total_usage_limit": 5}})
    assert ours.current("shop").revision == first
    api.time.pass_by(days=500)
    forget_revisions(api.context)
    assert noted(api.context, first, made) == {made: Noted(True, "spring20")}


async def test_many_are_forgotten_in_small_steps_and_their_documents_with_them(api: Api) -> None:
    made = (await api.promote())["promotion_id"]
    for limit in range(1, STEP + 4):
        await changed(api, made, limit)
        ours = Rulesets(api.context)
        company, ruleset = company_and_ruleset(api.context)
        with api.context.database.read() as connection:
            ours.of(connection, company)
        ours.granted("shop", ruleset.revision)
        ours.keep()
    assert count(api.context, rulesets) == count(api.context, revisions) == STEP + 3
    api.time.pass_by(days=200)
    left = []
    for _ in range(3):
        forget_revisions(api.context)
        left.append((count(api.context, revisions), count(api.context, rulesets)))
    assert left == [(3, 3), (1, 1), (1, 1)]
