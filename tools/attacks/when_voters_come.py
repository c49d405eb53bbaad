#!/usr/bin/env python3
"""A stranger without a card holds eight silent sessions of every number, all from one address, and waits to be told
something. Succeeds if it can name a voter who came.

    when_voters_come.py BINARY
"""
import asyncio

from stage import ENDS, Session, Stage, attack

VOTERS, SESSIONS_EACH, COME, LOOK_S = 24, 8, [17, 3, 24, 9], 2


async def watch(stage, number, ready, told):
    try:
        session = await Session.claim(stage, "127.9.0.1", number)
        await session.hear()
        ready.append(number)
        await session.hear(patience_s=600)
        told.append(number)
    except ENDS:
        told.append(number)


async def main(program):
    with Stage(program, VOTERS) as stage:
        ready, told, watching = [], [], []
        for number in range(1, VOTERS + 1):
            for _ in range(SESSIONS_EACH):
                watching.append(asyncio.create_task(watch(stage, number, ready, told)))
                await asyncio.sleep(0.02)
        await asyncio.sleep(LOOK_S)
        if len(ready) != VOTERS * SESSIONS_EACH or told:
            raise RuntimeError(f"{len(ready)} sessions watch, {len(told)} were ended: this is not the attack")
        named = []
        for voter in COME:
            if await stage.vote(voter) is None:
                raise RuntimeError(f"voter {voter} could not vote")
            await asyncio.sleep(LOOK_S)
            named.append(sorted(set(told)))
            told.clear()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    guessed = sum(numbers == [voter] for numbers, voter in zip(named, COME))
    return guessed > 0, f"voters {COME} came; the watcher named {named}"


attack(main)
