#!/usr/bin/env python3
"""Screens the golden cases again at each of the next midnights: a verdict differs first when its revisit_at said so, and never unsaid."""
import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from case_reader import DEFAULT_AS_OF, DEFAULT_TRIAL
from run_golden import load, write_input

DAYS = 7


def plain(case):
    """Cases that share one run: their input is the patient's own records and nothing else."""
    return case.run_key() == (DEFAULT_AS_OF, "UTC", "", DEFAULT_TRIAL, "") and case.reference == "Patient/CASE"


def screen(binary, folder, as_of):
    """(patient, criterion) → (holds, reason, revisit_at)."""
    command = [binary, "screen", "--trial", DEFAULT_TRIAL, "--as-of", as_of, "--all", "--format", "ndjson", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    records = [json.loads(line) for line in run.stdout.splitlines()]
    return {(r["patient"], v["id"]): (v["holds"], v["reason"], v["revisit_at"]) for r in records for v in r["criteria"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    binary = parser.parse_args().binary
    start = datetime.datetime.fromisoformat(DEFAULT_AS_OF.replace("Z", "+00:00"))
    midnights = [(start + datetime.timedelta(days=day)).strftime("%Y-%m-%dT00:00:00Z") for day in range(1, DAYS + 1)]
    with tempfile.TemporaryDirectory() as folder:
        for case in filter(plain, load()[0]):
            write_input(case, Path(folder))
        now = screen(binary, folder, DEFAULT_AS_OF)
        first = {}
        for midnight in midnights:
            for key, verdict in screen(binary, folder, midnight).items():
                if verdict[:2] != now[key][:2]:
                    first.setdefault(key, midnight)
    said = {key: verdict[2] for key, verdict in now.items() if verdict[2] in midnights}
    wrong = [key for key in now if said.get(key) != first.get(key)]
    for key in wrong:
        print(f"{key[0]} {key[1]}: revisit_at {now[key][2]}, but it differs first at {first.get(key, 'no midnight tried')}")
    print(f"{len(now)} verdicts, {len(first)} of them differ within {DAYS} days, {len(wrong)} wrong")
    return 1 if wrong or not first else 0


if __name__ == "__main__":
    sys.exit(main())
