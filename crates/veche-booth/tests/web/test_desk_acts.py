"""What is done at the desk to an election that is made, in real browsers: letters through a mail server, changes of cards and
roll, every act and its reason, the lot, backups that are taken up elsewhere, the other language, and the keyboard alone."""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import looks
from stage import ROOT, veche, verify_both
from test_desk import PASSPHRASE, ROLL, DeskProgram, DeskSteps
from webdriver import ENTER, SPACE, free_port

SMTP = ROOT / "crates" / "veche" / "tests" / "smtp.py"
WAIT_S = 20
REASONS = ("mistake", "joined", "left", "died", "decision")
OWN_TEXT = "Vote for the {title}\n\nDear {name}, your number is {number}. Your ballot: {link}\n"


class Post:
    """A mail server on this machine, which takes letters in one chosen way."""

    def __init__(self, way):
        self.folder = tempfile.TemporaryDirectory(prefix="veche-post-")
        command = [sys.executable, str(SMTP), way, self.folder.name]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip()
        if not self.port:
            self.close()
            raise AssertionError("no mail server begins: aiosmtpd of requirements.txt is needed")

    def letters(self):
        path = pathlib.Path(self.folder.name) / "letters.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def reached(self):
        return sorted(letter["to"][0] for letter in self.letters())

    def close(self):
        self.process.terminate()
        self.process.wait(WAIT_S)
        self.process.stdout.close()
        self.folder.cleanup()


