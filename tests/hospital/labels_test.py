#!/usr/bin/env python3
"""Screens a made hospital and holds each verdict against the truth that was decided before the records were written.

    labels_test.py --binary trialflag [--patients 2000] [--seed 1] [--share-fm 0.5] [--format bulk|bundles] [--keep DIR]

Prints criterion by criterion how many agree, and the first differences with plan, expected and got. Exit 0: all agree; 1: some differ.
"""

import argparse
import collections
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from generate import generate  # noqa: E402
from population.truth import CRITERIA  # noqa: E402


class Tally:
    """What agreed, what differed, and the first differences of each criterion."""

    def __init__(self, shown):
        self.agree, self.differ, self.examples = collections.Counter(), collections.Counter(), collections.defaultdict(list)
        self.answers, self.statuses, self.shown = collections.Counter(), collections.Counter(), shown

    def compare(self, truth, got):
        expected = truth["criteria"]
        criteria = {entry["id"]: entry for entry in got["criteria"]}
        for name in CRITERIA:
            want, entry = expected[name], criteria.get(name, {})
            same = (want["holds"], want["reason"]) == (entry.get("holds"), entry.get("reason")) and want["basis"] in (None, entry.get("basis"))
            self.answers[name, want["reason"] or want["holds"]] += 1
            self._count(name, same, truth, want, entry)
        self.statuses[truth["status"]] += 1
        self._count("status", truth["status"] == got["status"], truth, {"holds": truth["status"]}, {"holds": got["status"]})

    def _count(self, name, same, truth, want, entry):
        (self.agree if same else self.differ)[name] += 1
        if not same and len(self.examples[name]) < self.shown:
            told = " ".join(str(want.get(key)) for key in ("holds", "reason", "basis"))
            said = " ".join(str(entry.get(key)) for key in ("holds", "reason", "basis"))
            self.examples[name].append("  %s\n    plan      %s\n    expected  %s\n    got       %s: %s" % (truth["patient"], truth["plan"], told, said, entry.get("summary")))

    def missing(self, truth):
        self._count("line", False, truth, {"holds": truth["status"]}, {"holds": "no line"})

    def report(self):
        print("%-32s %8s %8s  %s" % ("criterion", "agree", "differ", "expected"))
        for name in CRITERIA:
            answers = " ".join("%s:%d" % (answer, count) for (of, answer), count in sorted(self.answers.items()) if of == name)
            print("%-32s %8d %8d  %s" % (name, self.agree[name], self.differ[name], answers))
        print("%-32s %8d %8d  %s" % ("status", self.agree["status"], self.differ["status"], " ".join("%s:%d" % item for item in sorted(self.statuses.items()))))
        for name in sorted(self.examples):
            print("\n%s: %d differ" % (name, self.differ[name]))
            print("\n".join(self.examples[name]))


def hold(binary, trial, out, as_of, tally):
    """Compares line by line: both come in the order of patients. Answers how many lines no truth was known of."""
    command = [binary, "screen", "--trial", trial, "--as-of", as_of.isoformat(), "--all", "--format", "ndjson", str(out / "records")]
    surplus = 0
    with open(out / "truth.ndjson", encoding="utf-8") as truths, open(out / "stderr.txt", "w", encoding="utf-8") as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, encoding="utf-8") as process:
            waiting = (json.loads(line) for line in truths)
            truth = next(waiting, None)
            for line in process.stdout:
                got = json.loads(line)
                while truth and truth["patient"] < got["patient"]:
                    tally.missing(truth)
                    truth = next(waiting, None)
                if truth and truth["patient"] == got["patient"]:
                    tally.compare(truth, got)
                    truth = next(waiting, None)
                else:
                    surplus += 1
                    print("no truth is known of", got["patient"])
            while truth:
                tally.missing(truth)
                truth = next(waiting, None)
    return process.returncode, surplus


def check_same_people(first, second):
    """A person is the same whatever the number of people: the truth of a short run begins that of a long one."""
    with tempfile.TemporaryDirectory() as folder:
        few, more = pathlib.Path(folder) / "few", pathlib.Path(folder) / "more"
        again = pathlib.Path(folder) / "again"
        sha = generate(few, first)
        generate(more, second)
        assert sha == generate(again, first), "the same options gave other bytes"
        assert (more / "truth.ndjson").read_text().startswith((few / "truth.ndjson").read_text()), "a person changed with the number of people"


def main():
    parser = argparse.ArgumentParser(description="Verdicts against the truth of a made hospital.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--trial", default="NCT07230171", help="the trial, or a trial file")
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--share-fm", type=float, default=0.5)
    parser.add_argument("--format", choices=["bulk", "bundles"], default="bulk")
    parser.add_argument("--shown", type=int, default=20, help="differences shown of each criterion")
    parser.add_argument("--keep", type=pathlib.Path, help="a new folder to keep the hospital in")
    options = parser.parse_args()
    check_same_people(20, 60)
    as_of = datetime.date(2026, 11, 22)
    with tempfile.TemporaryDirectory() as folder:
        out = options.keep or pathlib.Path(folder)
        sha = generate(out, options.patients, options.seed, as_of, options.share_fm, options.format)
        print("%d patients, seed %s, sha256 %s" % (options.patients, options.seed, sha))
        tally = Tally(options.shown)
        exit_status, surplus = hold(options.binary, options.trial, out, as_of, tally)
        tally.report()
        differ = sum(tally.differ.values()) + surplus
        if exit_status:
            print("\nscreen ended with %d:\n%s" % (exit_status, (out / "stderr.txt").read_text()[-2000:]))
        print("\n%d verdicts agree, %d differ" % (sum(tally.agree.values()), differ))
        return 1 if differ or exit_status else 0


if __name__ == "__main__":
    sys.exit(main())
