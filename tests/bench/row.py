"""A row of the benches' table: what was measured, against what, and whether the limit is held."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    theirs: str = "-"
    ratio: str = "-"
    limit: str = "-"
    met: bool = None  # None: there is no limit, the row only tells

    @property
    def verdict(self):
        return {None: "", True: "ok", False: "NOT MET"}[self.met]


def at_most_ratio(what, pairs, limit, show):
    """Paired measurements (ours, theirs): the median of the ratios is to be at most `limit`.
    `show` formats one measurement."""
    ours, theirs = (median(column) for column in zip(*pairs))
    ratio = median(mine / other for mine, other in pairs)
    return Row(what, show(ours), show(theirs), f"{ratio:.2f}", f"<= {limit:.3g} x", ratio <= limit)


def at_most(what, ours, limit, show, theirs=None):
    """One figure that is to be at most `limit`; theirs, if given, is only told."""
    return Row(what, show(ours), "-" if theirs is None else show(theirs), "-",
               f"<= {show(limit)}", ours <= limit)


def milliseconds(seconds):
    return f"{seconds * 1e3:.2f} ms"


def microseconds(seconds):
    return f"{seconds * 1e6:.2f} us"


def percentile(values, part):
    """The smallest value that at least this part (0..1) of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
