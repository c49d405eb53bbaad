"""A mail server for tests, by aiosmtpd, that fails in one chosen way. `smtp.py WAY FOLDER [CERTIFICATE KEY]`: says its port on
standard output, and writes each letter that it has taken as a line of JSON into FOLDER/letters.jsonl, read by Python's own parser."""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

WAY, FOLDER, *TLS = sys.argv[1:]
seen, begun = set(), set()


def first(kind, address):
    """Is it the first time?"""
    new = (kind, address) not in seen
    seen.add((kind, address))
    return new


def read(envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    return {"from": envelope.mail_from, "to": envelope.rcpt_tos, "head": [[name, str(value)] for name, value in message.items()],
            "text": parts.get("text/plain"), "html": parts.get("text/html"), "raw": envelope.content.decode("ascii"),
            "defects": [str(defect) for part in message.walk() for defect in part.defects]}


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if WAY == "sender":
            return "550 5.7.1 not from you"
        if WAY == "farewell" and len(begun) % 3 == 2 and first("farewell", len(begun)):
            server.is_leaving = True
            return "421 4.7.0 too many letters on this line"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if WAY == "nobody" or WAY == "refuses" and address.startswith("v2@"):
            return "550 5.1.1 no such user"
        if WAY == "greylist" and first("rcpt", address):
            return "451 4.7.1 come again later"
        if WAY == "endless":
            while not server.transport.is_closing():
                server._writer.write(b"250" + b"x" * 5000)
                await asyncio.sleep(0.01)
        envelope.rcpt_tos.append(address)
        return "250-%s\r\n250 OK" % ("x" * 20000) if WAY == "long" else "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = read(envelope)
        if WAY == "large":
            return "552 5.3.4 too large a letter"
        if WAY == "echo":
            return "550 5.7.1 spam: " + " ".join(letter["text"].split())[:900]
        with open(FOLDER + "/letters.jsonl", "a") as file:
            file.write(json.dumps(letter) + "\n")
        second = envelope.rcpt_tos[0].startswith("v2@") and first("data", envelope.rcpt_tos[0])
        if WAY == "mute" and second:
            server.transport.abort()
            await asyncio.sleep(3600)
        if WAY == "hangs" and second:
            await asyncio.sleep(3600)
        server.is_leaving = WAY == "lies"
        begun.add(len(begun))
        return "250 2.0.0 queued as Q%d" % len(begun)


class Server(SMTP):
    is_leaving = has_greeted = False

    async def push(self, status):
        if not self.has_greeted:
            self.has_greeted = True
            await asyncio.sleep({"slow": 1.5, "silent": 3600}.get(WAY, 0))
        await super().push(status)
        if self.is_leaving:
            self.transport.close()

    async def smtp_DATA(self, arg):
        if WAY == "drops" and self.envelope.rcpt_tos[0].startswith("v2@") and first("drop", "v2"):
            await self.push("354 go on")
            await self._reader.readuntil(b"\r\n")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)

    async def smtp_STARTTLS(self, arg):
        if WAY == "inject":
            self._writer.write(b"220 go on\r\n250-evil.example\r\n250 AUTH PLAIN\r\n")
            await self._writer.drain()
            return
        await super().smtp_STARTTLS(arg)


def log_in(server, session, envelope, mechanism, data):
    good = data.login == b"vote@example.org" and data.password == "пароль".encode()
    return AuthResult(success=good, handled=False)


async def main():
    context = None
    if TLS:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*TLS)
        context.maximum_version = ssl.TLSVersion.TLSv1_2 if WAY == "old" else ssl.TLSVersion.TLSv1_3
    starts = WAY in ("starttls", "inject", "login")
    settings = {"hostname": "mail.test", "data_size_limit": {"size": 1000, "large": None}.get(WAY, 1 << 20),
                "tls_context": context if starts else None, "require_starttls": starts, "authenticator": log_in,
                "auth_required": WAY in ("password", "login"), "auth_require_tls": starts,
                "auth_exclude_mechanism": ["PLAIN"] if WAY == "login" else []}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(Handler(), loop=loop, **settings), "127.0.0.1", 0,
                                      ssl=None if starts else context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
