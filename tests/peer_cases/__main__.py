"""Judge a folder of cases: ``PROMO_PEER_CASES=<folder> python3 dev.py peer-cases``; without one, the cases kept here.

Prints how many of each project's cases pass, fail or are unsupported, and what differs; ends with 1 when a universal
case does not pass. A case that is not universal may well fail: it states another engine's choice, not ours.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.peer_cases.judge import CASES, Verdict, judge, read_cases

OUTCOMES = ("pass", "fail", "unsupported")

Judged = Mapping[str, Sequence[Verdict]]


def main(folder: Path) -> int:
    """Judge the cases of a folder, print the report, return the exit code."""
    judged = {project: [_judge(case) for case in cases] for project, cases in read_cases(folder).items()}
    if not judged:
        sys.exit(f"{folder} holds no cases.")
    sys.stdout.write(report(judged))
    return 0 if all(one.outcome == "pass" for one in _all(judged) if one.is_universal) else 1


def report(judged: Judged) -> str:
    """Return the counts of each project, then each case that did not pass, with what differed.

    >>> verdicts = [Verdict("a-1", is_universal=True), Verdict("a-2", False, ("grand_total 9.00, here 10.00",))]
    >>> print(report({"acme": verdicts}))
    project        pass  fail  unsupported
    acme              1     1            0
    total             1     1            0
    universal         1     0            0
    <BLANKLINE>
    a-2 (peer-specific) fail: grand_total 9.00, here 10.00
    <BLANKLINE>
    """
    universal = [one for one in _all(judged) if one.is_universal]
    rows = [*judged.items(), ("total", list(_all(judged))), ("universal", universal)]
    counts = [_row(name, verdicts) for name, verdicts in rows]
    others = [_explained(one) for one in _all(judged) if one.outcome != "pass"]
    return "\n".join([f"{'project':13}{'pass':>6}{'fail':>6}{'unsupported':>13}", *counts, "", *others, ""])


def _judge(case: Mapping[str, object]) -> Verdict:
    try:
        return judge(case)
    except Exception as error:  # noqa: BLE001 - what breaks on one case must not hide the verdicts on the others
        is_universal = bool(case.get("universal"))
        return Verdict(str(case.get("id")), is_universal, (f"{type(error).__name__}: {error}",))


def _all(judged: Judged) -> Iterable[Verdict]:
    return (one for verdicts in judged.values() for one in verdicts)


def _row(name: str, verdicts: Sequence[Verdict]) -> str:
    counted = Counter(one.outcome for one in verdicts)
    passed, failed, unsupported = (counted[outcome] for outcome in OUTCOMES)
    return f"{name:13}{passed:6}{failed:6}{unsupported:13}"


def _explained(verdict: Verdict) -> str:
    kind = "universal" if verdict.is_universal else "peer-specific"
    return f"{verdict.id} ({kind}) {verdict.outcome}: {verdict.unsupported or '; '.join(verdict.differences)}"


if __name__ == "__main__":
    sys.exit(main(Path(os.environ.get("PROMO_PEER_CASES") or CASES)))
