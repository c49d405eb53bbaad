#!/usr/bin/env python3
"""One person in a hall, all behind one address, opens more silent sessions than an address may have, tries numbers that
are not on the roll, and goes on with both. Succeeds if somebody else in the hall cannot vote, or waits four times as long
as in quiet.

    shared_address.py BINARY
"""
import asyncio

from stage import ENDS, Line, Session, Stage, attack, slowed, waits

HALL, VOTERS, HOARD, GUESSES = "127.9.0.1", 40, 300, 60
QUIET, ATTACKED = range(1, 21), range(21, 41)


async def hoard(stage, held):
    while True:
        try:
            session = await Session.claim(stage, HALL, 1 + len(held) % VOTERS)
            await session.hear()
            held.append(session)
            if len(held) > 2 * HOARD:
                held.pop(0).close()
        except ENDS:
            await asyncio.sleep(0.2)


async def guess(stage):
    number = VOTERS
    while True:
        number += 1
        try:
            session = await Session.claim(stage, HALL, number)
            await session.hear(patience_s=0.5)
            session.close()
        except ENDS:
            await asyncio.sleep(0.2)


async def main(program):
    with Stage(program, VOTERS) as stage:
        async with Line(stage, HALL) as line:
            quiet = [await stage.vote(voter, line) for voter in QUIET]
            held = []
            at_work = [asyncio.create_task(hoard(stage, held)), asyncio.create_task(guess(stage))]
            await asyncio.sleep(15)
            attacked = [await stage.vote(voter, line) for voter in ATTACKED]
            for task in at_work:
                task.cancel()
            await asyncio.gather(*at_work, return_exceptions=True)
    if None in quiet:
        raise RuntimeError("voters cannot vote in quiet")
    recorded = sum(time is not None for time in attacked)
    seen = f"{recorded} of {len(attacked)} in the hall voted ({waits(attacked)}; in quiet {waits(quiet)})"
    return slowed(attacked, quiet), seen


attack(main)
