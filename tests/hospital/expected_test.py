#!/usr/bin/env python3
"""Screens the hand-made patients and compares each with what was expected of it: status, and the criterion that decides.

    python3 tests/hospital/expected_test.py --binary build/release/trialflag
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import patients  # noqa: E402

DEMOTING = {"conflicting", "weak_evidence", "incomplete_source"}


def screen(binary, folder, today):
    command = [binary, "screen", "--trial", "NCT07230171", "--as-of", today, "--timezone", "UTC", "--all", "--format", "ndjson", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if run.returncode != 0:
        raise SystemExit("%s: exit %d\n%s" % (" ".join(command), run.returncode, run.stderr))
    return {record["patient"].removeprefix("Patient/"): record for record in map(json.loads, run.stdout.splitlines())}


def difference(expected, record):
    """What is wrong with one record, or None."""
    status, decides = expected
    if record is None:
        return "no record"
    if record["status"] != status:
        open_ = [c["id"] + "=" + (c["reason"] or c["holds"]) for c in record["criteria"] if c["effect"] == "fail" or c["reason"] in DEMOTING]
        return "expected %s, got %s (%s)" % (status, record["status"], ", ".join(open_))
    deciding = {c["id"] for c in record["criteria"] if c["effect"] == "fail" or c["reason"] in DEMOTING}
    if decides != "-" and decides not in deciding:
        return "expected %s to decide, got %s" % (decides, ", ".join(sorted(deciding)))
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    binary = parser.parse_args().binary
    today = "2026-11-22"
    with tempfile.TemporaryDirectory() as folder:
        patients.write(pathlib.Path(folder), datetime.date.fromisoformat(today))
        rows = [line.split("\t") for line in (pathlib.Path(folder) / "expected.tsv").read_text(encoding="utf-8").splitlines()[1:]]
        (pathlib.Path(folder) / "expected.tsv").unlink()
        records = screen(binary, folder, today)
    failed = 0
    for patient, status, decides, about in rows:
        problem = difference((status, decides), records.pop(patient, None))
        if problem:
            failed += 1
            print("%s (%s): %s" % (patient, about, problem))
    for patient in records:
        failed += 1
        print("%s: a record that nobody expected" % patient)
    print("%d passed, %d failed" % (len(rows) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
