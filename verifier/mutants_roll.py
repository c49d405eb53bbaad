"""Of the corpus of mutants.py: elections whose roll changes after setup (docs/spec/entry.md section 9)."""
import functools

import maker as m
from maker import contest

CONTESTS = [contest("Score", ["Anna", "Boris"], ["0", "1"], turnout="1/2")]
A, B, C = ["11"], ["0*"], ["10"]


def draft(secret, roll_changes="until-closing", scale=None, **more):
    d = {"title": "Roll", "secrecy": "secret" if secret else "open"}
    if secret:
        d["trustees"] = {"count": 2, "threshold": 1}
    d.update({"contests": CONTESTS, "revote": "last", "opens": None, "closes": None, "attempts_max": 5, "session_timeout_s": 60,
              "roll_shows": "number", "nonce": m.to_b64(bytes([77 + secret]) * 32)})
    d.update(more)
    nonce, witnesses = d.pop("nonce"), d.pop("witnesses", None)
    if roll_changes != "until-opening":
        d["roll_changes"] = roll_changes
    if scale:
        d["roll_scale"] = scale
    if witnesses:
        d["witnesses"] = witnesses
    return {**d, "nonce": nonce}


def story(secret):
    """Places 0 to 2 are on the list; 3 and 4 are added before the opening, 5 after it. Voters have other numbers: 7 is added
    first. Place 0 is struck before the opening, 4 after it without a vote, and in a secret election 1 with one."""
    steps = [("setup", lambda l: l.control("setup")), ("add3", lambda l: l.add(7, 3)), ("strike0", lambda l: l.strike(0)),
             ("add4", lambda l: l.add(8, 1))]
    if secret:
        steps += [("rehearsal%d" % i, functools.partial(lambda i, l: l.rehearsal(i), i)) for i in (1, 2)]
    steps += [("opening", lambda l: l.control("opening")), ("vote1", lambda l: l.vote(1, A)), ("vote3", lambda l: l.vote(3, B)),
              ("add5", lambda l: l.add(10, 2)), ("pause", lambda l: l.control("pause", reason="r")),
              ("strike4", lambda l: l.strike(4)), ("resume", lambda l: l.control("resume", reason="r")),
              ("replace", lambda l: l.replace(5, 12)), ("vote5", lambda l: l.vote(5, C)), ("again", lambda l: l.vote(3, C))]
    if secret:
        steps += [("strike1", lambda l: l.strike(1))]
    steps += [("closing", lambda l: l.control("closing"))]
    if secret:
        steps += [("sum", lambda l: l.sum()), ("share1", lambda l: l.share(1))]
    return steps + [("result", lambda l: l.result())]


