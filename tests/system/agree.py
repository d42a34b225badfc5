"""What must hold at the end of a campaign: the agent that suffered it knows, says and has told what a fresh one finds."""
import collections
import contextlib
import json
import pathlib
import re
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from written_back import flaws_of_written  # noqa: E402

LISTED = ("potentially_eligible", "needs_review")
MOST_CYCLES = 6


def settle(world):
    """Cycles until nothing moves any more; answers what is wrong when that does not come. In a plain world none of them reconciles."""
    how = [] if world.character.get("plain") else ["--reconcile"]
    last, before = None, None
    for _ in range(MOST_CYCLES):
        world.run("notices", "retry", "--all")
        last = world.run("run", "--once", *how)
        now = [timeless_notices(flags_of(world)), len(world.mails())]
        if now == before and (last.returncode == 0 or only_flawed(last.stderr)):
            return []
        before = now
        if last.returncode != 0 and is_braked(last.stderr):  # without a reconciliation the brake looks again in an hour
            world.move_clock(ahead=world.ahead + 3660)
    return ["after %d calm cycles the agent still ends with %d: %s" % (MOST_CYCLES, last.returncode, last.stderr[-1500:])]


FLAWED = "could not be read; for the patients concerned"
BRAKED = "; nothing is taken back for that until a later sweep"


def warns_alone_of(log, *texts):
    """Whether there are warnings, and none but such."""
    warnings = [line for line in log.splitlines() if " warning: " in line]
    return warnings and all(any(text in line for text in texts) for line in warnings)


def only_flawed(log):
    """Whether nothing is wrong but records that the hospital has not mended."""
    return warns_alone_of(log, FLAWED)


def is_braked(log):
    """Whether nothing is wrong but that, and types of which so much had vanished that nothing is taken back for it yet."""
    return BRAKED in log and warns_alone_of(log, BRAKED, FLAWED)


def flags_of(world, name="agent"):
    return {flag["flag"]: flag for flag in world.list("flags", "list", name=name)}


def timeless_notices(flags):
    """Without when each notice was looked at last."""
    return {id_: {**flag, "notices": [{**notice, "at": None} for notice in flag["notices"]]} for id_, flag in flags.items()}


def state_of(world, name):
    """Charts, facts and verdicts, by patient."""
    with contextlib.closing(sqlite3.connect(world.folder / (name + "-state") / "state.db")) as database:
        charts = dict(database.execute("SELECT patient, chart FROM charts"))
        facts = {row[0]: row[1:] for row in database.execute("SELECT patient, judged, told FROM facts JOIN facts_told USING (patient, trial)")}
        verdicts = {row[0]: (row[1], timeless(row[2])) for row in database.execute("SELECT patient, status, record FROM verdicts")}
        aliases = dict(database.execute("SELECT alias, patient FROM aliases"))
        pending = [row[0] for row in database.execute("SELECT id FROM patients WHERE pending > 0")]
    return {"charts": charts, "facts": facts, "verdicts": verdicts, "aliases": aliases, "pending": pending}


def timeless(record):
    """A verdict without when it was reached and when it will be looked at again, and without an age, which counts for as long as it decides alike."""
    def strip(value):
        if isinstance(value, dict):
            aged = ("value",) if value.get("text") == "age" else ()
            return {name: strip(inner) for name, inner in value.items() if name not in ("as_of", "revisit_at", "screened_at", *aged)}
        return [strip(inner) for inner in value] if isinstance(value, list) else value
    return re.sub(r"\baged \d+", "aged", json.dumps(strip(json.loads(record)), sort_keys=True))


def difference(mine, theirs):
    """Two JSON texts, or bytes, told by where they part."""
    if isinstance(mine, bytes):
        at = next((n for n, (a, b) in enumerate(zip(mine, theirs)) if a != b), min(len(mine), len(theirs)))
        return "%r / %r at %d of %d / %d" % (mine[max(0, at - 60):at + 60], theirs[max(0, at - 60):at + 60], at, len(mine), len(theirs))
    at = next((n for n, (a, b) in enumerate(zip(mine, theirs)) if a != b), 0)
    return "…%s / …%s" % (mine[max(0, at - 150):at + 150], theirs[max(0, at - 150):at + 150])


def compare_states(mine, theirs, plain):
    """`plain`: what polls brought was entered into charts, where records stand in another order than in one that was read whole."""
    problems = []
    for what in ("verdicts", "facts", "aliases") if plain else ("charts", "verdicts", "facts", "aliases"):
        for patient in sorted(set(mine[what]) | set(theirs[what])):
            a, b = mine[what].get(patient), theirs[what].get(patient)
            if a == b:
                continue
            told = "only the old agent" if b is None else "only the fresh agent" if a is None else ""
            if not told:
                parts = [(x, y) for x, y in zip(a, b) if x != y] if isinstance(a, tuple) else [(a, b)]
                told = "; ".join(difference(x, y) for x, y in parts)
            problems.append("%s of %s differ: %s" % (what, patient, told))
    if mine["pending"]:
        problems.append("patients are left pending: %s" % mine["pending"])
    return problems


