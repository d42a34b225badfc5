#!/usr/bin/python3
"""W08: kills the agent at random moments of its cycles, and while mails, webhooks and writes into the EHR are under way, as the hospital changes. In
the end the flags are those of an agent that nobody disturbed; each notice was told once by its id (Message-ID, webhook-id), a repeat has the
same id and says the same to the letter; nobody heard of a flag less, more or otherwise than it went; the EHR has each resource once, as it is to be.

    kill9_test.py BINARY [--kills N] [--seed S] [--rivals]

--rivals: two trials want every patient, and their priorities change as often as the hospital.
"""
import argparse
import base64
import collections
import itertools
import json
import pathlib
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import ROOT, Rig, in_error, pregabalin_order  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402
from written_back import EVERYTHING, TYPES, flaws_of_written, written_back  # noqa: E402

LISTED = ("potentially_eligible", "needs_review")
KEY = base64.b64encode(b"a secret of thirty-two bytes ...").decode()


class World(Rig):
    """With a webhook beside the mail, and perhaps a second trial."""

    def __init__(self, binary, rivals):
        super().__init__(binary)
        self.rivals = rivals

    def __enter__(self):
        self.receiver = Receiver().__enter__()
        super().__enter__()
        (self.folder / "secret").write_text(KEY, encoding="utf-8")
        if self.rivals:
            text = (ROOT / "config/trials/NCT07230171.yaml").read_text(encoding="utf-8")
            (self.folder / "other.yaml").write_text(text.replace("NCT07230171", "NCT-OTHER"), encoding="utf-8")
        self.rank(0)
        return self

    def rank(self, priority):
        trials = f"[{{id: NCT07230171, priority: {priority}}}, {{file: other.yaml, priority: 1}}]" if self.rivals else "[NCT07230171]"
        self.configure(webhooks=f"[{{id: ctms, url: '{self.receiver.url}', secret_file: secret}}]", trials=trials, write=EVERYTHING)

    def __exit__(self, *error):
        super().__exit__(*error)
        self.receiver.__exit__(*error)

    def mail_count(self):
        return sum(1 for _ in self.mail.glob("*.eml"))

    def writes(self):
        """What the agent has asked the EHR to write since this was called last."""
        return sum(request["method"] in ("PUT", "POST") for request in self.ask("DELETE", "requests"))

    def start(self):
        return subprocess.Popen(self.command("run", "--once"), stderr=subprocess.DEVNULL)


def listing(world):
    return {flag["flag"]: (flag["status"], flag["reason"], flag["suppressed"]) for flag in world.list("flags", "list")}


def changes(patients):
    """Without end, the same for every hospital: one patient after the other gets an order that excludes, or loses the diagnosis; the next
    time around that is taken back."""
    gone = False
    while True:
        for number, patient in enumerate(sorted(patients)):
            if number % 2:
                path = "MedicationRequest/order-%d" % number
                yield (lambda world, p=path: world.delete(p)) if gone else (
                    lambda world, p=patient, n=number: world.put(pregabalin_order(p, "order-%d" % n)))
            else:
                state = {} if gone else in_error()
                yield lambda world, p=patient, s=state: [world.change("Condition/" + c["id"], **(s or confirmed())) for c in world.find("Condition", p)]
        gone = not gone


def confirmed():
    state = in_error()
    state["verificationStatus"]["coding"][0]["code"] = "confirmed"
    return state


class Killer:
    """Starts a cycle and kills it: after a while, as a webhook comes in, or as a mail does. Counts what it met."""

    def __init__(self, world, chance):
        self.world, self.chance, self.met = world, chance, collections.Counter()

    def strike(self, longest):
        way = self.chance.choice(("time", "time", "webhook", "mail", "write"))
        # A cycle that brings nothing new of that kind ends by itself.
        met = getattr(self, "at_" + way)(longest)
        self.met[way] += met

    def at_time(self, longest):
        agent = self.world.start()
        time.sleep(self.chance.uniform(0, longest))
        return self.end(agent)

    def at_webhook(self, _):
        """At the nth request: before it is answered, or just after."""
        left, come = itertools.count(self.chance.randrange(3), -1), threading.Event()
        answered = self.chance.random() < 0.5
        agent = self.world.start()

        def on_request():
            if next(left) != 0:
                return
            if not answered:
                agent.kill()
            come.set()

        self.world.receiver.on_request = on_request
        while agent.poll() is None and not come.is_set():
            come.wait(0.002)
        time.sleep(self.chance.uniform(0, 0.004) if answered else 0)
        met = self.end(agent) or (come.is_set() and not answered)
        self.world.receiver.on_request = lambda: None
        return met

    def at_mail(self, _):
        wanted = self.world.mail_count() + 1 + self.chance.randrange(3)
        agent = self.world.start()
        while agent.poll() is None and self.world.mail_count() < wanted:
            time.sleep(0.0005)
        return self.end(agent)

    def at_write(self, _):
        """Some time after the nth resource that goes into the EHR was asked for."""
        left = 1 + self.chance.randrange(12)
        self.world.writes()
        agent = self.world.start()
        while agent.poll() is None and left > 0:
            left -= self.world.writes()
        time.sleep(self.chance.uniform(0, 0.004))
        return self.end(agent)

    @staticmethod
    def end(agent):
        running = agent.poll() is None
        agent.kill()
        agent.wait()
        return running


