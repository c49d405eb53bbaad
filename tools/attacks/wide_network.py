#!/usr/bin/env python3
"""Somebody has an IPv6 network of 48 bits, opens a session from each of many of its networks of 64 bits, and keeps
them. Succeeds if more stay than are allowed to sixteen addresses.

    wide_network.py BINARY
"""
import asyncio

from stage import ENDS, Session, Stage, attack

VOTERS, ALLOWED, PERSONS, NETWORKS, LOOK_S = 100, 10, 16, 400, 3


async def main(program):
    with Stage(program, VOTERS, sessions_per_address=ALLOWED) as stage:
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
    return stayed > ALLOWED * PERSONS, f"{stayed} of {NETWORKS} sessions stayed; one address may have {ALLOWED}"


attack(main)
