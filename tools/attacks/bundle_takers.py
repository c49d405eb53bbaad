#!/usr/bin/env python3
"""Strangers from many addresses take a bundle of three megabytes, all of it, again and again, while voters vote once more:
for each of these ballots the server reads the one that it replaces from its database. Succeeds if a ballot is not
recorded, or the p99 of the voters' waits is four times that of the same in quiet.

    bundle_takers.py BINARY
"""
import asyncio

from stage import ENDS, LONGER_MAX, Stage, attack

TAKERS, ADDRESSES, PIECE_BYTES = 160, 40, 65536
BUNDLE, BUNDLE_BALLOTS = "/tile/entries/000", 256
SECRET = ("--candidates", "20", "--local-trustees")
VOTERS, VOTERS_A_SECOND = 200, 10


class Taker:
    """Takes the bundle over and over; what it takes it forgets."""

    def __init__(self, stage, i):
        self.stage, self.address, self.bundles = stage, f"127.9.{i % ADDRESSES}.1", 0

    async def take_on(self):
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.stage.host, self.stage.port, local_addr=(self.address, 0))
                while True:
                    await self.take(reader, writer)
                    self.bundles += 1
            except ENDS:
                await asyncio.sleep(0.1)

    async def take(self, reader, writer):
        writer.write(f"GET {BUNDLE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise OSError("turned away")
        left = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        while left:
            piece = await reader.read(min(left, PIECE_BYTES))
            if not piece:
                raise EOFError
            left -= len(piece)


async def main(program):
    with Stage(program, BUNDLE_BALLOTS + VOTERS, SECRET) as stage:
        await stage.load(0, BUNDLE_BALLOTS)
        await stage.load(BUNDLE_BALLOTS, VOTERS)
        quiet = await stage.load(BUNDLE_BALLOTS, VOTERS, VOTERS_A_SECOND)
        if quiet is None:
            raise RuntimeError("voters cannot vote in quiet")
        takers = [Taker(stage, i) for i in range(TAKERS)]
        taking = [asyncio.create_task(taker.take_on()) for taker in takers]
        await asyncio.sleep(2)
        voted = await stage.load(BUNDLE_BALLOTS, VOTERS, VOTERS_A_SECOND)
        for task in taking:
            task.cancel()
        await asyncio.gather(*taking, return_exceptions=True)
    bundles = sum(taker.bundles for taker in takers)
    waits = f"{quiet['p99_ms']:.0f} ms in quiet, {voted['p99_ms']:.0f} ms meanwhile" if voted else "not all recorded"
    slow = voted is None or voted["p99_ms"] > LONGER_MAX * quiet["p99_ms"]
    return slow, f"{bundles} bundles were taken; 99% of those who voted again waited less than {waits}"


attack(main)
