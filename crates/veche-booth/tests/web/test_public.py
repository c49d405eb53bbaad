"""The public pages in real browsers, in both languages and in every state: axe, widths, keyboard, colours, and whatever an organiser
may write."""

import datetime
import json
import pathlib
import tempfile

import looks
from stage import Election, veche
from webdriver import ENTER, Browser, Display

# Texts of an organiser that would be markup, or a way elsewhere, if anything forgot to escape them.
HOSTILE = """
title = "<img src=x onerror=window.hacked=1> \\"'& <b>Board"
rule = "mean"
[[contest]]
title = "</title><script>window.hacked=2</script>"
candidates = ["<svg onload=window.hacked=3>", "</ul><style>*{display:none}</style>", "\\" onfocus=\\"window.hacked=4", "None of them"]
scale = "<i>low</i>,&amp;mid,<u>high"
none = "None of them"
[[contest.about]]
candidate = "<svg onload=window.hacked=3>"
text = "</small><img src=x onerror=window.hacked=5>"
link = "https://example.org/?a=1&b=javascript:alert(1)"
[[contest]]
title = "Hall"
kind = "single"
candidates = ["Blue </label><script>window.hacked=6</script>", "Red"]
rule = "sum"
"""
REASON = "</q></p><script>window.hacked=7</script><img src=x onerror=window.hacked=8>"
# What is measured here is not what a driver adds: only what the page has asked for.
ASKED = "return performance.getEntriesByType('resource').map((e) => e.name)"
FOREIGN = "return [...document.querySelectorAll('img, iframe, object, embed, script:not([src]), style, [onerror], [onload], [onfocus]')].map((e) => e.outerHTML.slice(0, 80))"
INJECT = """
const done = arguments[arguments.length - 1], said = [];
const attempt = (name, what) => { try { what(); } catch (error) { said.push(name + ': ' + error.name); } };
document.addEventListener('securitypolicyviolation', (event) => said.push(event.effectiveDirective));
attempt('markup', () => { document.body.insertAdjacentHTML('beforeend', '<p id=injected></p>'); });
attempt('script', () => { const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s); });
attempt('style', () => { const s = document.createElement('style'); s.textContent = 'body { color: red }'; document.body.append(s); });
attempt('image', () => { const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i); });
attempt('frame', () => { const f = document.createElement('iframe'); f.src = 'https://example.org/'; document.body.append(f); });
fetch('http://127.0.0.1:9/').catch(() => said.push('fetch'));
setTimeout(() => done(said), 500);
"""


