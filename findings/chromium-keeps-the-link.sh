#!/usr/bin/env bash
# Package:  Chromium as Debian 12 ships it (the version is printed)
# Guess:    a page whose first script takes the part behind # out of its address (history.replaceState, before anything is
#           shown, no other entry) leaves that part nowhere in the profile: the history knows the address as it became.
# Happens:  the database History holds the address as it was opened, part behind # and all, beside the one that it became.
# Matters:  links to a ballot have the card behind #, so that no server and no proxy hears of it. On a shared computer the next
#           person finds it in the history. A page cannot prevent it: it has to say so, and whoever sends links should not use
#           them where several people use one profile.
# Seen:     2026-11-28. Needs chromium and chromium-driver (apt-get install, as root), python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for program in chromium chromedriver; do
    command -v $program >/dev/null || { echo "$program is missing: apt-get install chromium chromium-driver" >&2; exit 1; }
done
cat >index.html <<'HTML'
<!doctype html><script>history.replaceState(null, '', location.pathname)</script><title>a page</title><p>Nothing else.
HTML
cat >drive.py <<'PY'
"""Opens the page by a link, once; closes the browser as a person would; prints its version and which addresses its history has."""
import functools, http.server, json, socket, sqlite3, subprocess, threading, time, urllib.request


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    at = free.getsockname()[1]
site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory="."))
threading.Thread(target=site.serve_forever, daemon=True).start()
driver = subprocess.Popen(["chromedriver", f"--port={at}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{at}{path}", data, {"Content-Type": "application/json"}, method=method)
    return json.load(urllib.request.urlopen(request, timeout=60))["value"]


try:
    for _ in range(100):
        try:
            if call("GET", "/status")["ready"]:
                break
        except OSError:
            time.sleep(0.2)
    options = {"args": ["--headless=new", "--no-sandbox", "--user-data-dir=profile"]}
    session = call("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
    path = "/session/" + session["sessionId"]
    call("POST", path + "/url", {"url": f"http://127.0.0.1:{site.server_port}/#the-card"})
    address = call("GET", path + "/url")
    time.sleep(3)
    call("DELETE", path)
finally:
    driver.terminate()
    driver.wait()
time.sleep(2)
rows = sqlite3.connect("profile/Default/History").execute("SELECT url FROM urls ORDER BY url").fetchall()
print(session["capabilities"]["browserVersion"])
print("address bar:", address.split("/", 3)[3] or "(nothing behind the host)")
print("history:", *["/" + url.split("/", 3)[3] for (url,) in rows])
PY
python3 drive.py | tee seen
grep -qx 'address bar: (nothing behind the host)' seen && grep -q '^history: .*#the-card' seen || { echo "it behaves differently now" >&2; exit 1; }
