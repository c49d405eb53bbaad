#!/usr/bin/env python3
"""Single strangers from everywhere, IPv4 and IPv6, fill the house and come again as soon as they are turned out, while
voters of both families vote. Succeeds if one of them cannot, or waits four times as long as in quiet.

    full_house.py BINARY
"""
import asyncio

from stage import ENDS, Line, Session, Stage, attack, slowed, waits

PLACES, STRANGERS, REST_S = 60, 120, 0.3
# Of both families by turns, so that twenty of each come in quiet and twenty meanwhile.
QUIET, ATTACKED = range(1, 41), range(41, 81)
VOTERS = len(QUIET) + len(ATTACKED)


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


async def come(stage, voters):
    """How long each took, by family."""
    times = {4: [], 6: []}
    for voter in voters:
        family = 4 if voter % 2 else 6
        async with Line(stage, brings=somewhere(150 + voter, family)) as line:
            times[family].append(await stage.vote(voter, line))
    return times


async def main(program):
    with Stage(program, VOTERS, sessions_total=PLACES) as stage:
        quiet = await come(stage, QUIET)
        strangers = [asyncio.create_task(hold_a_place(stage, i)) for i in range(STRANGERS)]
        await asyncio.sleep(5)
        attacked = await come(stage, ATTACKED)
        for stranger in strangers:
            stranger.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
    if None in quiet[4] + quiet[6]:
        raise RuntimeError("voters cannot vote in quiet")
    voted = {family: sum(time is not None for time in of) for family, of in attacked.items()}
    seen = "; ".join(f"IPv{f}: {voted[f]} of {len(attacked[f])} voted ({waits(attacked[f])}; in quiet {waits(quiet[f])})" for f in (4, 6))
    return any(slowed(attacked[f], quiet[f]) for f in (4, 6)), seen


attack(main)
