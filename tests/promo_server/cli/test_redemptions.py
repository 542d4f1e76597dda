"""``promo redemptions``: an operator settles what the shops could not."""

import json
import logging

import pytest

from promo_contracts.company.models import HoldRequest
from promo_server.redemption import Event
from promo_server.services.deliveries import deliver
from promo_server.services.refusal import Refusal
from tests.databases import ON_SQLITE
from tests.promo_server.cli.conftest import Run, Shop
from tests.promo_server.conftest import cart


def make_late(shop: Shop, reference: str) -> str:
    """Have a hold expire, another one take its only use, and the first one confirmed."""
    promotion_id = shop.before(days=1).promote(usage_limits={"total_usage_limit": 1})
    shop.before(hours=2).hold(reference, lease_seconds=0, ttl_seconds=60)
    shop.hold("other", lease_seconds=0)
    with pytest.raises(Refusal, match="listed as late"):
        shop.settle(reference, Event.CONFIRM)
    return promotion_id


def test_what_is_in_doubt_is_listed_with_both_amounts(shop: Shop, run: Run) -> None:
    assert run("redemptions", "in-doubt", "shop") == (0, "Nothing is in doubt or late.\n")
    shop.promote()
    for reference, charged in (("o-1", 5990), ("o-2", None)):
        shop.hold(reference)
        shop.settle(reference, Event.DOUBT, charged)
    shop.hold("running")
    code, output = run("redemptions", "in-doubt", "shop")
    lines = [line.split() for line in output.splitlines()]
    assert (code, lines[0]) == (0, ["REFERENCE", "STATE", "HELD", "CHARGED", "CURRENCY", "SINCE"])
    assert [line[:5] for line in lines[1:]] == [
        ["o-1", "in_doubt", "47.92", "59.90", "USD"],
        ["o-2", "in_doubt", "47.92", "unsaid", "USD"],
    ]


def test_the_list_is_had_as_json_in_minor_units(shop: Shop, run: Run) -> None:
    shop.promote()
    shop.hold("o-1")
    since = shop.settle("o-1", Event.DOUBT, 5990).settled_at
    (found,) = json.loads(run("redemptions", "in-doubt", "shop", "--json")[1])
    assert since is not None
    assert found.pop("since") == since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert found == {
        "reference": "o-1",
        "state": "in_doubt",
        "amount_due": 4792,
        "charged": 5990,
        "currency": "USD",
    }


@ON_SQLITE
def test_a_lease_that_lapsed_is_in_doubt_though_no_server_has_noted_it(shop: Shop, run: Run) -> None:
    shop.promote()
    shop.before(minutes=5).hold("o-1")
    assert "o-1        in_doubt" in run("redemptions", "in-doubt", "shop")[1]
    said = "The redemption o-1 is confirmed; it was in_doubt.\n"
    assert run("redemptions", "settle", "shop", "o-1", "--confirm")[1].endswith(said)


@pytest.mark.parametrize(("option", "state"), [("--confirm", "confirmed"), ("--release", "released")])
def test_a_doubt_is_settled_and_twice_is_once(shop: Shop, run: Run, option: str, state: str) -> None:
    shop.promote()
    shop.hold("o-1")
    shop.settle("o-1", Event.DOUBT)
    settle = ("redemptions", "settle", "shop", "o-1", option)
    code, output = run(*settle)
    assert (code, output.splitlines()[-1]) == (0, f"The redemption o-1 is {state}; it was in_doubt.")
    assert run(*settle)[1].splitlines()[-1] == f"The redemption o-1 is {state}; it was so already."
    assert run("redemptions", "in-doubt", "shop")[1] == "Nothing is in doubt or late.\n"


def test_what_is_late_is_confirmed_as_soon_as_a_use_is_left(shop: Shop, run: Run) -> None:
    make_late(shop, "o-1")
    assert "o-1        late" in run("redemptions", "in-doubt", "shop")[1]
    code, output = run("redemptions", "settle", "shop", "o-1", "--confirm")
    assert (code, "No use is left for it, so it stays late. Raise the limit" in output) == (1, True)
    shop.settle("other", Event.RELEASE)
    assert "is confirmed; it was late." in run("redemptions", "settle", "shop", "o-1", "--confirm")[1]