class Public:
    """Everything that is done in one engine; its classes are made in test_booth."""

    engine = ""

    @classmethod
    def setUpClass(cls):
        cls.display = Display() if cls.engine == "webkit" else None
        cls.browser = Browser(cls.engine, display=cls.display)
        cls.browser.phone(360, 780)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        if cls.display:
            cls.display.close()

    def hostile(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        made, roll = pathlib.Path(folder.name) / "made.toml", pathlib.Path(folder.name) / "roll.csv"
        made.write_text(HOSTILE, encoding="utf-8")
        roll.write_text("number,name,weight\n1,<b>Anna</b>,3\n2,Boris,1\n3,Clara,1\n4,Dora,2\n", encoding="utf-8")
        election = Election("--from", made, "--roll", roll, "--closes", "+3d", "--weights-show-votes", open=False)
        self.addCleanup(election.close)
        return election

    def looks_good(self, election, name, path):
        """In both languages; nothing of the organiser's runs, and nothing is fetched from elsewhere."""
        browser = self.browser
        for language in ("en", "ru"):
            browser.go("%s/%s?lang=%s" % (election.url, path, language))
            self.assertEqual(browser.run("return document.documentElement.lang"), language)
            looks.look(browser, "page-" + name, both=False)
            self.assertIsNone(browser.run("return window.hacked ?? null"), name)
            self.assertEqual(browser.run(FOREIGN), [], name)
            asked = browser.run(ASKED)
            self.assertTrue(all(each.startswith(election.url + "/") for each in asked), asked)

    def test_row_35_every_page_in_every_state_of_a_secret_election(self):
        election = self.hostile()
        self.looks_good(election, "01-not-open", "")
        self.looks_good(election, "02-no-result-before-opening", "result")
        election.open()
        codes = [self.votes(election, number, *marks) for number, marks in [
            (1, ("&amp;mid,<u>high,*,<i>low</i>", "01")), (2, ("<u>high,<u>high,<i>low</i>,*", "10")), (1, ("<u>high,*,*,&amp;mid", "10"))]]
        self.looks_good(election, "03-open", "")
        self.looks_good(election, "04-no-result-yet", "result")
        self.looks_good(election, "05-audit", "audit")
        self.looks_good(election, "06-ballot-replaced", "ballot/" + codes[0])
        self.looks_good(election, "07-ballot-counts", "ballot/" + codes[1])
        election.act("extend", "--closes", "+4d", "--reason", REASON)
        election.act("pause", "--reason", REASON)
        self.looks_good(election, "08-paused", "")
        self.large("", election)
        election.act("resume", "--reason", "it is over")
        election.act("close")
        self.looks_good(election, "09-summed", "")
        self.looks_good(election, "10-no-result-before-the-trustees", "result")
        election.record()
        self.looks_good(election, "11-finished", "")
        self.looks_good(election, "12-result", "result")
        self.looks_good(election, "13-audit-finished", "audit")
        for path in ("", "result", "audit"):
            self.large(path, election)

    def votes(self, election, number, *marks):
        """By the program; gives the ballot's code."""
        ballots = [arg for each in marks for arg in ("--ballot", each)]
        said = veche("vote", number, "--url", election.url, *ballots, "--yes", "--json", cwd=election.folder.name)
        return json.loads(said.stdout)["code"]

    def test_pages_of_an_open_election_and_pages_of_nothing(self):
        election = Election("--candidates", "Anna,Boris,Clara", "--rule", "mean", "--title", "Board 2027", secret=False)
        self.addCleanup(election.close)
        code = self.votes(election, 1, "5*1")
        self.looks_good(election, "20-open", "")
        self.looks_good(election, "21-ballot-not-before-closing", "ballot/" + code)
        self.looks_good(election, "22-no-code", "ballot/xyz")
        self.looks_good(election, "23-nowhere", "nowhere")
        election.act("cancel", "--reason", "no quorum")
        self.looks_good(election, "24-cancelled", "")
        self.looks_good(election, "25-no-result-of-a-cancelled-one", "result")
        self.looks_good(election, "26-audit-of-a-cancelled-one", "audit")

    # --- for everybody

    def large(self, path, election):
        """At 320 pixels with letters of twice the size nothing stands out; in other colours axe finds nothing."""
        browser = self.browser
        browser.go("%s/%s?lang=ru" % (election.url, path))
        browser.phone(320, 640)
        try:
            looks.enlarge(browser)
            looks.look(browser, "page-30-large-" + (path or "front"), both=False)
            looks.shrink(browser)
            if self.engine == "chromium":
                for name, value in [("prefers-color-scheme", "dark"), ("forced-colors", "active"), ("prefers-reduced-motion", "reduce")]:
                    browser.command("Emulation.setEmulatedMedia", features=[{"name": name, "value": value}])
                    looks.look(browser, "page-31-%s-%s" % (name.split("-")[1], path or "front"), both=False)
                # As wide as paper is between its margins.
                browser.phone(672, 1000)
                browser.command("Emulation.setEmulatedMedia", media="print", features=[])
                looks.look(browser, "page-32-print-" + (path or "front"), both=False)
                browser.command("Emulation.setEmulatedMedia", media="", features=[])
        finally:
            browser.phone(360, 780)

    def test_names_roles_and_the_way_by_the_keyboard(self):
        election = Election("--candidates", "Anna,Boris,Clara", "--rule", "mean", "--title", "Board 2027", secret=False)
        self.addCleanup(election.close)
        browser = self.browser
        browser.go(election.url + "/?lang=en")
        self.assertEqual((browser.role("nav"), browser.label("nav")), ("navigation", "Pages"))
        self.assertEqual(browser.role("h1"), "heading")
        self.assertEqual((browser.role("a.button"), browser.label("a.button")), ("link", "Vote here in the browser"))
        self.assertEqual(browser.label("nav [aria-current=page]"), "Election")
        for here, name in [("Result", "No result yet"), ("Check", "How to check this election")]:
            browser.tab_to("e.textContent.trim() === '%s'" % here)
            # Without a window manager no window of WebKitGTK is the active one, and nothing in it is shown as focused.
            if self.engine != "webkit":
                seen = browser.run("const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2")
                self.assertTrue(seen, "nobody sees where the keyboard is: " + here)
            # The keys of the other drivers press nothing (test_in_russian_by_the_keyboard_alone).
            if self.engine == "chromium":
                browser.keys(ENTER)
            else:
                browser.run("document.activeElement.click()")
            browser.wait_heading(name)

    def test_a_language_that_was_chosen_stays_on_the_pages_behind_the_links(self):
        election = Election("--candidates", "Anna,Boris,Clara", "--rule", "mean", "--title", "Board 2027", secret=False)
        self.addCleanup(election.close)
        browser = self.browser
        browser.go(election.url + "/")
        for pressed, language in [(None, "en"), ("Result", "en"), ("По-русски", "ru"), ("Проверка", "ru"), ("Выборы", "ru"), ("Результат", "ru"), ("English", "en"), ("Election", "en")]:
            if pressed:
                browser.press(pressed)
            browser.wait_for("return document.documentElement.lang === arguments[0]", language)

    def test_times_are_told_in_the_readers_zone_with_its_offset(self):
        election = Election("--candidates", "Anna,Boris,Clara", "--rule", "mean", "--title", "Board 2027", "--closes", "+3d", secret=False)
        self.addCleanup(election.close)
        # It has no summer time, and no whole hours.
        browser = Browser(self.engine, display=self.display, zone="Pacific/Marquesas")
        self.addCleanup(browser.close)
        closes = datetime.datetime.fromtimestamp(election.status()["closes"], datetime.UTC)
        there = closes.astimezone(datetime.timezone(-datetime.timedelta(hours=9, minutes=30)))
        browser.go(election.url + "/?lang=en")
        said = browser.wait_for("const e = document.querySelector('time'); return e.title && [e.textContent, e.title]")
        self.assertEqual(said[1], "%d %s, %s UTC" % (closes.day, closes.strftime("%B %Y"), closes.strftime("%H:%M")), "what the server wrote")
        for text in (there.strftime("%H:%M"), "%d %s" % (there.day, there.strftime("%B %Y")), "(UTC−09:30, Pacific/Marquesas)"):
            self.assertIn(text, said[0])
        browser.go(election.link(1))
        browser.wait_heading("Board 2027")
        for text in (there.strftime("%H:%M"), "%d %s" % (there.day, there.strftime("%B %Y")), "GMT-9:30"):
            self.assertIn(text, browser.text())

    def test_cards_and_receipts_as_files(self):
        """What people open from a folder, or print: the same look at it."""
        election = Election("--candidates", "Анна,Борис,Вера", "--rule", "mean", "--title", "Правление 2027", "--lang", "ru", "--closes", "+3d", secret=False)
        self.addCleanup(election.close)
        self.votes(election, 1, "5*1")
        for name, file in [("cards", "e/cards/sheets.html"), ("card", "e/cards/2.html"), ("receipt", "receipt-1-1.html")]:
            self.browser.go((pathlib.Path(election.folder.name) / file).as_uri())
            looks.look(self.browser, "file-" + name, both=False)

    def test_the_policy_holds_against_what_is_put_into_a_page(self):
        election = Election("--candidates", "Anna,Boris,Clara", "--rule", "mean", "--title", "Board 2027", secret=False)
        self.addCleanup(election.close)
        browser = self.browser
        browser.go(election.url + "/?lang=en")
        tried = browser.ask("POST", "/execute/async", {"args": [], "script": INJECT})
        self.assertIsNone(browser.run("return window.hacked ?? null"))
        for directive in ("style-src", "img-src", "connect-src"):
            self.assertTrue([each for each in tried if each.startswith(directive)], (directive, tried))
