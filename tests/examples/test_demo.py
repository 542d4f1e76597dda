"""The demo as it is run: real servers, real HTTP; fewer baskets."""

import signal
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from examples.shop import demo
from examples.shop.payments import Payments
from examples.shop.proof.servers import ROOT, ServerError, free_port, promo, python, running

DEMO = [sys.executable, "-m", "examples.shop.demo"]


def test_the_demo_plays_keeps_what_it_started_until_ctrl_c_and_ends_with_0() -> None:
    with subprocess.Popen([*DEMO, "--baskets", "40", "--keep"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = list(takewhile(lambda line: "until Ctrl-C" not in line, process.stdout))
        shop = next(line.split()[1] for line in printed if line.startswith("shop"))
        orders = httpx.get(shop, timeout=60).json()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=180) == 0
    said = ("40 baskets", "Cart ", "SPRING20", "Promotion types", "added time", "Four ledgers", "agree to the cent")
    values = (
        "From value store to charge",
        "cus_123-sign-up-promotion: held 5.00, holds 0.00",
        "gift-card",
        "public-code",
    )
    assert [one for one in (*said, *values) if one not in "".join(printed)] == []
    assert len(orders) == 40 + 3
    alice = next(one for one in orders if one["customer"] == "cus_123")
    own = {one["promotion"]: 0 for one in alice["discounts"]} | {one["value_store"]: 0 for one in alice["credits"]}
    assert {"cus_123-sign-up-promotion", "public-code", "gift-card"} <= {*own}
    with pytest.raises(httpx.ConnectError):
        httpx.get(shop)


def test_a_cent_in_one_ledger_fails_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = Payments.charges

    def tampered(payments: Payments) -> list[tuple[str, int]]:
        (reference, amount), *rest = honest(payments)
        return [(reference, amount + 1), *rest]

    monkeypatch.setattr(Payments, "charges", tampered)
    assert demo.main(["--baskets", "3"]) == 1
    assert "amounts differ" in capsys.readouterr().out


def test_a_promotion_type_that_never_applied_fails_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--baskets", "1"]) == 1
    assert "free_shipping: applied to none of 4 baskets" in capsys.readouterr().out


def test_its_help_is_worth_reading() -> None:
    done = subprocess.run([*DEMO, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--keep" in done.stdout
    assert "four ledgers" in done.stdout


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    server = running(python("nothing"), port=free_port(), log=tmp_path / "log", ready="/")
    with pytest.raises(ServerError, match="No module named nothing"), server:
        pytest.fail("it runs")


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(ServerError, match="No such command"):
        promo("nothing")
