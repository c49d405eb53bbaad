#!/usr/bin/env bash
# Package:  aiosmtpd 1.4.6 (PyPI), the server that others test their mail against; the client is Python's own smtplib
# Guess:    a server that speaks TLS from the first byte (port 465, as for submission today) with an authenticator offers AUTH,
#           as it does after STARTTLS: the line is encrypted in both.
# Happens:  it offers none and answers AUTH with 538, "Encryption required": only STARTTLS counts as encryption. It offers it
#           with auth_require_tls=False, which then allows passwords on open lines too.
# Matters:  letters with the links to ballots go through such servers. Whoever tests the password's way against this one sees a
#           correct client fail on port 465, and is tempted to send the password before encryption, or to test without one.
#           A test sets auth_require_tls=False for implicit TLS, and has another that the password never leaves in clear.
# Seen:     2026-11-28. Needs python3 with venv, openssl.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aiosmtpd==1.4.6 attrs==25.4.0 atpublic==6.0.2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out certificate.pem -days 2 \
    -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
cat >try.py <<'PY'
import smtplib
import ssl
import socket

from aiosmtpd import __version__
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult


class Named(Controller):
    """The controller knocks once by itself, in clear, to see that it listens; here nobody has to."""

    def _trigger_server(self):
        with socket.create_connection((self.hostname, self.port)) as knock:
            ssl.create_default_context(cafile="certificate.pem").wrap_socket(knock, server_hostname="127.0.0.1").close()


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def told(**options):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain("certificate.pem", "key.pem")
    right = lambda *_: AuthResult(success=True)
    controller = Named(Sink(), hostname="127.0.0.1", port=port(), ssl_context=server, authenticator=right, **options)
    controller.start()
    try:
        trust = ssl.create_default_context(cafile="certificate.pem")
        with smtplib.SMTP_SSL("127.0.0.1", controller.port, context=trust) as client:
            client.ehlo()
            offers = "offers AUTH" if client.has_extn("auth") else "offers no AUTH"
            code, said = client.docmd("AUTH", "PLAIN AHVzZXIAcGFzc3dvcmQ=")
            return f"{offers}, answers it with {code} {said.decode()}"
    finally:
        controller.stop()


print("aiosmtpd", __version__)
print("over TLS from the first byte:", told())
print("the same, auth_require_tls=False:", told(auth_require_tls=False))
PY
venv/bin/python -W ignore try.py | tee seen
grep -q '^over TLS.* offers no AUTH, answers it with 538 ' seen && grep -q 'False: offers AUTH, answers it with 235 ' seen ||
    { echo "it behaves differently now" >&2; exit 1; }
