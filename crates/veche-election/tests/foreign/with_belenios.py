"""`belenios-tool method majority-judgment`, version 2.0. Its answer is the same order, from the first to the last, if it is
given the scale upside down and the answer read from the end: then its better of the middle two is our worse. As it is
meant to be used, it must give what taking the better of the middle two gives. It leaves out each ballot with a blank."""
import json
import shutil
import subprocess

from ours import majority_order

PROFILES_MAX = 1000             # two processes each
compared = 0


def found():
    return shutil.which("belenios-tool") is not None


def compare(p):
    global compared
    if p.method != "majority-judgment" or compared == PROFILES_MAX:
        return []
    compared += 1
    whole = [(w, marks) for w, marks in p.ballots if None not in marks or p.blanks_worst]
    whole = [(w, [p.worst if mark is None else mark for mark in marks]) for w, marks in whole]
    marks = [p.count(c, whole) for c in range(len(p.names))]
    scale = sorted(p.values)
    given = p.ballots if not p.blanks_worst else whole
    last_first = run(p, given, scale)
    assert last_first[::-1] == groups(marks, majority_order), (last_first, marks)
    straight = run(p, given, scale[::-1])
    assert straight == groups(marks, lambda a, b: majority_order(a, b, upper=True)), (straight, marks)
    ours = groups(p.marks, majority_order)
    if not whole or any(not m for m in p.marks):
        return ["a candidate has no marks, not compared"]
    if straight == ours:
        return ["agrees"]
    by_blanks, by_middle = last_first[::-1] != ours, straight != last_first[::-1]
    assert by_blanks or by_middle
    return ["differs: " + {(True, False): "leaves out ballots with a blank", (False, True): "better of the middle two",
                           (True, True): "both"}[by_blanks, by_middle]]


def groups(marks, order):
    """The candidates in order, those of equal place together."""
    left, out = set(range(len(marks))), []
    while left:
        first = {i for i in left if all(order(marks[i], marks[j]) >= 0 for j in left)}
        out.append(first)
        left -= first
    return out


def run(p, ballots, best_first):
    """Grades are 1 for the best to it, and so on; 0 for none."""
    rows = [[0 if mark is None else best_first.index(mark) + 1 for mark in marks] for w, marks in ballots for _ in range(w)]
    command = ["belenios-tool", "method", "majority-judgment", "--nchoices", str(len(p.names)), "--ngrades",
               str(len(best_first)), "--blank-allowed", "true"]
    out = subprocess.run(command, input=json.dumps(rows).encode(), capture_output=True, check=True).stdout
    return [set(group) for group in json.loads(out)["winners"]]
