#!/usr/bin/env bash
# Package:  Chromium and Firefox ESR as Debian 12 ships them, Node 20 (the versions are printed), a key made by openssl
# Guess:    a key whose encoding says "for RSA-PSS" (RFC 4055) is what WebCrypto's RSA-PSS is for: all engines import
#           it, or none.
# Happens:  Firefox imports it, private and public. Chromium and Node refuse both: they take an RSA-PSS key only in the
#           encoding of a plain RSA key. A JWK whose modulus is written with a leading zero byte divides them otherwise:
#           Firefox and Node take it, Chromium does not. And Firefox does not make a key of 2056 bits, which the two
#           others do.
# Matters:  in an election on the web each voter's browser is another verifier. A server whose key was made "properly"
#           as an RSA-PSS key works for the voters with one browser; the others see an invalid election. Try every key
#           and vector in all engines before the roll is printed, and prefer the plain encoding.
# Seen:     2026-11-27 with Chromium 156 and Firefox 153.8. Needs chromium, chromium-driver and firefox-esr (apt-get
#           install, as root), node 20, openssl, python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for program in chromium chromedriver firefox-esr node; do
    command -v $program >/dev/null ||
        { echo "$program is missing: apt-get install chromium chromium-driver firefox-esr" >&2; exit 1; }
done
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
    -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out pss.pem 2>/dev/null
cat >probe.js <<JS
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const privateKey = bytes('$(openssl pkcs8 -topk8 -nocrypt -in pss.pem -outform DER | base64 -w0)');
const publicKey = bytes('$(openssl pkey -in pss.pem -pubout -outform DER | base64 -w0)');
JS
cat >>probe.js <<'JS'
const pss = { name: 'RSA-PSS', hash: 'SHA-256' };
const works = (promise) => promise.then(() => 'yes', () => 'no');
const make = (modulusLength) =>
  crypto.subtle.generateKey({ ...pss, modulusLength, publicExponent: new Uint8Array([1, 0, 1]) }, true, ['sign', 'verify']);
const probe = async () => {
  const plain = await crypto.subtle.exportKey('jwk', (await make(2048)).publicKey);
  const modulus = atob(plain.n.replace(/-/g, '+').replace(/_/g, '/'));
  const n = btoa('\0' + modulus).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  return [
    'public PSS key', await works(crypto.subtle.importKey('spki', publicKey, pss, true, ['verify'])),
    'private PSS key', await works(crypto.subtle.importKey('pkcs8', privateKey, pss, true, ['sign'])),
    'plain JWK', await works(crypto.subtle.importKey('jwk', { kty: 'RSA', n: plain.n, e: plain.e }, pss, true, ['verify'])),
    'JWK with 00', await works(crypto.subtle.importKey('jwk', { kty: 'RSA', n, e: plain.e }, pss, true, ['verify'])),
    '2056 bits', await works(make(2056)),
  ].join(' ');
};
JS
{
    echo '<!doctype html><title>probe</title><script>'
    cat probe.js
    echo 'probe().then((text) => { document.title = text; });</script>'
} >probe.html
{ cat probe.js; echo 'probe().then(console.log);'; } >probe.mjs
cat >drive.py <<'PY'
"""Opens probe.html in a browser by its own remote control, and prints the title that the page gives itself."""
import json, os, pathlib, socket, subprocess, sys, tempfile, time, urllib.request

url = pathlib.Path("probe.html").resolve().as_uri()
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


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


def chromium():
    at = port()
    driver = subprocess.Popen(["chromedriver", f"--port={at}"], **quiet)

    def call(method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{at}{path}", data, method=method)
        return json.load(urllib.request.urlopen(request, timeout=60))["value"]

    try:
        wait(lambda: call("GET", "/status")["ready"])
        profile = os.path.abspath(tempfile.mkdtemp(dir="."))
        options = {"args": ["--headless=new", "--no-sandbox", f"--user-data-dir={profile}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        session = "/session/" + call("POST", "/session", wanted)["sessionId"]
        call("POST", session + "/url", {"url": url})
        title = wait(lambda: (text := call("GET", session + "/title")) != "probe" and text)
        call("DELETE", session)
        return title
    finally:
        driver.terminate()
        driver.wait()


def firefox():
    at, profile = port(), tempfile.mkdtemp(dir=".")
    pathlib.Path(profile, "user.js").write_text(f'user_pref("marionette.port", {at});\n')
    environment = os.environ | {"HOME": os.getcwd()}
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", os.path.abspath(profile), "--marionette"]
    browser = subprocess.Popen(command, env=environment, **quiet)
    try:
        line = wait(lambda: socket.create_connection(("127.0.0.1", at))).makefile("rwb")

        def receive():
            length = b""
            while (byte := line.read(1)) != b":":
                length += byte
            return json.loads(line.read(int(length)))

        def call(name, **arguments):
            message = json.dumps([0, 1, name, arguments]).encode()
            line.write(b"%d:%s" % (len(message), message))
            line.flush()
            return receive()[3]

        receive()
        call("WebDriver:NewSession", capabilities={})
        call("WebDriver:Navigate", url=url)
        return wait(lambda: (text := call("WebDriver:GetTitle")["value"]) != "probe" and text)
    finally:
        browser.terminate()
        browser.wait()


print({"chromium": chromium, "firefox": firefox}[sys.argv[1]]())
PY
chromium --version 2>/dev/null
firefox-esr --version 2>/dev/null
echo "Node $(node --version)"
in_chromium=$(python3 drive.py chromium)
in_firefox=$(python3 drive.py firefox)
in_node=$(node probe.mjs)
printf '%-9s %s\n' Chromium "$in_chromium" Firefox "$in_firefox" Node "$in_node"
[ "$in_chromium" = "public PSS key no private PSS key no plain JWK yes JWK with 00 no 2056 bits yes" ] &&
    [ "$in_firefox" = "public PSS key yes private PSS key yes plain JWK yes JWK with 00 yes 2056 bits no" ] &&
    [ "$in_node" = "public PSS key no private PSS key no plain JWK yes JWK with 00 yes 2056 bits yes" ] ||
    { echo "it behaves differently now" >&2; exit 1; }
