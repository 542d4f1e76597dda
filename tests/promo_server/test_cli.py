"""``promo company create``, ``promo key create``, ``promo migrate`` and ``promo serve``."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from promo_cli import main
from promo_server.services.companies import authenticate
from promo_server.services.context import Context, create_context
from promo_server.services.words import CodeWords
from promo_server.storage.schema import HEAD
from tests.databases import KINDS, Databases


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
    secret = key.strip().split("_", 2)[2].encode()
    assert not any(secret in file.read_bytes() for file in database.parent.iterdir())
    assert database.stat().st_mode & 0o077 == 0
    context.database.close()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["company", "create", "shop"], "exists already"),
        (["company", "create", "a", "--currency", "XXX"], "must be an ISO 4217 code"),
        (["company", "create", "a", "--time-zone", "Mars/Base"], "must be an IANA name"),
        (["company", "create", "a", "--combination", "all"], "'all' is not one of"),
        (["company", "create", "a", "--private-currency", "POINTS"], "is not CODE=EXPONENT"),
        (["company", "create", "a", "--private-currency", "POINTS=9"], "an exponent from 0 to 8"),
        (["company", "create", "a", "--private-currency", "USD=3"], "must not be a code of ISO 4217"),
        (["company", "create", "a", "--name", "x" * 256], "name: must have 1 to 255 printable characters"),
        (["company", "show", "nobody"], "no such company"),
        (["key", "create", "nobody"], "no such company"),
        (["key", "create", "shop", "--name", "a\nb"], "name: must have 1 to 255 printable characters"),
        (["key", "create", "shop", "--scope", "all"], "'all' is not one of"),
        (["key", "create", "shop", "--expires", "soon"], "must be a date, as 2025-04-14, or an ISO 8601"),
        (["key", "create", "shop", "--expires", "2020-01-01"], "must be in the future"),
        (["key", "list", "nobody"], "no such company"),
        (["key", "revoke", "shop", "x"], "has no key with the id 'x'"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(tmp_path: Path, args: list[str], said: str) -> None:
    run("company", "create", "shop", "--database", tmp_path / "p.db")
    code, output = run(*args, "--database", tmp_path / "p.db")
    assert code != 0
    assert said in output
    assert "Traceback" not in output


def test_the_settings_of_a_company_are_shown(tmp_path: Path) -> None:
    options = "--currency POINTS --private-currency POINTS=0 --private-currency MILES=3 --time-zone Europe/Berlin"
    decided = "--points POINTS --rounding half_even --combination by_priority"
    database = ("--database", tmp_path / "p.db")
    assert run("company", "create", "shop", *options.split(), *decided.split(), *database)[0] == 0
    code, shown = run("company", "show", "shop", *database)
    assert code == 0
    assert [line.rstrip() for line in shown.splitlines()] == [
        "company             shop",
        "name                shop",
        "currency            POINTS",
        "time zone           Europe/Berlin",
        "rounding            half_even",
        "combination         by_priority",
        "private currencies  MILES=3, POINTS=0",
        "points              POINTS",
    ]


@pytest.mark.parametrize("option", [["--currency", "XAU"], ["--time-zone", "Mars/Base"], ["--rounding", "up"]])
def test_a_company_that_cannot_be_is_not_stored(tmp_path: Path, option: list[str]) -> None:
    assert run("company", "create", "shop", *option, "--database", tmp_path / "p.db")[0] != 0
    assert "no such company" in run("key", "create", "shop", "--database", tmp_path / "p.db")[1]


def test_serve_reads_the_operators_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Context] = []
    monkeypatch.setattr("promo_server.app.create_app", lambda context, **_: served.append(context))
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: None)
    (tmp_path / "allowed").write_text("# our own\nAdmin\nTITS\n")
    (tmp_path / "denied").write_text("Brandx\n")
    files = ("--allowed-words", tmp_path / "allowed", "--denied-words", tmp_path / "denied")
    assert run("serve", *files, "--database", tmp_path / "p.db") == (0, "")
    assert served[0].code_words == CodeWords(frozenset({"admin", "tits"}), frozenset({"brandx"}))
    served[0].database.close()


def test_serve_is_told_how_long_rules_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[timedelta] = []

    def served(context: Context, *, keep_revisions: timedelta) -> None:
        kept.append(keep_revisions)
        context.database.close()

    monkeypatch.setattr("promo_server.app.create_app", served)
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: None)
    database = ("--database", tmp_path / "p.db")
    assert run("serve", *database) == run("serve", "--keep-revisions", "400", *database) == (0, "")
    monkeypatch.setenv("PROMO_KEEP_REVISIONS", "7")
    assert run("serve", *database) == (0, "")
    assert kept == [timedelta(days=100), timedelta(days=400), timedelta(days=7)]
    code, output = run("serve", "--keep-revisions", "0", *database)
    assert (code, "0 is not in the range" in output) == (2, True)


def test_a_list_of_words_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("fine\nnot-fine\n")
    code, output = run("serve", "--denied-words", tmp_path / "words", "--database", tmp_path / "p.db")
    assert code == 2
    assert "line 2: 'not-fine' is not made of ASCII letters and digits." in " ".join(output.split())
    assert run("serve", "--denied-words", tmp_path / "nowhere")[0] == 2


def test_keys_are_listed_without_their_secrets_and_revoked(tmp_path: Path) -> None:
    database = ("--database", tmp_path / "p.db")
    run("company", "create", "shop", "--time-zone", "Europe/Berlin", *database)
    made = run("key", "create", "shop", "--name", "till", "--scope", "redeem", "--expires", "2199-03-31", *database)[1]
    run("key", "create", "shop", *database)
    key_id, secret = made.strip().split("_", 2)[1:]
    assert run("key", "revoke", "shop", key_id, *database) == (0, f"Revoked key {key_id}.\n")
    assert run("key", "revoke", "shop", key_id, *database)[0] == 0
    code, listed = run("key", "list", "shop", *database)
    first, second = listed.splitlines()
    assert code == 0
    assert secret not in listed
    assert first.split()[:2] == [key_id, "revoked"]
    assert ("expires 2199-03-31 22:00 UTC" in first, first.split()[-2:]) == (True, ["redeem", "till"])
    assert second.split()[1:2] + second.split()[-2:] == ["active", "admin", "admin"]


def test_a_key_of_another_company_is_not_revoked(tmp_path: Path) -> None:
    database = ("--database", tmp_path / "p.db")
    for name in ("shop", "other"):
        run("company", "create", name, *database)
    key = run("key", "create", "shop", *database)[1].strip()
    assert run("key", "revoke", "other", key.split("_")[1], *database)[0] != 0
    assert "active" in run("key", "list", "shop", *database)[1]


@pytest.fixture(params=KINDS)
def bare(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    with databases.bare(request.param, tmp_path) as name:
        yield name


def test_migrate_says_what_it_did(bare: str) -> None:
    database = ("--database", bare)
    assert run("migrate", *database) == (0, f"The database is at revision {HEAD}; it was at base.\n")
    assert run("migrate", *database) == (0, f"The database is at revision {HEAD}; it was there already.\n")
    assert run("migrate", "--to", "0001", "--yes", *database)[1].endswith(f"revision 0001; it was at {HEAD}.\n")
    code, said = run("company", "create", "shop", *database)
    assert (code, said.strip().endswith("Run: promo migrate")) == (1, True)
    assert run("migrate", *database)[1].endswith(f"revision {HEAD}; it was at 0001.\n")
    assert run("company", "create", "shop", *database)[0] == 0


def test_migrate_asks_before_it_takes_something_away(database: str) -> None:
    refused = CliRunner().invoke(main, ["migrate", "--to", "base", "--database", database], input="n\n")
    assert (refused.exit_code, "Go back? [y/N]" in refused.output) == (1, True)
    assert run("company", "create", "shop", "--database", database)[0] == 0
    agreed = CliRunner().invoke(main, ["migrate", "--to", "base", "--database", database], input="y\n")
    assert agreed.output.endswith(f"The database is at revision base; it was at {HEAD}.\n")


NO_DATABASES = {
    "mysql://localhost/shop": "is no database that we speak to",
    "postgresql://127.0.0.1:1/shop": "The database does not answer",
}


@pytest.mark.parametrize(("name", "said"), NO_DATABASES.items())
@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["key", "create", "shop"]], ids=str)
def test_a_database_that_is_not_there_is_said_in_a_sentence(command: list[str], name: str, said: str) -> None:
    code, output = run(*command, "--database", name)
    assert (code, said in output, "Traceback" in output) == (1, True, False)


def test_the_database_may_stand_in_the_environment(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMO_DATABASE", database)
    assert run("company", "create", "shop")[0] == 0
    assert run("key", "create", "shop")[1].startswith("promo_")
