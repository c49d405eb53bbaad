"""Three browser engines through WebDriver classic, and Firefox's width by WebDriver BiDi. Python's standard library only."""

import base64
import http.client
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse

START_TIMEOUT_S = 30
COMMAND_TIMEOUT_S = 120
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
TAB, ENTER, SPACE, RIGHT, SHIFT = "\ue004", "\ue007", " ", "\ue014", "\ue008"
TAGS = {"en": "en-GB", "ru": "ru-RU", "de": "de-DE"}
LOCALES = {"en": "C.UTF-8", "ru": "ru_RU.UTF-8", "de": "de_DE.UTF-8"}
MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"


class Failed(Exception):
    """What the browser says went wrong."""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def chromium(profile, port, options):
    args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--user-data-dir=%s" % profile, "--lang=%s" % options["lang"]]
    if options["dark"]:
        args.append("--force-dark-mode")
    prefs = {"intl.accept_languages": options["lang"], "download.default_directory": options["downloads"]}
    chrome = {"binary": shutil.which("chromium"), "args": args, "prefs": prefs}
    return ["chromedriver", "--port=%d" % port], {"goog:chromeOptions": chrome}


def firefox(profile, port, options):
    prefs = {"javascript.options.wasm": options["wasm"], "intl.accept_languages": options["lang"], "browser.download.folderList": 2, "browser.download.dir": options["downloads"],
             "browser.helperApps.neverAsk.saveToDisk": "application/json", "layout.css.prefers-color-scheme.content-override": 0 if options["dark"] else 1,
             "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
             "ui.prefersReducedMotion": 1 if options["calm"] else 0, "browser.display.document_color_use": 2 if options["forced"] else 0,
             "datareporting.policy.dataSubmissionEnabled": False, "app.update.enabled": False, "browser.safebrowsing.malware.enabled": False,
             "browser.safebrowsing.phishing.enabled": False, "extensions.getAddons.cache.enabled": False}
    command = ["geckodriver", "--port", str(port), "--websocket-port", str(free_port()), "--profile-root", profile]
    return command, {"moz:firefoxOptions": {"binary": shutil.which("firefox-esr"), "args": ["-headless"], "prefs": prefs}, "webSocketUrl": True}


def webkit(_profile, port, _options):
    driver = ["WebKitWebDriver", "--port=%d" % port, "--host=127.0.0.1"]
    return driver, {"webkitgtk:browserOptions": {"binary": MINI_BROWSER, "args": ["--automation"]}}


ENGINES = {"chromium": chromium, "firefox": firefox, "webkit": webkit}
PROGRAMS = {"chromium": ["chromedriver", "chromium"], "firefox": ["geckodriver", "firefox-esr"], "webkit": ["WebKitWebDriver", MINI_BROWSER]}


def is_there(engine):
    return all(shutil.which(program) for program in PROGRAMS[engine])


class Display:
    """A screen that nobody sees, for the engine that cannot do without one."""

    def __init__(self):
        read, write = os.pipe()
        self.process = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1400x24", "-nolisten", "tcp"],
                                        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            self.name = ":" + told.readline().strip()

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class BiDi:
    """WebDriver BiDi, as far as one command goes: a WebSocket, and an answer for each question."""

    def __init__(self, url):
        to = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((to.hostname, to.port), timeout=COMMAND_TIMEOUT_S)
        key = base64.b64encode(os.urandom(16)).decode()
        head = ["GET %s HTTP/1.1" % to.path, "Host: %s" % to.netloc, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: " + key, "Sec-WebSocket-Version: 13"]
        self.socket.sendall("\r\n".join(head + ["", ""]).encode())
        self.stream = self.socket.makefile("rb")
        if b" 101 " not in self.stream.readline():
            raise Failed("no BiDi at " + url)
        while self.stream.readline().strip():
            pass
        self.asked = 0

    def command(self, method, **params):
        self.asked += 1
        text = json.dumps({"id": self.asked, "method": method, "params": params}).encode()
        mask, length = os.urandom(4), struct.pack(">B", 0x80 | len(text)) if len(text) < 126 else struct.pack(">BH", 0x80 | 126, len(text))
        self.socket.sendall(b"\x81" + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(text)))
        while (answer := json.loads(self.frame())).get("id") != self.asked:
            pass
        if answer["type"] == "error":
            raise Failed("%s: %s" % (answer["error"], answer["message"]))
        return answer["result"]

    def frame(self):
        head = self.stream.read(2)
        if len(head) < 2:
            raise Failed("the browser has closed its BiDi")
        size = head[1]
        if size > 125:
            size = int.from_bytes(self.stream.read(2 if size == 126 else 8), "big")
        return self.stream.read(size)

    def close(self):
        self.stream.close()
        self.socket.close()


