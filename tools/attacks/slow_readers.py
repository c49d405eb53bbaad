#!/usr/bin/env python3
"""500 connections from one address ask for a bundle of three megabytes and take nothing, while voters vote. Succeeds if
the server's memory grows by more than 200 MB, a ballot is not recorded, or the p99 of the voters' waits is four times
that in quiet. Linux only: it reads /proc.

    slow_readers.py BINARY
"""
import asyncio
import socket
from pathlib import Path

from stage import LONGER_MAX, Stage, attack

READERS, GREW_MAX_MB = 500, 200
BUNDLE, BUNDLE_BALLOTS = "/tile/entries/000", 256
SECRET = ("--candidates", "20", "--local-trustees")
VOTERS, VOTERS_A_SECOND = 200, 25
READER_ADDRESS, RECEIVE_BUFFER_BYTES = "127.0.9.1", 2048


def memory_mb(stage):
    status = Path(f"/proc/{stage.server.pid}/status").read_text()
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(line.split()[1]) / 1000


async def ask(stage):
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    reader.setblocking(False)
    reader.bind((READER_ADDRESS, 0))
    try:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(reader, (stage.host, int(stage.port)))
        await loop.sock_sendall(reader, f"GET {BUNDLE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    except OSError:
        pass  # turned away
    return reader


async def main(program):
    with Stage(program, BUNDLE_BALLOTS + 2 * VOTERS, SECRET) as stage:
        await stage.load(0, BUNDLE_BALLOTS)
        quiet = await stage.load(BUNDLE_BALLOTS, VOTERS, VOTERS_A_SECOND)
        before = most = memory_mb(stage)
        readers = [await ask(stage) for _ in range(READERS)]
        voting = asyncio.create_task(stage.load(BUNDLE_BALLOTS + VOTERS, VOTERS, VOTERS_A_SECOND))
        while not voting.done():
            most = max(most, memory_mb(stage))
            await asyncio.wait([voting], timeout=0.1)
        for reader in readers:
            reader.close()
    voted = voting.result()
    waits = f"{quiet['p99_ms']:.0f} ms in quiet, {voted['p99_ms']:.0f} ms meanwhile" if voted else "not all recorded"
    seen = f"memory from {before:.0f} to {most:.0f} MB; 99% of voters waited less than {waits}"
    slow = voted is None or voted["p99_ms"] > LONGER_MAX * quiet["p99_ms"]
    return slow or most - before > GREW_MAX_MB, seen


attack(main)
