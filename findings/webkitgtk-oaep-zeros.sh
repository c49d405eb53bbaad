#!/usr/bin/env bash
# Package:  WebKitGTK as Debian 12 ships it (libwebkit2gtk-4.1, the version is printed), beside Node 20
# Guess:    what RSA-OAEP decrypts is what was encrypted, byte for byte: WebCrypto gives an ArrayBuffer, not a number.
# Happens:  WebKitGTK leaves out the zero bytes at its beginning. 32 bytes that begin with a zero come back as 31,
#           with two zeros as 30, and nothing throws: the padding was right. Node gives 32 each time.
# Matters:  whoever wraps a random AES key for a voter's browser, as JWE with RSA-OAEP does, has one key in 256 that
#           comes a byte short and is then refused when it is imported. A test that votes a hundred times may see it
#           or not; of ten thousand voters dozens hear that the server's answer cannot be opened. Put the zeros back
#           to the length that the key must have; whether it is the right one the tag of AES-GCM tells.
# Seen:     2026-11-27 with WebKitGTK 2.50. Needs webkit2gtk-driver and xvfb (apt-get install, as root), node 20,
#           python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for program in WebKitWebDriver Xvfb node; do
    command -v $program >/dev/null || { echo "$program is missing: apt-get install webkit2gtk-driver xvfb" >&2; exit 1; }
done
cat >probe.js <<'JS'
const probe = async () => {
  const oaep = { name: 'RSA-OAEP', hash: 'SHA-256' };
  const size = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const keys = await crypto.subtle.generateKey({ ...oaep, ...size }, false, ['encrypt', 'decrypt']);
  const lengths = [];
  for (const zeros of [0, 1, 2]) {
    const sent = new Uint8Array(32).fill(7);
    sent.fill(0, 0, zeros);
    const got = await crypto.subtle.decrypt(oaep, keys.privateKey, await crypto.subtle.encrypt(oaep, keys.publicKey, sent));
    lengths.push(got.byteLength);
  }
  return lengths.join(' ');
};
JS
{
    echo '<!doctype html><title>probe</title><script>'
    cat probe.js
    echo 'probe().then((text) => { document.title = text; }, (error) => { document.title = String(error); });</script>'
} >index.html
{ cat probe.js; echo 'probe().then(console.log);'; } >probe.mjs
cat >drive.py <<'PY'
"""Opens index.html in WebKitGTK by its own driver, on a screen that nobody sees, and prints the title that the page gives itself."""
import functools, glob, http.server, json, os, socket, subprocess, sys, threading, time, urllib.request

quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Silent(http.server.SimpleHTTPRequestHandler):
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
site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory="."))
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
    title = wait(lambda: (text := call("GET", path + "/title")) not in ("", "probe") and text)
    print(session["capabilities"].get("browserVersion", "?"))
    print(title)
    call("DELETE", path)
finally:
    for process in (driver, screen):
        process.terminate()
        process.wait()
PY
seen=$(python3 drive.py)
version=${seen%%$'\n'*} in_webkit=${seen##*$'\n'} in_node=$(node probe.mjs)
echo "WebKitGTK $version, Node $(node --version); bytes of 32 that come back, with 0, 1 and 2 zeros in front"
printf '%-9s %s\n' WebKitGTK "$in_webkit" Node "$in_node"
[ "$in_webkit" = "32 31 30" ] && [ "$in_node" = "32 32 32" ] || { echo "it behaves differently now" >&2; exit 1; }
