"""How every state of a page is looked at: axe-core, targets, width, and a picture for people."""

import os
import pathlib

from stage import ROOT

AXE = (ROOT / "target" / "web" / "node_modules" / "axe-core" / "axe.min.js")
PICTURES = os.environ.get("VECHE_PICTURES")
TARGET_PX = 44

# A page's own script policy lets nothing in; what a driver runs stands outside of it.
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  (found) => done(found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).join(' | '))),
  (error) => done([String(error)]));
"""
# Links within a sentence may be smaller; those that stand alone may not.
SMALL_TARGETS = """
const box = (e) => (e.closest('label') ?? e).getBoundingClientRect();
return [...document.querySelectorAll('button, .button, summary, input:not([type=hidden]), textarea, nav a, footer a, .files a')]
  .filter((e) => e.offsetParent !== null).map((e) => [e, box(e)])
  .filter(([, r]) => r.height < arguments[0] - 0.5 || r.width < arguments[0] - 0.5)
  .map(([e, r]) => `${e.outerHTML.slice(0, 80)} ${r.width}x${r.height}`);
"""


# The page draws the same state anew in the other language.
TURN = """
const button = document.querySelector('header .language');
if (button) button.click();
return !!button;
"""


# The policy forbids style sheets of others; a driver may still set a property (WCAG 1.4.4 and 1.4.12).
LARGE = "const s = document.documentElement.style; s.fontSize = '200%'; s.letterSpacing = '.12em'; s.wordSpacing = '.16em'; s.lineHeight = '1.5'"


# Words of a heading that stand in two lines, without a hyphen or with one.
CUT = """
const cut = [], texts = document.createTreeWalker(document.querySelector('h1'), NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  for (const word of texts.currentNode.data.matchAll(/\\p{L}+/gu)) {
    const range = document.createRange();
    range.setStart(texts.currentNode, word.index);
    range.setEnd(texts.currentNode, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) cut.push(word[0]);
  }
}
return cut;
"""


# Of WCAG 1.4.10.
NARROW_PX = 320


def enlarge(browser):
    """Letters of twice the size, in a window that is as narrow as the criterion has it."""
    width = browser.run("return innerWidth")
    # The window of WebKitGTK's small browser is no narrower than the bar above the page (447 pixels).
    if browser.engine != "webkit" and width > NARROW_PX:
        raise AssertionError("a window of %d pixels in %s shows nothing of one of %d" % (width, browser.engine, NARROW_PX))
    browser.run(LARGE)


def shrink(browser):
    browser.run("document.documentElement.removeAttribute('style')")


def look(browser, name, picture=True, both=True):
    """Fails on anything that axe or we object to; in Chromium in both languages. Takes pictures where they are wanted."""
    look_once(browser, name, picture)
    if both and browser.engine == "chromium" and browser.run(TURN):
        try:
            look_once(browser, name, picture)
        finally:
            browser.run(TURN)


# What axe has begun to look at may be drawn anew before it has done: then it judges elements that are no longer in the page.
LOOKS_MAX = 5
# Colours on their way from one scheme to the other are those of neither.
SETTLED = """return document.getAnimations().every((each) => each.playState !== 'running' || each.effect?.getComputedTiming().endTime === Infinity)"""


def look_once(browser, name, picture):
    for _ in range(LOOKS_MAX):
        browser.run("window.lookedAt = document.querySelector('h1')")
        browser.wait_for(SETTLED)
        found = axe(browser) + ["small: " + each for each in browser.run(SMALL_TARGETS, TARGET_PX)]
        if not found or browser.run("return window.lookedAt?.isConnected ?? true"):
            break
    if not is_narrow(browser):
        found.append("wider than the window")
    if PICTURES and picture:
        folder = pathlib.Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        language = browser.run("return document.documentElement.lang")
        browser.whole_picture(folder / ("%s-%s-%s.png" % (name, browser.engine, language)))
    if found:
        raise AssertionError("%s in %s:\n%s" % (name, browser.engine, "\n".join(found)))


def cut_words(browser):
    return browser.run(CUT)


def axe(browser):
    browser.run(AXE.read_text(encoding="utf-8") + "\n;return 1")
    return browser.ask("POST", "/execute/async", {"script": RUN_AXE, "args": []})


def is_narrow(browser):
    """Nothing stands out to the right."""
    return browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
