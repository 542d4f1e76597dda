"""The floor: what a hand-written evaluation of the workload costs in Python, copied unchanged.

It has an index, whole cents and largest remainders; no schedules, limits, reasons, plugins or search.
"""


class Line:
    __slots__ = ("id", "sku", "category", "price", "quantity", "total", "discount")
    def __init__(s, d):
        s.id = d["id"]; s.sku = d["sku"]; s.category = d["category"]; s.price = d["price"]; s.quantity = d["quantity"]


class Promo:
    __slots__ = ("id", "seq", "kind", "category", "sku", "value")
    def __init__(s, d, seq):
        s.id = d["id"]; s.seq = seq; s.kind = d["kind"]; s.category = d.get("category"); s.sku = d.get("sku"); s.value = d["value"]


def allocate(amount, weights):
    tot = sum(weights)
    if not tot: return [0] * len(weights)
    q = [amount * w // tot for w in weights]
    rest = amount - sum(q)
    if rest:
        order = sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % tot))
        for i in order[:rest]: q[i] += 1
    return q


def apply_one(p, lines, out):
    """True if applied. out: list of (promo id, line id, amount)."""
    k = p.kind
    if k == "fixed_cart":
        c = p.category
        for l in lines:
            if l.category == c: break
        else: return False
        left = [l.total - l.discount for l in lines]
        for l, a in zip(lines, allocate(min(p.value, sum(left)), left)):
            if a: l.discount += a; out.append((p.id, l.id, a))
        return True
    if k == "pct_sku": t = [l for l in lines if l.sku == p.sku]
    else: t = [l for l in lines if l.category == p.category]
    if not t: return False
    if k == "b2g1":
        n = sum(l.quantity for l in t)
        free = n // 3
        if not free: return False
        for l in sorted(t, key=lambda l: l.price):
            f = min(free, l.quantity); a = min(f * l.price, l.total - l.discount)
            if a: l.discount += a; out.append((p.id, l.id, a))
            free -= f
            if not free: break
        return True
    left = [l.total - l.discount for l in t]
    amount = (sum(left) * p.value + 50) // 100
    for l, a in zip(t, allocate(amount, left)):
        if a: l.discount += a; out.append((p.id, l.id, a))
    return True


def build_index(promos):
    idx = {}
    for p in promos: idx.setdefault(("s", p.sku) if p.sku else ("c", p.category), []).append(p)
    return idx


def evaluate_indexed(idx, lines):
    cand = []
    keys = set()
    for l in lines:
        l.total = l.price * l.quantity; l.discount = 0
        keys.add(("s", l.sku)); keys.add(("c", l.category))
    for k in keys:
        ps = idx.get(k)
        if ps: cand += ps
    cand.sort(key=lambda p: p.seq)
    out = []; used = []
    for p in cand:
        if apply_one(p, lines, out): used.append(p.id)
    return sum(l.discount for l in lines), used, out
