"""The public pages in real browsers, in both languages and in every state: axe, widths, keyboard, colours, and whatever an organiser
may write."""

import datetime
import json
import pathlib
import subprocess
import tempfile
import time

import looks
from stage import VECHE, Election, veche
from webdriver import ENTER, Browser, Display, free_port

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
# Names of others, which stand on the pages too. That of a witness holds no blank.
TRUSTEE = "</bdi></li><img src=x onerror=window.hacked=9>"
WITNESSES = ["w.example/</bdi><script>window.hacked=10</script>", "w.example/<svg/onload=window.hacked=11>"]
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
        self.looks_up(election, codes[1])
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

    def looks_up(self, election, code):
        """A ballot by its code, from the page that says how to check."""
        browser = self.browser
        self.looks_good(election, "05-lookup", "ballot")
        browser.go(election.url + "/audit?lang=en")
        four = "-".join(code.split("-")[:4])
        # What was typed stays. (WebKit's driver would type on at its beginning.)
        for stands, typed, heading in [("", four, "This is no ballot's code"), (four, code, "Recorded, and it counts")]:
            self.assertEqual(browser.run("return document.getElementById('code').value"), stands)
            browser.run("document.getElementById('code').value = ''")
            browser.type("#code", typed)
            browser.press("Find it")
            browser.wait_heading(heading)
            looks.look(browser, "page-05-looked-up", both=False)
        self.assertEqual(browser.run("return location.href"), "%s/ballot/%s?lang=en" % (election.url, code.replace("-", "")))
        browser.go(election.url + "/ballot/00000-00000-00000-00000?lang=en")
        browser.wait_heading("Not in the log")
        for text in ("opened as a challenge instead of being cast", "the ballot is not recorded"):
            self.assertIn(text, browser.text())
        looks.look(browser, "page-05-not-in-the-log", both=False)

    def votes(self, election, number, *marks):
        """By the program; gives the ballot's code."""
        ballots = [arg for each in marks for arg in ("--ballot", each)]
        said = veche("vote", number, "--url", election.url, *ballots, "--yes", "--json", cwd=election.folder.name)
        return json.loads(said.stdout)["code"]

    def test_row_35_names_of_witnesses_and_trustees_and_reasons_of_every_act(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        folder = pathlib.Path(folder.name)
        ports = [free_port(), free_port()]
        named = [veche("witness", "init", "--name", name, "--key", folder / str(at)).stdout for at, name in enumerate(WITNESSES)]
        named = ["".join(line + "\n" for line in said.splitlines() if line.startswith(("[[", "key ="))) + 'url = "http://127.0.0.1:%d"\n' % port for said, port in zip(named, ports)]
        (folder / "roll.csv").write_text("number,name\n1,Anna\n2,<b>Boris</b>\n3,Clara\n", encoding="utf-8")
        (folder / "made.toml").write_text('title = "Board 2027"\nrule = "mean"\nroll_changes = "until-closing"\nroll_shows = "name"\nwitness_quorum = 2\n[[contest]]\ntitle = "Board"\n'
                                          'candidates = ["<i>Anna", "Boris"]\n' + "".join(named), encoding="utf-8")
        election, browser = Election("--from", folder / "made.toml", "--roll", folder / "roll.csv", trustee=TRUSTEE), self.browser
        self.addCleanup(election.close)
        audit = lambda: election.get("/audit?lang=en", Accept="text/html").decode()

        def witness(at, told):
            one = subprocess.Popen([VECHE, "witness", "serve", "--key", str(folder / str(at)), "--election", str(election.dir / "election.json"), str(ports[at])],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            self.addCleanup(one.wait)
            self.addCleanup(one.terminate)
            until = time.monotonic() + 90
            while told not in audit():
                self.assertLess(time.monotonic(), until, "no signature came: " + told)
                time.sleep(0.5)

        witness(0, "has signed this checkpoint,")
        self.looks_good(election, "40-one-witness", "audit")
        for text in [*WITNESSES, TRUSTEE, "ещё не подписал", "Подписей пока не хватает"]:
            self.assertIn(text, browser.text())
        codes = [self.votes(election, number, marks) for number, marks in [(1, "54"), (2, "45")]]
        election.act("withdraw", "--candidate", "<i>Anna", "--reason", REASON)
        veche("roll", "strike", election.dir, 2, "--reason", REASON)
        self.looks_good(election, "41-withdrawn-and-struck", "")
        for text in [*WITNESSES, TRUSTEE, REASON, "<i>Anna кандидатура снята; бюллетеней к тому времени было 2", "в списке осталось 2", "Бюллетени вычеркнутых не считаются.", "суммы открывает доверенный:"]:
            self.assertIn(text, browser.text())
        self.looks_good(election, "42-ballot-struck", "ballot/" + codes[1])
        self.assertIn("вычеркнули из списка", browser.text())
        witness(1, "The last checkpoint with enough signatures")
        self.looks_good(election, "43-both-witnesses", "audit")
        election.act("cancel", "--reason", REASON)
        self.looks_good(election, "44-cancelled", "")
        self.assertIn(REASON, browser.text())

    def test_an_election_that_waits_for_its_lot_and_one_whose_closing_no_server_saw(self):
        election = Election("--candidates", "Anna,Boris", "--rule", "mean", "--ties", "lot", "--lot", "a die, <b>thrown</b> twice", "--title", "Board 2027", secret=False)
        self.addCleanup(election.close)
        self.votes(election, 1, "55")
        election.act("close")
        self.assertEqual(election.status()["phase"], "closed")
        for name, path in [("45-waiting-for-a-lot", ""), ("45-waiting-for-a-lot-result", "result")]:
            self.looks_good(election, name, path)
            self.assertEqual(self.browser.text().count("Прежде чем объявить результат, при всех тянут жребий"), 1)
        missed = Election("--candidates", "Anna,Boris", "--rule", "mean", "--title", "Board 2027", "--closes", "+45s", secret=False)
        self.addCleanup(missed.close)
        missed.stop()
        time.sleep(max(0, json.loads((missed.dir / "election.json").read_text())["draft"]["closes"] + 1 - time.time()))
        missed.serve()
        self.assertEqual(missed.status()["schedule"]["state"], "grace")
        self.looks_good(missed, "46-grace", "")
        self.assertRegex(self.browser.text(), "Сервер не работал .*, поэтому голосование закроется ")
        self.assertNotIn("вот-вот", self.browser.text(), "it takes minutes yet")
        self.assertNotIn("Голосовать здесь", self.browser.text(), "no ballot is taken any more")

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

    def test_bars_of_one_chart_have_one_width_whoever_has_blanks(self):
        election, browser = Election("--candidates", "Anna,Boris,Clara", "--rule", "mean", "--title", "Board 2027", secret=False), self.browser
        self.addCleanup(election.close)
        for number, marks in [(1, "5*1"), (2, "4*2"), (3, "135")]:
            self.votes(election, number, marks)
        election.act("close")
        browser.go(election.url + "/result?lang=en")
        try:
            for width in (320, 360, 540, 900):
                browser.phone(width, 780)
                told = browser.run("return [...document.querySelectorAll('.chart li')].map((e) => [e.querySelector('.blank') !== null, ...['left', 'right'].map((side) => Math.round(e.querySelector('svg.bar').getBoundingClientRect()[side]))])")
                self.assertEqual(sorted(has for has, *_ in told), [False, False, True], told)
                self.assertEqual(len({tuple(sides) for _, *sides in told}), 1, "at %d pixels: %s" % (width, told))
        finally:
            browser.phone(360, 780)

    # --- for everybody

    def large(self, path, election):
        """At 320 pixels with letters of twice the size nothing stands out; in other colours axe finds nothing."""
        browser = self.browser
        browser.go("%s/%s?lang=ru" % (election.url, path))
        browser.phone(320, 640)
        try:
            looks.enlarge(browser)
            looks.look(browser, "page-30-large-" + (path or "front"), both=False)
            # Sentences grow with the letters, not their headings alone.
            self.assertEqual(browser.run("return getComputedStyle(document.body).fontSize"), "32px")
            said = browser.run("const s = (name) => { const style = getComputedStyle(document.querySelector(name)); return style.hyphens ?? style.webkitHyphens; }; return [s('main p'), s('main code')]")
            self.assertEqual(said, ["auto", "manual"])
            # A table, or a checkpoint, that goes on beyond the edge has a shade there.
            cut = browser.run("return [...document.querySelectorAll('.scroll, pre')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => getComputedStyle(e).backgroundAttachment)")
            self.assertTrue(cut or path not in ("result", "audit"), "nothing on this page goes on beyond the edge")
            for wide in cut:
                self.assertEqual(wide.split(", ")[:4], ["local", "local", "scroll", "scroll"])
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
            browser.keys(ENTER)
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
        # Nor is it lost on the way to the booth, for whose browser asks for another.
        browser.go(election.url + "/?lang=ru")
        browser.press("Голосовать здесь")
        browser.wait_for("return document.querySelector('form') && document.documentElement.lang === 'ru'")
        self.assertEqual(browser.heading(), "Board 2027")

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
        browser.go(election.url + "/?lang=ru")
        said = browser.wait_for("const e = document.querySelector('time'); return e.title && e.textContent")
        self.assertRegex(said, r"\(UTC−09:30, [^a-zA-Z]+\)$", "a zone has its Russian name")
        browser.go(election.link(1))
        browser.wait_heading("Board 2027")
        for text in (there.strftime("%H:%M"), "%d %s" % (there.day, there.strftime("%B %Y")), "(UTC−09:30, Pacific/Marquesas)"):
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
