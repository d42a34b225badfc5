#!/usr/bin/python3
"""Kills the agent at random moments of its cycles while the hospital changes: in the end the flags are those of an agent that nobody
disturbed, every notice was sent, and no two mails of one notice differ in their id.

    kill9_test.py BINARY [--kills N] [--seed S]
"""
import argparse
import random
import subprocess
import sys
import pathlib
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, in_error, pregabalin_order  # noqa: E402


def listing(world):
    return {patient: (flag["flag"], flag["status"], flag["reason"]) for patient, flag in world.flags().items()}


def corrections(patients):
    """One after the other, the same for both hospitals: every second candidate gets an order that excludes, the others lose their diagnoses."""
    for number, patient in enumerate(sorted(patients)):
        yield (lambda world, p=patient, n=number: world.put(pregabalin_order(p, "order-%d" % n))) if number % 2 else (
            lambda world, p=patient: [world.change("Condition/" + c["id"], **in_error()) for c in world.find("Condition", p)])


def kill_somewhere(world, chance, longest):
    """Starts a cycle and kills it; whether it was still running."""
    agent = subprocess.Popen(world.command("run", "--once"), stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(0, longest))
    running = agent.poll() is None
    agent.kill()
    agent.wait()
    return running


def time_of(world):
    start = time.monotonic()
    done = world.once()
    assert done.returncode == 0, done.stderr
    return time.monotonic() - start


def judge(world, calm, undisturbed):
    problems = []
    if listing(world) != undisturbed:
        problems.append("the flags differ from those of an agent that nobody killed")
    notices = world.list("notices", "list")
    states = {notice["state"] for notice in notices}
    if not states <= {"sent", "suppressed"}:
        problems.append("notices are left in state %s" % sorted(states))
    mailed = [mail["Message-ID"].strip("<>").split("@")[0] for mail in world.mails()]
    for notice in notices:
        if notice["state"] == "sent" and notice["notice"] not in mailed:
            problems.append("a notice counts as sent and no mail has its id")
    if not set(mailed) <= {notice["notice"] for notice in notices}:
        problems.append("a mail belongs to no notice")
    heard = {(mail["X-Trialflag-Flag"], mail["X-Trialflag-Kind"]) for mail in world.mails()}
    for flag, status, _ in undisturbed.values():
        last = "opened" if status in ("potentially_eligible", "needs_review") else "retracted"
        told = (flag, "opened") in heard
        if last == "opened" and not told:
            problems.append("an open flag was never told")
        if told and last == "retracted" and (flag, "retracted") not in heard:
            problems.append("a flag that was told was not taken back")
    repeats = len(mailed) - len(set(mailed))
    print("%d mails, %d of them repeated under the same id; undisturbed: %d" % (len(mailed), repeats, len(calm.mails())))
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with Rig(options.binary) as calm, Rig(options.binary) as world:
        longest = time_of(calm)
        hits = sum(kill_somewhere(world, chance, longest * chance.choice((0.5, 1.1))) for _ in range(options.kills // 2))
        left = options.kills - options.kills // 2
        work = list(corrections(calm.flags()))[:2 * left]
        for number in range(left):
            for change in work[2 * number:2 * number + 2]:
                change(calm)
                change(world)
            hits += kill_somewhere(world, chance, longest * chance.choice((0.5, 1.1)))
        time_of(calm)
        for _ in range(3):  # until nothing is left to do
            world.run("notices", "retry", "--all")
            last = world.once()
        print("seed %d: %d of %d kills met a running cycle; a whole one takes %.1f s" % (options.seed, hits, options.kills, longest))
        problems = judge(world, calm, listing(calm))
        if last.returncode != 0:
            problems.append("the last cycle ended with %d: %s" % (last.returncode, last.stderr))
        if hits == 0:
            problems.append("no kill met a running cycle: the test tested nothing")
    for problem in problems:
        print("FAILED:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
