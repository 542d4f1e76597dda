"""``promo evaluate``: a priced cart as tables or as canonical JSON, and every mistake in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from promo_cli import main
from promo_engine import UNKNOWN, canonical_json, evaluate, read_cart, read_rules_file
from promo_engine.documents import MAX_BYTES
from promo_engine.testing import installed_types

AT = {"at": "2026-11-22T12:00:00Z"}
LINES = [
    {"id": "a", "sku": "TEA", "unit_price": 1000, "quantity": 3},
    {"id": "b", "sku": "MILK", "unit_price": 4990},
]
CART: dict[str, Any] = {"currency": "USD", "codes": ["SPRING20", "OLD"], "lines": LINES, **AT}
SPRING = {
    "id": "spring",
    "name": "Spring",
    "code": "SPRING20",
    "type": "percentage_discount",
    "stackable": True,
    "rules": {"discount_value": 20, "applicable_items": ["TEA"]},
}
SHIP = {"id": "ship", "type": "free_shipping", "stackable": True, "rules": {"min_purchase_amount": 10000}}
RULES: dict[str, Any] = {"currency": "USD", "promotions": [SPRING, SHIP]}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*options: str, cart: object = CART, rules: object = RULES, stdin: str | None = None) -> Result:
    for name, content in (("cart.json", cart), ("rules.json", rules)):
        Path(name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    given = ["-" if stdin is not None else "cart.json", "--rules", "rules.json", *options]
    return CliRunner().invoke(main, ["evaluate", *given], input=stdin)


def rows(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.output.splitlines()]


def test_the_priced_cart_is_printed_in_major_units() -> None:
    printed = rows(run())
    assert ["a", "TEA", "3", "10.00", "30.00", "6.00", "24.00"] in printed
    assert ["b", "MILK", "1", "49.90", "49.90", "0.00", "49.90"] in printed
    assert ["to", "pay", "USD", "79.90", "6.00", "73.90"] in printed
    assert ["Spring", "(spring)", "SPRING20", "6.00", "a", "6.00"] in printed
    assert ["SPRING20", "applied", "spring"] in printed
    assert ["OLD", "not_found", "OLD", "is", "not", "a", "valid", "code."] in printed
    assert ["ship", "20.10", "more", "for", "ship."] in printed
    assert ["Optimal:", "no", "other", "set", "of", "promotions", "takes", "more", "off."] in printed


SHELLS = {"currency": "SHELLS", "exponent": 8}


@pytest.mark.parametrize(
    ("currency", "price"), [({"currency": "JPY"}, "1000"), ({"currency": "KWD"}, "1.000"), (SHELLS, "0.00001000")]
)
def test_amounts_have_the_decimals_of_their_currency(currency: dict[str, Any], price: str) -> None:
    result = run(cart=CART | currency, rules=RULES | currency)
    assert price in next(row for row in rows(result) if row[:2] == ["a", "TEA"])


def test_shipping_points_and_what_is_not_used_up_are_printed() -> None:
    cart = CART | {"shipping": [{"id": "s1", "method": "post", "price": 590}], "customer": {"id": "7"}}
    promotions = [
        SHIP | {"rules": {"discount_value": 50}},
        {"id": "points", "type": "loyalty_bonus", "stackable": True, "rules": {"points": 7}},
        {"id": "big", "type": "fixed_amount_discount", "stackable": True, "rules": {"discount_value": 10000}},
    ]
    printed = rows(run(cart=cart, rules=RULES | {"promotions": promotions}))
    assert ["s1", "post", "5.90", "2.95", "2.95"] in printed
    assert ["ship", "2.95", "s1", "2.95"] in printed
    assert ["points", "0.00", "7", "points"] in printed
    assert ["big", "79.90", "a", "30.00,", "b", "49.90,", "20.10", "not", "used", "up"] in printed
    assert ["Points:", "7"] in printed


def test_why_gives_the_reasons_with_their_parameters() -> None:
    assert "Why not" not in run().output
    params = '{"current":7990,"missing":2010,"required":10000}'
    assert ["ship", "minimum_purchase", params] in rows(run("--why"))
    reasons = json.loads(run("--why", "--json").output)["reasons"]
    assert reasons["ship"] == {"reason": "minimum_purchase", "params": json.loads(params)}


def test_why_looks_at_promotions_that_the_cart_does_not_touch() -> None:
    beer = {"id": "beer", "type": "percentage_discount", "rules": {"discount_value": 5, "applicable_items": ["BEER"]}}
    assert ["beer", "no_matching_items"] in rows(run("--why", rules=RULES | {"promotions": [SPRING, beer]}))


def test_json_is_the_canonical_document_byte_for_byte() -> None:
    expected = evaluate(read_cart(CART), read_rules_file(RULES, installed_types()), UNKNOWN)
    assert run("--json").stdout_bytes == canonical_json(expected.document())
    assert f"Receipt {expected.receipt()}\n" in run().output


def test_the_moment_is_the_one_given_else_the_carts_else_now() -> None:
    def at(*options: str, cart: object = CART) -> str:
        moment: str = json.loads(run("--json", *options, cart=cart).output)["at"]
        return moment

    assert at() == "2026-11-22T12:00:00Z"
    assert at("--at", "2026-12-01T00:00:00+01:00") == "2026-11-30T23:00:00Z"
    undated = {name: value for name, value in CART.items() if name != "at"}
    assert at(cart=undated) > "2026-11-01"


def test_a_cart_may_come_through_stdin() -> None:
    assert run("--json", stdin=json.dumps(CART)).stdout_bytes == run("--json").stdout_bytes
    both = CliRunner().invoke(main, ["evaluate", "-", "--rules", "-"], input="{}")
    assert (both.exit_code, "Only one file can be read from stdin." in both.output) == (2, True)


def test_uses_left_come_from_a_file_of_their_own() -> None:
    rules = RULES | {"promotions": [SPRING | {"limits": {"total": 5}}]}
    assert "SPRING20   cannot_verify" in run(rules=rules).output
    Path("uses.json").write_text('{"uses": {"spring": {"total": 1}}}')
    assert "SPRING20   applied" in run("--entitlements", "uses.json", rules=rules).output


def test_what_the_search_may_have_missed_is_said() -> None:
    crowd = [
        SPRING | {"id": f"{sku}{group}", "code": None, "exclusion_group": f"group {group}"} | {"rules": rules}
        for group in range(12)
        for i, sku in enumerate(["MILK", "TEA"])
        for rules in [{"discount_value": 5 + i, "applicable_items": [sku]}]
    ]
    output = run(rules=RULES | {"promotions": crowd}).output
    assert "Not all sets were looked at: another may take up to " in output


def test_text_of_others_neither_controls_the_terminal_nor_is_markup() -> None:
    line = {"id": "a", "sku": "\x1b[31mTEA", "unit_price": 100}
    output = run(cart=CART | {"lines": [line], "codes": ["[bold]:smile:"]}).output
    assert "\x1b" not in output
    assert "\ufffd[31mTEA" in output
    assert "[bold]:smile:" in output


NO_UNITS, NO_CENTS = LINES[0] | {"quantity": 0}, LINES[0] | {"unit_price": 9.5}
NO_VALUE = RULES | {"promotions": [SPRING | {"rules": {}}]}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"cart": b"{"}, "cart.json: is not JSON: Expecting property name"),
    ({"cart": b"\xff"}, "cart.json: is not JSON: 'utf-8' codec can't decode"),
    ({"cart": b'{"currency": "USD", "currency": "EUR"}'}, "cart.json: currency: stands twice in one object"),
    ({"cart": b"[" * 100_000}, "cart.json: must have at most 64 levels"),
    ({"cart": b"[" * 65 + b"]" * 65}, "cart.json: must have at most 64 levels"),
    ({"cart": b"[NaN]"}, "cart.json: is not JSON: NaN is no number"),
    ({"cart": b"[1e9999999999999999999]"}, "cart.json: has a number beyond counting"),
    ({"cart": b" " * (MAX_BYTES + 1)}, "cart.json: must have at most 1048576 bytes"),
    ({"cart": []}, "cart.json: must be an object, not a list"),
    ({"cart": CART | {"lines": [NO_UNITS]}}, "cart.json: lines[0].quantity: must be a whole number from 1"),
    ({"cart": CART | {"lines": [NO_CENTS]}}, "not a number with decimals"),
    ({"cart": CART | {"code": []}}, "cart.json: code: is not a known field; did you mean 'codes'?"),
    ({"rules": NO_VALUE}, "rules.json: promotions[0].rules.discount_value: is required"),
    ({"rules": b""}, "rules.json: is not JSON"),
]


@pytest.mark.parametrize(("files", "said"), WRONG, ids=range(len(WRONG)))
def test_a_mistake_is_one_line_that_names_file_and_field(files: dict[str, Any], said: str) -> None:
    result = run(**files)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert said in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere.json", "--rules", "rules.json"], "'nowhere.json' does not exist"),
        (["cart.json", "--rules", "."], "is a directory"),
        (["cart.json"], "Missing option '--rules'"),
        (["cart.json", "--rules", "rules.json", "--at", "noon"], "--at: must be an ISO 8601 instant with an offset"),
    ],
)
def test_a_wrong_option_ends_with_2(args: list[str], said: str) -> None:
    run()
    result = CliRunner().invoke(main, ["evaluate", *args])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_the_example_of_the_help_works() -> None:
    text = CliRunner().invoke(main, ["evaluate", "--help"]).output
    cart, rules = (text.split(f"$ cat {name}\n")[1].split("$ ")[0] for name in ("cart.json", "rules.json"))
    printed = rows(run(cart=cart.encode(), rules=rules.encode()))
    assert ["to", "pay", "USD", "59.90", "11.98", "47.92"] in printed
