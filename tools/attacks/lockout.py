#!/usr/bin/env python3
"""Strangers on 12 addresses, then on 200, keep claiming the number of one voter, who is 200 milliseconds away (there and
back) and votes again and again. Succeeds if they keep the voter out once; gives up counting at the third time.

    lockout.py BINARY
"""
import asyncio

from stage import ENDS, Line, Session, Stage, attack, waits

VOTER, CASTS, ENOUGH, ONE_WAY_S = 1, 20, 3, 0.1
SESSIONS_EACH, HOLD_S, REST_S = 8, 60, 0.05


async def keep_claiming(stage, address):
    while True:
        try:
            session = await Session.claim(stage, address, VOTER)
            await session.hear()
            await session.hear(HOLD_S)
            session.close()
        except ENDS:
            await asyncio.sleep(REST_S)


async def main(program):
    seen, kept_out = [], 0
    with Stage(program, voters=2) as stage:
        async with Line(stage, "127.7.0.1", ONE_WAY_S) as line:
            for addresses in (12, 200):
                strangers = [
                    asyncio.create_task(keep_claiming(stage, f"127.9.{i % 7}.{i + 1}"))
                    for i in range(addresses) for _ in range(SESSIONS_EACH)
                ]
                await asyncio.sleep(3)
                times = []
                while len(times) < CASTS and times.count(None) < ENOUGH:
                    times.append(await stage.vote(VOTER, line))
                for stranger in strangers:
                    stranger.cancel()
                await asyncio.gather(*strangers, return_exceptions=True)
                recorded = sum(time is not None for time in times)
                kept_out += len(times) - recorded
                seen.append(f"against {addresses} addresses {recorded} of {len(times)} casts recorded ({waits(times)})")
    return kept_out > 0, "; ".join(seen)


attack(main)
