"""Tells the golden cases in Chinese, and one in ten in German, as people read them: no English slips in, and no line is wider than a
terminal.
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
GERMAN_EVERY = 10
# Words of both languages, apart from the above.
GERMAN_TOO = {"Diabetes", "hCG", "in", "mellitus", "was", "Was"}
WORD = re.compile(r"[A-Za-zÄÖÜäöüß]{2,}")  # what was recorded in Chinese may be cut anywhere


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


def too_wide(note):
    return [f"{width(line)} columns: {line}" for line in note.splitlines() if width(line) > COLUMNS]


def flaws(note, record):
    text = without_blanks(note)
    for part in recorded(record):
        text = text.replace(part, "·")
    return too_wide(note) + [f"English: {word}" for word in sorted(set(LATIN.findall(text)) - KEPT)]


def words_of(note, record):
    """The program's own words: a note's, but for what was recorded."""
    text = " ".join(note.split())
    parts = {record["patient"], record["trial"], record["tables"], *(verdict["id"] for verdict in record["criteria"])}
    parts |= {part for verdict in record["criteria"] for item in verdict["evidence"] for part in item.values()}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(" ".join(part.split()), " ")
    return set(WORD.findall(text))


def german_flaws(note, english, record):
    """A word that the English note has too is English, but for those of both languages."""
    shared = words_of(note, record) & words_of(english, record) - KEPT - GERMAN_TOO
    return too_wide(note) + [f"English: {word}" for word in sorted(shared)]


def explained(binary, case, folder, language):
    as_of, timezone, incomplete, trial, _ = case.run_key()
    command = [binary, "explain", "--trial", trial, "--as-of", as_of, "--timezone", timezone, "--language", language,
               "--patient", run_golden.filled(case, case.reference)]
    run = subprocess.run(command + (["--incomplete", incomplete] if incomplete else []) + [str(folder)], capture_output=True, check=False)
    return run.stdout.decode("utf-8")


def check(binary, case, record, folder, german):
    folder.mkdir()
    run_golden.write_input(case, folder)
    note = explained(binary, case, folder, "zh")
    found = flaws(note, record) if note else ["nothing is told"]
    if german:
        found += german_flaws(explained(binary, case, folder, "de"), explained(binary, case, folder, "en"), record)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--every", type=int, default=1, help="only each so many-th case")
    arguments = parser.parse_args()
    cases, _ = run_golden.load()
    groups = defaultdict(list)
    for case in cases[:: arguments.every]:
        if arguments.only.lower() in (case.file + " " + case.title).lower():
            groups[case.run_key()].append(case)
    told = failed = 0
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        for number, (key, members) in enumerate(groups.items()):
            folder = Path(temporary) / str(number)
            records, _ = run_golden.screen(arguments.binary, key, members, folder)
            listed = [(case, records[run_golden.filled(case, case.reference)]) for case in members
                      if run_golden.filled(case, case.reference) in records]
            jobs = [(case, record, folder / ("told-" + case.key), (told + n) % GERMAN_EVERY == 0) for n, (case, record) in enumerate(listed)]
            for (case, _), found in zip(listed, pool.map(lambda job: check(arguments.binary, *job), jobs)):
                told += 1
                failed += bool(found)
                for flaw in found:
                    print(f"{case.where()}: {case.title}: {flaw}")
    print(f"{told} patients told, {failed} with flaws")
    return 1 if failed or not told else 0


if __name__ == "__main__":
    sys.exit(main())
