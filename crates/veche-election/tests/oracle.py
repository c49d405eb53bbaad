"""Checks results, given as lines of JSON, in two ways: the verifier's own computation must give the same bytes, and the
scores, places by majority judgment and winners must be those of a literal count that writes out every mark."""
import json
import math
import os
import sys
from fractions import Fraction

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../verifier"))
import veche_verify

WRITTEN_OUT_MAX = 2000          # marks; of more, only the scores are counted again


def majority_sequence(marks, times):
    """One majority grade after the other is taken away; `marks` go from the worst to the best."""
    left, out = [m for m in marks for _ in range(times)], []
    while left:
        out.append(left.pop((len(left) - 1) // 2))
    return out


def literal(contest, ballots, result):
    rule, lower = contest["rule"], contest["better"] == "lower"
    numbers = [int(x) if x.lstrip("-").isdigit() else i for i, x in enumerate(contest["levels"])]
    sign, worst = (-1 if lower else 1), (max if lower else min)(numbers)
    marks = []
    for i, shown in enumerate(result["candidates"]):
        given = [(numbers[b[i]], w) for w, b in ballots if b[i] is not None]
        blank = sum(w for w, b in ballots if b[i] is None)
        if rule.get("blanks") == "worst":
            given.append((worst, blank))
        total = sum(w for _, w in given)
        if total:
            given.append((worst, rule.get("phantoms", 0)))
        total = sum(w for _, w in given)
        if not total:
            assert shown["score"] is None and shown["status"] == "unrated"
            marks.append(None)
            continue
        points = sum(v * w for v, w in given)
        ordered = sorted(given, key=lambda x: x[0] * sign)
        below = lambda v: sum(w for x, w in given if x * sign <= v * sign)
        low = next(v for v, w in ordered if w and 2 * below(v) >= total)
        high = next(v for v, w in ordered if w and 2 * below(v) > total)
        score = {"sum": Fraction(points), "mean": Fraction(points, total), "median": Fraction(low + high, 2),
                 "majority-judgment": Fraction(low)}[rule["method"]]
        assert shown["score"] == "%d/%d" % (score.numerator, score.denominator), (shown, score)
        marks.append((score * sign, ordered, total))
    ranked = [i for i, c in enumerate(result["candidates"]) if c["place"] is not None]
    for i in ranked:
        for j in ranked:
            if marks[i][0] > marks[j][0]:
                assert result["candidates"][i]["place"] < result["candidates"][j]["place"]
    if rule["method"] != "majority-judgment":
        return
    for i in ranked:
        for j in ranked:
            common = math.lcm(marks[i][2], marks[j][2])
            if common > WRITTEN_OUT_MAX:
                continue
            a, b = ([v * sign for v in majority_sequence([v for v, w in marks[k][1] for _ in range(w)],
                                                         common // marks[k][2])] for k in (i, j))
            if a > b:
                assert result["candidates"][i]["place"] < result["candidates"][j]["place"], (a, b)


def main():
    count = 0
    for line in sys.stdin:
        case = json.loads(line)
        e = veche_verify.read_manifest(case["manifest"].encode())
        contest = e.contests[0]
        figures = [[0] * (len(contest["levels"]) + 1) for _ in contest["candidates"]]
        for weight, levels in case["ballots"]:
            for row, level in zip(figures, levels):
                row[-1 if level is None else level] += weight
        weight = sum(w for w, _ in case["ballots"])
        again = veche_verify.result_json(e, len(case["ballots"]), weight, [figures], case["drawn"], bytes(32))
        if again != case["result"].encode():
            sys.exit("the verifier differs\n%s\n%s\n%s" % (case["manifest"][:900], again.decode(), case["result"]))
        literal(contest, case["ballots"], json.loads(case["result"])["contests"][0])
        count += 1
    print(count, "results are the same")


main()
