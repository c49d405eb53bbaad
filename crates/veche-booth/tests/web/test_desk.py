"""The desk in real browsers: elections from a pasted roll to a verified result, trustees at three desks, in both languages and by the
keyboard, whatever an organiser may write, and what is left when the page or the program goes away in the middle."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import looks
from stage import START_TIMEOUT_S, VECHE, verify_both
from test_public import FOREIGN
from webdriver import ENTER, SPACE, Browser, Display, Failed, free_port

WEB = pathlib.Path(__file__).resolve().parents[3] / "veche" / "src" / "desk" / "web"
PASSPHRASE = "four words are good"
ROLL = "Number;Name;E-mail\n" + "".join("%d;Voter %s;v%d@example.org\n" % (n, chr(64 + n), n) for n in range(1, 13))
HOSTILE = "<img src=x onerror=window.hacked=1>"
# A question whose path ends so waits until it is let go: before it is sent, or with its answer.
HOLD = """const [end, before] = arguments, real = window.real ??= window.fetch;
    window.asked = 0;
    const letGo = new Promise((done) => { window.letGo = done; });
    window.fetch = async (path, ...more) => {
      if (!String(path).endsWith(end)) return real(path, ...more);
      const answer = before ? null : await real(path, ...more);
      window.asked += 1;
      await letGo;
      return answer ?? real(path, ...more);
    };"""


class DeskProgram:
    """`veche desk`, with a folder of its own."""

    def __init__(self, folder=None):
        self.kept = None if folder else tempfile.TemporaryDirectory(prefix="veche-desk-")
        self.folder = pathlib.Path(folder or self.kept.name)
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([VECHE, "desk", str(self.folder), "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                        text=True, env={**os.environ, "VECHE_LANG": "en"})
        self.address = self.said()

    def said(self):
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            found = re.search(r"http://\S+", self.process.stdout.readline())
            if found:
                return found[0]
        raise AssertionError("the desk says no address")

    def another(self):
        """A new address, as a second `veche desk` on the folder gives it."""
        done = subprocess.run([VECHE, "desk", str(self.folder), "--no-browser"], capture_output=True, text=True, env={**os.environ, "VECHE_LANG": "en"}, stdin=subprocess.DEVNULL, timeout=START_TIMEOUT_S)
        return re.search(r"http://\S+", done.stdout)[0]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(START_TIMEOUT_S)
        self.process.stdout.close()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(START_TIMEOUT_S)
            self.process.stdout.close()
        if self.kept:
            self.kept.cleanup()


class DeskSteps:
    """What all tests at the desk do on its pages, in one engine."""

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

    def desk(self):
        program = DeskProgram()
        self.addCleanup(program.close)
        self.enter(program)
        return program

    def enter(self, program):
        self.browser.go("about:blank")
        self.browser.go(program.address)
        self.browser.wait_for("return document.querySelector('h1')")

    # --- steps

    def fill(self, selector, text):
        """As if it was typed, and the field left."""
        self.browser.wait_for("return document.querySelector(arguments[0])", selector)
        self.browser.run("""const e = document.querySelector(arguments[0]); e.focus(); e.value = arguments[1];
            e.dispatchEvent(new Event('input', { bubbles: true })); e.dispatchEvent(new Event('change', { bubbles: true }));""", selector, text)

    def tick(self, selector):
        self.browser.wait_for("return document.querySelector(arguments[0])", selector)
        self.browser.click(selector)

    def at(self, *parts):
        """Goes there as by a bookmark."""
        self.browser.run("location.hash = '#/' + arguments[0]", "/".join(parts))

    def reload(self, heading=None):
        heading = heading or self.browser.heading()
        self.browser.ask("POST", "/refresh")
        self.browser.wait_heading(heading)

    def saved(self):
        self.browser.wait_for("return /^(Saved|Сохранено)/.test(document.getElementById('saved')?.textContent ?? '')")

    def begin(self, title, rehearsal=False):
        browser = self.browser
        browser.wait_heading("Your elections and keys")
        browser.press("Make a new election")
        browser.wait_heading("A new election")
        browser.type("#title", title)
        if rehearsal:
            self.tick("#kind-rehearsal")
        browser.press("Begin")
        browser.wait_heading("Title")

    def contest(self, title, candidates):
        browser = self.browser
        browser.press("Next: Contests and rules")
        browser.wait_heading("Contests and rules")
        browser.press("Add a contest")
        browser.wait_heading("Contest 1")
        browser.type("#contest-title", title)
        self.fill("#candidates", "\n".join(candidates))

    def paste(self, roll=ROLL):
        browser = self.browser
        browser.wait_heading("Roll of voters")
        self.fill("#pasted", roll)
        browser.press("Read it")
        browser.wait_for("return document.getElementById('roll-sum')")

    def passphrases(self):
        self.browser.type("#passphrase", PASSPHRASE)
        self.browser.type("#passphrase-again", PASSPHRASE)

    def planned(self, title, secret=False, local=False, pictures=False, roll=ROLL):
        """All the way to the last page before it becomes final."""
        browser = self.browser
        see = (lambda name: looks.look(browser, "desk-" + name)) if pictures else (lambda name: None)
        see("01-start")
        self.begin(title)
        see("03-title")
        self.contest("Board", ["Anna", "Boris", "Clara"])
        browser.wait_for("return document.querySelector('#explained table')")
        see("04-contest")
        browser.press("Next: Times")
        browser.wait_heading("Times")
        see("05-times")
        browser.press("Next: Secrecy and trustees")
        browser.wait_heading("Secrecy and trustees")
        if not secret:
            self.tick("#secrecy-open")
        elif local:
            self.tick("#trusted-local")
        see("06-secrecy")
        browser.press("Next: Roll of voters")
        browser.wait_heading("Roll of voters")
        self.paste(roll)
        see("07-roll")
        browser.press("Next: Cards and changes")
        browser.wait_heading("Cards and changes")
        see("08-delivery")
        browser.press("Next: Look through and make")
        browser.wait_heading("Look through and make")
        see("09-review")

    def make(self):
        browser = self.browser
        self.passphrases()
        self.tick("#aloud")
        browser.press("Make it, for good")
        browser.wait_heading("Done", seconds=60)
        browser.press("Go on")

    def serve(self, port=None):
        browser = self.browser
        browser.wait_for("return document.getElementById('serving')")
        # The usual one is another desk's, where engines are tried side by side.
        browser.press("For other machines")
        self.fill("#port", str(port or free_port()))
        served = "[...document.querySelectorAll('button')].some(e => e.textContent === 'Stop serving')"
        # The page moves when it has looked again: a press may fall beside the button, and a person presses once more.
        for _ in range(3):
            browser.press("Start serving")
            try:
                browser.wait_for("return %s || document.querySelector('main [aria-busy=true]')" % served, seconds=5)
                break
            except Failed:
                pass
        browser.wait_for("return " + served)
        return browser.run("return [...document.querySelectorAll('#serving ~ dl a')].at(-1).href").rstrip("/")

    def act(self, name, act, heading, go, **fields):
        browser = self.browser
        self.at("e", name, "act", act)
        browser.wait_heading(heading)
        for key, value in fields.items():
            self.fill("#" + key, value)
        if browser.run("return !!document.getElementById('sure')"):
            self.tick("#sure")
        browser.press(go)
        browser.wait_for("return location.hash.split('/').length === 3")

    def codes(self, name, *numbers):
        """Of these voters, from the sheets."""
        browser = self.browser
        self.at("e", name, "cards")
        browser.wait_heading("Cards")
        browser.type("#open-codes", PASSPHRASE)
        browser.press("Show the cards")
        browser.wait_for("return document.querySelector('article.card')")
        cards = browser.run("""return [...document.querySelectorAll('article.card')].map((e) => [e.querySelector('strong[translate=no]').textContent, e.querySelector('code.code').textContent])""")
        return {number: code for number, code in cards if not numbers or number in numbers}

    def show_card(self, url, number, code, button="Continue"):
        """At the booth, in place of the desk."""
        browser = self.browser
        browser.go("about:blank")
        browser.go(url + "/booth/")
        browser.wait_for("return document.getElementById('number')")
        browser.type("#number", number)
        browser.type("#credential", code)
        self.tick("#same")
        browser.press(button)

    def vote(self, url, number, code, marks):
        browser = self.browser
        self.show_card(url, number, code)
        browser.wait_heading("Your ballot")
        for i, mark in enumerate(marks):
            browser.wait_for("return document.querySelectorAll(arguments[0])[arguments[1]]", "#c0-%d input" % i, int(mark) - 1)
            browser.click("#c0-%d input" % i, int(mark) - 1)
        browser.press("Review")
        browser.wait_heading("Not cast yet: check your ballot")
        browser.press("Cast this ballot")
        browser.wait_heading("Recorded")

    def name(self):
        """Of the election that is shown: its folder."""
        return self.browser.run("return decodeURIComponent(location.hash.split('/')[2])")

    def overview(self, name):
        self.at("e", name)
        self.browser.wait_for("return location.hash.split('/').length === 3 && document.getElementById('next') || document.querySelector('.facts')")

    def offers(self, text):
        self.browser.wait_for("return document.body.innerText.includes(arguments[0])", text)


class Desk(DeskSteps):
    """Everything that is done in one engine; its classes are made in test_booth."""

    # --- paper

    def test_twenty_five_cards_are_printed_on_five_sheets_of_paper(self):
        self.desk()
        names = ["Григорьев Глеб Иванович", "Константинопольская Александра Владимировна", "Штейн Клара Львовна"]
        roll = "Number;Name\n" + "".join("%d;%s\n" % (n, names[n % len(names)]) for n in range(1, 26))
        self.planned("Правление садового товарищества «Берёзка», 2027", roll=roll)
        name, browser = self.name(), self.browser
        self.make()
        self.serve()
        codes = self.codes(name)
        self.assertEqual(len(codes), 25)
        # Everything once.
        self.assertEqual(browser.run("return [...document.querySelectorAll('article.card')].filter(e => e.textContent.split(e.querySelector('code.code').textContent).length !== 2).length"), 0)
        if not shutil.which("pdftotext"):
            self.skipTest("not installed: poppler-utils")
        with tempfile.TemporaryDirectory(prefix="veche-sheets-") as folder:
            pdf = pathlib.Path(folder) / "cards.pdf"
            try:
                browser.printed(pdf)
            except Failed as error:
                self.skipTest("this driver does not print: %s" % error)
            pages = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout.rstrip("\f\n").split("\f")
        self.assertLessEqual(len(pages), 5)
        # Each card on one page: the code and the last words of it, as often.
        for page in pages:
            self.assertEqual(sum(code in page for code in codes.values()), page.count("Election id"), page)
            self.assertEqual(page.count("Election id"), page.count("Lost?"), page)
        self.assertEqual(sum(page.count("Lost?") for page in pages), 25)

    # --- whole elections

    def test_an_open_election_from_a_pasted_roll_to_a_verified_result(self):
        desk, browser = self.desk(), self.browser
        self.planned("Board 2027", pictures=True)
        name = self.name()
        self.make()
        browser.wait_heading("Board 2027")
        looks.look(browser, "desk-11-made")
        url = self.serve()
        codes = self.codes(name, "1", "2", "3")
        looks.look(browser, "desk-12-cards", picture=False)
        self.act(name, "open", "Open the voting", "Open now")
        home = browser.run("return location.href")
        for number, marks in [("1", "511"), ("2", "412"), ("3", "531")]:
            self.vote(url, number, codes[number], marks)
        browser.go(home)
        self.offers("3 of 12")
        looks.look(browser, "desk-13-open")
        self.at("e", name, "voters")
        browser.wait_heading("Voters")
        self.offers("9 voters have not voted")
        self.assertIn("v4@example.org", browser.text())
        self.assertNotIn("v1@example.org", browser.text())
        looks.look(browser, "desk-14-voters")
        self.act(name, "pause", "Pause", "Pause now", reason="fire alarm")
        self.offers("fire alarm")
        self.act(name, "resume", "Resume", "Resume now", reason="all back")
        self.act(name, "close", "Close the voting", "Close now")
        self.at("e", name, "result")
        browser.wait_heading("Result")
        self.offers("Elected:")
        self.assertIn("Anna", browser.run("return document.querySelector('.box.good').textContent"))
        looks.look(browser, "desk-15-result")
        self.at("e", name, "record")
        browser.wait_heading("Record and backup")
        looks.look(browser, "desk-16-record")
        browser.press("Write the record")
        browser.wait_for("return document.body.innerText.includes(arguments[0])", "The record lies in the desk's folder:", seconds=60)
        verify_both(desk.folder / browser.run("return document.querySelector('.box code').textContent"))
        self.at("e", name, "record")
        browser.wait_heading("Record and backup")
        browser.press("Verify now")
        browser.wait_for("return document.body.innerText.includes('Everything agrees.')", seconds=60)
        self.at("e", name, "minutes")
        browser.wait_heading("Minutes")
        browser.wait_for("return document.querySelector('.minutes dl')")
        looks.look(browser, "desk-17-minutes")
        for text in ("Anna", "Board 2027", "3 of 12"):
            self.assertIn(text, browser.text())
        self.assertTrue((desk.folder / name).is_dir())

    def test_a_secret_rehearsal_with_all_keys_here(self):
        self.desk()
        browser = self.browser
        self.planned("Choir", secret=True, local=True)
        self.at("e", self.name(), "plan", "title")
        browser.wait_heading("Title")
        self.tick("#kind-rehearsal")
        browser.wait_for("return document.querySelector('.rehearsal')")
        self.saved()
        name = self.name()
        self.at("e", name, "plan", "review")
        browser.wait_heading("Look through and make")
        self.make()
        browser.wait_for("return document.getElementById('serving')", seconds=60)
        self.assertIn("REHEARSAL", browser.text())
        url = self.serve()
        codes = self.codes(name, "5", "7")
        self.assertIn("REHEARSAL", browser.run("return document.querySelector('article.card').textContent"))
        self.act(name, "open", "Open the voting", "Open now")
        home = browser.run("return location.href")
        for number, marks in [("5", "511"), ("7", "421")]:
            self.vote(url, number, codes[number], marks)
        browser.go(home)
        self.offers("2 of 12")
        self.act(name, "close", "Close the voting", "Close now")
        browser.press("Open the sums with the keys here")
        browser.wait_for("return document.body.innerText.includes('The sums are open') || [...document.querySelectorAll('button')].some((e) => e.textContent === 'I know, go on')", seconds=60)
        self.know()
        browser.wait_for("return document.body.innerText.includes('The sums are open')", seconds=60)
        browser.press("See the result")
        browser.wait_heading("Result")
        self.offers("Elected:")
        self.assertIn("REHEARSAL", browser.text())

    def test_three_trustees_at_three_desks(self):
        organiser, browser = self.desk(), self.browser
        self.planned("Grants", secret=True)
        name = self.name()
        self.tick("#aloud")
        browser.press("Make the draft")
        browser.wait_heading("Done", seconds=60)
        browser.press("Go on")
        browser.wait_heading("Trustees")
        # The trustees find the draft and later the election at one address.
        port = free_port()
        at = self.serve(port)
        desks = [DeskProgram() for _ in range(3)]
        for each in desks:
            self.addCleanup(each.close)
        keys = []
        for number, (desk, who) in enumerate(zip(desks, ["Anna", "Boris", "Clara"]), 1):
            self.enter(desk)
            browser.wait_heading("Your elections and keys")
            browser.press("I am a trustee of an election")
            browser.wait_heading("You are a trustee")
            browser.type("#at", at)
            browser.press("Look")
            browser.wait_heading("Is this the election?")
            if number == 2:
                looks.look(browser, "desk-21-register")
            browser.run("const e = document.getElementById('number'); e.value = arguments[0]; e.dispatchEvent(new Event('change', { bubbles: true }))", str(number))
            browser.type("#name", who)
            self.passphrases()
            browser.press("Make my key and register")
            browser.wait_heading("Done", seconds=60)
            browser.press("Go on")
            browser.wait_for("return document.getElementById('steps')")
            keys.append(browser.run("return location.hash"))
        looks.look(browser, "desk-22-trustee")
        self.compare(desks, keys, "Compare codes, and deal", all_wait=True)
        self.compare(desks, keys, "Compare codes, and accept")
        # The organiser makes cards and election.
        self.again(organiser)
        self.at("e", name, "ceremony")
        browser.wait_heading("Trustees")
        browser.wait_for("return document.getElementById('passphrase')", seconds=60)
        looks.look(browser, "desk-23-ceremony")
        self.passphrases()
        browser.press("Make it, for good")
        browser.wait_heading("Done", seconds=60)
        self.overview(name)
        if "Stop serving" not in browser.text():
            self.serve(port)
        codes = self.codes(name, "4", "6")
        self.at("e", name, "ceremony")
        browser.wait_heading("Trustees")
        browser.wait_for("return document.querySelector('.aloud')", seconds=60)
        spoken = browser.run("return document.querySelector('.aloud').textContent")
        for desk, key in zip(desks, keys):
            self.begin_step(desk, key, "Compare the code, and rehearse")
            self.assertEqual(browser.run("return document.querySelector('.aloud').textContent"), spoken)
            self.fill("textarea[id^=heard]", spoken.replace("-", " "))
            browser.press("Compare and go on")
            browser.wait_heading("Done", seconds=60)
        self.again(organiser)
        self.act(name, "open", "Open the voting", "Open now")
        for number, marks in [("4", "511"), ("6", "421")]:
            self.vote(at, number, codes[number], marks)
        self.again(organiser)
        self.act(name, "close", "Close the voting", "Close now")
        self.compare(desks[:2], keys, "Compare codes, and open the sum")
        self.again(organiser)
        self.at("e", name, "result")
        browser.wait_heading("Result")
        self.offers("Elected:")
        self.assertIn("Anna", browser.run("return document.querySelector('.box.good').textContent"))
        looks.look(browser, "desk-25-opened", picture=False)

    def again(self, desk):
        desk.address = desk.another()
        self.enter(desk)
        self.browser.wait_heading("Your elections and keys")

    def begin_step(self, desk, key, button):
        browser = self.browser
        self.again(desk)
        browser.run("location.hash = arguments[0]", key)
        browser.wait_for("return document.getElementById('key-passphrase')", seconds=30)
        browser.type("#key-passphrase", PASSPHRASE)
        browser.press(button)
        browser.wait_for("return ['Compare the codes', 'A question to you'].includes(document.querySelector('h1').textContent)", seconds=60)
        self.know()
        browser.wait_for("return document.querySelector('.aloud')", seconds=60)

    def know(self):
        """Few ballots, and the like: it is known."""
        for _ in range(5):
            if "I know, go on" not in self.browser.text():
                return
            self.browser.press("I know, go on")
            time.sleep(0.7)

    def compare(self, desks, keys, button, all_wait=False):
        """Each reads out a code; all type those of the others, as they heard them."""
        browser, own, homes = self.browser, [], []
        for desk, key in zip(desks, keys):
            self.begin_step(desk, key, button)
            own.append(browser.run("return document.querySelector('.aloud').textContent"))
            homes.append(browser.run("return location.hash"))
        self.assertEqual(len(set(own)), 1)
        for place, (desk, home) in enumerate(zip(desks, homes)):
            self.again(desk)
            browser.run("location.hash = arguments[0]", home)
            browser.wait_heading("Compare the codes", seconds=60)
            fields = browser.run("return [...document.querySelectorAll('textarea[id^=heard]')].map((e) => e.id)")
            if place == 0:
                # A wrong one first: nothing goes out.
                self.fill("#" + fields[0], "0000 " + own[0][5:].replace("-", " "))
                browser.press("Compare and go on")
                self.offers("This is another code.")
                looks.look(browser, "desk-24-another-code")
            for field in fields:
                self.fill("#" + field, own[0].lower().replace("-", " "))
            browser.press("Compare and go on")
            time.sleep(0.7)
            self.know()
            if not all_wait or place == len(desks) - 1:
                browser.wait_heading("Done", seconds=60)
            else:
                browser.wait_for("return document.querySelector('h1').textContent !== 'Compare the codes'")

    # --- what must not be lost, and what must not happen

    def test_nothing_is_lost_when_the_page_is_loaded_anew_at_each_step(self):
        self.desk()
        browser = self.browser
        self.begin("Board")
        self.saved_title("Board 2028")
        self.reload("Title")
        self.assertEqual(browser.run("return document.getElementById('title').value"), "Board 2028")
        self.contest("Hall", ["Blue", "Red"])
        self.saved()
        self.reload("Hall")
        self.assertEqual(browser.run("return document.getElementById('candidates').value"), "Blue\nRed")
        self.tick("#preset-approval")
        self.saved()
        self.reload("Hall")
        self.assertTrue(browser.run("return document.getElementById('preset-approval').checked"))
        browser.press("Next: Times")
        browser.wait_heading("Times")
        self.tick("#closes-how-time")
        self.fill("#closes-date", "2031-05-06")
        self.fill("#closes-time", "18:30")
        self.assertIn("6 May 2031", browser.run("return document.getElementById('closes-told').textContent"))
        self.saved()
        self.reload("Times")
        self.assertEqual(browser.run("return [document.getElementById('closes-date').value, document.getElementById('closes-time').value]"), ["2031-05-06", "18:30"])
        self.at("e", self.name(), "plan", "roll")
        self.paste()
        self.reload("Roll of voters")
        self.assertIn("12 voters", browser.text())
        # Back and forth in the history. By WebKitGTK's driver "back" goes further than one place here: not understood yet.
        if self.engine != "webkit":
            browser.ask("POST", "/back")
            browser.wait_heading("Times")
            browser.ask("POST", "/forward")
            browser.wait_heading("Roll of voters")
        # Typed and left at once: what was typed is kept on the way out.
        self.at("e", self.name(), "plan", "title")
        browser.wait_heading("Title")
        browser.run("const e = document.getElementById('title'); e.value = 'Board 2029'; e.dispatchEvent(new Event('input', { bubbles: true })); location.hash = '#/'")
        browser.wait_heading("Your elections and keys")
        self.offers("Board 2029")

    def saved_title(self, title):
        self.fill("#title", title)
        self.saved()

    def test_a_desk_that_is_killed_says_so_and_goes_on(self):
        desk, browser = self.desk(), self.browser
        self.begin("Board")
        self.saved_title("Board 2028")
        name = self.name()
        desk.kill()
        browser.press("Next: Contests and rules")
        self.offers("The program no longer answers")
        looks.look(browser, "desk-31-gone")
        desk.start()
        self.enter(desk)
        browser.wait_heading("Your elections and keys")
        self.offers("Board 2028")
        # In the middle of the making: either nothing was made, or all of it, and the page says which.
        self.at("e", name, "plan", "contests")
        browser.wait_heading("Contests and rules")
        browser.press("Add a contest")
        browser.wait_heading("Contest 1")
        browser.type("#contest-title", "Board")
        self.fill("#candidates", "Anna\nBoris")
        self.saved()
        self.at("e", name, "plan", "secrecy")
        browser.wait_heading("Secrecy and trustees")
        self.tick("#secrecy-open")
        self.saved()
        self.at("e", name, "plan", "roll")
        browser.wait_heading("Roll of voters")
        self.tick("#who-numbers")
        self.fill("#voters", "400")
        self.saved()
        self.at("e", name, "plan", "review")
        browser.wait_heading("Look through and make")
        self.passphrases()
        self.tick("#aloud")
        browser.press("Make it, for good")
        desk.kill()
        desk.start()
        self.enter(desk)
        browser.wait_heading("Your elections and keys")
        stage = browser.run("return document.querySelector('.cards .state').textContent")
        if "being planned" in stage:
            self.at("e", name, "plan", "review")
            browser.wait_heading("Look through and make")
            self.make()
        else:
            browser.click(".cards h2 a")
            browser.wait_for("return document.getElementById('serving') || document.getElementById('seal')")
            if browser.run("return !!document.getElementById('seal')"):
                browser.type("#seal", PASSPHRASE)
                browser.press("Lock the codes")
        browser.wait_for("return document.getElementById('serving')", seconds=60)
        self.offers("locked under your passphrase")

    def test_an_address_is_good_once(self):
        desk, browser = self.desk(), self.browser
        browser.wait_heading("Your elections and keys")
        self.assertEqual(browser.run("return location.hash"), "#/")
        self.assertNotIn(desk.address.split("#")[1], browser.run("return document.documentElement.outerHTML + JSON.stringify(Object.entries(localStorage))"))
        browser.run("sessionStorage.clear()")
        self.enter(desk)
        browser.wait_heading("The desk is locked")
        looks.look(browser, "desk-32-locked")
        browser.go("about:blank")
        browser.go(desk.address.split("#")[0])
        browser.wait_heading("The desk is locked")

    def test_an_answer_comes_in_the_language_that_is_spoken_when_it_is_shown(self):
        """Whether the question was not sent yet or had its answer when the language was turned, and whatever another window speaks."""
        self.desk()
        browser = self.browser
        self.planned("Board 2027")
        self.make()
        browser.wait_heading("Board 2027")
        name = self.name()
        titles = "return [...document.querySelectorAll('.minutes h2')].map((e) => e.textContent)"

        def held(*way, end, before):
            browser.run(HOLD, end, before)
            self.at(*way)
            browser.wait_for("return window.asked === 1")
        self.at("")
        browser.wait_heading("Your elections and keys")
        held("e", name, "minutes", end="/minutes", before=False)
        browser.press("По-русски")
        browser.run("window.letGo()")
        browser.wait_heading("Для протокола собрания")
        told = browser.run(titles)
        self.assertTrue(told and all(re.search("[а-яё]", title) for title in told), told)
        self.at("")
        browser.wait_heading("Ваши выборы и ключи")
        held("e", name, "minutes", end="/minutes", before=True)
        browser.ask("POST", "/execute/async", {"args": [], "script": """const done = arguments[0];
            window.real('/api/language', { method: 'POST', body: JSON.stringify({ lang: 'en' }),
              headers: { 'Content-Type': 'application/json', 'X-Veche-Desk': sessionStorage.getItem('veche-desk-token') } }).then((answer) => done(answer.status))"""})
        browser.run("window.letGo()")
        browser.wait_heading("Для протокола собрания")
        self.assertEqual(browser.run(titles), told)
        # What is done when the language is turned is not done twice, and says what came of it.
        self.at("e", name, "cards")
        browser.wait_heading("Карточки")
        browser.run(HOLD, "/cards", True)
        browser.type("#open-codes", "not these words")
        browser.press("Показать карточки")
        browser.wait_for("return window.asked === 1")
        browser.press("In English")
        browser.wait_heading("Cards")
        browser.press("Show the cards")
        self.assertEqual(browser.run("return [window.asked, document.querySelectorAll('main form[aria-busy=true]').length]"), [1, 1])
        browser.run("window.letGo()")
        browser.wait_for("return document.querySelector('.refused .box.error') && !document.querySelector('[aria-busy=true], [aria-disabled=true]')")
        self.assertNotRegex(browser.run("return document.querySelector('.refused').textContent"), "[а-яё]")

    def test_no_text_becomes_markup(self):
        self.desk()
        browser = self.browser

        def is_clean():
            self.assertIsNone(browser.run("return window.hacked ?? null"), browser.heading())
            self.assertEqual(browser.run(FOREIGN), [], browser.heading())
        self.begin("T " + HOSTILE)
        is_clean()
        browser.press("Next: Contests and rules")
        browser.wait_heading("Contests and rules")
        browser.press("Add a contest")
        browser.wait_heading("Contest 1")
        browser.type("#contest-title", "C " + HOSTILE)
        self.fill("#candidates", "<b>A</b>" + HOSTILE + "\n</title><script>window.hacked=2</script>")
        self.fill("#preset-grades", "grades")
        self.tick("#preset-grades")
        self.fill("#scale", "<i>low</i>,</td><script>window.hacked=3</script>,good")
        self.saved()
        browser.wait_for("return document.querySelector('#explained table, #explained .box')")
        is_clean()
        self.at("e", self.name(), "plan", "roll")
        self.paste("Number;Name;E-mail\n1;%s;%s\n1;\"</td>%s\";x\n%s;n;\n" % (HOSTILE, HOSTILE, HOSTILE, HOSTILE))
        is_clean()
        self.assertIn(HOSTILE, browser.run("return document.querySelector('main table').innerText"))
        looks.look(browser, "desk-33-hostile")
        for step, heading in [("contests", "Contests and rules"), ("review", "Look through and make")]:
            self.at("e", self.name(), "plan", step)
            browser.wait_heading(heading)
            is_clean()
        self.at("")
        browser.wait_heading("Your elections and keys")
        self.assertIn("T " + HOSTILE, browser.text())
        is_clean()

    def test_a_roll_is_mended_in_its_cells(self):
        self.desk()
        browser = self.browser
        self.begin("House")
        self.at("e", self.name(), "plan", "roll")
        self.paste("Number;Name;E-mail;Weight\n1;Anna;a@example.org;1\n1;Boris;b@example.org;2\n3;Clara;;x\n")
        browser.wait_for("return document.querySelector('td.bad')")
        self.offers("to be mended")
        # What is cut at the side of a narrow window is under a shadow there.
        cut = browser.run("const e = document.querySelector('.scroll'); return [e.scrollWidth > e.clientWidth, getComputedStyle(e).backgroundAttachment.split(', ').slice(0, 4)]")
        self.assertEqual(cut, [True, ["local", "local", "scroll", "scroll"]])
        looks.look(browser, "desk-34-problems")
        for cell, text in [("#cell-1-number", "2"), ("#cell-2-weight", "3")]:
            browser.click(cell)
            browser.wait_for("return document.activeElement.id === arguments[0]", cell[1:] + "-edit")
            self.fill(cell + "-edit", text)
            browser.run("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))")
            browser.wait_for("return !document.querySelector('td input')")
            time.sleep(0.5)
        browser.wait_for("return !document.querySelector('.box.error')")
        self.offers("3 voters")
        self.assertRegex(browser.text(), r"Total weight\s+6")

    def test_a_large_roll_stays_usable(self):
        self.desk()
        browser = self.browser
        self.begin("City")
        self.at("e", self.name(), "plan", "roll")
        browser.wait_heading("Roll of voters")
        browser.run("const rows = ['Number;Name;E-mail']; for (let i = 1; i <= 100000; i += 1) rows.push(`${i};Voter ${i};v${i}@example.org`); document.getElementById('pasted').value = rows.join('\\n')")
        browser.press("Read it")
        browser.wait_for("return document.getElementById('roll-sum')", seconds=60)
        self.assertLess(browser.run("return document.querySelectorAll('main *').length"), 3000)
        self.offers("100,000")
        started = time.monotonic()
        browser.press("Later")
        self.offers("101–200")
        self.assertLess(time.monotonic() - started, 10)

    def test_by_the_keyboard_alone(self):
        self.desk()
        browser = self.browser
        browser.wait_heading("Your elections and keys")
        self.assertEqual(browser.run("return document.activeElement.tagName"), "H1")
        browser.tab_to("e.textContent === 'Make a new election'")
        browser.keys(ENTER)
        if browser.heading() != "A new election":
            time.sleep(1)
            if browser.heading() != "A new election":
                self.skipTest("the driver's keys press no link")
        browser.tab_to("e.id === 'title'")
        browser.keys("Board 2027")
        browser.tab_to("e.textContent === 'Begin'")
        browser.keys(ENTER)
        browser.wait_heading("Title")
        self.assertEqual(browser.run("return document.activeElement.tagName"), "H1", "the focus moves with the page")
        browser.tab_to("e.textContent.startsWith('Next: Contests')")
        browser.keys(ENTER)
        browser.wait_heading("Contests and rules")
        browser.tab_to("e.textContent === 'Add a contest'")
        browser.keys(ENTER)
        browser.wait_heading("Contest 1")
        browser.tab_to("e.id === 'contest-title'")
        browser.keys("Board")
        browser.tab_to("e.id === 'candidates'")
        browser.keys("Anna" + ENTER + "Boris")
        browser.tab_to("e.name === 'preset'")
        browser.keys(SPACE)
        browser.tab_to("e.textContent.startsWith('Next: Times')")
        browser.keys(ENTER)
        browser.wait_heading("Times")
        # Out of the way at the side, straight to the page.
        browser.run("document.activeElement.blur(); scrollTo(0, 0)")

    def test_both_languages_say_the_same_things(self):
        tables = [re.findall(r"^  '([^']+)': '(.*)',$", (WEB / (language + ".js")).read_text(encoding="utf-8"), re.M) for language in ("en", "ru")]
        self.assertEqual([key for key, _ in tables[0]], [key for key, _ in tables[1]])
        for (key, english), (_, russian) in zip(*tables):
            names = [sorted(set(re.findall(r"\{(\w+)", text))) for text in (english, russian)]
            self.assertLessEqual(set(names[1]), set(names[0]), key)
            if key not in ("foot", "way.encoding", "way.plain"):
                self.assertNotEqual(english, russian, key)
            self.assertRegex(re.sub(r"\{\w+\}", "", russian), "[а-яё]|^[^a-z]*$", key)
        shown = "".join(path.read_text(encoding="utf-8") for path in WEB.glob("*.js") if path.name not in ("en.js", "ru.js"))
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            self.assertNotIn(forbidden, shown)

    def test_nothing_is_wider_than_a_narrow_window_with_large_text(self):
        self.desk()
        browser = self.browser
        self.planned("Board 2027")
        name = self.name()
        browser.phone(320, 700)
        self.addCleanup(browser.phone, 360, 780)
        looks.enlarge(browser)
        try:
            for way in ["", "new", "t/new"] + ["e/%s/plan/%s" % (name, step) for step in ("title", "contests", "contest/0", "times", "secrecy", "roll", "delivery", "review")]:
                self.at(*way.split("/"))
                time.sleep(0.6)
                if not looks.is_narrow(browser):
                    self.fail("%s is wider: %s" % (way, browser.run("return document.documentElement.scrollWidth")))
        finally:
            looks.shrink(browser)

    def test_in_other_colours_and_on_paper(self):
        if self.engine != "chromium":
            self.skipTest("only this driver changes them")
        self.desk()
        browser = self.browser
        self.planned("Board 2027")
        self.addCleanup(browser.command, "Emulation.setEmulatedMedia", media="", features=[])
        for name, value in [("prefers-color-scheme", "dark"), ("forced-colors", "active"), ("prefers-reduced-motion", "reduce")]:
            browser.command("Emulation.setEmulatedMedia", features=[{"name": name, "value": value}])
            looks.look(browser, "desk-41-%s" % value, both=False)
        browser.command("Emulation.setEmulatedMedia", media="print", features=[])
        self.assertFalse(browser.run("return [...document.querySelectorAll('header, #side')].some((e) => e.offsetParent !== null)"))
