#!/usr/bin/env python3
"""Ballots forged for verifiers that leave something out (docs/spec/secret.md section 6), and those verifiers.

    python3 forgeries.py > docs/spec/vectors/secret-forgeries.json

Each forgery is accepted by the verifier for which it was made, or it would prove nothing, and has to be refused by every
right one. Some know the secrets of all keys, as all trustees together do. For tests only.
"""
import json
import sys

import maker as m
import veche_verify as v
from maker import combine, number
from veche_verify import Q, S, T, encode, mul, mul_base

HALF = (Q + 1) // 2


class Weak:
    """S7 and S8, each equation exactly, with what `without` names left out."""

    def __init__(self, without):
        self.without = without

    def challenges(self, ballot):
        """γ, ρ and the statement"""
        hashed = ballot.cells[32 * ballot.layout.n:] if self.without == "R in the statement" else ballot.cells
        ballot.statement = T("veche-ballot-statement-2", ballot.context, hashed)
        ballot.gamma, ballot.rho = (S("veche-ballot-%s-2" % x, ballot.statement) for x in ("gamma", "rho"))
        ballot.power = [pow(ballot.gamma, k, Q) for k in range(ballot.layout.K)]
        ballot.star = [[(ballot.power[k], ballot.Y[k]) for k in range(options - 1)] for options in ballot.layout.rows]

    def challenge(self, ballot, s, a, com):
        hashed = s + a + ([] if self.without == "Com in the challenge" else com)
        return S("veche-ballot-challenge-2", ballot.statement, b"".join(map(encode, hashed)))

    def place(self, ballot, factors, place):
        """(power of ρ, power of c) of a term with so many factors"""
        layout = ballot.layout
        bounded = place >= layout.n
        if bounded and self.without == "a power of ρ for each bounded contest":
            place = layout.bounded[place - layout.n][0]
        missing = "the power of c of a bounded contest" if bounded else "the power of c of a short row"
        return place, 0 if self.without == missing else layout.K - factors

    def terms(self, ballot, of_row):
        """(power of ρ, power of c, [(what f is multiplied with c, which row's F)]) of rows and bounded contests"""
        layout = ballot.layout
        for i, options in enumerate(layout.rows):
            yield (*self.place(ballot, options, i), [(x, of_row[i]) for x in ballot.power[:options - 1] + [0]])
        for t, (first, count, least, most) in enumerate(layout.bounded):
            total = tuple(map(sum, zip(*of_row[first:first + count])))
            allowed = range(count - most, count - least + 1)
            yield (*self.place(ballot, len(allowed), layout.n + t), [(j, total) for j in allowed])

    def coefficients(self, ballot, value, a):
        out = [0] * (2 * ballot.layout.K + 1)
        for rho, c, factors in self.terms(ballot, list(zip(value, a))):
            for d, x in enumerate(m.product([(f[1], f[0] - x) for x, f in factors])):
                out[d + c] = (out[d + c] + pow(ballot.rho, rho, Q) * x) % Q
        return out[:ballot.layout.K]

    def p(self, ballot, c, f):
        total = 0
        for rho, power, factors in self.terms(ballot, [(x,) for x in f]):
            product = pow(ballot.rho, rho, Q) * pow(c, power, Q)
            for x, (of_row,) in factors:
                product = product * (of_row - c * x) % Q
            total += product
        return total % Q

    def holds(self, ballot, s, a, com, f, z):
        c, layout, at = self.challenge(ballot, s, a, com), ballot.layout, layout_start(ballot.layout)
        for i, options in enumerate(layout.rows):
            cells = ballot.points[at[i]:at[i] + options - 1]
            first = combine([(c, ballot.points[i]), (1, s[i]), (-z[i], v.BASE)])
            second = combine([(c * g, p) for g, p in zip(ballot.power, cells)] + [(1, a[i]), (-f[i], v.BASE)]
                             + [(-z[i] * g, Y) for g, Y in ballot.star[i]])
            if self.without == "an equation for R":
                first = v.IDENTITY
            if self.without == "a weight for each equation of a row":
                first, second = v.add(first, second), v.IDENTITY
            if not (v.same(first, v.IDENTITY) and v.same(second, v.IDENTITY)):
                return False
        return v.same(combine([(pow(c, d, Q), x) for d, x in enumerate(com)] + [(-self.p(ballot, c, f), v.BASE)]
                              + [(-z[0] * pow(c, d, Q), Z) for d, Z in enumerate(ballot.Z)]), v.IDENTITY)


def layout_start(layout):
    """Where the cells of each row begin among the points"""
    return [layout.n + sum(options - 1 for options in layout.rows[:i]) for i in range(layout.n)]


def forge(weak, ballot, y, value=None, points=None, final=None):
    """The proof that `weak` accepts: `points` exchanges R or C before anything is hashed, `final` what is sent at the end."""
    if points:
        points(ballot)
    weak.challenges(ballot)
    value = list(value(ballot) if value else ballot.values())
    if weak.without == "R in the statement":
        at = sum(g * x for g, x in zip(ballot.power, y[:ballot.layout.rows[0] - 1])) % Q
        ballot.r[0] = (ballot.r[0] + (value[0] - 1) * pow(at, -1, Q)) % Q
        ballot.points[0], value[0] = mul_base(ballot.r[0]), 1
    a, s = [ballot.draw() for _ in ballot.r], [ballot.draw() for _ in ballot.r]
    L, K = weak.coefficients(ballot, value, a), ballot.layout.K
    com = [combine([(L[d], v.BASE)] + [(ballot.r[0], ballot.Z[d - 1])] * (d > 0) + [(s[0], z) for z in ballot.Z[d:d + 1]])
           for d in range(K)]
    S_ = [mul_base(x) for x in s]
    A = [combine([(x, v.BASE)] + [(x_s * g, Y) for g, Y in star]) for x, x_s, star in zip(a, s, ballot.star)]
    c = weak.challenge(ballot, S_, A, com)
    f, z = [(c * x + b) % Q for x, b in zip(value, a)], [(c * x + b) % Q for x, b in zip(ballot.r, s)]
    if weak.without == "Com in the challenge":
        com[0] = combine([(weak.p(ballot, c, f), v.BASE)] + [(z[0] * pow(c, d, Q), Z) for d, Z in enumerate(ballot.Z)]
                         + [(-pow(c, d, Q), com[d]) for d in range(1, K)])
    assert weak.holds(ballot, S_, A, com, f, z), weak.without
    return ballot.cells, b"".join(map(encode, S_ + A + com)) + b"".join(map(number, f + z))


