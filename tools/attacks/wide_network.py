#!/usr/bin/env python3
"""Somebody has an IPv6 network of 48 bits, opens a session from each of many of its networks of 64 bits, and keeps
them; then sends sealed forms with nothing in them, from one network of 64 bits and from all of those, while voters from
elsewhere vote. Succeeds if more sessions stay than are allowed to sixteen addresses, if the many networks have the server
decrypt twice as many forms a second as the one, or if voters cannot vote, or wait four times as long as in quiet.

    wide_network.py BINARY
"""
import asyncio
import base64
import json
import multiprocessing
import os
import time
import urllib.request

from stage import ENDS, Line, Session, Stage, attack, slowed, waits

VOTERS, ALLOWED, PERSONS, NETWORKS, LOOK_S = 100, 10, 16, 400, 3
# Of the forms: who sends them, for how long at least, and how many times as many the wider network may bring.
PROCESSES, SENDERS, FLOOD_S, MORE_MAX = 4, 32, 10, 2
BROKEN_PROTOCOL = 1002
TURNS = {"quiet": range(1, 21), "from 64 bits": range(21, 41), "from 48 bits": range(41, 61)}


async def hoard(stage):
    """How many of the sessions from many networks stay."""
    sessions = []
    for i in range(NETWORKS):
        session = await Session.claim(stage, "127.0.0.1", 1 + i % VOTERS, f"2001:db8:0:{i * 16:x}::1")
        await session.hear()
        sessions.append(session)
    await asyncio.sleep(LOOK_S)
    stayed = 0
    for session in sessions:
        try:
            await session.hear(patience_s=0.01)
        except TimeoutError:
            stayed += 1
        except ENDS:
            pass
        session.close()
    return stayed


def junk(stage):
    """A token of the right form and length with random bytes in it: that it is none shows when it is decrypted."""
    with urllib.request.urlopen(stage.url + "/election.json") as manifest:
        up_bytes = json.load(manifest)["session"]["up_bytes"]
    parts = [b'{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}', b"\0" + os.urandom(383), *map(os.urandom, (12, up_bytes, 16))]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class Flood:
    """Processes that send such forms from networks of one width, and the count of those that were decrypted."""

    def __init__(self, stage, bits):
        self.stage, self.bits, self.form = stage, bits, junk(stage)
        context = multiprocessing.get_context("fork")
        self.over, self.decrypted = context.Event(), context.Value("q", 0)
        self.processes = [context.Process(target=self.work, args=(i,), daemon=True) for i in range(PROCESSES)]

    def __enter__(self):
        self.began = time.time()
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_):
        self.a_second = self.decrypted.value / (time.time() - self.began)
        self.over.set()
        for process in self.processes:
            process.join(timeout=5)
            process.kill()

    def work(self, i):
        asyncio.run(self.send_all(i))

    async def send_all(self, i):
        await asyncio.gather(*(self.send_on(i * SENDERS + k) for k in range(SENDERS)))

    def address(self, count):
        return f"2001:db8:1::{count:x}" if self.bits == 64 else f"2001:db8:2:{count % 65536:x}::1"

    async def send_on(self, sender):
        count = sender
        while not self.over.is_set():
            count += PROCESSES * SENDERS
            try:
                session = await Session.claim(self.stage, "127.0.0.1", 61 + count % (VOTERS - 60), self.address(count))
                if await session.hear():
                    session.say(self.form)
                    await session.hear()
                    # The form of it is right: whoever says that it breaks the protocol has decrypted it.
                    if session.ended == BROKEN_PROTOCOL:
                        with self.decrypted.get_lock():
                            self.decrypted.value += 1
                session.close()
            except ENDS:
                await asyncio.sleep(0.02)


async def vote(stage, voters):
    times = []
    for voter in voters:
        async with Line(stage, brings=f"2001:db8:{0xf000 + voter:x}::1") as line:
            times.append(await stage.vote(voter, line))
    return times


async def main(program):
    with Stage(program, VOTERS, sessions_per_address=ALLOWED) as stage:
        stayed = await hoard(stage)
    with Stage(program, VOTERS) as stage:
        times, decrypted = {"quiet": await vote(stage, TURNS["quiet"])}, {}
        for bits in (64, 48):
            turn = f"from {bits} bits"
            with Flood(stage, bits) as flood:
                began = time.time()
                await asyncio.sleep(1)
                times[turn] = await vote(stage, TURNS[turn])
                await asyncio.sleep(max(0, began + FLOOD_S - time.time()))
            decrypted[bits] = flood.a_second
    if None in times["quiet"]:
        raise RuntimeError("voters cannot vote in quiet")
    if not decrypted[64]:
        raise RuntimeError("no form was decrypted: nothing can be compared")
    votes = "; ".join(f"{turn}: {sum(time is not None for time in of)} of {len(of)} voted ({waits(of)})" for turn, of in times.items())
    seen = (f"{stayed} of {NETWORKS} sessions stayed; one address may have {ALLOWED}. Forms decrypted a second: {decrypted[64]:.0f} of one "
            f"network of 64 bits, {decrypted[48]:.0f} of one of 48; {votes}")
    too_many = stayed > ALLOWED * PERSONS or decrypted[48] > MORE_MAX * decrypted[64]
    return too_many or any(slowed(times[turn], times["quiet"]) for turn in TURNS), seen


attack(main)
