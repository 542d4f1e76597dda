"""The shop that we did not write, as it is played: real servers, real HTTP, Oscar's own tables."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "examples/oscar_shop/README.md"


def test_what_oscar_shows_is_what_is_held_charged_and_stored() -> None:
    command = [sys.executable, "-m", "examples.oscar_shop"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("What was shown is what was held, charged and stored.\n")
    shown = README.read_text().split("```\n")[2]
    assert shown in done.stdout
