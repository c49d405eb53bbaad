"""The booth in real browsers: whole elections from the link to a receipt that the program verifies, every refusal, and what must
not be left behind. One class for each engine that is installed; VECHE_ENGINES="chromium firefox" chooses."""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

import looks
from relay import Relay
from stage import ROOT, Election, veche, verify_both
from test_desk import Desk
from test_desk_acts import DeskActs
from test_pages import keep, pictures_of, read
from test_public import FOREIGN, HOSTILE, INJECT, Public
from webdriver import ENGINES, ENTER, RIGHT, SPACE, Browser, Display, Failed, is_there

SEVERAL = """
title = "Board & <b>friends</b> 2027"
[[contest]]
title = "Board <script>window.hacked=1</script>"
candidates = ["Anna", "<img src=x onerror=window.hacked=1>", "Clara"]
rule = "mean"
seats = 2
[[contest]]
title = "Hall"
kind = "single"
candidates = ["Blue hall", "Red hall", "None of them"]
rule = "sum"
none = "None of them"
[[contest]]
title = "Trees"
scale = "0..1"
blank = false
approvals = "1..2"
candidates = ["Oak", "Elm", "Ash"]
rule = "sum"
[[contest]]
title = "Report"
scale = "poor,fair,good"
blank = false
candidates = ["Treasurer", "Auditor"]
rule = "majority-judgment"
[[contest]]
title = "Music"
scale = "0..1"
blank = false
candidates = ["Brass", "Strings"]
rule = "sum"
[[contest]]
title = "Budget"
scale = "0..3"
blank = false
candidates = ["Plan A", "Plan B"]
rule = "sum"
"""


