#!/usr/bin/python3
"""The agent amid faults: seeded sequences of changed records, faults of the EHR, the mail server and a receiver of webhooks, kills, clock jumps, restarts and people
who act meanwhile; afterwards the agent must know, say and have told what a fresh one finds (agree.py).

    campaign.py BINARY [--minutes 2 | --faults N] [--seed S] [--steps N]     sequences from seed S on, until the time is over or N faults struck
    campaign.py BINARY --seed S --count 1                                    one sequence again
    campaign.py BINARY --replay FILE...                                      sequences that were kept (tests/regressions/campaign)

A sequence that fails is made shorter as far as that is quick, printed, and kept under --keep. Exit 0: none failed.
"""
import argparse
import json
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from agree import compare  # noqa: E402
from steps import Player, draw  # noqa: E402
from world import FAKETIME, World  # noqa: E402


class Outcome:
    def __init__(self, problems, figures, faults, kills, seconds):
        self.problems, self.figures, self.faults, self.kills, self.seconds = problems, figures, faults, kills, seconds


def play(binary, sequence, preload, verbose=False):
    began = time.monotonic()
    with World(binary, sequence["character"], preload) as world:
        player = Player(world)
        for step in sequence["steps"]:
            if verbose:
                print("   ", json.dumps(step), flush=True)
            player.play(step)
        player.calm()
        problems, figures = compare(world, player.moved_flags)
        if verbose:
            print(world.daemon_text() if (world.folder / "daemon.log").exists() else "")
        return Outcome(world.problems + problems, figures, world.hospital.faults.struck, world.kills, time.monotonic() - began)


def shorten(binary, sequence, preload, until):
    """Leaves steps out, many at a time and then fewer, while what is left still fails."""
    steps, size = sequence["steps"], max(1, len(sequence["steps"]) // 2)
    while size >= 1 and time.monotonic() < until:
        at, fewer = 0, False
        while at < len(steps) and time.monotonic() < until:
            candidate = {**sequence, "steps": steps[:at] + steps[at + size:]}
            if play(binary, candidate, preload).problems:
                steps, fewer = candidate["steps"], True
            else:
                at += size
        if not fewer or size > 1:
            size //= 2
    return {**sequence, "steps": steps}


def report(options, seed, sequence, outcome):
    print("FAILED: seed %s; again with: %s %s --seed %s --count 1 --steps %d" % (seed, sys.argv[0], options.binary, seed, options.steps))
    print("\n".join("  " + problem for problem in outcome.problems[:12]))
    short = shorten(options.binary, sequence, options.preload, time.monotonic() + options.shorten)
    text = json.dumps({"seed": seed, **short}, indent=1)
    print("shortened from %d to %d steps:\n%s" % (len(sequence["steps"]), len(short["steps"]), json.dumps(short)), flush=True)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        (options.keep / ("seed%s.json" % seed)).write_text(text + "\n", encoding="utf-8")


def replay(options):
    failed = 0
    for path in options.replay:
        sequence = json.loads(path.read_text(encoding="utf-8"))
        outcome = play(options.binary, sequence, options.preload, options.verbose)
        print("%s: %s, %d faults, %.1f s" % (path.name, outcome.figures, outcome.faults, outcome.seconds), flush=True)
        print("\n".join("  FAILED: " + problem for problem in outcome.problems[:12]))
        failed += bool(outcome.problems)
    return failed


def wage(options):
    began, seed, faults, kills, sequences, failed = time.monotonic(), options.seed, 0, 0, 0, 0
    while sequences < options.count and faults < options.faults and (sequences == 0 or time.monotonic() - began < options.minutes * 60):
        sequence = draw(random.Random(seed), options.steps, options.without)
        outcome = play(options.binary, sequence, options.preload, options.verbose)
        print("seed %d: %d steps, %d faults struck, %d kills, %s; %.1f s" % (seed, options.steps, outcome.faults, outcome.kills, outcome.figures, outcome.seconds), flush=True)
        if outcome.problems:
            report(options, seed, sequence, outcome)
            failed += 1
            if failed >= options.most_failures:
                break
        faults, kills, sequences, seed = faults + outcome.faults, kills + outcome.kills, sequences + 1, seed + 1
    print("%d sequences of %d steps, %d faults struck, %d kills, %d sequences failed; %.0f s" % (sequences, options.steps, faults, kills, failed, time.monotonic() - began))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--faults", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10**9)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--without", nargs="+", default=[], metavar="KIND", help="kinds of changes that are left out: unmerge, say")
    parser.add_argument("--replay", type=pathlib.Path, nargs="+")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for sequences that failed")
    parser.add_argument("--shorten", type=float, default=60, help="seconds for making a failing sequence shorter")
    parser.add_argument("--most-failures", type=int, default=1)
    parser.add_argument("--preload", default="", help="library that must be loaded before libfaketime")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if options.minutes is None:
        options.minutes = 10**6 if options.faults else 2
    options.faults = options.faults or 10**9
    if not FAKETIME.exists():
        raise SystemExit("libfaketime is missing; run packaging/install-deps --test")
    return 1 if (replay(options) if options.replay else wage(options)) else 0


if __name__ == "__main__":
    sys.exit(main())