def collude(corpus, play, secret):
    world, steps, label = m.World(draft(secret), [1, 1, 2]), story(secret), ("open", "secret")[secret]
    keys, good = world.keys, play(m.World(draft(secret), [1, 1, 2]), steps)
    corpus.cases.append(("good record", label + ": a roll that changes", good.record(), []))

    def bad(kind, name, base=world, **how):
        corpus.add(kind, "%s: %s" % (label, name), play(base, steps, **how).record(), {5}, good.record())

    def fine(name, base=world, **how):
        corpus.cases.append(("good record", "%s: %s" % (label, name), play(base, steps, **how).record(), []))

    # When, by the manifest, and by whom.
    after = [name for name in ("add5", "strike4", "strike1") if name in dict(steps)]
    without = [*after, "replace", "vote5"]
    early = m.World(draft(secret, "until-opening"), [1, 1, 2])
    fine("only before the opening", early, without=without)
    for name in after:
        bad("roll changed when it may not be", name + " after the opening", early, without=[s for s in without if s != name])
    never, changes = m.World(draft(secret, "never"), [1, 1, 2]), ["add3", "strike0", "add4", "vote3", "again"]
    fine("a roll that never changes", never, without=without + changes)
    for name in ("add3", "strike0"):
        bad("roll changed when it may not be", name + ", and it never may", never,
            without=[s for s in without + changes if s != name])
    for step, act in [("closing", lambda l: l.add(11, 1)), ("closing", lambda l: l.strike(2)), ("result", lambda l: l.add(11, 1)),
                      *[("sum", lambda l: l.strike(2, counts=False))] * secret]:
        bad("roll changed when it may not be", "behind " + step, after=[(step, act)])
    bad("roll changed when it may not be", "added before setup", before=[("setup", lambda l: l.add(11, 1))])
    for step, act in [("add5", lambda l: l.add(10, 2, by="board")), ("strike4", lambda l: l.strike(4, by="board"))]:
        bad("wrong signatory", step + " by the board", instead=[(step, act)])
    stolen = lambda l: l.control("add", credential=keys[10], number="11", weight=2, reason="r", key=world.board)
    bad("wrong signatory", "add5 with another key", instead=[("add5", stolen)], without=["replace", "vote5"])

    # Who is added.
    def added(name, act):
        bad("wrong addition", name, instead=[("add5", act)], without=["replace", "vote5"])
    for name, voter in [("a credential of the list", 1), ("that of a struck place", 0), ("one that was added", 7)]:
        added(name, lambda l: l.add(voter, 2, {"number": "99"}))
    bad("wrong addition", "a credential that was replaced", before=[("closing", lambda l: l.add(10, 1, {"number": "99"}))])
    for name, number in [("of the list", "2"), ("of the list, with a zero", "02"), ("of a struck place", "1"), ("of an added place", "8"),
                         ("of an added place, with zeros", "0008")]:
        added("a number %s" % name, lambda l: l.add(10, 2, {"number": number}))
    letters = dict(instead=[("add4", lambda l: l.add(8, 1, {"number": "A-9b"})), ("add5", lambda l: l.add(10, 2, {"number": "a-09B"}))])
    bad("wrong addition", "a number that differs in capitals and zeros", **letters)
    bad("wrong addition", "the number of who was added and struck", before=[("closing", lambda l: l.add(11, 1, {"number": "9"}))])
    for name, shown in [("no number", {}), ("a name", {"name": "X"}), ("both", {"number": "99", "name": "X"}), ("a number as number", {"number": 99}),
                        ("no voter number", {"number": "-9"}), ("null", {"number": None})]:
        added(name, lambda l: l.add(10, 2, shown))
    for weight in (0, -1, 2**40 + 1, 2**40, "2", None, True):
        def act(l):
            l.control("add", credential=keys[10], number="11", weight=weight, reason="r")
        added("weight %r" % weight, act)
    for name, key in [("of small order", b"\1" + bytes(31)), ("not canonical", b"\xee" + b"\xff" * 30 + b"\x7f")]:
        added("a key " + name, lambda l: l.add(10, 2, key=key))
    for name, more in [("contact", {"contact": "x"}), ("reason twice as long", {"reason": "r" * 501}), ("reason empty", {"reason": ""})]:
        added(name, lambda l: l.control("add", credential=keys[10], number="11", weight=2, **{"reason": "r", **more}))
    rich = m.World(draft(secret), [1, 1, 2**40 - 7])
    bad("wrong addition", "more weight than there may ever be", rich)
    almost = m.World(draft(secret), [1, 1, 2**40 - 8])
    if not secret:
        fine("as much weight as there may ever be", almost)

    # Who is struck, and what follows.
    def struck(name, **how):
        bad("wrong strike", name, **how)
    for name, voter in [("a credential of nobody", 15), ("a replaced credential", None)]:
        if voter is None:
            struck(name, before=[("closing", lambda l: l.strike(5, voter=10))])
        else:
            struck(name, instead=[("strike4", lambda l: l.strike(4, voter=voter))])
    struck("twice", after=[("strike4", lambda l: l.strike(4))])
    struck("with a weight", instead=[("strike4", lambda l: l.control("strike", credential=keys[8], weight=1, reason="r"))])
    struck("and voting again", after=[("strike4", lambda l: l.vote(4, A))], without=["pause", "resume"])
    struck("before the opening, and voting", after=[("vote1", lambda l: l.vote(0, A))])
    struck("and a new card", after=[("strike4", lambda l: l.replace(4, 13))])
    nobody = [name for name, _ in steps if name.startswith(("vote", "again", "replace", "strike4", "strike1", "add5"))]
    struck("the last place", without=nobody, instead=[
        ("add3", lambda l: l.strike(1)), ("add4", lambda l: l.strike(2))])
    if secret:
        struck("and voting again in secret", after=[("strike1", lambda l: l.vote(1, B))])
        struck("still in the sum", instead=[("strike1", lambda l: l.strike(1, counts=False))])
        once = m.World(draft(True, revote="never"), [1, 1, 2])
        struck("where nobody votes twice", base=once, without=["again"])
        fine("who has not voted, where nobody votes twice", once, without=["again", "strike1"])
    else:
        struck("who has voted in an open election", before=[("closing", lambda l: l.strike(1))])

    # The rolls of the result.
    def result(name, data):
        bad("wrong result, signed", name, instead=[("result", lambda l: l.result(data=data(l)))])
    turnout, at_closing = good.rolls()
    result("turnout by the roll at the closing", lambda l: l.result_bytes(rolls=(at_closing, at_closing)))
    result("turnout by the roll at setup", lambda l: l.result_bytes(rolls=((3, 4), at_closing)))
    result("without the roll at the closing", lambda l: l.result_bytes(rolls=(turnout, turnout)))
    result("with the roll of the turnout at the closing", lambda l: l.result_bytes().replace(
        b'"at_closing":{"voters":%d' % at_closing[0], b'"at_closing":{"voters":%d' % (at_closing[0] + 1)))
    named(corpus, play, secret, label)
    scaled(corpus, play, secret, label)


