"""The last good rules on disk: only the shop reads them, only who has the key writes them, never older over newer."""

import errno
import json
import os
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from promo_engine.testing import a_ruleset, installed_types, percent_off
from promo_middleware import ApiAway
from promo_middleware.last_good import LastGood, UnusableError
from promo_middleware.subscription import Subscription
from tests.promo_middleware.test_delivery import Scripted

OLD, NEW = a_ruleset(percent_off(10)).document(), a_ruleset(percent_off(20)).document()


def kept(folder: Path, key: str = "promo_1_secret", company: str = "shop") -> LastGood:
    return LastGood(folder / "ruleset.json", key, company)


def test_what_was_kept_is_there_again_for_the_shop_alone(tmp_path: Path) -> None:
    assert kept(tmp_path).load() is None
    assert kept(tmp_path).keep(OLD, asked_at=1, now=2)
    assert kept(tmp_path).load() == OLD
    assert [path.stat().st_mode & 0o777 for path in sorted(tmp_path.iterdir())] == [0o600, 0o600]
    assert b"secret" not in (tmp_path / "ruleset.json").read_bytes()


def test_what_was_asked_for_earlier_replaces_nothing(tmp_path: Path) -> None:
    kept(tmp_path).keep(NEW, asked_at=5, now=6)
    assert not kept(tmp_path).keep(OLD, asked_at=4, now=7)
    assert kept(tmp_path).load() == NEW
    assert kept(tmp_path).keep(OLD, asked_at=8, now=9)


def test_a_moment_that_is_still_to_come_keeps_nobody_from_writing(tmp_path: Path) -> None:
    kept(tmp_path).keep(OLD, asked_at=10_000, now=10_000)
    assert kept(tmp_path).keep(NEW, asked_at=5, now=6)


def change_rules(content: bytes) -> bytes:
    return content.replace(b'"10"', b'"90"')


def change_moment(content: bytes) -> bytes:
    return content.replace(b'"asked_at": 1', b'"asked_at": 2')


def drop_header(content: bytes) -> bytes:
    return content.partition(b"\n")[2]


def empty(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("tamper", [change_rules, change_moment, drop_header, empty])
def test_what_was_tampered_with_is_not_used(tmp_path: Path, tamper: Any) -> None:
    kept(tmp_path).keep(OLD, asked_at=1, now=1)
    file = tmp_path / "ruleset.json"
    assert tamper(file.read_bytes()) != file.read_bytes()
    file.write_bytes(tamper(file.read_bytes()))
    with pytest.raises(UnusableError):
        kept(tmp_path).load()
    assert kept(tmp_path).keep(NEW, asked_at=0, now=1)


@pytest.mark.parametrize("other", [{"key": "promo_2_secret"}, {"company": "another"}])
def test_another_key_or_company_has_rules_of_its_own(tmp_path: Path, other: dict[str, str]) -> None:
    kept(tmp_path).keep(OLD, asked_at=1, now=1)
    with pytest.raises(UnusableError, match="written with another API key or for another company"):
        kept(tmp_path, **other).load()


class Rules(Scripted):
    """A port that answers rules, or is away."""

    document: Mapping[str, Any] | None = None

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        if self.document is None:
            raise ApiAway
        return None if self.document["revision"] == revision else self.document


def subscription(folder: Path, port: Rules, *moments: float) -> Subscription:
    """Follow the rules: asked for at the first moment, kept at the second."""
    clock = cycle(moments)
    return Subscription(port, installed_types(), kept(folder), lambda: next(clock))


def test_a_start_without_the_api_goes_on_with_what_was_kept(tmp_path: Path) -> None:
    port = Rules()
    port.document = json.loads(json.dumps(OLD))
    assert subscription(tmp_path, port, 1, 1).refresh()
    port.document = None
    started = subscription(tmp_path, port, 2)
    assert not started.refresh()
    assert started.ruleset is not None
    assert started.ruleset.revision == OLD["revision"]


def test_a_process_that_was_told_old_rules_late_does_not_keep_them_over_newer_ones(tmp_path: Path) -> None:
    late, quick = Rules(), Rules()
    late.document, quick.document = OLD, NEW
    slow = subscription(tmp_path, late, 1, 4)
    subscription(tmp_path, quick, 2, 3).refresh()
    slow.refresh()
    assert kept(tmp_path).load() == NEW


def test_a_directory_that_cannot_be_written_to_stops_no_rules(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    port = Rules()
    port.document = OLD
    started = subscription(tmp_path / "gone", port, 1)
    assert started.refresh()
    assert started.ruleset is not None
    assert "ruleset.json cannot be written" in caplog.text


def test_what_a_killed_process_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "ruleset.new").write_bytes(b"half of i")
    assert kept(tmp_path).keep(OLD, 1, 1)
    assert kept(tmp_path).load() == OLD
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ruleset.json", "ruleset.lock"]


def test_what_cannot_be_written_leaves_nothing_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        kept(tmp_path).keep(OLD, 1, 1)
    assert [one.name for one in tmp_path.iterdir()] == ["ruleset.lock"]


def test_what_may_not_be_read_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "ruleset.json").mkdir()
    with pytest.raises(UnusableError, match="it cannot be read: Is a directory"):
        kept(tmp_path).load()


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # the fork is the subject
def test_a_child_that_is_forked_meanwhile_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready, go = os.pipe()
    children: list[int] = []

    def write(*_: object) -> None:
        child = os.fork()
        if child == 0:
            os.read(ready, 1)
            os._exit(0)
        children.append(child)

    one = kept(tmp_path)
    monkeypatch.setattr(one, "_write", write)
    assert one.keep(OLD, 1, 1)
    try:
        assert kept(tmp_path).keep(NEW, 2, 2)
    finally:
        os.write(go, b".")
        os.waitpid(children[0], 0)