class DeskActs(DeskSteps):
    """Everything that is done in one engine; its classes are made in test_booth."""

    # --- steps

    def go_to(self, heading, *way):
        self.at(*way)
        self.browser.wait_heading(heading)

    def made(self, title, roll=ROLL, candidates=("Anna", "Boris", "Clara"), chosen=()):
        """An open election; `chosen` is what is ticked, or filled in, on the pages of its plan. Gives its name."""
        self.begin(title)
        self.contest("Board", candidates)
        name, browser = self.name(), self.browser
        chosen = [("secrecy", "#secrecy-open", None), *chosen]
        headings = {"times": "Times", "secrecy": "Secrecy and trustees", "delivery": "Cards and changes"}
        for step, heading in headings.items():
            self.go_to(heading, "e", name, "plan", step)
            for _, selector, text in [each for each in chosen if each[0] == step]:
                self.fill(selector, text) if text else self.tick(selector)
        self.at("e", name, "plan", "roll")
        self.paste(roll)
        self.go_to("Look through and make", "e", name, "plan", "review")
        self.make()
        browser.wait_heading(title)
        return name

    def returning(self, act):
        """Does it on pages of others, and comes back to this one."""
        home = self.browser.run("return location.href")
        act()
        self.browser.go("about:blank")
        self.browser.go(home)
        self.browser.wait_for("return document.querySelector('h1')")

    def public(self, url, *texts, without=()):
        """What everybody sees now."""
        def look():
            self.browser.go(url + "/?lang=en")
            said = self.browser.text()
            for text in texts:
                self.assertIn(text, said)
            for text in without:
                self.assertNotIn(text, said)
        self.returning(look)

    def cast(self, url, number, code, marks):
        self.returning(lambda: self.vote(url, number, code, marks))

    def booth_says(self, url, number, code, text, button="Continue"):
        """With this card, instead of a ballot."""
        def attempt():
            self.show_card(url, number, code, button)
            self.offers(text)
        self.returning(attempt)

    def late(self, name, there=(), gone=()):
        """Who has not voted, as the desk has it now."""
        self.go_to("Your elections and keys", "")
        self.go_to("Voters", "e", name, "voters")
        told = {number: (who, contact) for number, who, contact in self.rows("[aria-labelledby=late]")}
        for number, row in dict(there).items():
            self.assertEqual(told.get(number), row)
        self.assertFalse(set(gone) & set(told), told)
        self.assertIn("%d voters have not voted" % len(told), self.browser.text())
        return told

    def rows(self, selector="main"):
        """Of a table that is shown, cell by cell."""
        return self.browser.run("""return [...document.querySelectorAll(arguments[0] + ' tbody tr')]
            .map((row) => [...row.cells].map((cell) => cell.innerText.trim()))""", selector)

    def change(self, election, what, heading, go, **fields):
        """A change of the roll, to its answer."""
        self.go_to(heading, "e", election, "voters", what)
        for key, value in fields.items():
            if key == "reason" and what in ("add", "strike"):
                self.because(value)
            else:
                self.fill("#voter-" + key if key != "passphrase" else "#open-codes", value)
        if what == "strike":
            self.tick("#sure")
        self.browser.press(go)

    def because(self, reason):
        """One of those that are offered, or another in words of one's own."""
        if reason in REASONS:
            self.fill("#why", reason)
            self.assertFalse(self.browser.run("return !!document.getElementById('voter-reason')"), "two reasons at once")
        else:
            self.fill("#why", "other")
            self.fill("#voter-reason", reason)

    def card(self, number, name):
        """The code of the new card that is shown."""
        label, who, code = self.browser.wait_for("""const card = document.querySelector('article.card');
            return card && [card.getAttribute('aria-label'), [...card.querySelectorAll('[dir=auto]')].pop().textContent, card.querySelector('code.code').textContent]""")
        self.assertEqual((label, who), ("Card of number " + number, name))
        return code

    def refusal(self, text):
        """Stands beside the button, and nothing else has happened."""
        said = self.browser.wait_for("return document.querySelector('.refused .box.error')?.innerText")
        self.assertIn(text, said)

    def done(self, text):
        """Of work that has a page of its own."""
        self.browser.wait_heading("Done", seconds=60)
        self.offers(text)

    def notices(self):
        """What the desk's own page tells of acts."""
        return self.browser.run("return document.querySelector('[aria-labelledby=acts] .people')?.innerText ?? ''")

    # --- letters

    def test_letters_go_out_and_come_back_and_delivery_ends(self):
        self.desk()
        browser, port = self.browser, free_port()
        url = "http://127.0.0.1:%d" % port
        posts = [Post("refuses"), Post("good")]
        for post in posts:
            self.addCleanup(post.close)
        name = self.made("Board 2027", ROLL + "13;Voter M;+7 900 000-00-00\n", chosen=[("delivery", "#url", url)])
        self.go_to("Letters", "e", name, "letters")
        self.offers("Tell first by which mail server letters go out.")
        looks.look(browser, "desk-51-letters")
        # Letters go in the clear to this machine alone.
        for host, port_of, refused in [("mail.example.org", "", True), ("127.0.0.1", posts[0].port, False)]:
            self.fill("#mail-host", host)
            self.fill("#mail-tls", "none")
            self.fill("#mail-port", port_of)
            self.fill("#mail-from", "The Board <vote@example.org>")
            self.browser.press("Save the mail server")
            if refused:
                self.refusal("127.0.0.1")
                looks.look(browser, "desk-52-mail-server-refused")
        browser.wait_for("return document.getElementById('test-to')")
        self.assertIn("The Board <vote@example.org>", browser.text())
        self.previewed(url)
        self.compared(posts[0])
        self.sent(name, posts)
        codes = self.codes(name, "1", "2")
        self.ended(name, codes)
        self.reminded(name, url, port, codes, posts[1])

    def previewed(self, url):
        browser = self.browser
        self.browser.press("What it says, and a preview")
        self.fill("#letter-text", OWN_TEXT.replace("{link}", "{lnik}"))
        self.browser.press("Preview")
        self.refusal("{lnik}")
        self.fill("#letter-text", OWN_TEXT)
        self.browser.press("Preview")
        shown = browser.wait_for("return document.querySelector('#preview .letter')?.innerText")
        self.assertIn("Dear Voter A, your number is 1. Your ballot: %s/booth/#v1." % url, shown)
        said = browser.run("return document.getElementById('preview').innerText")
        for text in ("v1@example.org", "Vote for the Board 2027", "The Board <vote@example.org>"):
            self.assertIn(text, said)
        looks.look(browser, "desk-53-preview")
        self.browser.press("Save this text")
        self.offers("Take the usual text again")

    def compared(self, post):
        browser = self.browser
        self.fill("#test-to", "me@example.org")
        self.browser.press("Send me the test letter")
        self.done("The test letter went to me@example.org.")
        looks.look(browser, "desk-54-test-letter")
        letter, = post.letters()
        self.assertEqual((letter["to"], dict(letter["head"])["Subject"]), (["me@example.org"], "[Test] Vote for the Board 2027"))
        self.browser.press("Go on")
        browser.wait_heading("Letters")
        self.offers("No test letter was compared yet.")
        # A mail server on the way has put an address of its own before the link.
        tracked = letter["text"].replace("http://127", "https://track.example/?u=http://127")
        for arrived, good, told in [(tracked, False, "The test letter to me@example.org was changed on its way."),
                                    (letter["text"], True, "The test letter to me@example.org arrived as it was sent.")]:
            self.fill("#arrived", arrived)
            self.browser.press("Compare it")
            self.offers(told)
            box = browser.wait_for("return document.querySelector('#compared .box:last-child')?.outerHTML")
            self.assertIn("good" if good else "error", re.search('class="([^"]*)"', box)[1])
            self.assertEqual("track.example" in box, not good, box)
            self.assertEqual("The test letter was changed on its way. What you send now" in browser.text(), not good)
            self.assertNotIn("No test letter was compared yet.", browser.text())
            looks.look(browser, "desk-55-compared-%s" % ("good" if good else "changed"))

    def sent(self, name, posts):
        """To all; then to the one who was refused, alone, by another server."""
        browser = self.browser
        everybody = sorted("v%d@example.org" % n for n in range(1, 13))
        self.paced()
        self.browser.press("Send 12 letters")
        self.done("Sent: 11.")
        self.offers("no such user")
        looks.look(browser, "desk-56-one-was-refused")
        self.assertEqual(posts[0].reached(), sorted(["me@example.org", *everybody[:4], *everybody[5:]]))
        self.browser.press("Go on")
        browser.wait_heading("Letters")
        self.offers("refused for good: 1 · sent: 11")
        self.fill("#became", "refused")
        browser.wait_for("return document.querySelectorAll('[aria-labelledby=journal] tbody tr').length === 1")
        row, = self.rows("[aria-labelledby=journal]")
        self.assertEqual(row[1:], ["2", "v2@example.org", "refused for good: no such user"])
        self.browser.press("1 voter has no e-mail address")
        self.assertIn("+7 900 000-00-00", browser.run("return document.getElementById('unreached').innerText"))
        looks.look(browser, "desk-57-journal")
        self.browser.press("Change the mail server")
        self.fill("#mail-port", posts[1].port)
        self.browser.press("Save the mail server")
        browser.wait_for("return document.getElementById('mail-port').defaultValue === arguments[0]", posts[1].port)
        self.paced()
        self.tick("#retry")
        browser.click("[aria-labelledby=send] form > .actions button")
        self.done("Sent: 1.")
        self.assertEqual(posts[1].reached(), ["v2@example.org"])
        self.browser.press("Go on")
        browser.wait_heading("Letters")
        self.offers("sent: 12")
        self.assertIn("Send the letters", browser.text())

    def paced(self):
        if not self.browser.run("return document.getElementById('how').open"):
            self.browser.press("Pace, and to whom")
        self.fill("#pace", "6000")

    def ended(self, name, codes):
        """Delivery is finished: no code is there any more."""
        browser = self.browser
        self.browser.press("Hide the cards")
        self.offers("locked under your passphrase")
        looks.look(browser, "desk-58-cards")
        self.tick("#finished")
        self.browser.press("Delete the codes")
        self.offers("deleted, delivery is finished")
        looks.look(browser, "desk-59-delivered")
        self.assertFalse(browser.run("return !!document.getElementById('open-codes')"))
        self.overview(name)
        self.offers("deleted, delivery is finished")
        self.go_to("Letters", "e", name, "letters")
        self.tick("#with-whole")
        self.offers("the codes were deleted when delivery was finished")
        self.go_to("Minutes", "e", name, "minutes")
        browser.wait_for("return document.querySelector('.minutes dl')")
        # Whoever has lost a card gets a new one, which is shown once.
        self.change(name, "replace", "Replace a card", "Replace it", number="2", reason="mistake")
        new = self.card("2", "Voter B")
        self.assertNotEqual(new, codes["2"])
        self.offers("It is shown only now")
        looks.look(browser, "desk-60-card-shown-once")
        codes["2"] = new

    def reminded(self, name, url, port, codes, post):
        """By the link of a letter and the code of the card somebody votes; the others are reminded, without a link."""
        browser = self.browser
        self.overview(name)
        self.assertEqual(self.serve(port), url)
        self.act(name, "open", "Open the voting", "Open now")
        link = re.search(r"http://\S+", post.letters()[0]["text"])[0]

        def vote():
            browser.go("about:blank")
            browser.go(link)
            self.offers("You vote as number 2")
            browser.type("#credential", codes["2"])
            self.tick("#same")
            self.browser.press("Continue")
            browser.wait_heading("Your ballot")
            for i in range(3):
                browser.click("#c0-%d input" % i, i)
            self.browser.press("Review")
            self.browser.press("Cast this ballot")
            browser.wait_heading("Recorded")
        self.returning(vote)
        self.late(name, {"1": ("Voter A", "v1@example.org")}, gone=["2"])
        self.browser.press("Remind them by letter")
        browser.wait_heading("Letters")
        self.assertTrue(browser.wait_for("return document.getElementById('kind-reminder').checked"))
        self.paced()
        looks.look(browser, "desk-61-reminder")
        self.browser.press("Send 11 letters")
        self.done("Sent: 11.")
        self.assertEqual(len(post.reached()), 12)
        for letter in post.letters()[1:]:
            self.assertNotIn("http", letter["raw"])
            self.assertNotEqual(letter["to"], ["v2@example.org"])

    # --- cards and roll

    def test_cards_and_roll_change_before_and_while_voting_goes_on(self):
        self.desk()
        browser = self.browser
        name = self.made("Board 2027", chosen=[("delivery", "#changes-until-closing", None), ("secrecy", "#shows-name", None)])
        url = self.serve()
        codes = self.codes(name, "1", "2", "3", "11")
        self.late(name, {"2": ("Voter B", "v2@example.org"), "12": ("Voter L", "v12@example.org")}, gone=["13"])
        looks.look(browser, "desk-62-voters")
        self.public(url, "Not open yet.", "On the roll: 12 voters.", "may be added and struck, by acts that everybody can see")
        # A new card comes under the same passphrase, and under no other.
        replace = (name, "replace", "Replace a card", "Replace it")
        self.change(*replace, number="2", reason="lost in the post", passphrase="another passphrase")
        self.refusal("this is not the passphrase of the codes")
        looks.look(browser, "desk-63-another-passphrase")
        self.fill("#open-codes", PASSPHRASE)
        self.browser.press("Replace it")
        second = self.card("2", "Voter B")
        looks.look(browser, "desk-64-new-card")
        self.names_no_file_that_is_gone()
        add = (name, "add", "Add a voter", "Add")
        self.change(*add, number="12", name="Voter M", reason="joined", passphrase=PASSPHRASE)
        self.refusal("12")
        self.fill("#voter-number", "13")
        self.fill("#voter-contact", "v13@example.org")
        self.browser.press("Add")
        thirteenth = self.card("13", "Voter M")
        looks.look(browser, "desk-65-voter-added")
        self.names_no_file_that_is_gone()
        self.change(name, "strike", "Strike a voter", "Strike", number="12", reason="went to the sea")
        self.offers("The voter is struck from the roll.")
        looks.look(browser, "desk-66-struck")
        self.change(name, "correct", "Mend a contact", "Note it", number="4", contact="fourth@example.org")
        self.offers("Noted at this desk, and nowhere else.")
        looks.look(browser, "desk-67-contact")
        self.late(name, {"4": ("Voter D", "fourth@example.org"), "13": ("Voter M", "v13@example.org")}, gone=["12"])
        self.public(url, "On the roll: 12 voters.", without=["fourth@example.org", "Voter M"])
        self.assertEqual(self.codes(name, "1", "2", "3", "11", "13"), {**codes, "2": second, "13": thirteenth})
        self.act(name, "open", "Open the voting", "Open now")
        self.booth_says(url, "2", codes["2"], "This code does not go with this number, or the card was replaced.")
        for number, code, marks in [("1", codes["1"], "511"), ("2", second, "412"), ("3", codes["3"], "531"),
                                    ("13", thirteenth, "155")]:
            self.cast(url, number, code, marks)
        self.late(name, gone=["1", "2", "3", "12", "13"])
        # While voting goes on: whoever has voted stays, another goes, a card is replaced after its ballot, one more comes.
        self.change(name, "strike", "Strike a voter", "Strike", number="3", reason="left")
        self.refusal("a voter who has voted is not struck in an open election")
        looks.look(browser, "desk-68-not-struck")
        is_sure = browser.run("return document.getElementById('sure').checked")
        self.assertTrue(is_sure, "what was ticked stays, however often the page is drawn")
        self.fill("#voter-number", "11")
        self.browser.press("Strike")
        self.offers("The voter is struck from the roll.")
        self.booth_says(url, "11", codes["11"], "You were struck from the roll")
        self.change(*replace, number="1", reason="stolen", passphrase=PASSPHRASE)
        first = self.card("1", "Voter A")
        self.booth_says(url, "1", codes["1"], "the card was replaced")
        self.change(*add, number="14", name="Voter N", reason="mistake", passphrase=PASSPHRASE)
        fourteenth = self.card("14", "Voter N")
        self.cast(url, "14", fourteenth, "515")
        self.late(name, {"4": ("Voter D", "fourth@example.org")}, gone=["1", "2", "3", "11", "12", "13", "14"])
        self.public(url, "Voting is open", "After the opening some voters were struck. Still on the roll: 12")
        self.booth_says(url, "1", first, "A ballot was cast with your card")
        self.act(name, "close", "Close the voting", "Close now")
        self.go_to("Voters", "e", name, "voters")
        self.assertNotIn("Replace a card", browser.text(), "after the closing the roll stays")
        self.go_to("Result", "e", name, "result")
        self.offers("Elected:")
        self.assertEqual([row[1:3] for row in self.rows()], [["Anna", "20"], ["Clara", "14"], ["Boris", "11"]])

    def names_no_file_that_is_gone(self):
        """A card that is under the passphrase lies nowhere in the clear, so nobody is sent to look for it."""
        for path in re.findall(r"/\S+\.json", self.browser.run("return document.querySelector('.box.good').innerText")):
            self.assertTrue(pathlib.Path(path).exists(), path)

    # --- acts

    def test_every_act_with_its_reason_is_seen_by_everybody(self):
        self.desk()
        browser = self.browser
        soon, later = (datetime.datetime.now() + datetime.timedelta(days=days) for days in (2, 4))
        closing = [("#closes-how-time", None), ("#closes-date", soon.strftime("%Y-%m-%d")), ("#closes-time", "18:30")]
        name = self.made("Board 2027", chosen=[("times", *each) for each in closing])
        url = self.serve()
        codes = self.codes(name, "1", "2")
        self.act(name, "open", "Open the voting", "Open now")
        self.offers("The election is open.")
        self.assertNotIn("Nothing was done yet.", browser.text())
        self.cast(url, "1", codes["1"], "511")
        # What is not confirmed is not done, and without a reason nothing is.
        self.go_to("Pause", "e", name, "act", "pause")
        looks.look(browser, "desk-71-pause")
        self.browser.press("Pause now")
        self.assertEqual(browser.run("return document.querySelector(':invalid:not(form)').id"), "reason")
        self.act(name, "pause", "Pause", "Pause now", reason="fire alarm")
        self.offers("The election is paused.")
        looks.look(browser, "desk-72-paused")
        self.assertIn("fire alarm", self.notices())
        self.public(url, "Voting is paused.", "The organiser says why: fire alarm")
        self.booth_says(url, "2", codes["2"], "Your card is good. No ballot of yours is in the log.", button="Is my card good?")
        self.act(name, "resume", "Resume", "Resume now", reason="all back")
        self.offers("The election goes on.")
        self.public(url, "Voting is open until", without=["fire alarm"])
        # Only to a later time.
        self.go_to("Extend", "e", name, "act", "extend")
        self.fill("#until-date", "2020-01-01")
        self.fill("#until-time", "20:15")
        self.offers("That is over already!")
        self.fill("#reason", "the post was late")
        self.browser.press("Extend it")
        self.refusal("has passed")
        looks.look(browser, "desk-73-extension-refused")
        self.fill("#until-date", later.strftime("%Y-%m-%d"))
        self.browser.press("Extend it")
        browser.wait_for("return location.hash.split('/').length === 3")
        self.offers("The election closes at")
        self.assertIn("the post was late", self.notices())
        day = "%d %s" % (later.day, later.strftime("%B %Y"))
        self.assertIn(day, browser.text())
        self.public(url, "The closing time was moved. The organiser says why: the post was late", day)
        self.go_to("A candidate withdraws", "e", name, "act", "withdraw")
        looks.look(browser, "desk-74-withdrawal")
        names = browser.run("return [...document.getElementById('gone').options].map((option) => option.textContent)")
        self.assertEqual(names[:2], ["Anna", "Boris"])
        self.fill("#gone", "1.1")
        self.fill("#reason", "moved away")
        self.tick("#sure")
        self.browser.press("Note it")
        browser.wait_for("return location.hash.split('/').length === 3")
        self.offers("The candidate is withdrawn for good and gets no place")
        looks.look(browser, "desk-75-withdrawn")
        self.public(url, "Boris withdrawn; ballots that were in: 1", "Withdrawn: Boris. The organiser says why: moved away")
        self.cast(url, "2", codes["2"], "451")
        self.go_to("Cancel the election", "e", name, "act", "cancel")
        self.fill("#reason", "no quorum")
        self.browser.press("Cancel it")
        self.assertEqual(browser.run("return document.querySelector(':invalid:not(form)').id"), "sure")
        looks.look(browser, "desk-76-cancel")
        self.tick("#sure")
        self.browser.press("Cancel it")
        browser.wait_for("return location.hash.split('/').length === 3")
        self.offers("The election is cancelled.")
        looks.look(browser, "desk-77-cancelled")
        self.assertNotIn("Closes", browser.run("return document.querySelector('main > .facts').innerText"))
        said = self.notices()
        for text in ("the post was late", "no quorum"):
            self.assertIn(text, said)
        left = browser.run("return [...document.querySelectorAll('main a')].map((e) => e.hash)")
        self.assertEqual([way for way in left if "/act/" in way], [], "nothing more can be done")
        self.public(url, "The election was cancelled.", "The organiser says why: no quorum")
        self.go_to("Result", "e", name, "result")
        self.offers("cancelled")
        looks.look(browser, "desk-78-no-result")

    def test_a_lot_that_is_drawn_decides_between_equals(self):
        self.desk()
        browser = self.browser
        self.begin("Board 2027")
        name = self.name()
        self.contest("Board", ["Anna", "Boris"])
        self.browser.press("More rules")
        self.fill("#tie-0", "lot")
        browser.wait_for("return document.getElementById('lot')")
        self.fill("#lot", "a die, thrown twice")
        looks.look(browser, "desk-81-lot-in-the-plan")
        self.go_to("Secrecy and trustees", "e", name, "plan", "secrecy")
        self.tick("#secrecy-open")
        self.at("e", name, "plan", "roll")
        self.paste()
        self.go_to("Look through and make", "e", name, "plan", "review")
        self.make()
        browser.wait_heading("Board 2027")
        url = self.serve()
        codes = self.codes(name, "1", "2")
        self.act(name, "open", "Open the voting", "Open now")
        for number, marks in [("1", "51"), ("2", "15")]:
            self.cast(url, number, codes[number], marks)
        self.act(name, "close", "Close the voting", "Close now")
        self.offers("The election is closed, and a lot has to decide.")
        root = re.search(r"closed log of \d+ entries, root (\S+)", browser.text())[1]
        looks.look(browser, "desk-82-closed-before-the-lot")
        self.public(url, "a lot is drawn in public: it decides between equals, if there are any")
        self.go_to("Result", "e", name, "result")
        # What was to be written down can be read once more.
        self.offers(root)
        looks.look(browser, "desk-83-no-result-before-the-lot")
        self.overview(name)
        self.assertEqual(browser.run("return document.querySelector('[aria-labelledby=next] a').textContent"), "Enter the lot")
        self.browser.press("Enter the lot")
        browser.wait_heading("Enter the lot")
        looks.look(browser, "desk-84-lot")
        self.fill("#drawn", "04, 1")
        self.browser.press("Enter it")
        self.refusal("with one space between them")
        self.assertNotIn("--drawn", browser.text(), "at the desk nobody types an option")
        self.fill("#drawn", "4 1")
        self.browser.press("Enter it")
        browser.wait_for("return location.hash.split('/').length === 3")
        self.offers("The lot is in the log")
        self.assertIn("lot entered", self.notices())
        self.assertIn(root, browser.text())
        looks.look(browser, "desk-85-drawn")
        self.go_to("Result", "e", name, "result")
        self.offers("Elected:")
        looks.look(browser, "desk-86-result-by-lot")

    # --- backups

    def test_a_backup_goes_on_at_another_desk(self):
        here, browser = self.desk(), self.browser
        name = self.made("Board 2027")
        url = self.serve()
        codes = self.codes(name, "1", "2")
        self.act(name, "open", "Open the voting", "Open now")
        self.cast(url, "1", codes["1"], "511")
        self.go_to("Record and backup", "e", name, "record")
        files = []
        for _ in range(2):
            self.browser.press("Make a backup")
            self.done("The backup lies in the desk's folder:")
            files.append(here.folder / browser.run("return document.querySelector('.box code').textContent"))
            looks.look(browser, "desk-91-backup")
            self.browser.press("Go on")
            browser.wait_heading("Record and backup")
        self.assertNotEqual(*files)
        for file in files:
            self.assertEqual(file.stat().st_mode & 0o077, 0, "it has the organiser's key")
            self.assertNotIn(codes["2"].encode(), file.read_bytes())
        # There is no page for it: an election is taken up by the command, with the desk's folder as its place.
        here.kill()
        there = DeskProgram()
        self.addCleanup(there.close)
        veche("restore", files[1], there.folder / name, "--nothing-after")
        self.enter(there)
        browser.wait_heading("Your elections and keys")
        self.offers("1 of 12 have voted")
        looks.look(browser, "desk-92-taken-up")
        self.browser.press("Board 2027")
        browser.wait_heading("Board 2027")
        url = self.serve()
        self.cast(url, "2", codes["2"], "415")
        self.offers("2 of 12")
        self.act(name, "close", "Close the voting", "Close now")
        self.go_to("Result", "e", name, "result")
        self.offers("Elected:")
        self.assertIn("Anna", browser.run("return document.querySelector('.box.good').textContent"))
        self.go_to("Record and backup", "e", name, "record")
        self.browser.press("Write the record")
        self.done("The record lies in the desk's folder:")
        verify_both(there.folder / browser.run("return document.querySelector('.box code').textContent"))

    def test_a_trustee_key_is_backed_up_tried_and_taken_up_elsewhere(self):
        if self.engine == "webkit":
            self.skipTest("its driver saves no files")
        self.desk()
        browser = self.browser
        self.begin("Grants")
        name = self.name()
        self.contest("Board", ["Anna", "Boris"])
        self.at("e", name, "plan", "roll")
        self.paste()
        self.go_to("Look through and make", "e", name, "plan", "review")
        self.tick("#aloud")
        self.browser.press("Make the draft")
        browser.wait_heading("Done", seconds=60)
        self.browser.press("Go on")
        browser.wait_heading("Trustees")
        at = self.serve()
        desks = [DeskProgram() for _ in range(2)]
        for each in desks:
            self.addCleanup(each.close)
        self.enter(desks[0])
        browser.wait_heading("Your elections and keys")
        self.browser.press("I am a trustee of an election")
        browser.wait_heading("You are a trustee")
        browser.type("#at", at)
        self.browser.press("Look")
        browser.wait_heading("Is this the election?")
        browser.type("#name", "Anna")
        self.passphrases()
        self.browser.press("Make my key and register")
        browser.wait_heading("Done", seconds=60)
        self.browser.press("Go on")
        browser.wait_for("return document.getElementById('steps')")
        ticks = browser.run("return [...document.querySelectorAll('#people ~ ul .yes')].map((e) => getComputedStyle(e, '::before').content)")
        self.assertTrue(ticks and all("\u00a0" in tick for tick in ticks), "a tick stays with its word: %s" % ticks)
        self.offers("There is none. If this machine fails, your part of the key is lost.")
        fingerprint = browser.run("return document.querySelector('[aria-labelledby=key] code').textContent")
        self.browser.press("Make a backup, and try it")
        browser.wait_heading("Backup of your key")
        looks.look(browser, "desk-93-key-backup")
        self.fill("#backup-passphrase", "another passphrase")
        self.browser.press("Save it as a file")
        self.refusal("passphrase")
        self.fill("#backup-passphrase", PASSPHRASE)
        self.browser.press("Save it as a file")
        file = self.saved_file()
        browser.type("#backup-file", str(file))
        self.fill("#check-passphrase", PASSPHRASE)
        self.browser.press("Try it")
        browser.wait_for("return document.querySelector('#backup-shown .good')")
        looks.look(browser, "desk-94-key-backup-tried")
        self.browser.press("Go on")
        self.offers("made, and shown to work")
        # The machine has failed; another takes the key up.
        desks[0].kill()
        self.enter(desks[1])
        browser.wait_heading("Your elections and keys")
        self.browser.press("I am a trustee of an election")
        browser.wait_heading("You are a trustee")
        self.browser.press("I have a backup of my key")
        browser.type("#restore-file", str(file))
        self.fill("#restore-passphrase", "another passphrase")
        self.browser.press("Take up this key")
        self.refusal("passphrase")
        looks.look(browser, "desk-95-restore-refused")
        browser.type("#restore-file", str(file))
        self.fill("#restore-passphrase", PASSPHRASE)
        self.browser.press("Take up this key")
        browser.wait_for("return document.getElementById('steps')")
        self.assertEqual(browser.run("return document.querySelector('[aria-labelledby=key] code').textContent"), fingerprint)
        self.assertIn("Anna", browser.text())
        looks.look(browser, "desk-96-key-taken-up")

    def saved_file(self):
        """The only one among the downloads, when it is there as a whole."""
        until = time.monotonic() + WAIT_S
        while True:
            there = list(pathlib.Path(self.browser.downloads).iterdir())
            if len(there) == 1 and there[0].suffix == ".tar" and there[0].stat().st_size:
                return there[0]
            self.assertLess(time.monotonic(), until, "not saved: %s" % os.listdir(self.browser.downloads))
            time.sleep(0.05)

    # --- another language, and no mouse

    def test_the_desk_turns_to_russian_while_voting_goes_on(self):
        self.desk()
        browser = self.browser
        name = self.made("Board 2027")
        url = self.serve()
        codes = self.codes(name, "1")
        self.act(name, "open", "Open the voting", "Open now")
        self.offers("Voting goes on until you close it.")
        self.browser.press("По-русски")
        # The desk's own sentences follow those of the page.
        self.offers("Голосование идёт, пока вы его не закроете.")
        self.assertEqual(browser.run("return document.documentElement.lang"), "ru")
        focused = browser.run("return document.activeElement.className")
        self.assertEqual(focused, "language", "whoever has pressed it is still there")
        self.is_russian(url)
        self.reload()
        self.offers("Голосование идёт, пока вы его не закроете.")
        self.cast(url, "1", codes["1"], "511")
        self.offers("1 из 12")
        for step, heading in [("cards", "Карточки"), ("letters", "Письма"), ("voters", "Избиратели"), ("result", "Результат"),
                              ("record", "Запись и копия"), ("minutes", "Для протокола собрания")]:
            self.go_to(heading, "e", name, step)
            self.is_russian(url)
        # So does what was done.
        self.go_to("Приостановить", "e", name, "act", "pause")
        self.is_russian(url)
        self.fill("#reason", "пожарная тревога")
        self.browser.press("Приостановить сейчас")
        browser.wait_heading("Board 2027")
        self.offers("Голосование приостановлено.")
        self.assertIn("пожарная тревога", self.notices())
        self.public(url, "Voting is paused.", "пожарная тревога")
        self.browser.press("In English")
        self.offers("Paused: resume, or close.")

    def test_what_was_said_is_said_again_in_the_other_language(self):
        """Refusals, notices, what a work has told, and how a roll was read: nothing is left of the former language, and nothing goes away."""
        self.desk()
        browser = self.browser
        self.begin("Board 2027")
        name = self.name()
        self.contest("Board", ["Anna", "Boris"])
        self.go_to("Secrecy and trustees", "e", name, "plan", "secrecy")
        self.tick("#secrecy-open")
        self.at("e", name, "plan", "roll")
        browser.wait_heading("Roll of voters")
        browser.press("Read it")
        self.turned("Choose a file or paste a table first.", "Сначала выберите файл или вставьте таблицу.")
        self.paste(ROLL + "12;Voter L;v12@example.org\n")
        self.offers("to be mended")
        self.assertNotIn("Roll of voters (done)", browser.run("return document.getElementById('side').textContent"))
        browser.press("Remove the list")
        browser.wait_for("return !document.getElementById('roll-sum')")
        self.paste()
        self.assertIn("Roll of voters (done)", browser.run("return document.getElementById('side').textContent"))
        browser.press("How it was read")
        self.turned("what was pasted", "вставленный текст")
        self.turned("header in line 1", "заголовок в строке 1")
        self.go_to("Look through and make", "e", name, "plan", "review")
        self.turned("the link not yet", "ссылки пока нет")
        self.turned("The organiser opens and closes it.", "Открывает и закрывает организатор.")
        self.fill("#passphrase", "short")
        self.fill("#passphrase-again", "short")
        self.tick("#aloud")
        browser.press("Make it, for good")
        self.turned("The passphrase needs 8 characters or more.", "В пароле должно быть не меньше 8 знаков.")
        self.fill("#passphrase", PASSPHRASE)
        self.fill("#passphrase-again", PASSPHRASE)
        browser.press("Make it, for good")
        browser.wait_heading("Done", seconds=60)
        self.turned("roll: voters 12, weight 12, remarks 0", "список: избирателей 12, вес 12, замечаний 0")
        browser.press("Go on")
        browser.wait_heading("Board 2027")
        self.serve()
        self.change(name, "replace", "Replace a card", "Replace it", number="2", reason="lost", passphrase="another passphrase")
        self.turned("this is not the passphrase of the codes", "это не пароль к кодам")
        self.fill("#open-codes", PASSPHRASE)
        browser.press("Replace it")
        self.card("2", "Voter B")
        self.turned("The new card is made; the old one is void.", "Новая карточка готова; старая недействительна.")
        self.act(name, "open", "Open the voting", "Open now")
        self.turned("The election is open.", "Голосование открыто.")
        self.go_to("Voters", "e", name, "voters")
        self.turned("The roll could change until the opening.", "Список можно было менять до открытия.")
        browser.run("sessionStorage.clear(); location.hash = '#/e/' + arguments[0]", name)
        browser.wait_heading("The desk is locked")

    def turned(self, english, russian):
        """Said now, in Russian once that was chosen, and again."""
        self.offers(english)
        self.browser.press("По-русски")
        self.offers(russian)
        self.assertNotIn(english, self.browser.text())
        self.browser.press("In English")
        self.offers(english)
        self.assertNotIn(russian, self.browser.text())

    def is_russian(self, url):
        """No words but what somebody has typed are in Latin letters alone."""
        kinds = ":is(p, h1, h2, li, dt, dd, button, a, label, legend, th)"
        left = self.browser.run("""return [...document.querySelectorAll('main ' + arguments[0])]
            .filter((e) => !e.children.length && !e.closest('[translate=no]')).map((e) => e.textContent)
            .filter((text) => /[A-Za-z]{3}/.test(text) && !/[а-яё]/i.test(text))""", kinds)
        self.assertEqual([text for text in left if text not in ("Board 2027", url, "JSON")], [], self.browser.heading())

    def test_an_act_by_the_keyboard_alone(self):
        self.desk()
        browser = self.browser
        name = self.made("Board 2027")
        url = self.serve()
        self.act(name, "open", "Open the voting", "Open now")
        self.overview(name)
        browser.tab_to("e.textContent === 'Pause'")
        browser.keys(ENTER)
        try:
            browser.wait_heading("Pause", seconds=5)
        except Exception:
            self.skipTest("the driver's keys press no link")
        self.assertEqual(browser.run("return document.activeElement.tagName"), "H1", "the focus moves with the page")
        browser.tab_to("e.id === 'reason'")
        browser.keys("fire alarm")
        browser.tab_to("e.textContent === 'Pause now'")
        browser.keys(ENTER)
        browser.wait_heading("Board 2027")
        self.offers("The election is paused.")
        self.assertEqual(browser.run("return document.activeElement.tagName"), "H1")
        self.public(url, "Voting is paused.", "fire alarm")
        # What is final is ticked first.
        self.overview(name)
        browser.tab_to("e.textContent === 'Close the voting'")
        browser.keys(ENTER)
        browser.wait_heading("Close the voting")
        browser.tab_to("e.id === 'sure'")
        browser.keys(SPACE)
        self.assertTrue(browser.run("return document.getElementById('sure').checked"))
        browser.tab_to("e.textContent === 'Close now'")
        browser.keys(ENTER)
        browser.wait_heading("Board 2027")
        self.offers("The election is closed.")
