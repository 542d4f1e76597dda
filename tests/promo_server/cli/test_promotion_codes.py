"""``promo codes``: the codes of a promotion beside its own, from a terminal."""

import json
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promo_cli import main
from tests.databases import ON_SQLITE
from tests.promo_server.cli.conftest import Run, Shop
from tests.promo_server.conftest import cart

MAILING = ("--batch", "mailing-7", "--prefix", "SPRING", "--max-uses", "1")
GENERATED = re.compile("SPRING[0-9B-DF-HJKMNP-TV-Z]{11}")


def generate(*args: object) -> Result:
    """Make three codes; stdout and stderr are apart in the result."""
    return CliRunner().invoke(main, ["codes", "generate", "shop", "SPRING20", "3", *map(str, args)])


def test_a_code_is_created_and_holds_by_its_own_limit(shop: Shop, run: Run) -> None:
    shop.promote()
    said = "Created the code Friends20; it may be used 1 times at most.\n"
    assert run("codes", "create", "shop", "spring20", "Friends20", "--max-uses", 1) == (0, said)
    dues = [shop.hold(one, cart=cart("7", "FRIENDS20")).amount_due for one in ("o-1", "o-2")]
    assert dues == [4792, 5990]


def test_a_promotion_is_called_by_its_id_or_its_own_code(shop: Shop, run: Run) -> None:
    promotion = shop.promote()
    said = "Created the code {}; it may be used as often as the promotion's limits admit.\n"
    assert run("codes", "create", "shop", promotion, "BYID") == (0, said.format("BYID"))
    assert run("codes", "create", "shop", "SPRING20", "BYCODE") == (0, said.format("BYCODE"))
    listed = run("codes", "list", "shop", promotion)[1]
    assert listed == run("codes", "list", "shop", "SPRING20")[1]
    assert {"BYID", "BYCODE"} < set(listed.split())


def test_generated_codes_are_all_that_goes_to_stdout(shop: Shop, run: Run) -> None:
    shop.promote()
    made = generate(*MAILING)
    codes = made.stdout.splitlines()
    assert (made.exit_code, len(set(codes)), made.stderr) == (0, 3, "The batch mailing-7 has 3 codes.\n")
    assert all(GENERATED.fullmatch(one) for one in codes)
    assert generate(*MAILING).stdout == made.stdout
    assert shop.hold("o-1", cart=cart("7", codes[0])).amount_due == 4792


def test_a_file_of_codes_is_new_and_its_owners_alone(shop: Shop, run: Run, tmp_path: Path) -> None:
    shop.promote()
    path = tmp_path / "codes.txt"
    made = generate(*MAILING, "--output", path)
    assert (made.stdout, made.stderr) == ("", f"The batch mailing-7 has 3 codes, written to {path}.\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == generate(*MAILING).stdout
    again = generate("--batch", "other", "--output", path)
    assert (again.exit_code, again.stderr) == (1, f"Error: {path}: File exists. Nothing was made.\n")
    assert run("codes", "list", "shop", "SPRING20", "--batch", "other") == (0, "There are no codes.\n")


@ON_SQLITE
def test_what_is_refused_leaves_no_file(shop: Shop, run: Run, tmp_path: Path) -> None:
    shop.promote()
    generate(*MAILING)
    path = tmp_path / "codes.txt"
    refused = generate("--batch", "mailing-7", "--output", path)
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: There is another batch 'mailing-7', made for something else.\n",
    )
    assert not path.exists()


def test_a_list_has_every_code_with_its_uses_left(shop: Shop, run: Run) -> None:
    shop.promote()
    run("codes", "create", "shop", "SPRING20", "FRIENDS20", "--max-uses", 9)
    run("codes", "generate", "shop", "SPRING20", 120, "--batch", "b")
    shop.hold("o-1", cart=cart("7", "FRIENDS20"))
    code, output = run("codes", "list", "shop", "SPRING20")
    lines = [line.split() for line in output.splitlines()]
    assert (code, len(lines), lines[0]) == (0, 122, ["CODE", "BATCH", "USES", "LEFT", "CREATED", "BY"])
    assert lines[-1][:4] == ["FRIENDS20", "-", "9", "8"]
    assert lines[1][1:4] == ["b", "-", "-"]
    found = json.loads(run("codes", "list", "shop", "SPRING20", "--json")[1])
    assert [found[-1][name] for name in ("promotion_code", "remaining_uses", "created_by")] == [
        "FRIENDS20",
        8,
        "operator",
    ]
    assert len(json.loads(run("codes", "list", "shop", "SPRING20", "--batch", "b", "--json")[1])) == 120


def test_a_deleted_code_is_nobodys_and_may_be_created_again(shop: Shop, run: Run) -> None:
    shop.promote()
    create = ("codes", "create", "shop", "SPRING20", "FRIENDS20")
    run(*create)
    assert run("codes", "delete", "shop", "SPRING20", "friends20") == (0, "Deleted the code FRIENDS20.\n")
    assert shop.hold("o-1", cart=cart("7", "FRIENDS20")).amount_due == 5990
    said = "Error: SPRING20 has no code 'friends20' beside its own.\n"
    assert run("codes", "delete", "shop", "SPRING20", "friends20") == (1, said)
    assert run(*create)[0] == 0


@ON_SQLITE
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("create", "shop", "SPRING20", "a b"), "CODE must have 4 to 20 ASCII letters and digits, and nothing else"),
        (("create", "shop", "SPRING20", "FRIENDS", "--max-uses", 0), "--max-uses should be greater than"),
        (("create", "shop", "SPRING20", "SPRING20"), "The promotion code 'SPRING20' is already in use"),
        (("create", "shop", "AUTUMN", "FRIENDS"), "shop has no promotion with the id or the code 'AUTUMN'."),
        (("create", "nobody", "SPRING20", "FRIENDS"), "There is no such company."),
        (("create", "shop", "SPRING20", "SHIT20"), "CODE must not contain"),
        (("generate", "shop", "SPRING20", 0, "--batch", "b"), "COUNT should be greater than or equal to 1"),
        (("generate", "shop", "SPRING20", 9, "--batch", "a b"), "--batch must"),
        (("generate", "shop", "SPRING20", 9), "Missing option '--batch'"),
        (("generate", "shop", "SPRING20", 9, "--batch", "b", "--prefix", "-"), "--prefix must"),
        (("generate", "shop", "SPRING20", 9, "--batch", "b", "--output", "no/such/file"), "No such file or directory"),
        (("list", "shop", "SPRING20", "--batch", "a b"), "--batch must"),
        (("delete", "shop", "SPRING20", "SPRING20"), "has no code 'SPRING20' beside its own"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(shop: Shop, run: Run, args: tuple[object, ...], said: str) -> None:
    shop.promote()
    code, output = run("codes", *args)
    assert code != 0
    assert said in output


@ON_SQLITE
def test_the_operators_words_are_judged_by(shop: Shop, run: Run, tmp_path: Path) -> None:
    shop.promote()
    words = tmp_path / "denied.txt"
    words.write_text("friends\n")
    code, output = run("codes", "create", "shop", "SPRING20", "FRIENDS20", "--denied-words", words)
    assert (code, "CODE" in output) == (1, True)
    assert (
        run("codes", "generate", "shop", "SPRING20", 3, "--batch", "b", "--prefix", "FRIENDS", "--denied-words", words)[
            0
        ]
        == 1
    )