def time_of(world):
    start = time.monotonic()
    done = world.once()
    assert done.returncode == 0, done.stderr
    return time.monotonic() - start


def deliveries(world):
    """By channel, in the order of arrival: (id, flag, kind, what it says)."""
    mails = [(mail["Message-ID"].strip("<>").split("@")[0], mail["X-Trialflag-Flag"], mail["X-Trialflag-Kind"],
              mail["Subject"] + "".join(part.get_content() for part in mail.walk() if not part.is_multipart())) for mail in world.mails()]
    hooks = []
    for _, headers, body in world.receiver.requests:
        event = json.loads(body)
        hooks.append((headers["webhook-id"], event["data"]["flag"], event["type"].removeprefix("flag."), body))
    return {"email": mails, "webhook": hooks}


def judge_channel(channel, arrived, notices, flags):
    """`notices`: of the channel, by id; `flags`: whether each is to be known in the end."""
    said, stories = {}, collections.defaultdict(list)
    for id_, flag, kind, content in arrived:
        if id_ not in said:
            stories[flag].append(kind)
        if said.setdefault(id_, content) != content:
            yield f"{channel}: a repeat under the same id says something else"
    if not set(said) <= set(notices):
        yield f"{channel}: what arrived belongs to no notice"
    for id_, notice in notices.items():
        if notice["state"] == "sent" and id_ not in said:
            yield f"{channel}: a notice counts as sent and did not arrive"
        if notice["state"] not in ("sent", "suppressed"):
            yield f"{channel}: a notice is left in state {notice['state']}"
    # Of an opening that a kill caught before it arrived nobody can know that it did not: it counts as told, and is taken back.
    caught = collections.Counter(notice["flag"] for id_, notice in notices.items()
                                 if notice["state"] == "suppressed" and notice["attempts"] > 0 and id_ not in said)
    for flag, kinds in stories.items():
        known, unheard = False, 0
        for kind in kinds:
            if kind == "opened" and known:
                yield f"{channel}: a flag was told as {kinds}"
            unheard += kind == "retracted" and not known
            known = kind == "opened" or (kind == "changed" and known)
        if unheard > caught[flag]:
            yield f"{channel}: a flag was told as {kinds}"
    for flag, known in flags.items():
        if known != (stories[flag][-1:] not in ([], ["retracted"])):
            yield f"{channel}: a flag that {'stands' if known else 'does not stand'} was told as {stories[flag]}"


def judge(world, undisturbed):
    problems = []
    if listing(world) != undisturbed:
        problems.append("the flags differ from those of an agent that nobody killed")
    if world.run("log", "verify").returncode != 0:
        problems.append("the events are not one chain")
    flags = {flag: status in LISTED and suppressed is None for flag, (status, _, suppressed) in undisturbed.items()}
    resources = [each for type_ in TYPES for each in written_back(world, type_)]
    stand = {flag: status if flags[flag] else None for flag, (status, _, _) in undisturbed.items()}
    problems += flaws_of_written(resources, stand, 2 if world.rivals else 1)
    told = {notice["notice"]: notice for notice in world.list("notices", "list") if notice["channel"] == "fhir"}
    problems += [f"fhir: a notice is left in state {notice['state']}" for notice in told.values() if notice["state"] not in ("sent", "suppressed")]
    print("fhir: %d notices; %d resources" % (len(told), len(resources)))
    for channel, arrived in deliveries(world).items():
        notices = {notice["notice"]: notice for notice in world.list("notices", "list") if notice["channel"] == channel}
        problems += judge_channel(channel, arrived, notices, flags)
        ids = [id_ for id_, *_ in arrived]
        print("%s: %d deliveries, %d of them repeated under the same id; %d notices" % (channel, len(ids), len(ids) - len(set(ids)), len(notices)))
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rivals", action="store_true")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with World(options.binary, options.rivals) as calm, World(options.binary, options.rivals) as world:
        longest, least = time_of(calm), time_of(calm)  # the first load; a cycle that finds nothing new
        killer = Killer(world, chance)
        first = max(1, options.kills // 8)  # in the first load
        for _ in range(first):
            killer.strike(longest * chance.choice((0.5, 1.1)))
        # The hospital's life goes on whatever becomes of the agent.
        life = changes(sorted(calm.flags()))
        for number in range(options.kills - first):
            for change in itertools.islice(life, 2):
                change(calm)
                change(world)
            world.rank(chance.choice((0, 2)))
            killer.strike(least * 1.5)
        for each in (calm, world):
            each.rank(2)
        time_of(calm)
        for _ in range(3):  # until nothing is left to do
            world.run("notices", "retry", "--all")
            last = world.once()
        print("seed %d: of %d kills these met a running cycle: %s; a whole one takes %.1f s" % (options.seed, options.kills, dict(killer.met), longest))
        problems = judge(world, listing(calm))
        if last.returncode != 0:
            problems.append("the last cycle ended with %d: %s" % (last.returncode, last.stderr))
        if not all(killer.met[way] for way in ("time", "webhook", "mail", "write")):
            problems.append("no kill met a running cycle, a mail, a webhook or a write: the test tested nothing")
    for problem in sorted(set(problems)):
        print("FAILED:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
