#!/usr/bin/env python3
"""Single strangers from everywhere, IPv4 and IPv6, fill the house and come again as soon as they are turned out, while
voters of both families vote. Succeeds if one of them cannot.

    full_house.py BINARY
"""
import asyncio

from stage import ENDS, Line, Session, Stage, attack, waits

PLACES, STRANGERS, VOTERS, COME, REST_S = 60, 120, 60, 30, 0.3


def somewhere(i, family):
    """No two are neighbours, and voters' addresses are the highest of their family."""
    return f"10.{i}.0.1" if family == 4 else f"2001:db8:{i:x}::1"


async def hold_a_place(stage, i):
    while True:
        try:
            session = await Session.claim(stage, "127.0.0.1", 1 + i % VOTERS, somewhere(i, 4 if i % 2 else 6))
            await session.hear()
            await session.hear(patience_s=600)
            session.close()
        except ENDS:
            pass
        await asyncio.sleep(REST_S)


async def main(program):
    with Stage(program, VOTERS, sessions_total=PLACES) as stage:
        strangers = [asyncio.create_task(hold_a_place(stage, i)) for i in range(STRANGERS)]
        await asyncio.sleep(5)
        times = {4: [], 6: []}
        for voter in range(1, COME + 1):
            family = 4 if voter % 2 else 6
            async with Line(stage, brings=somewhere(200 + voter, family)) as line:
                times[family].append(await stage.vote(voter, line))
        for stranger in strangers:
            stranger.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
    voted = {family: sum(time is not None for time in of) for family, of in times.items()}
    seen = "; ".join(f"IPv{f}: {voted[f]} of {len(times[f])} voted ({waits(times[f])})" for f in (4, 6))
    return sum(voted.values()) < COME, seen


attack(main)