@ON_SQLITE
def test_what_is_late_is_released(shop: Shop, run: Run) -> None:
    make_late(shop, "o-1")
    assert "is released; it was late." in run("redemptions", "settle", "shop", "o-1", "--release")[1]


@ON_SQLITE
def test_a_hold_is_left_to_its_checkout(shop: Shop, run: Run) -> None:
    shop.promote()
    shop.hold("o-1")
    code, output = run("redemptions", "settle", "shop", "o-1", "--release")
    assert (code, "is held: its checkout settles it, or time does at" in output) == (1, True)


@ON_SQLITE
def test_the_reason_stands_in_the_log(shop: Shop, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    shop.promote()
    shop.hold("o-1")
    shop.settle("o-1", Event.DOUBT)
    with caplog.at_level(logging.INFO, "promo_server"):
        run("redemptions", "settle", "shop", "o-1", "--confirm", "--reason", "bank\nstatement")
    (line,) = caplog.messages
    assert line == ("the operator settled 'o-1' of shop: it was in_doubt and is confirmed; reason: 'bank\\nstatement'")


@ON_SQLITE
@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["in-doubt", "nobody"], 1, "There is no such company."),
        (["settle", "nobody", "o-1", "--confirm"], 1, "There is no such company."),
        (["settle", "shop", "nothing", "--confirm"], 1, "There is no redemption with this reference."),
        (["settle", "shop", "o-1", "--confirm"], 1, "The redemption is released and does not admit this."),
        (["settle", "shop", "o-1"], 2, "--confirm if the order was charged, --release if it was not"),
    ],
)
def test_what_cannot_be_settled_is_said_in_a_sentence(
    shop: Shop, run: Run, args: list[str], code: int, said: str
) -> None:
    shop.hold("o-1")
    shop.settle("o-1", Event.RELEASE)
    ended, output = run("redemptions", *args)
    assert (ended, said in output) == (code, True)


@ON_SQLITE
def test_a_reference_does_nothing_to_the_terminal(shop: Shop, run: Run) -> None:
    shop.hold("o\x1b[2J")
    shop.settle("o\x1b[2J", Event.DOUBT)
    assert "'o\\x1b[2J'" in run("redemptions", "in-doubt", "shop")[1]


def reject(shop: Shop, reference: str) -> None:
    """Deliver a grant under rules that no server has served."""
    evaluation = shop.hold(f"for-{reference}").evaluation
    granted = {"evaluation": evaluation, "at": evaluation["at"], "revision": "r0", "outcome": "confirmed"}
    request = HoldRequest.model_validate({"attempt": "a", "cart": cart(), "granted": granted | {"charged": 4792}})
    with pytest.raises(Refusal, match="kept as rejected"):
        deliver(shop.context, shop.holder, reference, request)


def test_rejected_grants_are_listed_with_the_reason(shop: Shop, run: Run) -> None:
    assert run("redemptions", "rejected", "shop") == (0, "No grants were rejected.\n")
    shop.promote()
    reject(shop, "o-1")
    code, output = run("redemptions", "rejected", "shop")
    heading, line = output.splitlines()
    assert (code, heading.split()) == (
        0,
        ["REFERENCE", "ATTEMPT", "OUTCOME", "DUE", "CHARGED", "CURRENCY", "REJECTED", "WHY"],
    )
    assert line.split()[:6] == ["o-1", "a", "confirmed", "4792", "4792", "USD"]
    assert line.endswith("UTC  its revision is not one of this server's")


@ON_SQLITE
def test_rejected_grants_are_had_as_json(shop: Shop, run: Run) -> None:
    shop.promote()
    reject(shop, "o-1")
    (found,) = json.loads(run("redemptions", "rejected", "shop", "--json")[1])
    assert (found["reference"], found["amount_due"], found["undiscounted"]) == ("o-1", 4792, 5990)
    assert run("redemptions", "rejected", "nobody") == (1, "Error: There is no such company.\n")
