"""``promo company create``, ``promo key create`` and ``promo serve``."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from promo_cli import main
from promo_server.services.companies import authenticate
from promo_server.services.context import create_context


def run(*args: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


def test_the_first_company_and_key_come_from_the_command_line(tmp_path: Path) -> None:
    database = tmp_path / "new" / "p.db"
    assert run("company", "create", "shop", "--database", database)[0] == 0
    code, key = run("key", "create", "shop", "--scope", "evaluate", "--scope", "redeem", "--database", database)
    assert code == 0
    context = create_context(database)
    holder = authenticate(context, key.strip())
    assert (holder.company_id, sorted(holder.scopes)) == ("shop", ["evaluate", "redeem"])
    assert key.strip().split("_")[2].encode() not in database.read_bytes()
    assert database.stat().st_mode & 0o077 == 0
    context.database.close()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["company", "create", "shop"], "exists already"),
        (["company", "create", "a", "--currency", "XXX"], "must be an ISO 4217 code"),
        (["company", "create", "a", "--time-zone", "Mars/Base"], "must be an IANA name"),
        (["key", "create", "nobody"], "no such company"),
        (["key", "create", "shop", "--scope", "all"], "'all' is not one of"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(tmp_path: Path, args: list[str], said: str) -> None:
    run("company", "create", "shop", "--database", tmp_path / "p.db")
    code, output = run(*args, "--database", tmp_path / "p.db")
    assert code != 0
    assert said in output
    assert "Traceback" not in output