def scaled(corpus, play, secret, label):
    """Weights with decimals: whole units everywhere, of which 100 are a vote"""
    steps = story(secret)
    def world(scale=2, **rule):
        merged = {**CONTESTS[0]["rule"], **rule}
        order = ("method", "phantoms", "raters", "turnout", "pass")
        one = {**CONTESTS[0], "rule": {k: merged[k] for k in order if k in merged}}
        return m.World(draft(secret, scale=scale, contests=[one]), [125, 50, 220])
    good = play(world(), steps)
    corpus.cases.append(("good record", label + ": weights with decimals", good.record(), []))
    # Weights that count: 50 (in secret struck), 3, 2, of units; the quotas are met in units and not in votes, or the reverse.
    for name, rule in [("a turnout of a vote", {"turnout": "1"}), ("of 55 units it would be met", {"turnout": "55"}), ("raters", {"raters": ">1"}),
                       ("a threshold of the sum", {"method": "sum", "pass": ">=1/2"}), ("of 5 units", {"method": "sum", "pass": ">=1/20"}),
                       ("phantoms", {"phantoms": 1}), ("phantoms to the limit", {"phantoms": 2**40 // 100})]:
        log = play(world(**rule), steps)
        corpus.cases.append(("good record", "%s: with decimals, %s" % (label, name), log.record(), []))
        def wrong(l):
            e_unit = l.w.draft.pop("roll_scale")
            data = l.result_bytes()
            l.w.draft["roll_scale"] = e_unit
            l.result(data=data.replace(b',"voters":', b',"scale":2,"voters":', 1))
        other = play(world(**rule), steps, instead=[("result", wrong)])
        if other.published != log.published:
            corpus.add("wrong result, signed", "%s: in units for votes, %s" % (label, name), other.record(), {5}, log.record())
    for name, change in [("no scale", lambda b: b.replace(b',"scale":2', b"", 1)), ("another scale", lambda b: b.replace(b'"scale":2', b'"scale":1', 1)),
                         ("weights in votes", lambda b: b.replace(b'"voters_weight":%d' % good.rolls()[0][1], b'"voters_weight":3', 1))]:
        log = play(world(), steps, instead=[("result", lambda l: l.result(data=change(l.result_bytes())))])
        corpus.add("wrong result, signed", "%s: %s" % (label, name), log.record(), {5}, good.record())
    for scale in (7, -1, "2", True, 2.0):
        corpus.add("wrong draft", "%s: roll_scale %r" % (label, scale), m.World(draft(secret, scale=scale), [1, 1, 2]).record([], b""), {1})
    zero = draft(secret, scale=1)
    zero["roll_scale"] = 0
    corpus.add("wrong draft", label + ": roll_scale 0, which is left out", m.World(zero, [1, 1, 2]).record([], b""), {1})
    for name, rule in [("a sum of a third", {"method": "sum", "pass": ">=1/3"}), ("three decimals", {"method": "sum", "pass": ">=1/8"}),
                       ("turnout", {"turnout": str(2**40 // 100 + 1)}), ("raters", {"raters": ">" + str(2**40 // 100 + 1)}),
                       ("phantoms", {"phantoms": 2**40 // 100 + 1})]:
        corpus.add("wrong draft", "%s: beyond units, %s" % (label, name), world(**rule).record([], b""), {1})
    for name, rule in [("a mean of a third", {"pass": ">=1/3"}), ("a turnout to the limit", {"turnout": str(2**40 // 100)})]:
        corpus.cases.append(("good record", "%s: with decimals, %s" % (label, name), play(world(**rule), steps).record(), []))


def text(raw):
    return raw.decode("utf-8")


def refusals(world, steps):
    """Makes of a name, a step and an act the entry that is refused before this step"""
    names = [name for name, _ in steps]
    def refused(name, step, act):
        log = m.Log(world)
        for _, before in steps[:names.index(step)]:
            before(log)
        act(log)
        return {"name": name, "after": len(log.entries) - 1, "entry": text(log.entries[-1])}
    return refused


def file_of(log, invalid):
    """A file of vectors: the log of an open election, and entries that are refused at a place of it"""
    world = log.w
    return {"manifest": text(world.manifest), "credentials": text(world.credentials), "roll": text(world.roll),
            "log": [{"entry": text(x)} for x in log.entries], "result": text(log.published), "invalid": invalid}


def vectors(play):
    """docs/spec/vectors/roll-changes.json"""
    world, steps = m.World(draft(False), [1, 1, 2]), story(False)
    refused = refusals(world, steps)
    control = lambda key, **act: lambda l: l.control(key, **act)
    keys = world.keys
    invalid = [
        refused("a credential of the list is added", "add5", lambda l: l.add(1, 2, {"number": "99"})),
        refused("the credential of a struck place is added", "add5", lambda l: l.add(0, 2, {"number": "99"})),
        refused("a replaced credential is added", "closing", lambda l: l.add(10, 1, {"number": "99"})),
        refused("a number of the list", "add5", lambda l: l.add(10, 2, {"number": "2"})),
        refused("a number of the list, with a zero", "add5", lambda l: l.add(10, 2, {"number": "02"})),
        refused("the number of a struck place", "add5", lambda l: l.add(10, 2, {"number": "1"})),
        refused("the number of an added place", "add5", lambda l: l.add(10, 2, {"number": "8"})),
        refused("no number, which the roll shows", "add5", lambda l: l.add(10, 2, {})),
        refused("a name, which the roll does not show", "add5", lambda l: l.add(10, 2, {"name": "X"})),
        refused("weight 0", "add5", control("add", credential=keys[10], number="11", weight=0, reason="r")),
        refused("more weight than there may ever be", "add5", lambda l: l.add(10, 2**40)),
        refused("added by the board", "add5", lambda l: l.add(10, 2, by="board")),
        refused("added after the closing", "result", lambda l: l.add(10, 2)),
        refused("nobody's credential is struck", "strike4", lambda l: l.strike(4, voter=15)),
        refused("a replaced credential is struck", "closing", lambda l: l.strike(5, voter=10)),
        refused("a place is struck twice", "resume", lambda l: l.strike(4)),
        refused("a place that has voted is struck in an open election", "closing", lambda l: l.strike(3)),
        refused("a struck place votes", "vote5", lambda l: l.vote(4, A)),
        refused("a struck place gets a new card", "resume", lambda l: l.replace(4, 13)),
        refused("struck by the board", "strike4", lambda l: l.strike(4, by="board")),
        refused("struck after the closing", "result", lambda l: l.strike(2)),
    ]
    return file_of(play(world, steps), invalid)


def named(corpus, play, secret, label):
    """Rolls that show names, or nothing"""
    steps = story(secret)
    names = m.World(draft(secret, roll_shows="name"), [1, 1, 2])
    for name, shown, expect in [("a name", {"name": "X"}, []), ("no name", {"name": ""}, []), ("a name of somebody else", {"name": "Voter 1"}, []),
                                ("a number", {"number": "11"}, [5]), ("neither", {}, [5]), ("a name too long", {"name": "x" * 201}, [5]),
                                ("a name that turns the line", {"name": "a\u202eb"}, [5]), ("a number as name", {"name": 11}, [5])]:
        files = play(names, steps, instead=[("add5", lambda l: l.add(10, 2, shown))]).record()
        corpus.cases.append(("wrong addition" if expect else "good record", "%s: of a roll of names, %s" % (label, name), files, expect))
    hidden = m.World(draft(secret, roll_shows="nothing"), [1, 1, 2])
    for reason, expect in [("mistake", []), ("joined", []), ("left", []), ("died", []), ("decision", []), ("Died", [5]), ("moved", [5]), ("", [5])]:
        for step, act in [("add5", lambda l: l.add(10, 2, reason=reason)), ("strike4", lambda l: l.strike(4, reason=reason))]:
            files = play(hidden, steps, instead=[(step, act)]).record()
            corpus.cases.append(("reason that may tell" if expect else "good record", "%s: %s, %s" % (label, step, reason), files, expect))
    files = play(hidden, steps, instead=[("add5", lambda l: l.add(10, 2, {"number": "11"}))]).record()
    corpus.add("wrong addition", label + ": a number where the roll shows nothing", files, {5})
    for value in ("until-opening", "", "until-closing ", None, True, 1):
        manifest = draft(secret)
        manifest["roll_changes"] = value
        corpus.add("wrong draft", "%s: roll_changes %r" % (label, value), play(m.World(manifest, [1, 1, 2]), []).w.record([], b""), {1})
