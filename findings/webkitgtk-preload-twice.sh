#!/usr/bin/env bash
# Package:  WebKitGTK as Debian 12 ships it (libwebkit2gtk-4.1, the version is printed)
# Guess:    a file that the page names in <link rel="preload" as="fetch" crossorigin> and that a script fetches later, the same
#           address, same origin, cacheable for a year, is sent once: the fetch takes what was loaded in advance.
# Happens:  it is sent twice. (The Chromium of the same Debian sends it once.)
# Matters:  a voting page starts its largest file, the module of WebAssembly, as early as it can; the hint that saves a
#           telephone a round trip in one browser makes a voter of another load the module twice, on the network of a full
#           hall, and the measure of "under so many kilobytes" is true in one browser only. Start the fetch itself first, in a
#           small script at the head of the page, and keep its promise.
# Seen:     2026-11-28 with WebKitGTK 2.50. Needs webkit2gtk-driver and xvfb (apt-get install, as root), python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for program in WebKitWebDriver Xvfb; do
    command -v $program >/dev/null || { echo "$program is missing: apt-get install webkit2gtk-driver xvfb" >&2; exit 1; }
done
head -c 200000 /dev/urandom >vote.wasm
cat >index.html <<'HTML'
<!doctype html><title>loading</title>
<link rel="preload" href="/vote.wasm" as="fetch" crossorigin>
<script>
addEventListener('load', () => setTimeout(async () => {
  const answer = await fetch('/vote.wasm');
  document.title = String((await answer.arrayBuffer()).byteLength);
}, 1000));
</script>
HTML
cat >drive.py <<'PY'
"""Opens index.html in WebKitGTK by its own driver, on a screen that nobody sees; prints its version and how often each file was sent."""
import glob, http.server, json, os, socket, subprocess, sys, threading, time, urllib.request

quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


sent = {}


class Counting(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        body = open(self.path.strip("/") or "index.html", "rb").read() if self.path in ("/", "/vote.wasm") else b""
        sent[self.path] = sent.get(self.path, 0) + 1
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "application/wasm")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache" if self.path == "/" else "public, max-age=31536000, immutable")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def wait(ask):
    for _ in range(240):
        try:
            answer = ask()
        except OSError:
            answer = None
        if answer:
            return answer
        time.sleep(0.25)
    sys.exit("the browser does not answer")


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    at = free.getsockname()[1]
site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
threading.Thread(target=site.serve_forever, daemon=True).start()
reader, writer = os.pipe()
screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24"], pass_fds=[writer], **quiet)
display = ":" + os.read(reader, 16).decode().strip()
driver = subprocess.Popen(["WebKitWebDriver", f"--port={at}", "--host=127.0.0.1"], env=os.environ | {"DISPLAY": display}, **quiet)


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{at}{path}", data, {"Content-Type": "application/json"}, method=method)
    return json.load(urllib.request.urlopen(request, timeout=60))["value"]


try:
    wait(lambda: call("GET", "/status")["ready"])
    browser = glob.glob("/usr/lib/*/webkit2gtk-4.1/MiniBrowser")[0]
    options = {"binary": browser, "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
    session = call("POST", "/session", wanted)
    path = "/session/" + session["sessionId"]
    call("POST", path + "/url", {"url": "http://127.0.0.1:%d/" % site.server_port})
    title = wait(lambda: (text := call("GET", path + "/title")) not in ("", "loading") and text)
    print(session["capabilities"].get("browserVersion", "?"))
    print(title, sent.get("/vote.wasm", 0))
    call("DELETE", path)
finally:
    for process in (driver, screen):
        process.terminate()
        process.wait()
PY
seen=$(python3 drive.py)
version=${seen%%$'\n'*} last=${seen##*$'\n'}
echo "WebKitGTK $version: ${last% *} bytes were fetched, and the file was sent ${last#* } times"
[ "$last" = "200000 2" ] || { echo "it behaves differently now" >&2; exit 1; }