def compare_flags(mine, theirs, verdicts):
    problems = []
    for id_ in sorted(set(mine) | set(theirs)):
        a, b = mine.get(id_), theirs.get(id_)
        # Of whom nothing is known anew a flag that is open stays for review, until the records are mended; a fresh agent opens none.
        if verdicts.get((a or b)["patient"].removeprefix("Patient/"), [None])[0] == "not_screened":
            continue
        said = [(flag["status"], flag["reason"]) if flag and flag["status"] in LISTED else None for flag in (a, b)]
        if said[0] != said[1]:
            problems.append("the flag of %s: the old agent says %s, the fresh one %s" % ((a or b)["patient"], (a or {}).get("status"), said[1]))
    return problems


def is_blind(flag):
    """Up for review for nothing but an unread source: nobody is woken for it."""
    doubts = {criterion["reason"] for criterion in flag["criteria"] if criterion["effect"] == "open"}
    return flag["status"] == "needs_review" and not doubts & {"conflicting", "uncoded", "provisional", "indication_unknown", "contradicted"} and "incomplete_source" in doubts


def content(mail):
    return mail["Subject"], mail["To"], mail["X-Trialflag-Kind"], mail["X-Trialflag-Flag"], mail.get_body(("plain",)).get_content()


def compare_mails(world, flags, silent):
    """`silent`: flags that people have ended, so that nobody was to be told of what came then."""
    problems, contents, repeats, places = [], {}, 0, {}
    lines = collections.defaultdict(list)  # (flag, recipient) -> what was told, each letter once
    in_flight, reopened, leading = letters_in_flight(world), just_reopened(world), leading_letters(world)
    for place, mail in enumerate(world.mails()):
        id_ = mail["Message-ID"]
        places.setdefault(id_, place)
        if id_ in contents:
            repeats += 1
            if contents[id_] != content(mail):
                problems.append("%s has two contents: %s / %s" % (id_, contents[id_], content(mail)))
            continue
        contents[id_] = content(mail)
        if mail["X-Trialflag-Kind"] == "alarm":  # about a letter that somebody else does not take, not about a patient
            continue
        lines[mail["X-Trialflag-Flag"], mail["To"].addresses[0].username].append(mail)
    if repeats and not world.unsure:
        problems.append("%d letters came twice although nothing was killed and no connection broke" % repeats)
    for (id_, recipient), mails in lines.items():
        if id_ in flags and id_ not in silent:
            ids = leading[id_, recipient]
            led_on = [places[mail["Message-ID"]] for others in lines.values() for mail in others if is_under_another(mail) and id_of(mail) in ids]
            problems += judge_line(flags[id_], recipient, mails, (id_, recipient) in in_flight, led_on, places, id_ in reopened and is_blind(flags[id_]))
        elif id_ not in flags:
            problems.append("a letter is about no flag")
    for id_, flag in flags.items():
        if id_ in silent or flag["status"] not in LISTED or is_blind(flag):
            continue
        wanting = ["li", "bo"] if flag["status"] == "potentially_eligible" else ["li"]
        problems += ["%s was never told of the flag of %s" % (who, flag["patient"]) for who in wanting if (id_, who) not in lines]
    for id_, flag in flags.items():
        waiting = [notice for notice in flag["notices"] if notice["state"] not in ("sent", "suppressed")]
        if waiting and not (flag["status"] in LISTED and is_blind(flag)):
            problems.append("notices of %s are left: %s" % (flag["patient"], waiting))
    return problems, len(contents), repeats


def compare_events(world, flags, silent):
    """What the receiver of webhooks took: each id once in content, and of each flag, at last, what is so."""
    problems, contents, last = [], {}, {}
    for id_, body in world.events():
        if contents.setdefault(id_, body) != body:
            problems.append("webhook %s has two contents: %s / %s" % (id_, contents[id_], body))
        last[body["data"]["flag"]] = (body["type"], body["data"]["status"])
    for id_, flag in flags.items():
        if id_ in silent or (flag["status"] in LISTED and is_blind(flag)):
            continue
        heard, status = last.get(id_, (None, None))
        stands = heard in ("flag.opened", "flag.changed") and status == flag["status"]
        wrong = not stands if flag["status"] in LISTED else heard not in (None, "flag.retracted")
        if wrong:
            problems.append("the webhook about %s (%s) was at last %s: %s" % (flag["patient"], flag["status"], heard, status))
    return problems, len(contents)