class Booth:
    """Everything that is done in one engine; its classes are made below."""

    engine = ""

    @classmethod
    def setUpClass(cls):
        cls.display = Display() if cls.engine == "webkit" else None
        cls.browser = Browser(cls.engine, display=cls.display)
        cls.browser.phone()
        cls.elections = {}

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        for election in cls.elections.values():
            election.close()
        if cls.display:
            cls.display.close()

    def election(self, name, *args, **more):
        if name not in self.elections:
            self.elections[name] = Election(*args, **more)
        return self.elections[name]

    def simple(self, secret=True):
        args = ["--title", "Board 2027", "--candidates", "Anna,Boris,Clara", "--rule", "mean", "--voters", "40"]
        return self.election("secret" if secret else "open", *args, secret=secret)

    # --- steps of the way

    def open(self, url):
        # Another address first: a fragment alone would not load anything.
        self.browser.go("about:blank")
        self.browser.go(url)

    def start(self, election, number, url=None):
        self.open(url or election.link(number))
        self.browser.press("Continue")

    def ask_about(self, election, number):
        """When no ballot is taken yet, or not now."""
        self.open(election.link(number))
        self.browser.press("Is my card good?")

    def start_over(self, election, number):
        """When no ballot is taken any more."""
        self.open(election.link(number))
        self.browser.press("Is my ballot recorded?")

    def mark(self, marks="321"):
        """Marks are typed as on paper: 1 to 5, or * for no opinion."""
        browser = self.browser
        browser.wait_heading("Your ballot")
        for i, mark in enumerate(marks):
            order = 5 if mark == "*" else int(mark) - 1
            browser.click("#c0-%d input" % i, order)
        browser.press("Review")
        browser.wait_heading("Not cast yet: check your ballot")

    def cast(self):
        self.browser.press("Cast this ballot")
        self.browser.wait_heading("Recorded")
        return self.receipt()

    def vote(self, election, number, marks="321"):
        self.start(election, number)
        self.mark(marks)
        return self.cast()

    def receipt(self):
        return self.browser.run("return document.getElementById('receipt').value")

    def verify(self, election, receipt):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(receipt)
            file.flush()
            return veche("verify-receipt", file.name, "--record", election.url).stdout

    def stored(self):
        return self.browser.run("return Object.keys(localStorage).concat(Object.keys(sessionStorage), document.cookie || [])")

    # --- whole votes

    def test_a_secret_vote_from_the_link_to_a_verified_receipt(self):
        election, browser = self.simple(), self.browser
        credential = election.card(1)["credential"]
        self.open(election.link(1))
        browser.wait_heading("Board 2027")
        looks.look(browser, "01-begin")
        browser.press("Continue")
        browser.wait_heading("Your ballot")
        looks.look(browser, "02-marks")
        self.mark("5*1")
        looks.look(browser, "03-review")
        receipt = self.cast()
        looks.look(browser, "04-recorded")
        # What is typed at a computer does not stand in the way of whoever votes by telephone.
        self.assertNotIn("veche ", browser.text())
        browser.press("By program, on a computer")
        self.assertRegex(browser.text(), r"veche verify-receipt receipt-\S+\.json --record " + election.url)
        said = self.verify(election, receipt)
        self.assertIn("The ballot stands in the", said)
        self.assertEqual(self.stored(), [])
        # Behind «Recorded» nothing of the vote is in clear, on the page or in what the server has written.
        left = browser.run("return document.documentElement.outerHTML")
        for text in (credential, credential.replace("-", ""), "5*1"):
            self.assertNotIn(text, left)
        for text in (credential, credential.replace("-", ""), "5*1", '"number"'):
            self.assertNotIn(text, election.said())
        # Nor does a folder of downloads tell who has voted.
        code = browser.run("return document.querySelector('.code').textContent")
        self.assertEqual(browser.run("return document.querySelector('a[download]').download"), "receipt-%s.json" % "-".join(code.split("-")[:5]))
        # With the same marks one receipt looks like another: whose it is, is compared with the paper.
        on_card = re.search(r"Fingerprint of this card <code>([^<]+)", (election.dir / "cards" / "sheets.html").read_text())
        self.assertIn("Fingerprint of the card\n" + on_card[1], browser.text())

    def test_behind_recorded_no_object_of_the_page_holds_card_or_marks(self):
        if self.engine != "chromium":
            self.skipTest("only this driver shows what a page still holds")
        election, browser = self.simple(secret=True), self.browser
        credential = election.card(37)["credential"]
        self.typed(election, 37)
        self.mark("5*1")
        # What is looked for is found while it is there; the card has gone to the machine before.
        code, marks = self.held(credential, [4, None, 0])
        self.assertEqual((code, marks > 0), (0, True))
        # Whatever was looked at may live on by that: the vote begins anew, on a page of its own.
        self.typed(election, 37)
        self.mark("5*1")
        self.cast()
        # The server still hears that the receipt is here.
        until = time.monotonic() + 10
        while any(self.held(credential, [4, None, 0])) and time.monotonic() < until:
            time.sleep(0.2)
        self.assertEqual(self.held(credential, [4, None, 0]), [0, 0])

    def held(self, credential, levels):
        """How many living objects of the page have this code, and these marks."""
        browser, counts = self.browser, []
        for kind, test, wanted in [("Object", "Object.values(o).includes(wanted)", credential), ("Array", "JSON.stringify(o) === JSON.stringify(wanted)", levels)]:
            prototype = browser.command("Runtime.evaluate", expression=kind + ".prototype", objectGroup="held")["result"]["objectId"]
            objects = browser.command("Runtime.queryObjects", prototypeObjectId=prototype, objectGroup="held")["objects"]["objectId"]
            look = "function (wanted) { return this.filter((o) => { try { return %s; } catch { return false; } }).length; }" % test
            counts.append(browser.command("Runtime.callFunctionOn", objectId=objects, functionDeclaration=look, arguments=[{"value": wanted}], returnByValue=True)["result"]["value"])
            # What the driver holds lives on.
            browser.command("Runtime.releaseObjectGroup", objectGroup="held")
        return counts

    def test_the_receipt_is_shown_before_the_server_hears_that_it_is(self):
        election, browser = self.simple(), self.browser
        self.start(election, 28)
        self.mark()
        browser.run("""
            const send = WebSocket.prototype.send;
            window.sent = [];
            WebSocket.prototype.send = function (frame) { window.sent.push(document.querySelector('h1').textContent); return send.call(this, frame); };""")
        self.cast()
        browser.wait_for("return window.sent.length === 3")
        self.assertEqual(browser.run("return window.sent"), ["Sending your ballot", "Sending your ballot", "Recorded"])

    def test_a_receipt_that_cannot_be_shown_is_not_confirmed_and_comes_again(self):
        election, browser = self.simple(), self.browser
        self.start(election, 29)
        self.mark()
        before = self.entries(election)
        browser.run("window.make = URL.createObjectURL; URL.createObjectURL = () => { throw new TypeError('no'); }")
        browser.press("Cast this ballot")
        self.ends("Your ballot is recorded, and only its receipt is missing", "You need not vote again", picture="30-not-kept")
        self.assertEqual((self.entries(election), len(self.stored())), (before + 1, 1))
        browser.run("URL.createObjectURL = window.make")
        # It is known to be recorded: nobody is asked whether to find that out.
        browser.press("Get the receipt")
        browser.wait_heading("Recorded", "A ballot of yours has no answer yet")
        self.assertEqual(browser.heading(), "Recorded")
        self.assertEqual((self.entries(election), self.stored()), (before + 1, []))

    def test_an_open_vote_from_the_link_to_a_verified_receipt(self):
        election = self.simple(secret=False)
        receipt = self.vote(election, 1, "5*1")
        self.assertIn('\\"marks\\":[\\"5*1\\"]', receipt)
        self.verify(election, receipt)
        self.assertIn("Show receipt and code to nobody before closing", self.browser.text())

    def several(self, name):
        return self.made(name, SEVERAL)

    def made(self, name, text, *args, **more):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            return self.election(name, "--from", file.name, *args, **more)

    def test_every_kind_of_contest_and_no_text_becomes_markup(self):
        election, browser = self.several("several"), self.browser
        self.start(election, 2)
        browser.wait_heading("Your ballot")
        looks.look(browser, "05-several")
        browser.press("Review")
        self.assertIn("This must be put right first", browser.text())
        # Each in its contest, and each field marked until it is right.
        for text in ("Report: Treasurer", "Trees: Mark 1 to 2 candidates. You have marked 0.", "Hall: Choose one."):
            self.assertIn(text, browser.text())
        missing = "return [...document.querySelectorAll('fieldset.missing')].map((e) => e.id)"
        self.assertEqual(browser.run(missing), ["c0-0", "c0-1", "c0-2", "c1-0", "c2-0", "c3-0", "c3-1", "c5-0", "c5-1"])
        browser.click("#c3-0 input", 0)
        self.assertNotIn("c3-0", browser.run(missing))
        self.assertEqual(browser.run("return [...new Set([...document.querySelectorAll('[aria-invalid]')].map((e) => e.closest('fieldset').id))]"), browser.run(missing))
        looks.look(browser, "06-missing")
        self.speak("ru")
        self.assertIn("Hall: Выберите один вариант.", browser.text())
        self.assertIn("Отмечено 0.", browser.text())
        self.speak("en")
        self.mark_several()
        self.assertEqual(browser.run("return document.getElementById('count').textContent"), "8 of 8 answered; Trees: 1 of at most 2 marked")
        self.assertEqual(browser.run(missing), [])
        browser.press("Review")
        browser.wait_heading("Not cast yet: check your ballot")
        said = browser.text()
        for text in ["<img src=x onerror=window.hacked=1>", "<script>window.hacked=1</script>", "None of them", "Oak", "good", "poor"]:
            self.assertIn(text, said)
        self.assertRegex(said, r"Music\s+Nobody")
        receipt = self.cast()
        self.verify(election, receipt)
        self.assertIsNone(browser.run("return window.hacked ?? null"))
        self.assertEqual(browser.run("return document.querySelectorAll('img, script:not([src])').length"), 0)
        record = election.record()
        verify_both(record)
        counted = json.loads((record / "result.json").read_text())
        self.assertEqual(counted["ballots"], 1)

    def mark_several(self):
        for selector, order in [("#c0-0", 4), ("#c1-0", 2), ("#c2-0", 0), ("#c3-0", 2), ("#c3-1", 0), ("#c5-0", 3), ("#c5-1", 0)]:
            self.browser.click(selector + " input", order)
        self.browser.press("No opinion for the rest")

    def test_row_35_no_text_of_an_organiser_becomes_markup_in_the_booth(self):
        election, browser = self.made("hostile", HOSTILE, "--closes", "+3d"), self.browser

        def is_clean():
            self.assertIsNone(browser.run("return window.hacked ?? null"), browser.heading())
            self.assertEqual(browser.run(FOREIGN), [], browser.heading())
            # The policy would stop most of it, and say so.
            self.assertEqual(browser.run("return [...document.querySelectorAll('a')].map((e) => e.protocol).filter((p) => !['http:', 'blob:'].includes(p))"), [])
        self.open(election.link(1))
        browser.wait_for("return document.querySelector('form')")
        is_clean()
        self.assertIn("2: </title><script>window.hacked=2</script>; Hall", browser.text())
        looks.look(browser, "33-hostile-begin")
        browser.press("Continue")
        browser.wait_heading("Your ballot")
        self.assertIn("</small><img src=x onerror=window.hacked=5>", browser.text())
        self.assertIn("https://example.org/?a=1&b=javascript:alert(1)", browser.text())
        is_clean()
        looks.look(browser, "34-hostile-marks")
        for selector, order in [("#c0-0", 2), ("#c0-1", 1), ("#c0-2", 0), ("#c0-3", 3), ("#c1-0", 1)]:
            browser.click(selector + " input", order)
        browser.press("Review")
        browser.wait_heading("Not cast yet: check your ballot")
        is_clean()
        looks.look(browser, "35-hostile-review")
        receipt = self.cast()
        is_clean()
        looks.look(browser, "36-hostile-recorded")
        self.verify(election, receipt)

    def test_what_bears_on_a_decision_stands_where_one_decides(self):
        election, browser = self.election("rule", "--candidates", "Anna,Boris,Clara,Nobody", "--rule", "mean", "--seats", "2", "--closes", "+3d", "--raters", "1/4",
                                          "--turnout", ">1/2", "--pass", ">=3", "--none", "Nobody", "--title", "Board 2027", secret=False), self.browser
        local = "return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' }).format(new Date(arguments[0] * 1000))"
        for closes in ("+3d", "+4d"):
            if closes != "+3d":
                # Put off since: the manifest does not know that.
                election.act("extend", "--closes", closes, "--reason", "a storm")
            self.start(election, 1)
            browser.wait_heading("Your ballot")
            said = browser.text()
            for text in ["Vote until %s (UTC" % browser.run(local, election.status()["closes"]), "The mean of the marks decides; the largest comes first.",
                         "“No opinion” does not count: only marks that were given do.", "Whoever is rated by fewer than 1/4 of the ballots gets no place.",
                         "Nobody is elected unless more than 1/2 of the roll votes.", "Whoever is elected needs at least 3 (mean).",
                         "Only those who come before “Nobody” can be elected.", "Seats: 2."]:
                self.assertIn(text, said)
        looks.look(browser, "37-rule")

    def test_candidates_in_a_drawn_order_get_the_marks_that_they_were_given(self):
        names = ["Anna", "Boris", "Clara", "Dora", "Emil", "Fritz", "Nobody"]
        made = 'title = "Board 2027"\nrule = "sum"\n[[contest]]\ntitle = "Board"\norder = "random"\nnone = "Nobody"\ncandidates = %s\n' % json.dumps(names)
        made += '[[contest.about]]\ncandidate = "Clara"\ntext = "Keeps the books."\nlink = "https://clara.example.org/"\n'
        election, browser = self.made("drawn", made, secret=False), self.browser
        seen = set()
        for number in range(1, 5):
            self.start(election, number)
            browser.wait_heading("Your ballot")
            shown = browser.run("return [...document.querySelectorAll('legend')].map((e) => e.innerText.split('\\n'))")
            order = [lines[0] for lines in shown]
            self.assertEqual((sorted(order), order[-1]), (sorted(names), "Nobody"), "all of them, and nobody in particular at the end")
            self.assertEqual([lines[1:] for lines in shown if len(lines) > 1], [["Keeps the books.", "https://clara.example.org/"]])
            seen.add(tuple(order))
            # By name, in whatever place: 1 to 5 and around.
            for place, name in enumerate(order):
                field = browser.run("return document.querySelectorAll('fieldset')[arguments[0]].id", place)
                browser.click("#%s input" % field, names.index(name) % 5)
        # Four draws of 720 orders: all alike once in 370 million times.
        self.assertGreater(len(seen), 1, seen)
        looks.look(browser, "38-drawn")
        browser.press("Review")
        browser.wait_heading("Not cast yet: check your ballot")
        self.assertEqual(browser.run("return [...document.querySelectorAll('.ballot dt')].map((e) => e.innerText)"), order, "compared as they were marked")
        looks.look(browser, "38-drawn-review")
        self.assertIn('\\"marks\\":[\\"1234512\\"]', self.cast())

    def test_a_second_vote_replaces_the_first_and_says_so(self):
        election, browser = self.simple(), self.browser
        first = self.vote(election, 3, "555")
        self.start(election, 3)
        self.replaced()
        looks.look(browser, "07-replaces")
        browser.press("Vote anew, and replace it")
        self.mark("111")
        second = self.cast()
        self.assertIn('\\"seq\\":2', second)
        self.assertNotEqual(first, second)
        self.verify(election, second)

    def replaced(self):
        """Said before anything is marked."""
        self.browser.wait_heading("Vote once more?")
        self.assertIn("A ballot was cast with your card", self.browser.text())

    def test_a_second_vote_where_none_is_allowed(self):
        election = self.election("never", "--candidates", "Anna,Boris,Clara", "--rule", "sum", "--voters", "12", "--revote", "never")
        self.vote(election, 1)
        self.start(election, 1)
        self.browser.wait_heading("You have voted already")
        # No good news for whoever did not, and a way to the ballot for both.
        for text in ("allows no second vote", "If that was not you, somebody else has the code of your card", "there is nothing more to do"):
            self.assertIn(text, self.browser.text())
        self.assertFalse(self.browser.run("return document.querySelector('.box.good')"))
        looks.look(self.browser, "08-already-voted")
        back = self.browser.in_another_tab(lambda: self.browser.click("a[href*='/ballot/']"))
        self.browser.wait_heading("Recorded, and it counts")
        back()

    def test_a_challenged_ballot_is_checked_by_the_program_and_by_the_page(self):
        election, browser = self.simple(), self.browser
        self.start(election, 4)
        self.mark("435")
        code = browser.run("return document.querySelector('section .code').textContent")
        browser.press("Check this page instead of casting")
        browser.press("Open it and check")
        browser.wait_for("return document.getElementById('challenge')")
        looks.look(browser, "09-opened")
        self.assertIn(election.url + "/booth/check", browser.text())
        self.assertNotIn("veche ", browser.text())
        browser.press("By program, on a computer")
        self.assertRegex(browser.text(), r"veche check-ballot challenge-\S+\.json --at %s --code %s" % (election.url, "-".join(code.split("-")[:5])))
        file = browser.run("return document.getElementById('challenge').value")
        anew = browser.run("return document.querySelector('section .code').textContent")
        self.assertNotEqual(code, anew)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as kept:
            kept.write(file)
            kept.flush()
            said = veche("check-ballot", kept.name, "--at", election.url, "--code", code).stdout
        self.assertIn("435", said)
        receipt = self.cast()
        self.assertIn("The ballot stands in the", self.verify(election, receipt))
        self.check_page(election, file, code, anew)

    def test_row_67_the_page_that_checks_ballots_keeps_nothing(self):
        if self.engine == "webkit":
            self.skipTest("its driver waits for ever for what comes after this page, which loads itself anew")
        election, browser = self.simple(), self.browser
        self.open(election.url + "/booth/check")
        browser.wait_heading("Check an opened ballot")
        browser.type("#file", "what somebody marked")
        browser.type("#code", "ABCDE")
        browser.go(election.url + "/?lang=en")
        browser.run("setTimeout(() => history.back(), 0)")
        browser.wait_heading("Check an opened ballot")
        self.assertEqual(browser.run("return [document.getElementById('file').value, document.getElementById('code').value]"), ["", ""])

    def check_page(self, election, file, code, other):
        browser = self.browser
        for number, (changed, noted, expected) in enumerate([(file, code, "holds exactly what stands below"), (file, "", "it proves nothing"), (file, other, "not the ballot whose code"),
                                         (file.replace('"435"', '"434"'), code, "does not hold what the page said"), ("{}", code, "no file of an opened ballot"),
                                         (file.replace(json.loads(json.loads(file)["entry"])["election"], "A" * 43), code, "which would count nowhere here, and the check proves nothing"),
                                         (file.replace('"435"', '"439"'), code, "The file contradicts itself")]):
            self.open(election.url + "/booth/check")
            browser.wait_heading("Check an opened ballot")
            if number == 0:
                looks.look(browser, "10-check")
            browser.run("document.getElementById('file').value = arguments[0]", changed)
            browser.run("document.getElementById('code').value = arguments[0]", noted)
            browser.press("Check")
            browser.wait_for("return document.querySelector('.box')")
            self.assertIn(expected, browser.text())
            self.own_words_alone()
            looks.look(browser, "10-check-%d" % number)
            asked = browser.run("return performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname).filter((path) => !path.startsWith('/booth/'))")
            self.assertEqual(asked, ["/election.json"], "nothing but the manifest")
        self.check_again(election, file, code)

    def check_again(self, election, file, code):
        """One page, on which what is missing is added."""
        browser = self.browser
        self.open(election.url + "/booth/check")
        browser.wait_heading("Check an opened ballot")
        four = "-".join(code.split("-")[:4])
        browser.type("#code", four)
        browser.press("Check")
        browser.wait_for("return document.querySelector('[role=alert]')")
        self.assertIn("Choose the file first", browser.text())
        self.assertNotIn("EOF", browser.text())
        with tempfile.NamedTemporaryFile("w", suffix=".json") as kept:
            kept.write(file)
            kept.flush()
            if self.engine == "webkit":
                browser.run("document.getElementById('file').value = arguments[0]", file)
            else:
                browser.type("#pick", kept.name)
            for more, expected in [("", "at least the first five are compared, and you typed 4 of them"), (code[len(four):len(four) + 3], "you typed 18 letters and digits"), (code[len(four) + 3:], "holds exactly what stands below")]:
                if more:
                    browser.type("#code", more)
                browser.press("Check")
                browser.wait_for("return document.querySelector('.box')?.textContent.includes(arguments[0])", expected)
                looks.look(browser, "10-check-again")
            self.assertEqual(browser.run("return [document.getElementById('code').value, document.getElementById('file').value]"), [code, file])
            if self.engine != "webkit":
                self.assertEqual(browser.run("return document.getElementById('pick').files.length"), 1)

    def test_an_open_election_has_no_opened_ballots_to_check(self):
        self.open(self.simple(secret=False).url + "/booth/check")
        self.ends("Nothing to check", picture="39-nothing-to-check")

    def typed(self, election, number, credential=None):
        """As from paper."""
        browser = self.browser
        self.open(election.url + "/booth/")
        browser.wait_heading("Board 2027")
        browser.type("#number", str(number))
        browser.type("#credential", credential or election.card(number)["credential"])
        browser.click("#same")
        browser.press("Continue")

    def test_the_card_typed_by_hand_and_what_is_wrong_with_it(self):
        election, browser = self.simple(), self.browser
        credential = election.card(5)["credential"]
        groups = credential.split("-")
        other = lambda symbol: "7" if symbol != "7" else "8"
        mistyped = "-".join([*groups[:4], other(groups[4][0]) + groups[4][1:], *groups[5:]])
        cyrillic = credential.translate(str.maketrans("ABCEHKMPTXY0", "АВСЕНКМРТХУО"))
        for typed, wrong in [("1234", "32 letters and digits, in eight groups of four; you typed 4"), (mistyped, "a typing error in group 5"),
                             ("-".join([*groups[:2], "7Ж77", *groups[3:]]), "In group 3 of the code there is “Ж”"), ("-".join([*groups[:6], groups[6][:3], groups[7]]), "in group 7 there are 3")]:
            self.typed(election, 5, typed)
            browser.wait_for("return document.querySelector('[role=alert]')")
            self.assertIn(wrong, browser.text())
            # Nothing need be typed again.
            kept = "return [document.getElementById('number').value, document.getElementById('credential').value, document.getElementById('same').checked]"
            self.assertEqual(browser.run(kept), ["5", typed, True])
            # The field that is meant says so itself.
            self.assertEqual(browser.run("return [...document.querySelectorAll('[aria-invalid]')].map((e) => [e.id, e.getAttribute('aria-describedby')])"), [["credential", "wrong"]])
            looks.look(browser, "11-by-hand")
        # What was wrong is mended where it stands, in the letters of another keyboard that look the same.
        # A letter from which it was copied may have broken its lines.
        browser.run("document.getElementById('credential').value = arguments[0]", cyrillic.lower()[:17] + "\n" + cyrillic.lower()[17:22] + "\r\n  " + cyrillic.lower()[22:] + "\n")
        browser.press("Continue")
        self.mark()
        self.verify(election, self.cast())

    # --- for everybody

    def speak(self, language):
        if self.browser.run("return document.documentElement.lang") != language:
            self.browser.press("По-русски" if language == "ru" else "In English")

    def test_the_language_stays_when_the_page_is_loaded_again_or_left_for_its_fields(self):
        election, browser = self.simple(), self.browser
        self.open(election.link(1)[:-3])
        browser.wait_heading("There is a typing error in this link")
        self.speak("ru")
        self.addCleanup(lambda: self.speak("en"))
        browser.press("Ввести карточку вручную")
        browser.wait_for("return document.getElementById('number')")
        self.assertEqual(browser.run("return [document.documentElement.lang, location.search, location.hash]"), ["ru", "?lang=ru", ""])
        browser.ask("POST", "/refresh")
        browser.wait_for("return document.getElementById('number')")
        self.assertEqual(browser.run("return document.documentElement.lang"), "ru")

    def own_words_alone(self):
        """In Russian nothing is said in English: what others say of a fault is folded away for who looks for it."""
        self.speak("ru")
        said = self.browser.text()
        for own in ["In English", "Board", "Veche", "Anna", "Boris", "Clara"]:
            said = said.replace(own, "")
        # What a browser says for itself of a file that is chosen, and codes.
        said = re.sub(r"Choose File|No file chosen|Browse…|No file selected\.|[0-9A-Z]{4}(-[0-9A-Z]{4})+|^\{.*", "", said, flags=re.MULTILINE)
        self.assertNotRegex(said, "[A-Za-z]{4}")
        self.speak("en")

    def test_in_russian_by_the_keyboard_alone(self):
        election, browser = self.simple(), self.browser
        self.open(election.link(15))
        browser.wait_heading("Board 2027")
        browser.tab_to("e.className === 'language'", back=True)
        browser.keys(ENTER)
        self.assertEqual(browser.run("return document.documentElement.lang"), "ru")
        browser.tab_to("e.textContent === 'Продолжить'")
        browser.keys(ENTER)
        browser.wait_heading("Ваш бюллетень")
        for name in ("c0-0", "c0-1", "c0-2"):
            browser.tab_to("e.name === '%s'" % name)
            browser.keys(SPACE + RIGHT)
        self.assertEqual(browser.run("return document.getElementById('count').textContent"), "отвечено 3 из 3")
        browser.tab_to("e.textContent === 'Проверить'")
        browser.keys(ENTER)
        browser.wait_heading("Ещё не подан: проверьте бюллетень")
        self.assertEqual(browser.run("return [...document.querySelectorAll('.ballot dd')].map((e) => e.textContent)"), ["2", "2", "2"])
        browser.tab_to("e.textContent === 'Подать бюллетень'")
        browser.keys(ENTER)
        browser.wait_heading("Записано")
        self.verify(election, self.receipt())
        self.speak("en")

    def test_every_state_in_russian(self):
        election, browser = self.simple(), self.browser
        self.open(election.link(20))
        browser.wait_heading("Board 2027")
        self.speak("ru")
        looks.look(browser, "01-begin", both=False)
        browser.press("Продолжить")
        browser.wait_heading("Ваш бюллетень")
        looks.look(browser, "02-marks", both=False)
        browser.press("Проверить")
        self.assertIn("Сначала нужно дополнить или исправить", browser.text())
        looks.look(browser, "06-missing", both=False)
        for i in range(3):
            browser.click("#c0-%d input" % i, i)
        browser.press("Проверить")
        browser.wait_heading("Ещё не подан: проверьте бюллетень")
        looks.look(browser, "03-review", both=False)
        browser.press("Проверить эту страницу")
        browser.press("Вскрыть и проверить")
        browser.wait_for("return document.getElementById('challenge')")
        looks.look(browser, "09-opened", both=False)
        browser.press("Подать бюллетень")
        browser.wait_heading("Записано")
        looks.look(browser, "04-recorded", both=False)
        self.verify(election, self.receipt())
        browser.press("Проголосовать ещё раз")
        browser.wait_heading("Проголосовать ещё раз?")
        looks.look(browser, "07-replaces", both=False)
        browser.press("Оставить как есть")
        browser.wait_heading("Ничего не изменено")
        looks.look(browser, "52-nothing-changed", both=False)
        self.assertNotRegex(browser.text().replace("In English", "").replace("Board", ""), "[A-Za-z]{4}")
        self.speak("en")

    def test_names_and_roles_as_the_browser_tells_them(self):
        election, browser = self.simple(), self.browser
        self.start(election, 16)
        browser.wait_heading("Your ballot")
        self.assertEqual((browser.role("#c0-1 input"), browser.label("#c0-1 input")), ("radio", "1 worst"))
        self.assertEqual(browser.label("#c0-1 .blank input"), "no opinion")
        self.assertIn(browser.role("#c0-1"), ("group", "fieldset"))
        self.assertEqual(browser.label("#c0-1"), "Boris")
        self.assertEqual(browser.role("#count"), "status")
        self.assertEqual(browser.run("return document.querySelector('#c0-1 legend span').getAttribute('translate')"), "no")

    def test_narrow_windows_large_text_and_other_colours(self):
        election, browser = self.simple(), self.browser
        states = [lambda: None, lambda: browser.press("Continue"), lambda: self.mark("543"), lambda: self.cast()]
        browser.phone(320, 640)
        self.addCleanup(browser.phone)
        self.open(election.link(17))
        browser.wait_heading("Board 2027")
        for number, step in enumerate(states):
            step()
            looks.enlarge(browser)
            looks.look(browser, "20-large-%d" % number)
            looks.shrink(browser)
            if self.engine == "chromium":
                self.emulated(number)

    def test_narrow_windows_and_large_text_on_a_ballot_of_every_kind_and_on_the_page_that_checks(self):
        election, browser = self.several("several-large"), self.browser
        browser.phone(320, 640)
        self.addCleanup(browser.phone)
        self.start(election, 1)
        browser.wait_heading("Your ballot")
        looks.enlarge(browser)
        looks.look(browser, "20-large-several")
        self.whole_words()
        self.assertEqual(browser.run("return [...document.querySelectorAll('.ruler .option')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText)"), [])
        # A ballot shows no mark larger than another.
        for ruler in browser.run("return [...document.querySelectorAll('.ruler')].map((e) => [...e.children].map((box) => { const { width, height } = box.getBoundingClientRect(); return [width, height].map(Math.round).join('x'); }))"):
            self.assertEqual(len(set(ruler)), 1, ruler)
        browser.press("Review")
        looks.look(browser, "20-large-missing")
        self.mark_several()
        browser.press("Review")
        browser.wait_heading("Not cast yet: check your ballot")
        browser.press("Check this page instead of casting")
        browser.press("Open it and check")
        browser.wait_for("return document.getElementById('challenge')")
        file = browser.run("return document.getElementById('challenge').value")
        looks.look(browser, "20-large-opened")
        self.open(election.url + "/booth/check")
        browser.wait_heading("Check an opened ballot")
        looks.enlarge(browser)
        looks.look(browser, "20-large-check")
        self.whole_words()
        browser.run("document.getElementById('file').value = arguments[0]", file)
        browser.run("document.getElementById('code').value = arguments[0]", json.loads(file)["code"])
        browser.press("Check")
        browser.wait_for("return document.querySelector('.box')")
        looks.look(browser, "20-large-checked")

    def whole_words(self):
        """Of our headings none is cut within a word, and what is cut elsewhere has a hyphen where the browser knows where."""
        for language in ("ru", "en"):
            self.speak(language)
            self.assertEqual(looks.cut_words(self.browser), [])
            said = self.browser.run("const s = (name) => { const style = getComputedStyle(document.querySelector(name)); return style.hyphens ?? style.webkitHyphens; }; return [s('main p'), s('main [translate=no]')]")
            self.assertEqual(said, ["auto", "manual"])

    def test_the_picture_of_the_readme(self):
        """Taken anew with VECHE_README=1, in Chromium."""
        if self.engine != "chromium" or "VECHE_README" not in os.environ:
            self.skipTest("VECHE_README is not set")
        election, browser = self.simple(), self.browser
        self.start(election, 19)
        browser.wait_heading("Your ballot")
        for order, language in [(4, "en"), (3, "ru")]:
            self.speak(language)
            browser.click("#c0-0 input", order)
            browser.run("document.activeElement.blur(); scrollTo(0, 0)")
            # Colours change slowly.
            time.sleep(1)
            browser.picture(ROOT / "docs" / ("booth.%s.png" % language))
        self.speak("en")

    def test_dark_colours_forced_colours_and_less_motion_as_a_user_has_set_them(self):
        if self.engine == "chromium":
            self.skipTest("it is told of them within test_narrow_windows_large_text_and_other_colours")
        asked = {"dark": "(prefers-color-scheme: dark)", "calm": "(prefers-reduced-motion: reduce)", "forced": "(forced-colors: active)"}
        # Forced colours are the system's own; WebKitGTK has none.
        ways = [("dark", "calm"), ("forced",)] if self.engine == "firefox" else [("dark", "calm")]
        election, usual = self.simple(), self.browser
        self.addCleanup(lambda: setattr(self, "browser", usual))
        for number, way in zip((35, 36), ways):
            self.browser = browser = Browser(self.engine, display=self.display, **dict.fromkeys(way, True))
            self.addCleanup(browser.close)
            browser.phone()
            for step, state in enumerate([lambda: self.open(election.link(number)), lambda: browser.press("Continue"), lambda: self.mark("543"), lambda: self.cast()]):
                state()
                browser.wait_heading(["Board 2027", "Your ballot", "Not cast yet: check your ballot", "Recorded"][step])
                for each in way:
                    self.assertTrue(browser.run("return matchMedia(arguments[0]).matches", asked[each]), each)
                if "dark" in way:
                    self.assertEqual(browser.run("return getComputedStyle(document.body).backgroundColor"), "rgb(21, 23, 26)")
                if "calm" in way:
                    self.assertEqual(browser.run("return getComputedStyle(document.querySelector('button')).transitionDuration"), "0s")
                looks.look(browser, "53-%s-%d" % (way[0], step))

    def emulated(self, number):
        browser = self.browser
        for name, value in [("prefers-color-scheme", "dark"), ("forced-colors", "active"), ("prefers-reduced-motion", "reduce")]:
            browser.command("Emulation.setEmulatedMedia", features=[{"name": name, "value": value}])
            looks.look(browser, "21-%s-%d" % (name.split("-")[1], number))
        browser.command("Emulation.setEmulatedMedia", features=[])

    def test_a_printed_receipt_holds_what_one_needs_to_check_it(self):
        election, browser = self.simple(), self.browser
        self.vote(election, 31)
        with tempfile.TemporaryDirectory() as name:
            pdf = pathlib.Path(name) / "receipt.pdf"
            try:
                browser.printed(pdf)
            except Failed as error:
                self.skipTest("this driver does not print: %s" % error)
            keep(pdf)
            said = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
            plain = "".join(said.split())
            code = browser.run("return document.querySelector('.code').textContent")
            for text in ["Recorded", "Board 2027", code, "veche verify-receipt", election.paper_id()]:
                self.assertIn("".join(text.split()), plain, said)
            # Nothing to press on paper.
            for text in ["Save the receipt", "Vote again", "In another tab", "The file as text"]:
                self.assertNotIn(text, said)
            pictures = pictures_of(pdf, pathlib.Path(name))
            self.assertLessEqual(len(pictures), 2)
            for reader, lines in read(pictures).items():
                self.assertIn("The receipt is good", self.verify(election, "\n".join(lines).rstrip("\n") + "\n"), reader)
        if self.engine == "chromium":
            browser.phone(672, 1000)
            self.addCleanup(browser.phone)
            browser.command("Emulation.setEmulatedMedia", media="print", features=[])
            looks.look(browser, "41-print")
            browser.command("Emulation.setEmulatedMedia", media="", features=[])

    def test_receipt_and_opened_ballot_are_saved_as_the_files_that_they_say(self):
        if self.engine == "webkit":
            self.skipTest("its driver saves no files")
        election, browser = self.simple(), self.browser
        self.start(election, 32)
        self.mark("435")
        browser.press("Check this page instead of casting")
        browser.press("Open it and check")
        browser.wait_for("return document.getElementById('challenge')")
        opened = self.saved("Save the file of the opened ballot", browser.run("return document.getElementById('challenge').value"))
        self.assertIn("435", veche("check-ballot", opened, "--at", election.url).stdout)
        receipt = self.saved("Save the receipt", self.cast())
        self.assertIn("The ballot stands in the", veche("verify-receipt", receipt, "--record", election.url).stdout)

    def saved(self, button, text):
        name = self.browser.run("return [...document.querySelectorAll('a[download]')].find((e) => e.textContent === arguments[0]).download", button)
        self.browser.press(button)
        path = pathlib.Path(self.browser.downloads) / name
        until = time.monotonic() + 20
        while not (path.exists() and path.read_text(encoding="utf-8") == text):
            self.assertLess(time.monotonic(), until, "not saved: %s, but %s" % (name, os.listdir(self.browser.downloads)))
            time.sleep(0.05)
        return path

    def test_other_pages_open_beside_the_receipt_and_speak_its_language(self):
        election, browser = self.simple(), self.browser
        receipt = self.vote(election, 33)
        self.speak("ru")
        self.addCleanup(lambda: self.speak("en"))
        for link, heading in [("a[href*='/ballot/']", "Записан и учитывается"), ("footer a", "Board 2027")]:
            back = browser.in_another_tab(lambda: browser.click(link))
            browser.wait_heading(heading)
            self.assertEqual(browser.run("return document.documentElement.lang"), "ru")
            back()
            self.assertEqual((browser.heading(), self.receipt()), ("Записано", receipt), "what was not saved yet is still here")

    def test_a_browser_that_asks_for_neither_language_is_spoken_to_as_the_election_is_titled(self):
        russian = self.election("russian", "--title", "Правление 2027", "--candidates", "Анна,Борис,Вера", "--rule", "mean", "--lang", "ru", secret=False)
        browser = Browser(self.engine, lang="de", display=self.display)
        self.addCleanup(browser.close)
        for election, language in [(russian, "ru"), (self.simple(secret=False), "en")]:
            for path in ("/booth/", "/booth/check", "/"):
                browser.go(election.url + path)
                browser.wait_for("return document.querySelector('form') || document.querySelector('.box') || document.querySelector('nav')")
                if browser.run("return navigator.languages.some((tag) => /^(en|ru)/.test(tag))"):
                    # WebKitGTK asks for what the system's locale says, and that one need not be installed.
                    self.assertEqual(self.engine, "webkit", browser.run("return navigator.languages"))
                    self.skipTest("there is no German locale")
                self.assertEqual(browser.run("return document.documentElement.lang"), language, path)

    def test_the_pictures_of_code_and_receipt_are_read_by_a_reader_of_qr_codes(self):
        election, browser = self.simple(), self.browser
        self.start(election, 18)
        self.mark()
        code = browser.run("return document.querySelector('section .code').textContent")
        browser.press("As a QR code")
        self.assertEqual(self.read_picture(), code)
        receipt = json.loads(self.cast())["receipt"]
        proof = self.read_picture()
        self.assertTrue(proof.startswith("c2sp.org/tlog-proof@v1\n") and proof.rstrip("\n").endswith(receipt["checkpoint"].rstrip("\n")), proof)
        self.assertIn("The receipt is good", self.verify(election, proof))

    def read_picture(self):
        """What stands in the one QR code of the page, as every reader reads it."""
        self.browser.run("document.querySelector('.qr').scrollIntoView()")
        until = time.monotonic() + 10
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            while True:
                # WebKitGTK may give a picture from before the page was drawn at its new place.
                self.browser.picture(file.name)
                told = {reader: "\n".join(lines).rstrip("\n") for reader, lines in read([file.name]).items()}
                if all(told.values()) or time.monotonic() > until:
                    self.assertTrue(all(told.values()), "a QR code is not read in the picture of the page: %s" % told)
                    self.assertEqual(len(set(told.values())), 1, told)
                    return next(iter(told.values()))

    # --- refusals

    def ends(self, heading, *texts, picture=None):
        self.browser.wait_heading(heading)
        for text in texts:
            self.assertIn(text, self.browser.text())
        if picture:
            looks.look(self.browser, picture)

    def test_links_that_are_cut_mistyped_or_of_another_election(self):
        election, other = self.simple(), self.simple(secret=False)
        link = election.link(1)
        mistyped = link[:-1] + ("0" if link[-1] != "0" else "1")
        for url, heading, text, picture in [(mistyped, "There is a typing error in this link", "Compare it with your card", "43-link-mistyped"), (link[:-3], "There is a typing error in this link", "Compare it with your card", None),
                                            (election.url + "/booth/#v1.A.1", "This link is not whole", "A part of it is missing", "43-link-cut"),
                                            (other.link(1).replace(other.url, election.url), "This is another election", "another election than your link or card", "12-other-election")]:
            self.open(url)
            self.ends(heading, text, picture=picture)
            self.assertFalse(self.browser.run("return document.querySelector('input, textarea')"), "nowhere to type a credential")
        self.assertIn(election.paper_id(), self.browser.text(), "as the card of another election has it")

    def test_a_server_that_does_not_answer_and_one_that_answers_nonsense(self):
        election, browser = self.simple(), self.browser
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        link = election.link(1).replace(election.url, relay.url)
        # Who came by no link is sent to none.
        relay.falsifies = (b"/booth.wasm", b"application/wasm", b"no module")
        self.open(relay.url + "/booth/")
        self.ends("This page has failed", "To begin again, reload this page.")
        self.assertNotIn("your link", browser.text())
        browser.run("window.before = true")
        browser.press("Reload")
        browser.wait_for("return !window.before && document.querySelector('h1')")
        for withheld, false, heading, text, picture in [
            # First, before the browser has the true one for good.
            (None, (b"/booth.wasm", b"application/wasm", b"no module"), "This page has failed", "open your link again", "46-failed"),
            (b"/booth.wasm", None, "The server does not answer", "Your card was not used", "44-no-answer-wasm"),
            (b"/election.json", None, "The server does not answer", "Your card was not used", "44-no-answer"),
            (None, (b"/election.json", b"application/json", b"{}"), "This server has no valid election", "What this server sends is no valid election", "45-no-election"),
        ]:
            relay.withholds, relay.falsifies = withheld, false
            self.open(link)
            self.ends(heading, text, picture=picture)
            self.own_words_alone()
            if not picture.startswith("44-no-answer"):
                browser.press("For the organiser")
                self.assertTrue(browser.run("return document.querySelector('details[open] [lang=en]').innerText.length > 10"))
            self.assertFalse(browser.run("return document.querySelector('input, textarea, form')"), "nowhere to type a credential")
            # The language was turned.
            self.assertEqual(browser.run("return location.href"), relay.url + "/booth/?lang=en")
            if picture.startswith("44-no-answer"):
                # The link stands in the address no more: the page itself still knows it, and no card is typed.
                relay.withholds = None
                browser.press("Try again")
                browser.wait_heading("Board 2027")
                self.assertIn("You vote as number 1", browser.text())
                self.assertFalse(browser.run("return document.querySelector('#credential')"))
        relay.falsifies = None
        # Whoever has loaded the page anew is told what is easier than typing.
        self.open(relay.url + "/booth/")
        browser.wait_heading("Board 2027")
        self.assertIn("Did you come by a link", browser.text())
        relay.withholds = b"/election.json"
        self.open(relay.url + "/booth/check")
        browser.wait_heading("The server does not answer")
        self.assertNotIn("card", browser.text())
        relay.withholds = None
        browser.press("Try again")
        browser.wait_heading("Check an opened ballot")

    def test_without_javascript_the_page_says_what_to_do(self):
        if self.engine != "chromium":
            self.skipTest("the driver works by JavaScript, which only Chromium's runs where the page may not")
        browser = self.browser
        for path, name in [("/booth/", "47-no-script"), ("/booth/check", "47-no-script-check")]:
            browser.go("about:blank")
            browser.command("Emulation.setScriptExecutionDisabled", value=True)
            try:
                browser.go(self.simple().url + path)
                self.assertIn("takes JavaScript", browser.text())
                self.assertIn("нужен JavaScript", browser.text())
            finally:
                browser.command("Emulation.setScriptExecutionDisabled", value=False)
            # The page stays as it was read; axe needs promises, and takes what stands in this element for hidden.
            self.assertIn("takes JavaScript", browser.text())
            browser.run("const e = document.querySelector('noscript'); e.replaceWith(...e.childNodes)")
            looks.look(browser, name, both=False)

    def test_anothers_number_and_a_number_that_is_not_on_the_roll(self):
        election = self.simple()
        made = election.link(6).replace(".6.", ".7.")
        self.start(election, 6, made)
        self.ends("This card is not valid", "ask the organiser", picture="13-not-valid")
        self.browser.press("Enter number and code again")
        self.browser.wait_for("return document.getElementById('number') && document.getElementById('credential')")
        self.start(election, 6, election.link(6).replace(".6.", ".99."))
        self.ends("This number is not on the roll", picture="14-not-on-roll")

    def test_paused_then_closed_and_a_replaced_card(self):
        election = self.election("acts", "--candidates", "Anna,Boris,Clara", "--rule", "sum", "--voters", "12", secret=False, open=False)
        self.ask_about(election, 1)
        self.ends("Voting has not begun yet", "Your card is good", picture="15-not-open")
        election.open()
        self.start(election, 1)
        self.mark()
        election.act("pause", "--reason", "a storm")
        self.browser.press("Cast this ballot")
        self.ends("Voting is not open now", "Nothing was recorded", picture="48-not-open-now")
        self.open(election.link(1))
        self.browser.wait_for("return document.querySelector('.warning')")
        for text in ("Voting is paused. Come back later", "The organiser says why: a storm", "Your voter number: 1"):
            self.assertIn(text, self.browser.text())
        looks.look(self.browser, "49-paused")
        self.browser.press("Is my card good?")
        self.ends("Voting is paused", "Come back later", picture="50-paused-asked")
        self.assertIn("The organiser says why: a storm", self.browser.text())
        election.act("resume", "--reason", "it is over")
        self.browser.press("See whether it is open now")
        self.mark()
        receipt = self.cast()
        old = election.link(2)
        veche("card", "replace", election.dir, "2", "--reason", "lost")
        self.start(election, 2, old)
        self.ends("This card is not valid", "ask the organiser")
        self.start(election, 3)
        self.mark()
        election.act("close")
        self.browser.press("Cast this ballot")
        self.ends("This ballot was not recorded", "It came after the closing", picture="51-not-recorded")
        self.open(election.link(3))
        self.browser.wait_for("return document.querySelector('.warning')")
        looks.look(self.browser, "16-closed")
        for text in ("You vote as", "Voting ends", "A second vote", "after closing", "ask the organiser"):
            self.assertNotIn(text, self.browser.text())
        # Whose ballot is in the log is told so, and where to look.
        self.start_over(election, 1)
        self.ends("Voting is closed", "your ballot is recorded", picture="16-closed-asked")
        back = self.browser.in_another_tab(lambda: self.browser.click("a[href*='/ballot/']"))
        self.browser.wait_heading("Recorded, and it counts")
        back()
        self.assertEqual(self.stored(), [])
        record = election.record()
        verify_both(record)
        self.verify(election, receipt)

    def test_an_election_that_was_cancelled(self):
        election = self.election("cancelled", "--candidates", "Anna,Boris,Clara", "--rule", "sum", "--title", "Board 2027", "--closes", "+3d", "--voters", "12", secret=False)
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        left = election.link(2).replace(election.url, relay.url)
        self.start(election, 2, left)
        self.mark()
        relay.swallows_answers = True
        self.browser.press("Cast this ballot")
        self.ends("It is not known whether your ballot is recorded")
        relay.mend()
        election.act("cancel", "--reason", "no quorum")
        # Its ballots are shown to nobody, so its codes are not either.
        self.open(left)
        self.browser.press("Is my ballot recorded?")
        self.browser.press("Find out")
        self.ends("Recorded", "Show receipt and code to nobody", "the ballots of this cancelled election are not published")
        self.assertNotIn("before closing", self.browser.text())
        self.assertFalse(self.browser.run("return document.querySelector('a[href*=\"/ballot/\"]')"))
        looks.look(self.browser, "23-cancelled-recorded")
        self.open(election.link(1))
        self.ends("Board 2027", "This election was cancelled", picture="22-cancelled")
        self.assertIn("The organiser says why: no quorum", self.browser.text())
        # Nobody votes there any more, and nothing of it comes.
        for text in ("You vote as", "Voting ends", "A second vote", "after closing", "ask the organiser"):
            self.assertNotIn(text, self.browser.text())
        self.browser.press("Is my ballot recorded?")
        self.ends("This election was cancelled", "No ballot of yours is in the log", picture="23-cancelled-asked")

    def test_a_voter_who_is_struck_while_marking_is_told_so(self):
        made = 'title = "Board 2027"\nroll_changes = "until-closing"\nrule = "sum"\n[[contest]]\ntitle = "Board"\ncandidates = ["Anna", "Boris", "Clara"]\n'
        election = self.made("struck", made)
        strike = lambda number: veche("roll", "strike", election.dir, number, "--reason", "left")
        self.start(election, 1)
        self.mark()
        strike("1")
        self.browser.press("Cast this ballot")
        self.ends("Your ballot was not recorded", "struck from the roll", "ask the organiser", picture="40-struck")
        # Who had voted, and comes again.
        self.vote(election, 2)
        strike("2")
        self.start(election, 2)
        self.browser.wait_for("return !['Board 2027', 'Checking your card', 'One moment'].includes(document.querySelector('h1').textContent)")
        looks.look(self.browser, "40-struck-before")
        self.ends("Recorded, but counted no longer", "struck from the roll", "the organiser can tell you")
        self.assertEqual(self.stored(), [])

    def test_a_busy_server_loses_no_ballot(self):
        election, browser = self.simple(), self.browser
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        relay.is_busy = True
        self.start(election, 34, election.link(34).replace(election.url, relay.url))
        # It could not be asked whose card this is; the ballot brings the same answers.
        self.mark()
        before = self.entries(election)
        browser.press("Cast this ballot")
        self.ends("It is not known whether your ballot is recorded", "kept in this browser", picture="42-busy")
        self.assertEqual((self.entries(election), len(self.stored())), (before, 1))
        relay.mend()
        browser.press("Try again")
        browser.wait_heading("A ballot of yours has no answer yet")
        browser.press("Find out")
        browser.wait_heading("Recorded")
        self.assertEqual((self.entries(election), self.stored()), (before + 1, []))

    def test_without_encryption_on_the_way_nothing_is_asked_for(self):
        """Any host but this machine's, by http: the server itself is the proxy, as it takes the whole address in a request."""
        election = self.simple()
        browser = Browser(self.engine, display=self.display, proxy=election.host)
        self.addCleanup(browser.close)
        browser.phone()
        browser.go(election.link(1).replace(election.url, "http://vote.example.test"))
        browser.wait_heading("Voting here is not safe")
        self.assertIn("Your card was not used", browser.text())
        self.assertFalse(browser.run("return document.querySelector('input, form')"))
        self.assertEqual(browser.run("return location.href"), "http://vote.example.test/booth/")
        self.assertFalse([name for name in browser.run("return performance.getEntriesByType('resource').map(e => e.name)") if name.endswith(".json")])
        looks.look(browser, "24-insecure")

    def test_without_webassembly_the_card_leaves_the_address_and_the_page_says_why(self):
        election = self.simple()
        browser = Browser(self.engine, display=self.display, wasm=False)
        self.addCleanup(browser.close)
        browser.phone()
        browser.go(election.url + "/?lang=en")
        if browser.run("return typeof WebAssembly") != "undefined":
            self.skipTest("this engine's switch switches nothing off")
        for path in ("/booth/" + election.link(1).split("/booth/")[1], "/booth/check"):
            browser.go("about:blank")
            browser.go(election.url + path)
            browser.wait_for("return document.body.innerText.includes('WebAssembly')")
            self.assertNotIn("#", browser.run("return location.href"))
            self.assertIn("Your card was not used", browser.text())
            self.assertIn("Карточка не использована", browser.text())
            self.assertFalse(browser.run("return document.querySelector('input, form')"))
        looks.look(browser, "31-unfit")

    def test_a_script_that_does_not_come_is_told_and_the_card_leaves_the_address(self):
        election, browser = self.simple(), self.browser
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        relay.withholds = b"/marks.js"
        self.open(election.link(1).replace(election.url, relay.url))
        browser.wait_for("return document.body.innerText.includes('did not load whole')")
        self.assertEqual(browser.run("return location.href"), relay.url + "/booth/")
        looks.look(browser, "32-not-whole")

    def test_what_a_server_sends_is_bounded(self):
        self.open(self.simple().url + "/booth/")
        self.browser.wait_heading("Board 2027")
        said = self.browser.ask("POST", "/execute/async", {"args": [], "script": """
            const done = arguments[arguments.length - 1];
            (async () => {
                const { Wire } = await import(document.querySelector('script[type=module]').src.replace(/[^/]*$/, 'wire.js'));
                const socket = { closed: 0, close() { this.closed += 1; } };
                const wire = new Wire(socket, 4);
                for (const data of ['four', 'longer', new Blob(['four'])]) socket.onmessage({ data });
                const frames = [await wire.receive(), await wire.receive(), await wire.receive()];
                for (let i = 0; i < 1000; i += 1) socket.onmessage({ data: 'x' });
                const closed = socket.closed;
                socket.onclose({ code: 1000 });
                let count = 0;
                while ((await wire.receive()) !== null) count += 1;
                done([frames, count, closed > 0]);
            })().catch((error) => done(String(error)));"""})
        self.assertEqual(said, [["four", "", ""], 8, True])

    def test_a_browser_that_stores_nothing_says_so_before_it_sends(self):
        election, browser = self.simple(), self.browser
        self.start(election, 22)
        self.mark()
        before = self.entries(election)
        forbidden = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
        browser.run(forbidden)
        browser.press("Cast this ballot")
        self.ends("This browser cannot keep a copy of your ballot", "come again with your card", picture="25-no-storage")
        browser.press("Do not cast")
        self.ends("Nothing was cast", "its marks are forgotten here", picture="26-nothing-cast")
        self.assertEqual(self.entries(election), before)
        browser.press("Begin again")
        browser.wait_heading("Your ballot")
        self.assertFalse(browser.run("return document.querySelector('input:checked')"))
        self.mark()
        browser.press("Cast this ballot")
        browser.wait_heading("This browser cannot keep a copy of your ballot")
        browser.press("Cast it all the same")
        browser.wait_heading("Recorded")
        self.assertEqual(self.entries(election), before + 1)
        self.assertEqual(self.stored(), [])
        # Where no answer comes, nothing is said to be kept that is not.
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        self.start(election, 30, election.link(30).replace(election.url, relay.url))
        self.mark()
        browser.run(forbidden)
        relay.swallows_answers = True
        browser.press("Cast this ballot")
        browser.wait_heading("This browser cannot keep a copy of your ballot")
        browser.press("Cast it all the same")
        self.ends("It is not known whether your ballot is recorded", "has not kept your ballot")
        self.assertNotIn("is kept in this browser", browser.text())
        relay.mend()
        browser.press("Try again")
        self.replaced()

    def test_a_device_that_knows_that_it_has_no_connection_waits(self):
        election, browser = self.simple(), self.browser
        self.start(election, 23)
        self.mark()
        browser.run("Object.defineProperty(navigator, 'onLine', { get: () => false, configurable: true })")
        before = self.entries(election)
        browser.press("Cast this ballot")
        self.ends("No connection", "Until then it is not recorded: leave this page open", picture="27-offline")
        self.assertEqual(self.entries(election), before)
        browser.run("delete navigator.onLine; dispatchEvent(new Event('online'))")
        browser.wait_heading("Recorded")
        self.assertEqual(self.entries(election), before + 1)

    def test_a_weight_is_told_before_the_marks_and_at_the_review(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("number,name,weight\n1,Anna,3\n2,Boris,1\n3,Clara,1\n")
            file.flush()
            election, browser = self.election("weights", "--candidates", "Anna,Boris,Clara", "--rule", "sum", "--title", "Board 2027",
                                              "--raters", "2", "--turnout", ">1/2", "--roll", file.name, secret=False), self.browser
        self.start(election, 1)
        browser.wait_heading("Your ballot")
        for text in ("Your ballot counts as 3 votes", "Whoever is rated by ballots of less weight than 2 gets no place.", "Nobody is elected unless more than 1/2 of the weight of the roll votes."):
            self.assertIn(text, browser.text())
        looks.look(browser, "28-weight")
        self.mark()
        self.assertIn("Your ballot counts as 3 votes", browser.text())
        self.cast()

    def test_a_withdrawn_candidate_is_told_beside_the_name_and_a_weight_with_its_decimals(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("number,name,weight\n1,Anna,45.3\n2,Boris,1\n3,Clara,1\n")
            file.flush()
            election, browser = self.election("withdrawn", "--candidates", "Anna,Boris,Clara", "--rule", "sum", "--title", "Board 2027",
                                              "--roll", file.name, "--roll-scale", "1", secret=False), self.browser
        veche("withdraw", election.dir, "--candidate", "Boris", "--reason", "has moved away")
        self.start(election, 1)
        browser.wait_heading("Your ballot")
        def told():
            text = browser.text()
            self.assertIn("Your ballot counts as 45.3 votes", text)
            self.assertEqual(text.count("withdrawn: cannot be elected, whatever you mark"), 1, text)
        told()
        looks.look(browser, "30-withdrawn")
        self.mark()
        told()
        self.cast()

    def test_every_other_end_as_it_is_shown(self):
        """What no true server brings about, drawn by the page itself."""
        election, browser = self.simple(), self.browser
        self.open(election.link(24))
        browser.wait_heading("Board 2027")
        last = {"code": "-".join(["ABCD"] * 13), "index": 7}
        recorded = {"name": "receipt-ABCD.json", "file": "{}", "code": last["code"], "fingerprint": "ABCDE-FGHJK", "index": 7, "size": 9, "current": False, "picture": None}
        for name, heading, text, end, told in [
            ("violation", "The server cannot be believed", "show the organiser this page", {"kind": "lost"}, [{"says": "violation", "why": "violation-other-entry", "text": "the server said «да» with the receipt of another entry"}]),
            ("no-ballot", "Nothing was cast", "The mark of Boris is “9”, which is not on the scale", {"kind": "no-ballot", "cause": {"why": "mark-not-on-scale", "at": 2, "found": "9", "text": "mark 2 is \"9\""}}, []),
            ("too-long", "This page has failed", "a fault of the program, not yours", {"kind": "lost"}, [{"says": "violation", "why": "violation-too-long", "text": "the entry is longer than one of this election"}]),
            ("other", "Nothing was cast", "No ballot was sent", {"kind": "other", "text": "Credential(Checksum)"}, []),
            ("voted-already", "You have voted already", "allows no second vote", {"kind": "voted-already", "last": last}, []),
            ("right-marks-refused", "The server refuses a correct ballot", "show the organiser this page", {"kind": "right-marks-refused"}, []),
            ("question-recorded", "It is not known whether your ballot is recorded", "cannot stand in the log", {"kind": "question-recorded"}, []),
            ("paused", "Voting is paused", "your ballot is recorded", {"kind": "not-taken", "phase": "paused", "opens": None, "last": last}, []),
            ("too-early", "Voting has not begun yet", "It opens", {"kind": "not-taken", "phase": "setup", "opens": 1_795_610_000, "last": None}, []),
            ("busy", "It is not known whether your ballot is recorded", "kept in this browser", {"kind": "refused", "code": "busy", "last": None}, []),
            ("struck", "Your ballot was not recorded", "struck from the roll", {"kind": "refused", "code": "struck", "last": None}, []),
            ("replaced", "This ballot does not count", "has replaced it, or you were struck from the roll", None, recorded),
        ]:
            drawn = browser.ask("POST", "/execute/async", {"args": [end, told], "script": """
                const [end, told, done] = arguments;
                const election = { secret: true, revote: 'last', title: 'Board 2027', paper_id: 'ABCD', id: 'abcd', contests: [{ candidates: ['Anna', 'Boris', 'Clara'] }] };
                import(document.querySelector('script[type=module]').src.replace(/[^/]*$/, 'screens.js')).then((screens) => {
                    if (end) screens.ended(election, { end, told, kept: true }, { again: () => {}, receipt: () => {}, retype: () => {} });
                    else screens.done(election, told, () => {});
                    done(true);
                }).catch((error) => done(String(error)));"""})
            self.assertEqual((drawn, browser.heading()), (True, heading), name)
            # Green is for a ballot that counts.
            self.assertEqual(browser.run("return !!document.querySelector('main > .box.good')"), name == "paused", name)
            self.assertIn(text, browser.text())
            # What the library says of it stands folded away.
            said = end and (end.get("text") or end.get("cause", {}).get("text")) or name in ("violation", "too-long") and told[0]["text"]
            if said:
                self.assertEqual(browser.run("return document.querySelector('details [lang=en]')?.textContent"), said, name)
            if name != "replaced":
                self.own_words_alone()
            looks.look(browser, "29-" + name)

    def test_row_70_what_the_browser_runs_is_what_the_list_names(self):
        election, browser = self.simple(), self.browser
        listed = dict(reversed(line.split("  ")) for line in election.get("/booth/files.txt").decode().splitlines())
        for path, hash in listed.items():
            self.assertEqual(hashlib.sha256(election.get("/booth/" + path)).hexdigest(), hash, path)
        self.assertEqual(hashlib.sha256(election.get("/booth/")).hexdigest(), listed["index.html"])
        self.open(election.url + "/booth/")
        browser.wait_heading("Board 2027")
        loaded = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
        ours = [name.split("/booth/")[1] for name in loaded if "/booth/" in name]
        self.assertTrue(len(ours) > 8 and all(name in listed for name in ours), ours)
        self.assertEqual(len(ours), len(set(ours)), "nothing comes twice")

    # --- row 71: one ballot, and the voter knows which

    def entries(self, election):
        return election.status()["entries"]

    def test_row_71_a_double_click_casts_once(self):
        election, browser = self.simple(), self.browser
        self.start(election, 8)
        self.mark()
        before = self.entries(election)
        browser.run("const b = [...document.querySelectorAll('button')].find(e => e.textContent.startsWith('Cast')); b.click(); b.click(); b.click();")
        browser.wait_heading("Recorded")
        self.assertEqual(self.entries(election), before + 1)

    def test_row_71_two_tabs_cast_one_after_the_other(self):
        election, browser = self.simple(), self.browser
        self.start(election, 9)
        self.mark()
        first = browser.ask("GET", "/window")
        second = browser.ask("POST", "/window/new", {"type": "tab"})["handle"]
        browser.ask("POST", "/window", {"handle": second})
        self.typed(election, 9)
        browser.wait_heading("Somebody is voting in another tab")
        # The driver of WebKitGTK never comes back with a picture of a second tab.
        looks.look(browser, "17-elsewhere", picture=self.engine != "webkit")
        browser.ask("POST", "/window", {"handle": first})
        self.cast()
        # The other one need not wait until the receipt is read.
        browser.ask("POST", "/window", {"handle": second})
        browser.press("Try again")
        self.replaced()
        browser.ask("POST", "/window", {"handle": first})
        browser.ask("DELETE", "/window")
        browser.ask("POST", "/window", {"handle": second})

    def test_row_71_a_lost_answer_is_asked_for_again_and_counts_once(self):
        election, browser = self.simple(), self.browser
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        link = election.link(10).replace(election.url, relay.url)
        self.start(election, 10, link)
        self.mark("543")
        before = self.entries(election)
        relay.swallows_answers = True
        browser.press("Cast this ballot")
        self.ends("It is not known whether your ballot is recorded", picture="18-lost")
        self.assertEqual(self.entries(election), before + 1, "it is recorded, and the voter cannot know")
        kept = self.stored()
        self.assertEqual(len(kept), 1)
        value = browser.run("return localStorage[arguments[0]]", kept[0])
        self.assertNotIn("veche-entry", value)
        relay.mend()
        # The tab is closed and the link opened again: found with the credential, and only then.
        self.open(link)
        browser.wait_heading("Board 2027")
        browser.press("Continue")
        browser.wait_heading("A ballot of yours has no answer yet")
        looks.look(browser, "19-pending")
        browser.press("Find out")
        browser.wait_heading("Recorded")
        self.assertEqual(self.entries(election), before + 1)
        self.verify(election, self.receipt())
        self.assertEqual(self.stored(), [])

    def test_row_71_a_ballot_without_an_answer_is_asked_for_after_closing_and_then_forgotten(self):
        election, browser = self.election("left", "--candidates", "Anna,Boris,Clara", "--rule", "mean", "--title", "Board 2027", "--voters", "12"), self.browser
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        link = lambda number: election.link(number).replace(election.url, relay.url)
        # The answer to the first is lost; the others never arrive.
        for number in (1, 2, 3):
            self.start(election, number, link(number))
            self.mark()
            if number == 1:
                relay.swallows_answers = True
            else:
                relay.cut()
            browser.press("Cast this ballot")
            self.ends("It is not known whether your ballot is recorded")
            relay.mend()
        self.assertEqual(len(self.stored()), 3)
        election.act("close")
        self.open(link(1))
        browser.wait_for("return document.body.innerText.includes('had no answer')")
        looks.look(browser, "54-left")
        self.assertEqual(len(self.stored()), 3, "nothing goes before the voter is told")
        browser.press("Is my ballot recorded?")
        browser.wait_heading("A ballot of yours has no answer yet")
        looks.look(browser, "55-left-pending")
        browser.press("Find out")
        browser.wait_heading("Recorded")
        self.verify(election, self.receipt())
        self.assertEqual(len(self.stored()), 2)
        self.open(link(2))
        browser.press("Is my ballot recorded?")
        browser.press("Find out")
        self.ends("Voting is closed", "is not recorded and does not count. Its copy here was deleted", "No ballot of yours is in the log", picture="56-left-not-recorded")
        self.assertEqual(len(self.stored()), 1)
        # Nor when all is over; but whoever has lost the card can have it removed, and nothing of another election.
        verify_both(election.record())
        browser.run("localStorage['veche-pending-1.AAAA.BBBB'] = 'another election'")
        self.open(link(3))
        browser.wait_for("return document.body.innerText.includes('had no answer')")
        self.assertEqual(len(self.stored()), 2)
        browser.press("Delete the copy without finding out")
        browser.wait_for("return !document.body.innerText.includes('had no answer')")
        self.assertEqual(self.stored(), ["veche-pending-1.AAAA.BBBB"])
        browser.run("localStorage.clear()")
        browser.press("Is my ballot recorded?")
        self.ends("Voting is closed", "No ballot of yours is in the log")
        self.assertNotIn("Its copy here was deleted", browser.text())

    def test_row_71_without_a_connection_and_back(self):
        election, browser = self.simple(), self.browser
        relay = Relay(election.host)
        self.addCleanup(relay.close)
        self.start(election, 11, election.link(11).replace(election.url, relay.url))
        self.mark()
        before = self.entries(election)
        relay.cut()
        browser.press("Cast this ballot")
        self.ends("It is not known whether your ballot is recorded")
        relay.mend()
        browser.press("Try again")
        browser.wait_heading("A ballot of yours has no answer yet")
        browser.press("Find out")
        browser.wait_heading("Recorded")
        self.assertEqual(self.entries(election), before + 1)

    def test_row_71_a_device_that_slept_and_whose_clock_has_jumped_casts_once(self):
        election, browser = self.simple(), self.browser
        for number, hours in [(25, 3), (26, -3)]:
            relay = Relay(election.host)
            self.addCleanup(relay.close)
            self.start(election, number, election.link(number).replace(election.url, relay.url))
            self.mark("543")
            before = self.entries(election)
            relay.swallows_answers = True
            browser.press("Cast this ballot")
            until = time.monotonic() + 20
            while self.entries(election) == before and time.monotonic() < until:
                time.sleep(0.05)
            # It sleeps while the answer is on its way: on waking the clock is another, and the connection is gone.
            browser.run("const now = Date.now; Date.now = () => now() + arguments[0] * 3600e3", hours)
            relay.cut()
            relay.mend()
            browser.wait_heading("Recorded", "It is not known whether your ballot is recorded")
            if browser.heading() != "Recorded":
                browser.press("Try again")
                browser.press("Find out")
                browser.wait_heading("Recorded")
            self.assertEqual(self.entries(election), before + 1)
            self.verify(election, self.receipt())

    def test_row_71_a_page_that_is_loaded_again_before_casting_begins_anew(self):
        election, browser = self.simple(), self.browser
        self.start(election, 27)
        self.mark("555")
        before = self.entries(election)
        browser.ask("POST", "/refresh")
        browser.wait_heading("Board 2027")
        self.assertTrue(browser.run("return document.querySelector('#credential') && !document.querySelector('#credential').value"))
        self.assertEqual((self.entries(election), self.stored()), (before, []))

    def test_an_answer_opens_whose_key_begins_with_zeros(self):
        """WebKitGTK drops leading zero bytes of what RSA-OAEP decrypts: one answer in 256 did not open."""
        self.open(self.simple().url + "/booth/")
        self.browser.wait_heading("Board 2027")
        opened = self.browser.ask("POST", "/execute/async", {"args": [], "script": """
            const done = arguments[arguments.length - 1], subtle = crypto.subtle, bytes = (text) => new TextEncoder().encode(text);
            const text = (data) => btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');
            (async () => {
                const jose = await import(document.querySelector('script[type=module]').src.replace(/[^/]*$/, 'jose.js'));
                const keys = await jose.sessionKeys();
                const pss = { name: 'RSA-PSS', hash: 'SHA-256' };
                const board = await subtle.generateKey({ ...pss, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, false, ['sign', 'verify']);
                const { kty, n, e } = await subtle.exportKey('jwk', board.publicKey);
                const signed = text(bytes('{"alg":"PS256"}')) + '.' + text(bytes('said'));
                const inner = signed + '.' + text(await subtle.sign({ name: 'RSA-PSS', saltLength: 32 }, board.privateKey, bytes(signed)));
                const to = await subtle.importKey('jwk', keys.reply, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['encrypt']);
                const said = [];
                for (const zeros of [0, 1, 2]) {
                    const key = crypto.getRandomValues(new Uint8Array(32)), iv = crypto.getRandomValues(new Uint8Array(12));
                    key.fill(0, 0, zeros);
                    key[zeros] ||= 1;
                    const top = text(bytes('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}'));
                    const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
                    const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytes(top), tagLength: 128 }, aes, bytes(inner));
                    const parts = [await subtle.encrypt({ name: 'RSA-OAEP' }, to, key), iv, sealed.slice(0, -16), sealed.slice(-16)];
                    said.push(await jose.open([top, ...parts.map(text)].join('.'), keys, { kty, n, e }).catch(String));
                }
                done([said, keys.sign.extractable || keys.unwrap.extractable, keys.sign.type, keys.unwrap.type]);
            })().catch((error) => done(String(error)));"""})
        self.assertEqual(opened, [["said"] * 3, False, "private", "private"])

    # --- what is left behind

    def test_row_38_the_link_stays_in_no_address_history_log_or_request(self):
        election, browser = self.simple(), self.browser
        link, secret = election.link(12), election.card(12)["credential"].replace("-", "")
        self.open(link)
        browser.wait_heading("Board 2027")
        self.assertEqual(browser.run("return location.href"), election.url + "/booth/")
        self.assertEqual(browser.run("return document.referrer"), "")
        self.assertNotIn(secret, browser.run("return document.documentElement.outerHTML"))
        names = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
        self.assertTrue(names and all(name.startswith(election.url) for name in names), names)
        self.assertFalse([name for name in names if secret in name])
        self.vote(election, 12)
        for text in (secret, election.card(12)["credential"]):
            self.assertNotIn(text, election.said())
            self.assertNotIn(text, json.dumps(browser.run("return {...localStorage, ...sessionStorage}")))

    def test_row_67_the_back_button_brings_nothing_back(self):
        election, browser = self.simple(), self.browser
        self.start(election, 13)
        self.mark("555")
        browser.go(election.url + "/booth/check")
        browser.ask("POST", "/back")
        browser.wait_heading("Board 2027")
        self.assertTrue(browser.run("return document.querySelector('#credential') && !document.querySelector('#credential').value"))
        self.assertNotIn("Anna", browser.text())
        self.vote(election, 13)
        code = browser.run("return document.querySelector('.code').textContent")
        browser.go(election.url + "/booth/check")
        browser.ask("POST", "/back")
        browser.wait_heading("Board 2027")
        self.assertNotIn(code, browser.text())
        browser.ask("POST", "/refresh")
        browser.wait_heading("Board 2027")
        self.assertFalse(browser.run("return [...document.querySelectorAll('input, textarea')].some(e => e.value && e.type !== 'checkbox' || e.checked)"))

    def test_row_68_a_link_that_is_opened_does_nothing_by_itself(self):
        election = self.simple()
        count = lambda: [line for line in election.get("/metrics").decode().splitlines() if "sessions" in line and not line.startswith("#")]
        before = count()
        self.open(election.link(14))
        self.browser.wait_heading("Board 2027")
        self.assertEqual(count(), before)
        self.assertEqual(self.stored(), [])
        self.browser.press("Continue")
        self.browser.wait_heading("Your ballot")
        self.assertNotEqual(count(), before, "a session is counted when there is one")

    def test_row_68_a_link_without_its_last_stroke_leads_to_the_same_server_and_leaves_the_address_too(self):
        election, browser = self.simple(), self.browser
        # The browser carries what stands behind the # along to where it is sent.
        self.open(election.link(14).replace("/booth/#", "/booth#"))
        browser.wait_heading("Board 2027")
        self.assertEqual(browser.run("return [location.origin, location.pathname, location.hash, location.href.includes('#')]"), [election.url, "/booth/", "", False])
        self.assertIn("You vote as number 14", browser.text())

    def test_row_35_the_policy_holds_against_what_is_put_into_the_page(self):
        election, browser = self.simple(), self.browser
        self.open(election.url + "/booth/")
        browser.wait_heading("Board 2027")
        tried = browser.ask("POST", "/execute/async", {"args": [], "script": INJECT})
        self.assertIsNone(browser.run("return window.hacked ?? null"))
        self.assertIn("fetch", tried)
        for directive in ("style-src", "img-src", "connect-src"):
            self.assertTrue([each for each in tried if each.startswith(directive)], (directive, tried))
        for header, value in [("Content-Security-Policy", "trusted-types 'none'"), ("Content-Security-Policy", "frame-ancestors 'none'"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")]:
            got = browser.ask("POST", "/execute/async", {"script": "const done = arguments[1]; fetch(location.href).then(a => done(a.headers.get(arguments[0])))", "args": [header]})
            self.assertIn(value, got)


def engines():
    """What is there of what is wanted; a name that nobody has, and one that was asked for and is not there, is an error."""
    wanted = (os.environ.get("VECHE_ENGINES") or " ".join(ENGINES)).split()
    unknown = [engine for engine in wanted if engine not in ENGINES]
    if unknown:
        raise SystemExit("no such engine: %s (there are %s)" % (" ".join(unknown), " ".join(ENGINES)))
    missing = [engine for engine in wanted if not is_there(engine)]
    if missing and (os.environ.get("VECHE_WEB_ALL") or len(missing) == len(wanted)):
        raise SystemExit("not installed, with its driver: " + " ".join(missing))
    return [engine for engine in wanted if engine not in missing]


def load_tests(loader, _standard, _pattern):
    suite = unittest.TestSuite()
    for engine in engines():
        for kind in (Booth, Public, Desk, DeskActs):
            name = engine.capitalize() + kind.__name__
            suite.addTests(loader.loadTestsFromTestCase(type(name, (kind, unittest.TestCase), {"engine": engine})))
    return suite


def main():
    if sys.argv[1:] == ["--engines"]:
        return print(" ".join(engines()))
    ran = unittest.main(verbosity=2, exit=False).result
    # Before 3.12 Python calls nothing at all a success.
    sys.exit(0 if ran.testsRun and ran.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
