"""What the attacks on the server share: an election with its server, strangers' sockets, and voters near and far.

Everything stays on the loopback, where each stranger has an address of its own (127.0.0.0/8).
"""
import asyncio
import json
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START_S, VOTE_S, STEP_S = 30, 20, 20
# Python's own code for a script that broke is 1, and must not be taken for either.
SUCCEEDED, FAILED = 0, 3


def binary():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} BINARY")
    return str(Path(sys.argv[1]).resolve())


def attack(main):
    """Runs an attack that says whether it succeeded, and what was seen."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Whoever stops the attack stops its server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    succeeded, seen = asyncio.run(main(binary()))
    print(f"the attack {'SUCCEEDED' if succeeded else 'failed'}: {seen}")
    sys.exit(SUCCEEDED if succeeded else FAILED)


class Stage:
    """An election of so many voters, open unless it is said how it is made, served with these limits until the end of the `with`. The server believes a
    proxy on 127.0.0.1, so that attacks can come from any address that a proxy could name."""

    def __init__(self, program, voters, election=("--candidates", "A,B", "--secrecy", "open"), **limits):
        self.program, self.voters, self.election = program, voters, election
        self.limits = {"trusted_proxies": '["127.0.0.1"]'} | limits

    def run(self, *arguments):
        subprocess.run([self.program, *arguments], cwd=self.dir, check=True, capture_output=True, timeout=VOTE_S)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.dir, self.receipts = Path(self.folder.name), 0
        self.run("new", "e", "--voters", str(self.voters), "--rule", "sum", *self.election)
        settings = self.dir / "e/election.toml"
        text = settings.read_text()
        for name, value in self.limits.items():
            text = re.sub(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        settings.write_text(text)
        with open(self.dir / "server.log", "w") as log:
            self.server = subprocess.Popen([self.program, "serve", "e", "--any-port"], cwd=self.dir, stdout=log, stderr=log)
        lock, end = self.dir / "e/lock", time.time() + START_S
        while not (lock.exists() and lock.read_text().startswith("http")):
            if time.time() > end or self.server.poll() is not None:
                self.__exit__()
                sys.exit("the server did not start")
            time.sleep(0.1)
        self.url = lock.read_text().strip()
        self.host, self.port = self.url.split("//")[1].split(":")
        self.run("open", "e")
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        self.folder.cleanup()

    async def vote(self, number, line=None):
        """With the voter's own program. Returns how long it took, or None if the ballot was not recorded."""
        self.receipts += 1
        url, receipt = line.url if line else self.url, f"receipt-{self.receipts}.json"
        began = time.time()
        voter = await asyncio.create_subprocess_exec(
            self.program, "vote", str(number), "--card", f"e/cards/{number}.json", "--url", url, "--ballot", "12",
            "--yes", "--receipt", receipt, cwd=self.dir,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(VOTE_S):
                code = await voter.wait()
        except TimeoutError:
            voter.kill()
            code = await voter.wait()
        return time.time() - began if code == 0 else None


    async def load(self, skip, voters, rate=None):
        """Voters with the cards behind the first ones, by the program's own measure. None if not all ballots were recorded."""
        at_a_pace = ("--rate", str(rate)) if rate else ()
        loading = await asyncio.create_subprocess_exec(
            str(Path(self.program).with_name("veche-load")), self.url, "--cards", "e", "--skip", str(skip), "--voters", str(voters), "--json",
            *at_a_pace, cwd=self.dir, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        out, _ = await loading.communicate()
        return json.loads(out) if loading.returncode == 0 else None


class Line:
    """A way to the server for voters' programs: it comes out at an address of the loopback, or as a proxy that brings
    somebody from anywhere; and every byte takes a while each way."""

    def __init__(self, stage, address="127.0.0.1", one_way_s=0, brings=None):
        self.stage, self.address, self.one_way_s = stage, address, one_way_s
        self.header = forwarded_for(brings)

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def carry(self, reader, writer):
        try:
            back, forth = await asyncio.open_connection(self.stage.host, self.stage.port, local_addr=(self.address, 0))
        except OSError:
            return writer.close()
        try:
            if self.header:
                forth.write(await reader.readline() + self.header.encode())
            await asyncio.gather(self.one_way(reader, forth), self.one_way(back, writer))
        except asyncio.CancelledError:
            pass  # the attack is over

    async def one_way(self, reader, writer):
        loop, under_way = asyncio.get_running_loop(), asyncio.Queue()

        async def arrive():
            while (arrives := await under_way.get()) is not None:
                when, data = arrives
                await asyncio.sleep(max(0, when - loop.time()))
                writer.write(data)
                await writer.drain()

        arriving = asyncio.create_task(arrive())
        try:
            while data := await reader.read(65536):
                under_way.put_nowait((loop.time() + self.one_way_s, data))
        except OSError:
            pass
        under_way.put_nowait(None)
        try:
            await arriving
        except OSError:
            pass
        writer.close()


def forwarded_for(address):
    return f"X-Forwarded-For: {address}\r\n" if address else ""


class Session:
    """A stranger's session: a WebSocket that says a number, and can wait to be told something."""

    ended = None

    @classmethod
    async def claim(cls, stage, address, number, brought=None):
        """From an address of the loopback, or brought by a proxy there."""
        session = cls()
        async with asyncio.timeout(STEP_S):
            opening = asyncio.open_connection(stage.host, stage.port, local_addr=(address, 0))
            session.reader, session.writer = await opening
        session.writer.write((
            f"GET /session HTTP/1.1\r\nHost: {stage.host}:{stage.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: veche.v2\r\n{forwarded_for(brought)}\r\n").encode())
        async with asyncio.timeout(STEP_S):
            head = await session.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            session.close()
            raise OSError(head.split(b"\r\n")[0].decode())
        session.say(str(number))
        return session

    def say(self, text):
        data = text.encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else struct.pack(">BH", 0x80 | 126, len(data))
        self.writer.write(b"\x81" + length + bytes(4) + data)

    async def hear(self, patience_s=STEP_S):
        """The next text, or None when the server ends the session: by which code, stands in `ended` then."""
        async with asyncio.timeout(patience_s):
            head = await self.reader.readexactly(2)
            length = head[1] & 0x7F
            if length == 126:
                length = struct.unpack(">H", await self.reader.readexactly(2))[0]
            data = await self.reader.readexactly(length)
        if head[0] & 0x0F == 1:
            return data.decode()
        self.ended = int.from_bytes(data[:2], "big")
        return None

    def close(self):
        self.writer.close()


# What ends a stranger's session, or keeps it from coming about.
ENDS = (OSError, EOFError, TimeoutError)


# A stranger may make voters wait, but not more than so many times as long as in quiet.
LONGER_MAX = 4


def slowed(attacked, quiet):
    """Whether somebody did not vote, or the slowest of the attacked took too long, measured by the slowest in quiet."""
    return None in attacked or max(attacked) > LONGER_MAX * max(quiet)


def waits(times):
    """The middle and the longest of some votes, in words."""
    times = sorted(time for time in times if time is not None)
    return f"middle {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s" if times else "none"
