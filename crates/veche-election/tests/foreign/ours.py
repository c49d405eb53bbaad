"""A profile of ballots with our result for it, and the few lines that say by counting what the result must be."""
import math
from fractions import Fraction


class Profile:
    """`marks[c]` maps the values that were given to candidate c to their weight. Values are turned round where lower is
    better, so that here higher is always better; blanks stay out."""

    def __init__(self, case):
        self.rule, lower = case["contest"]["rule"], case["contest"]["better"] == "lower"
        self.method, self.seats = self.rule["method"], self.rule.get("seats", 1)
        self.blanks_worst = self.rule.get("blanks") == "worst"
        self.values = [int(level) * (-1 if lower else 1) for level in case["contest"]["levels"]]
        self.sign, self.worst = (-1 if lower else 1), min(self.values)
        self.ballots = [(w, [None if i is None else self.values[i] for i in marks]) for w, marks in case["ballots"]]
        shown = case["result"]["contests"][0]
        self.names = [c["name"] for c in shown["candidates"]]
        index = self.names.index
        self.winners, self.tied = ({index(name) for name in shown[kind]} for kind in ("winners", "tied"))
        self.places = [c["place"] for c in shown["candidates"]]
        self.scores = [None if c["score"] is None else Fraction(c["score"]) * self.sign for c in shown["candidates"]]
        self.medians = [None if c["median"] is None else Fraction(c["median"]) * self.sign for c in shown["candidates"]]
        self.marks = [self.count(c, self.ballots) for c in range(len(self.names))]

    def count(self, candidate, ballots):
        out = {}
        for weight, marks in ballots:
            mark = self.worst if marks[candidate] is None and self.blanks_worst else marks[candidate]
            if mark is not None:
                out[mark] = out.get(mark, 0) + weight
        return out

    def rated_by_somebody(self, candidate):
        return any(marks[candidate] is not None for _, marks in self.ballots)

    def check_ours(self):
        """Our result is the order of section 3 to 5 of docs/spec/results.md, by the literal count below."""
        for i, mine in enumerate(self.marks):
            assert (self.places[i] is None) == (not mine)
            for j, other in enumerate(self.marks):
                if mine and other:
                    assert compare(self.places[j], self.places[i]) == self.order(mine, other), (self.places, i, j)
        assert (self.winners, self.tied) == elect(self.marks, self.order, self.seats)

    def order(self, a, b):
        """Above 0 where the marks a are better than b."""
        if self.method == "majority-judgment":
            return majority_order(a, b)
        score = {"sum": total, "mean": lambda m: Fraction(total(m), sum(m.values())), "median": median}[self.method]
        return compare(score(a), score(b))


def compare(a, b):
    return (a > b) - (a < b)


def total(marks):
    return sum(value * weight for value, weight in marks.items())


def written_out(marks):
    return [value for value, weight in sorted(marks.items()) for _ in range(weight)]


def median(marks):
    all_ = written_out(marks)
    return Fraction(all_[(len(all_) - 1) // 2] + all_[len(all_) // 2], 2)


def low_median(marks):
    all_ = written_out(marks)
    return all_[(len(all_) - 1) // 2]


def removed(marks, upper=False):
    """One middle mark after the other taken away, of an even number the worse (or the better) of the two."""
    left, out = written_out(marks), []
    while left:
        out.append(left.pop(len(left) // 2 if upper else (len(left) - 1) // 2))
    return out


def scaled(marks, number):
    """The same proportions, as `number` marks."""
    return {value: weight * number // sum(marks.values()) for value, weight in marks.items()}


def majority_order(a, b, upper=False):
    common = math.lcm(sum(a.values()), sum(b.values()))
    return compare(removed(scaled(a, common), upper), removed(scaled(b, common), upper))


def elect(marks, order, seats):
    """Winners, and those who share the last seats; candidates without marks stand for nothing."""
    winners, free = set(), seats
    left = {i for i, m in enumerate(marks) if m}
    while left and free:
        first = {i for i in left if all(order(marks[i], marks[j]) >= 0 for j in left)}
        if len(first) > free:
            return winners, first
        winners, left, free = winners | first, left - first, free - len(first)
    return winners, set()
