"""The vendor's own JavaScript SDK, unchanged, buys something here: it is given a host and the two parts of a key.

It is installed as the engine's benchmark installs its peers: into the user's cache, from the index that npm is
configured for, by a lock with hashes and no hosts.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from promo_server.testing import embedded

HERE = Path(__file__).parent
FILES = {"package.json": HERE / "package.json", "package-lock.json": HERE / "node-lock.json"}
NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
SECONDS = 300


def programs() -> tuple[str, str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not on PATH: that the vendor's JavaScript SDK works here was not tried")
    return node, npm


@pytest.fixture(scope="module")
def folder() -> Path:
    """A folder in which node finds the SDK; the first run installs it."""
    _, npm = programs()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in FILES.values())).hexdigest()
    made = caches / "fairtill" / f"moltin-sdk-{digest[:12]}"
    if not (made / "ready").exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        for name, file in FILES.items():
            shutil.copy(file, made / name)
        done = subprocess.run([npm, *NPM], cwd=made, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode:
            said = (done.stderr.strip() or "npm said nothing").splitlines()[0]
            pytest.skip(f"the vendor's JavaScript SDK was not tried: npm could not install it ({said})")
        (made / "ready").touch()
    return made


def buy(folder: Path, url: str, key: str) -> Any:
    prefix, key_id, secret = key.split("_", 2)
    node, _ = programs()
    shutil.copy(HERE / "buy.cjs", folder / "buy.cjs")
    args = [node, "buy.cjs", url.removeprefix("http://"), f"{prefix}_{key_id}", secret]
    done = subprocess.run(args, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_vendors_sdk_makes_promotions_fills_a_cart_and_reads_its_totals(folder: Path, tmp_path: Path) -> None:
    with embedded(tmp_path) as api:
        bought = buy(folder, api.url, api.key)
        with api.client() as client:
            (redemption,) = client.redemptions.list().redemptions
    assert bought == {
        "listed": ["Deck shoe week"],
        "codes": ["ONCE", "SAVE10%"],
        "messages": ["Promotion Added"],
        "promotions": [["SAVE10%", -900]],
        "unknown": "No promotion could be found with the given code.",
        "total": {"amount": 5291, "currency": "USD", "formatted": "$52.91"},
        "items": 3,
        "order": ["order", "unpaid", 5291],
    }
    assert (redemption.state, redemption.amount_due) == ("held", 5291)