class Browser:
    """One browser with a profile of its own, which goes with it. `dark`, `calm` (reduced motion) and `forced` (colours) are what a user
    has set: Chromium is told of them later (Emulation.setEmulatedMedia), WebKitGTK has no forced colours."""

    def __init__(self, engine, lang="en", dark=False, calm=False, forced=False, display=None, proxy=None, wasm=True, zone=None):
        self.engine = engine
        self.folder = tempfile.TemporaryDirectory(prefix="veche-web-")
        self.downloads = str(pathlib.Path(self.folder.name) / "downloads")
        profile = str(pathlib.Path(self.folder.name) / "profile")
        for folder in (self.downloads, profile):
            os.mkdir(folder)
        self.port = free_port()
        tag, locale = TAGS[lang], LOCALES[lang]
        command, capabilities = ENGINES[engine](profile, self.port, {"lang": tag, "dark": dark, "calm": calm, "forced": forced, "downloads": self.downloads, "wasm": wasm})
        env = {**os.environ, "HOME": self.folder.name, "LANG": locale, "LANGUAGE": tag.replace("-", "_"), "LC_ALL": locale}
        env.pop("WAYLAND_DISPLAY", None)
        if display:
            env["DISPLAY"] = display.name
        if zone:
            env["TZ"] = zone
        if dark:
            env["GTK_THEME"] = "Adwaita:dark"
        if calm:
            settings = pathlib.Path(self.folder.name) / ".config" / "gtk-3.0" / "settings.ini"
            settings.parent.mkdir(parents=True)
            settings.write_text("[Settings]\ngtk-enable-animations=0\n")
            env.pop("XDG_CONFIG_HOME", None)
        if not wasm:
            # WebKit's own switch, by its earlier and its later name.
            env["JSC_useWebAssembly"] = env["JSC_useWasm"] = "0"
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        self.base = ""
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.ask("GET", "/status")
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        capabilities = {**capabilities, "pageLoadStrategy": "normal"}
        if engine != "webkit":
            capabilities["unhandledPromptBehavior"] = "accept"
        if proxy:
            capabilities["proxy"] = {"proxyType": "manual", "httpProxy": proxy}
        told = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.base = "/session/" + told["sessionId"]
        self.version = told["capabilities"].get("browserVersion")
        self.bidi = BiDi(told["capabilities"]["webSocketUrl"]) if engine == "firefox" else None
        if engine == "chromium" and not wasm:
            # No switch of its own does it any more.
            self.command("Page.addScriptToEvaluateOnNewDocument", source="delete globalThis.WebAssembly")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=COMMAND_TIMEOUT_S)
        try:
            text = None if method in ("GET", "DELETE") else json.dumps(body or {})
            connection.request(method, getattr(self, "base", "") + path, text, {"content-type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise Failed("%s: %s" % (value["error"], value.get("message", "")[:400]))
        return value

    def close(self):
        if self.bidi:
            self.bidi.close()
        try:
            self.ask("DELETE", "")
        except (OSError, Failed, http.client.HTTPException):
            pass
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.folder.cleanup()

    # --- what tests do

    def go(self, url):
        self.ask("POST", "/url", {"url": url})

    def run(self, script, *args):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(args)})

    def wait_for(self, script, *args, seconds=20):
        """The first answer of the script that is true."""
        until = time.monotonic() + seconds
        while True:
            try:
                value = self.run(script, *args)
            except Failed:
                # between two pages
                value = None
            if value:
                return value
            if time.monotonic() > until:
                raise Failed("in vain: %s %s\n%s" % (script, args, self.text()))
            time.sleep(0.03)

    def find(self, selector):
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector, order=0):
        """Clicks the element that comes so many-th, from where a voter would see it."""
        self.steadily(lambda: self.click_on(self.run("return document.querySelectorAll(arguments[0])[arguments[1]]", selector, order)))

    def steadily(self, act):
        """Pages are drawn anew by themselves: what was found a moment ago may be another now, and nothing was done to it."""
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                return act()
            except Failed as failed:
                if not str(failed).startswith("stale element") or time.monotonic() > until:
                    raise

    def click_on(self, element):
        self.run("arguments[0].scrollIntoView({ block: 'center' })", element)
        self.ask("POST", "/element/%s/click" % element[ELEMENT])

    def press(self, text):
        """Clicks the button, link or summary that begins with this text; its successor where the page is drawn anew meanwhile."""
        script = "return [...document.querySelectorAll('button, a, summary')].find(e => e.textContent.trim().startsWith(arguments[0]))"
        self.steadily(lambda: self.click_on(self.wait_for(script, text)))

    def type(self, selector, text):
        self.steadily(lambda: self.ask("POST", "/element/%s/value" % self.find(selector), {"text": text}))

    def keys(self, text):
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def chord(self, held, key):
        """A key while another is held down."""
        actions = [{"type": kind, "value": value} for kind, value in [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)]]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def tab_to(self, script, back=False, most=60):
        """Goes on (or back) by the tab key until the focused element, `e`, is the wanted one. At the end of a page the focus goes on into
        the browser's own window, so what stands before the heading is reached from there, and back."""
        for _ in range(most):
            self.chord(SHIFT, TAB) if back else self.keys(TAB)
            if self.run("const e = document.activeElement; return !!(%s)" % script):
                return
        raise Failed("no way by keyboard to %s" % script)

    def text(self):
        return self.run("return document.body ? document.body.innerText : ''")

    def heading(self):
        return self.run("return document.querySelector('h1')?.textContent ?? ''")

    def wait_heading(self, *texts, seconds=20):
        self.wait_for("return arguments[0].includes(document.querySelector('h1')?.textContent ?? '')", list(texts), seconds=seconds)
        return self.heading()

    def picture(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))

    def whole_picture(self, path):
        """Also what stands below the window, where the engine can show it."""
        if self.engine == "chromium":
            taken = self.command("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        else:
            taken = self.ask("GET", "/moz/screenshot/full" if self.engine == "firefox" else "/screenshot")
        pathlib.Path(path).write_bytes(base64.b64decode(taken))

    def printed(self, path):
        """The page as paper, if this driver prints."""
        sheet = self.ask("POST", "/print", {"page": {"width": 21.0, "height": 29.7}, "background": False})
        pathlib.Path(path).write_bytes(base64.b64decode(sheet))

    def in_another_tab(self, act):
        """Goes to the tab that `act` opens; gives what closes it and comes back."""
        here, before = self.ask("GET", "/window"), self.ask("GET", "/window/handles")
        act()
        until = time.monotonic() + START_TIMEOUT_S
        while not (new := [tab for tab in self.ask("GET", "/window/handles") if tab not in before]):
            if time.monotonic() > until:
                raise Failed("no other tab was opened")
            time.sleep(0.03)
        self.ask("POST", "/window", {"handle": new[0]})

        def back():
            self.ask("DELETE", "/window")
            self.ask("POST", "/window", {"handle": here})
        return back

    def command(self, name, **parameters):
        """Of Chromium's own protocol."""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def phone(self, width=390, height=844):
        """A window of this size; WebKitGTK's is as narrow as its own bar allows."""
        if self.engine == "chromium":
            self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
            # As on a telephone: they lie over the page.
            self.command("Emulation.setScrollbarsHidden", hidden=True)
        elif self.engine == "firefox":
            self.bidi.command("browsingContext.setViewport", context=self.ask("GET", "/window"), viewport={"width": width, "height": height})
        else:
            self.ask("POST", "/window/rect", {"width": width, "height": height})

    def label(self, selector):
        return self.ask("GET", "/element/%s/computedlabel" % self.find(selector))

    def role(self, selector):
        return self.ask("GET", "/element/%s/computedrole" % self.find(selector))
