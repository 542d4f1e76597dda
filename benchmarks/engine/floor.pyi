from collections.abc import Sequence
from typing import TypeAlias

from benchmarks.engine import workload

class Line:
    def __init__(self, document: workload.Line) -> None: ...

class Promo:
    def __init__(self, document: workload.Promotion, seq: int) -> None: ...

Index: TypeAlias = dict[tuple[str, str], list[Promo]]
Share: TypeAlias = tuple[str, str, int]

def build_index(promos: Sequence[Promo]) -> Index: ...
def evaluate_indexed(idx: Index, lines: Sequence[Line]) -> tuple[int, list[str], list[Share]]: ...
