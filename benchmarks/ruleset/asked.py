"""What a shop asks of ``promo serve``, timed: the rules as they are, as they were, and after a change."""

import gzip
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from promo_engine import discover, read_ruleset
from promo_sdk import PromotionsClient

from .figures import Figure, Pair
from .processes import Client

RULES = "/promotions/company/shop/ruleset"
PARTS = {"combination", "company_id", "conditions", "promotions", "revision", "rounding", "time_zone", "types"}
OF_EACH = {
    *("id", "campaign_id", "name", "type", "rules", "currency", "exponent", "start", "end", "days", "hours", "code"),
    *("auto_apply", "stackable", "exclusion_group", "priority", "status", "eligibility", "limits", "display"),
}


def milliseconds(work: Callable[[], object]) -> float:
    """Do something once."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def check(document: bytes, count: int) -> None:
    """See that a document has all promotions and, of each, nothing but what prices a cart."""
    content = json.loads(document)
    assert content.keys() == PARTS, content.keys()
    assert len(content["promotions"]) == count, len(content["promotions"])
    assert all(one.keys() == OF_EACH for one in content["promotions"])


def beside_a_file(server: Client, bare: Client, rounds: int) -> Pair:
    """Fetch the rules and the file by turns; who begins changes from round to round."""
    floor: list[float] = []
    ours: list[float] = []
    turns = [(lambda: bare.get("/file"), floor), (lambda: server.get(RULES, Accept_Encoding="identity"), ours)]
    for number in range(rounds):
        for work, noted in turns if number % 2 else turns[::-1]:
            noted.append(milliseconds(work))
    return Pair("file", "the ruleset : a file of the same bytes", 5.0, floor, ours)


def beside_nothing(server: Client, bare: Client, revision: str, rounds: int, calls: int) -> Pair:
    """Ask for what is at hand, and for an empty answer, by turns; each round counts its median call."""
    tag = {"If_None_Match": f'"{revision}"'}
    floor: list[float] = []
    ours: list[float] = []
    turns = [(lambda: bare.get("/empty", 204), floor), (lambda: server.get(RULES, 304, **tag), ours)]
    for number in range(rounds):
        for work, noted in turns if number % 2 else turns[::-1]:
            noted.append(statistics.median(milliseconds(work) for _ in range(calls)))
    return Pair("unchanged", "304 : an empty answer", 2.0, floor, ours)


def beside_health(server: Client, calls: int) -> float:
    """Return what an empty request of the same server takes, in the same process as all of it."""
    return statistics.median(milliseconds(lambda: server.get("/health")) for _ in range(calls))


def compressed(server: Client, plain: bytes) -> Iterator[Figure]:
    """Fetch the rules as gzip: the first time they are compressed, then they are at hand."""
    sent = b""

    def fetch() -> None:
        nonlocal sent
        sent, _ = server.get(RULES, Accept_Encoding="gzip")

    first, again = milliseconds(fetch), milliseconds(fetch)
    assert gzip.decompress(sent) == plain
    yield Figure("gzip_mb", "compressed", len(sent) / 1e6, "MB")
    yield Figure("gzip_first_ms", "… the first time, which compresses", first, "ms")
    yield Figure("gzip_ms", "… from then on", again, "ms")


def changes(server: Client, promotion: str, rounds: int) -> Iterator[Figure]:
    """Pause and resume a promotion, and ask each time for the new rules, or for a price first."""
    path = f"/promotions/company/shop/campaigns/{promotion.partition('/')[0]}/promotions/{promotion.partition('/')[2]}"
    steps: list[float] = []
    priced: list[float] = []
    fetched: list[float] = []
    again: list[float] = []
    cart = {"currency": "USD", "lines": [{"id": "l1", "sku": "TEA", "unit_price": 1000}]}
    body = json.dumps({"cart": cart}).encode()
    kind = {"Content-Type": "application/json"}
    for number in range(2 * rounds):
        step = ("pause", "resume")[number % 2]
        steps.append(milliseconds(lambda step=step: server.ask("POST", f"{path}/{step}", 200, {})))  # type: ignore[misc]
        price = milliseconds(lambda: server.ask("POST", "/promotions/company/shop/evaluations", 200, kind, body))
        priced.append(price)
        fetched.append(milliseconds(lambda: server.get(RULES, Accept_Encoding="identity")))
        again.append(milliseconds(lambda: server.get(RULES, Accept_Encoding="identity")))
    yield Figure("change_ms", "a merchant pauses or resumes one promotion", statistics.median(steps), "ms")
    yield Figure("price_after_ms", "… the next cart, which compiles the change", statistics.median(priced), "ms")
    written = statistics.median(one - two for one, two in zip(fetched, again, strict=True))
    yield Figure("publish_ms", "… the next poll, which writes and notes the revision, beyond sending", written, "ms")


def in_a_shop(port: int, key: str) -> Iterator[Figure]:
    """Fetch by the SDK, and compile as a middleware does, once."""
    types = discover()
    with PromotionsClient(f"http://127.0.0.1:{port}", company_id="shop", api_key=key, timeout=600) as client:
        began = time.perf_counter()
        reply = client.ruleset()
        taken = (time.perf_counter() - began) * 1e3
    assert reply is not None
    document = reply.document
    yield Figure("sdk_ms", "a shop: the SDK fetches and parses it", taken, "ms")
    compiled = milliseconds(lambda: read_ruleset(document, types))
    yield Figure("sdk_compile_ms", "… and the middleware compiles it", compiled, "ms")


@contextmanager
def beside(port: int, key: str, name: str, found: list[Figure]) -> Iterator[None]:
    """Have another process ask for the server's health meanwhile, and note how long it waited at most."""
    command = [sys.executable, str(Path(__file__).with_name("beside.py")), str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - ours
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.stdin.close()
        waited: list[float] = json.loads(process.stdout.read())
    found.append(
        Figure(f"{key}_ms", f"/health beside {name}: the longest of {len(waited):,} answers", waited[-1], "ms")
    )
    found.append(Figure(f"{key}_p99_ms", "… 99 of 100 within", waited[int(len(waited) * 0.99)], "ms"))


def connect(port: int, key: str = "") -> Any:
    """Open a connection, with a key where there is one."""
    return closing(Client(port, {"Authorization": f"Bearer {key}"} if key else {}))
