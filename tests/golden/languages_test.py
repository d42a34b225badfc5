"""Tells the golden cases in Chinese, as people read them: no English slips in, and no line is wider than a terminal.
Usage: languages_test.py --binary build/release/trialflag [--only TEXT]"""
import argparse
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import run_golden

COLUMNS = 80
# What is the same word in every language: scales, tests, units, classes of drugs.
KEPT = {"STOP", "Bang", "NRS", "ACR", "HbA", "SSS", "WPI", "BMI", "DPP", "GLP", "RA", "DM", "cm", "kg"}
LATIN = re.compile(r"[A-Za-z]{2,}")


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def without_blanks(text):
    return re.sub(r"\s+", "", text)


def recorded(record):
    """What the note shows as it was recorded: references, codes, times, values, ids, versions; the longest first."""
    parts = {record[name] or "" for name in ("patient", "trial", "as_of", "engine", "tables", "revisit_at")}
    for verdict in record["criteria"]:
        parts |= {verdict["id"], verdict["revisit_at"] or ""}
        for item in verdict["evidence"]:
            parts |= {item["resource"], *(item.get(name, "") for name in ("version", "code", "display", "time", "value"))}
            parts.add(item.get("value", "").split(" {")[0])
    return sorted(filter(None, map(without_blanks, parts)), key=len, reverse=True)


def flaws(note, record):
    yield from (f"{width(line)} columns: {line}" for line in note.splitlines() if width(line) > COLUMNS)
    text = without_blanks(note)
    for part in recorded(record):
        text = text.replace(part, "·")
    yield from (f"English: {word}" for word in sorted(set(LATIN.findall(text)) - KEPT))


def explained(binary, case, folder):
    as_of, timezone, incomplete, trial, _ = case.run_key()
    folder.mkdir()
    run_golden.write_input(case, folder)
    command = [binary, "explain", "--trial", trial, "--as-of", as_of, "--timezone", timezone, "--language", "zh",
               "--patient", run_golden.filled(case, case.reference)]
    run = subprocess.run(command + (["--incomplete", incomplete] if incomplete else []) + [str(folder)], capture_output=True, check=False)
    return run.stdout.decode("utf-8")


def check(binary, case, record, folder):
    note = explained(binary, case, folder)
    return list(flaws(note, record)) if note else ["nothing is told"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    cases, _ = run_golden.load()
    groups = defaultdict(list)
    for case in cases:
        if arguments.only.lower() in (case.file + " " + case.title).lower():
            groups[case.run_key()].append(case)
    told = failed = 0
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        for number, (key, members) in enumerate(groups.items()):
            folder = Path(temporary) / str(number)
            records, _ = run_golden.screen(arguments.binary, key, members, folder)
            listed = [(case, records[run_golden.filled(case, case.reference)]) for case in members
                      if run_golden.filled(case, case.reference) in records]
            for (case, _), found in zip(listed, pool.map(lambda pair: check(arguments.binary, *pair, folder / ("told-" + pair[0].key)), listed)):
                told += 1
                failed += bool(found)
                for flaw in found:
                    print(f"{case.where()}: {case.title}: {flaw}")
    print(f"{told} patients told, {failed} with flaws")
    return 1 if failed or not told else 0


if __name__ == "__main__":
    sys.exit(main())