def root(n):
    """A square root modulo q, or None"""
    r = pow(n % Q, (Q + 3) // 8, Q)
    return next((x for x in (r, r * pow(2, (Q - 1) // 4, Q) % Q) if (x * x - n) % Q == 0), None)


def not_a_bit(count, least, most):
    """Bits of a bounded contest whose first row holds no bit, such that the terms of that row and of the contest cancel if
    they share a power of ρ: x(x - 1) + Π (x + others - j) = 0 where two numbers are allowed. None if there are none."""
    low = count - most
    for others in range(count):
        b, c = 2 * others - 2 * low - 2, (others - low) * (others - low - 1)
        square = root(b * b - 8 * c)
        x = None if square is None else (square - b) * pow(4, -1, Q) % Q
        if x is not None and x > count:
            return [x] + [1] * others + [0] * (count - 1 - others)
    return None


def bits_of(layout, sent):
    """Rows with the implied option behind what is sent"""
    return [row + [(1 - sum(row)) % Q] for row in sent]


def forgeries_for(layout, keys, y, place, seed):
    """[(what the verifier leaves out, cells, proof)] that can be made for this layout. `place`: election, credential, seq,
    prev. `y`: the secrets of the keys."""
    zeros = [[0] * (options - 1) for options in layout.rows]
    for first, count, least, most in layout.bounded:        # as many refusals as are allowed at least
        for i in range(first, first + count - most):
            zeros[i] = [1]
    free = [i for i in range(layout.n) if not any(first <= i < first + count for first, count, *_ in layout.bounded)]

    def ballot(changes, r=None):
        sent = [changes.get(i, row) for i, row in enumerate(zeros)]
        return m.Ballot(layout, keys, *place, bits_of(layout, sent), seed, r)

    def made(without, ballot, **how):
        return without, *forge(Weak(without), ballot, y, **how)

    bad = {free[0]: [9] + zeros[free[0]][1:]} if free else {}
    first = {0: [9] + zeros[0][1:]}
    yield made("R in the statement", ballot(first))
    yield made("Com in the challenge", ballot(bad or first))
    for i in free:
        if layout.rows[i] < layout.K:
            yield made("the power of c of a short row", ballot({i: [9] + zeros[i][1:]}))
    victim = mul(5, mul_base(1_000_003))                    # R of a row of somebody else, times 5
    def another_R(b):
        b.points[0] = victim
    def hidden_R(b):
        b.points[0] = v.add(b.points[0], victim)
        b.points[layout.n] = v.add(b.points[layout.n], v.negative(victim))
    yield made("an equation for R", ballot({}), points=another_R)
    yield made("a weight for each equation of a row", ballot({}), points=hidden_R)
    for first, count, least, most in layout.bounded:
        row = not_a_bit(count, least, most) if most == least + 1 else None
        if row:
            sent = {first + i: [x] for i, x in enumerate(row)}
            yield made("a power of ρ for each bounded contest", ballot(sent))
        if most - least + 1 < layout.K:
            yield made("the power of c of a bounded contest", ballot({first + i: [int(most == count)] for i in range(count)}))


def in_place(world, marks):
    """For mutants.py: ballots of voter 1 in a log of this world, with these marks."""
    place = (world.id, world.keys[1], 1, v.ZEROS)
    for without, cells, proof in forgeries_for(world.layout, world.Y, world.y, place, b"\5" * 32):
        def act(log, ballot={"kind": "secret", "cells": v.to_b64(cells), "proof": v.to_b64(proof)}):
            log.vote(1, marks[1], ballot=dict(ballot))
        yield "for a verifier without " + without, act


SHAPES = [([2], []), ([2, 2], []), ([3, 2, 4], []), ([2, 5], []), ([2, 2, 2], [(0, 3, 1, 2)]), ([4, 2, 2, 2], [(1, 3, 1, 1)]),
          ([2, 3, 2, 2, 2, 2, 2], [(2, 5, 1, 2)])]


def main():
    cases = []
    for rows, bounded in SHAPES:
        layout = v.Layout(rows, bounded)
        y = [S("veche-example-1", v.u64(k)) for k in range(layout.KY - 1)]
        keys = [encode(mul_base(x)) for x in y]
        election, credential, prev = bytes(range(32)), bytes(range(100, 132)), bytes(range(200, 232))
        for without, cells, proof in forgeries_for(layout, keys, y, (election, credential, 2, prev), b"\5" * 32):
            cases.append({"name": "rows %s, for a verifier without %s" % (rows, without), "shape": rows,
                          "bounded": [(first + 1, *more) for first, *more in bounded],
                          "election": election.hex(), "credential": credential.hex(), "seq": 2, "prev": prev.hex(),
                          "keys": [key.hex() for key in keys], "cells": cells.hex(), "proof": proof.hex()})
    json.dump({"invalid": cases}, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
