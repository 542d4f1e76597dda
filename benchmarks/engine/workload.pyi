from typing import NotRequired, TypedDict

class Line(TypedDict):
    id: str
    sku: str
    category: str
    price: int
    quantity: int

class Promotion(TypedDict):
    id: str
    code: str
    kind: str
    value: int
    category: NotRequired[str]
    sku: NotRequired[str]

class Workload(TypedDict):
    lines: list[Line]
    promotions: list[Promotion]

def cart(L: int) -> list[Line]: ...  # noqa: N803 - its own names
def make(L: int, N: int) -> Workload: ...  # noqa: N803 - its own names