def compare_written(world, flags, silent):
    """What stands in the EHR of the agent's own: each once, and of each flag what is so."""
    resources = world.written()
    unjudged = silent | {id_ for id_, flag in flags.items() if flag["state"] != "new" or (flag["status"] in LISTED and is_blind(flag))}
    said = {id_: flag["status"] for id_, flag in flags.items()}
    lists = 1 if any(each["resourceType"] == "ResearchSubject" for each in resources) else 0
    return list(flaws_of_written(resources, said, lists, unjudged)), len(resources)


def letters_in_flight(world):
    """(flag, recipient) of openings that were begun and of which the agent could not learn whether they arrived: they count as told."""
    with contextlib.closing(sqlite3.connect(world.folder / "agent-state" / "state.db")) as database:
        return set(database.execute("SELECT flag, recipient FROM notices WHERE kind IN ('opened', 'changed') AND maybe_told AND state <> 'sent'"))


def leading_letters(world):
    """(flag, recipient) -> ids of the letters by which that reader was told that the flag's record is under another one's flag now."""
    with contextlib.closing(sqlite3.connect(world.folder / "agent-state" / "state.db")) as database:
        rows = database.execute(
            "WITH RECURSIVE led (flag, recipient, by) AS (SELECT flag, recipient, led_by FROM notices WHERE led_by IS NOT NULL UNION SELECT led.flag, "
            "led.recipient, n.led_by FROM led JOIN notices n ON n.id = led.by WHERE n.led_by IS NOT NULL) SELECT flag, recipient, by FROM led")
        leading = collections.defaultdict(set)
        for flag, recipient, by in rows:
            leading[flag, recipient].add(by)
        return leading


def just_reopened(world):
    """Flags of which nothing has happened since they opened again: if they are blind they did so in silence, and the last thing heard is how they ended."""
    with contextlib.closing(sqlite3.connect(world.folder / "agent-state" / "state.db")) as database:
        return {id_ for (id_,) in database.execute("SELECT f.id FROM flags f JOIN flag_events e ON e.flag = f.id AND e.number = f.events WHERE e.kind = 'reopened'")}


def id_of(mail):
    """Of the notice that it tells."""
    return mail["Message-ID"].strip("<>").split("@")[0]


def is_under_another(mail):
    return mail["X-Trialflag-Kind"] == "changed" and "under another" in mail["Subject"]


def judge_line(flag, recipient, mails, in_flight, led_on, places, in_silence):
    """What one reader heard of one flag, against what is so. `places`: of each Message-ID, the first that the server took being 0; `led_on`: those of
    the letters that say under which other flag its record is now; `in_silence`: it opened again while its records could not be read whole."""
    problems = []
    kinds = [mail["X-Trialflag-Kind"] for mail in mails]
    who = "%s about %s (%s)" % (recipient, flag["patient"], flag["status"])
    wanted = LISTED if recipient == "li" else LISTED[:1]
    if flag["status"] in wanted and kinds[-1] not in ("opened", "changed") and not in_silence:
        problems.append("%s heard at last: %s" % (who, kinds))
    elif flag["status"] in wanted and not is_blind(flag) and not is_under_another(mails[-1]) and ("review" in mails[-1]["Subject"]) != (flag["status"] == "needs_review"):
        problems.append("%s heard at last: %s" % (who, mails[-1]["Subject"]))
    moved_on = is_under_another(mails[-1]) or any(place > places[mails[-1]["Message-ID"]] for place in led_on)
    if flag["status"] not in LISTED and kinds[-1] in ("opened", "changed") and not moved_on:
        problems.append("%s heard at last: %s %s" % (who, kinds, mails[-1]["Subject"]))
    heard, before = False, 0
    for kind, mail in zip(kinds, mails):
        # Told by another flag's mail that the record is under that one, a reader has heard the end of this one: it may open again.
        place = places[mail["Message-ID"]]
        ended = any(before < other < place for other in led_on)
        before = place
        if (kind == "opened" and heard and not ended) or (kind == "retracted" and not heard and not in_flight):
            problems.append("%s heard out of turn: %s; notices: %s" % (who, kinds, flag["notices"]))
            break
        # That a record is under another one now ends the line, too (the patient may come back), or begins it where another flag has moved here.
        heard = kind != "retracted" and not (is_under_another(mail) and heard)
    return problems


def compare(world, silent):
    """Everything; answers the problems and a line of figures."""
    problems = settle(world)
    world.forget_fresh()
    for _ in range(3):
        world.run("run", "--once", "--reconcile", name="fresh")
    mine, theirs = flags_of(world), flags_of(world, "fresh")
    known, found = state_of(world, "agent"), state_of(world, "fresh")
    problems += compare_flags(mine, theirs, known["verdicts"])
    problems += compare_states(known, found, world.character.get("plain"))
    mailed, letters, repeats = compare_mails(world, mine, silent)
    sent, events = compare_events(world, mine, silent)
    wrong, written = compare_written(world, mine, silent)
    figures = "%d flags, %d letters, %d of them came again, %d webhooks, %d resources written" % (len(mine), letters, repeats, events, written)
    return problems + mailed + sent + wrong, figures
