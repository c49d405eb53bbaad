"""Reads every export of an election with parsers of other people, and compares: JSON, CSV, SVG and HTML with those of
Python, ABIF with abiftool where it is installed (`tools/check-foreign-counts`) and by its two regular expressions."""
import csv
import html.parser
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from fractions import Fraction

folder = sys.argv[1]


def read(name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
        return f.read()


given = json.loads(read("given.json"))
result = json.loads(read("result.json"))
contests = result["contests"]
TITLE = "Exports <i>&amp;</i>"
NUMBER = re.compile(r"-?\d+(\.\d+| / \d+)?")


def rows_of(name):
    """One list of rows for each contest; no cell may begin as a formula unless it is a number."""
    rows = list(csv.reader(read(name).splitlines(keepends=True), strict=True))
    escaped = 0
    for row in rows:
        for cell in row:
            assert NUMBER.fullmatch(cell) or cell.lstrip()[:1] not in "=+-@\t\r|%＝＋－＠" or not cell, (name, cell)
            escaped += cell.startswith("'")
    assert escaped >= 7, (name, escaped)
    return rows


def unescaped(cell):
    return cell[1:] if cell.startswith("'") else cell


def fraction(text):
    return Fraction(text.replace(" ", "")) if text else None


def decimal(text, exact):
    """Six places behind the point, rounded half away from zero."""
    assert abs(Fraction(text) - exact) <= Fraction(1, 2 * 10**6), (text, exact)


def check_official():
    """One table of all contests, as `csv.DictReader` reads it."""
    rows_of("result.csv")
    rows = csv.DictReader(read("result.csv").splitlines(keepends=True), strict=True)
    levels = {name[len("level "):] for name in rows.fieldnames if name.startswith("level ")}
    assert levels == {level for c in contests for level in c["candidates"][0]["histogram"]} - {"*"}, levels
    for contest in contests:
        named = any(not re.fullmatch(r"-?\d+", level) for level in contest["candidates"][0]["histogram"] if level != "*")
        for candidate in contest["candidates"]:
            row = next(rows)
            assert (unescaped(row["contest"]), unescaped(row["candidate"])) == (contest["title"], candidate["name"])
            assert row["place"] == str(candidate["place"] or "") and row["status"] == candidate["status"]
            for field in ("score", "mean", "median"):
                expected = candidate[field]
                assert fraction(row[field]) == (None if expected is None else Fraction(expected)), (row, expected)
                if expected is not None and not (named and field == "median"):
                    decimal(row[field + " decimal"], Fraction(expected))
            assert int(row["sum"]) == candidate["sum"] and int(row["raters"]) == candidate["raters"]
            shown = {level: int(row["level " + level]) for level in levels if row["level " + level]} | {"*": int(row["no opinion"])}
            assert shown == candidate["histogram"], (shown, candidate)
    assert next(rows, None) is None


def check_raw():
    rows = iter(rows_of("result.csv-raw"))
    for i, contest in enumerate(contests):
        head = next(rows)
        assert [unescaped(h) for h in head] == [contest["title"], "weight"] + [c["name"] for c in contest["candidates"]]
        body = [next(rows) for _ in given["ballots"]]
        told = sorted((int(row[1]), [unescaped(cell) or "*" for cell in row[2:]]) for row in body)
        cast = sorted((w, ballot[i].split(",")) for w, ballot in zip(given["weights"], given["ballots"]))
        assert told == cast, (told, cast)
    assert next(rows, None) is None


def check_svg(text):
    root = ET.fromstring(text)
    ns = "{http://www.w3.org/2000/svg}"
    assert root.tag == ns + "svg" and "script" not in {e.tag.removeprefix(ns) for e in root.iter()}
    pictures = [g for g in root.findall(ns + "g") if g.get("class") == "contest"]
    assert len(pictures) == len(contests)
    size, end = (float(root.get("width")), float(root.get("height"))), 0
    for picture, contest in zip(pictures, contests):
        assert picture.find(ns + "title").text == contest["title"]
        rows = {g.find(ns + "title").text: g for g in picture.findall(ns + "g") if g.get("class") == "candidate"}
        assert list(rows) == [c["name"] for c in sorted(contest["candidates"], key=lambda c: c["place"] or 10**9)]
        for candidate in contest["candidates"]:
            told = [t.text.replace(",", "") for t in rows[candidate["name"]].iter(ns + "title")]
            for level, weight in candidate["histogram"].items():
                assert weight == 0 or "%s: %d" % (level, weight) in told
        rects = [[float(r.get(k)) for k in ("x", "y", "width", "height")] for r in picture.iter(ns + "rect")]
        assert all(0 <= x and x + w <= size[0] and 0 <= y and y + h <= size[1] and w >= 0 for x, y, w, h in rects)
        # Each stands below the one before, under its title.
        assert min(y for _, y, _, _ in rects) > end
        end = max(y + h for _, y, _, h in rects)


class Page(html.parser.HTMLParser):
    VOID = {"meta", "br"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.texts, self.tags, self.bars = [], [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if ("class", "bar") in attrs:
            self.bars.append(dict(attrs)["aria-label"])
        assert not any(name in ("src", "href") or name.startswith("on") for name, _ in attrs), (tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append(data)


def check_html():
    text, page = read("result.html"), Page()
    page.feed(text)
    page.close()
    assert not page.open and page.tags.isdisjoint({"script", "i", "img", "link", "iframe"}), page.tags
    for contest in contests:
        for name in [contest["title"]] + [c["name"] for c in contest["candidates"]]:
            assert name in page.texts, name
    # A bar for each candidate, with its figures in words for whoever does not see it.
    by_place = [sorted(c["candidates"], key=lambda c: c["place"] or 10**9) for c in contests]
    candidates = [candidate for contest in by_place for candidate in contest]
    assert len(page.bars) == len(candidates)
    for told, candidate in zip(page.bars, candidates):
        for level, weight in candidate["histogram"].items():
            assert weight == 0 or "%s: %d" % (level, weight) in told.replace(",", ""), (told, candidate)
    # Each bar is XML by itself, whole, and as long as the candidate has scores.
    bars = [ET.fromstring(bar) for bar in re.findall(r'<svg class="bar".*?</svg>', text, re.S)]
    rated = [c for contest in contests for c in contest["candidates"] if c["raters"]]
    assert len(bars) >= len(rated)
    for bar in bars:
        spans = [[float(rect.get(k).removesuffix("%")) for k in ("x", "width")] for rect in bar.findall("rect")]
        assert all(x >= 0 and x + w <= 100.02 for x, w in spans), spans
        assert not spans or abs(sum(w for _, w in spans) - 100) < 0.1 or abs(sum(w for _, w in spans) - 50) < 0.1, spans


def expected_ratings(i):
    """From the ballots: the sum of ratings that ABIF should show, counted from the worse end."""
    levels = [k for k in contests[i]["candidates"][0]["histogram"] if k != "*"]
    values = [int(k) if re.fullmatch(r"-?\d+", k) else at for at, k in enumerate(levels)]
    lower = contests[i]["title"] == "golf"
    rating = lambda v: max(values) - v if lower else v - min(0, min(values))
    return [sum(rating(v) * c["histogram"][k] for k, v in zip(levels, values)) for c in contests[i]["candidates"]]


def check_abif():
    text, names, scores = read("result.abif"), {}, {}
    for line in text.splitlines():
        if m := re.fullmatch(r"=(\w+):\[([^\]#]+)\]", line):
            names[m[1]] = m[2]
        elif m := re.fullmatch(r"(\d+):(.*)", line):
            for mark in m[2].split(","):
                token, rating = re.fullmatch(r"(\w+)/(\d+)", mark).groups()
                scores[token] = scores.get(token, 0) + int(m[1]) * int(rating)
        else:
            assert line.startswith(("# ", '{"title": "')), line
    tokens = ["q%dc%d" % (i + 1, j + 1) for i, c in enumerate(contests) for j in range(len(c["candidates"]))]
    assert list(names) == tokens
    expected = dict(zip(tokens, sum((expected_ratings(i) for i in range(len(contests))), [])))
    assert {t: scores.get(t, 0) for t in tokens} == expected, (scores, expected)
    try:
        from abiflib import convert_abif_to_jabmod
        from abiflib.score_star_tally import enhanced_score_result_from_abifmodel
    except ImportError:
        if "abiftool" in sys.argv:
            sys.exit("abiftool is not installed")
        print("abiftool: not installed, not compared")
        return
    parts = ['{"title"' + part for part in text.split('{"title"')[1:]]
    for whole in [text] + parts:
        model = convert_abif_to_jabmod(whole)
        told = enhanced_score_result_from_abifmodel(model)
        for token, row in told["scores"].items():
            assert (row["candname"], row["score"]) == (names[token], expected[token]), (token, row)
        if whole is not text:
            i = parts.index(whole)
            title = re.sub(r"[^\w,.()\-?:'/% ]", "", contests[i]["title"].replace("—", "-"))
            assert model["metadata"]["title"].strip() == title.strip(), (model["metadata"], title)
    # Of a scale from 0 with the rule "sum" the winner is the same; a blank is worth 0 to both.
    first = enhanced_score_result_from_abifmodel(convert_abif_to_jabmod(parts[0]))
    assert [contests[0]["candidates"][int(first["ranklist"][0][3:]) - 1]["name"]] == contests[0]["winners"]
    print("abiftool: the same names, ratings and winner")


check_official()
check_raw()
check_svg(read("result.svg"))
check_html()
check_abif()
print("all exports are read")
