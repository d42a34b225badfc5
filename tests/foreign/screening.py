"""Runs `trialflag screen` for the tests on foreign records, and reads what it prints."""

import collections
import gzip
import json
import os
import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77  # what ctest takes for "skipped"
READ = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
LOCATED = re.compile(r"^.*?\.(?:nd)?jsonl?(?:\.gz)?(?::\d+)?(?:: entry\[\d+\])?: ")
CONCEPT = re.compile(r"(?<=: )[a-z][a-z0-9_]+: [^:]*$|^[a-z][a-z0-9_]+: (?!no patient)[^:]*$")
LEFT_OUT = re.compile(r" \((\d+) more like this\)$")
COUNTS = re.compile(r"^potentially_eligible \d+, ")

Screened = collections.namedtuple("Screened", "records messages exit seconds")


def data_folder(given=None):
    """The folder with the sets of foreign records: the one given, else TRIALFLAG_DATA, else beside the checkout; None if there is none."""
    folder = pathlib.Path(given or os.environ.get("TRIALFLAG_DATA") or ROOT.parent / "shared" / "data")
    return folder if folder.is_dir() else None


def screen(binary, inputs, as_of="2026-11-22", timeout=120, extra=()):
    command = [str(binary), "screen", "--trial", "NCT07230171", "--as-of", as_of, "--timezone", "UTC", "--all", "--format", "ndjson", *extra]
    started = time.monotonic()
    run = subprocess.run(command + [str(i) for i in inputs], capture_output=True, timeout=timeout, check=False)
    seconds = time.monotonic() - started
    records = [json.loads(line) for line in run.stdout.decode("utf-8").splitlines()]
    return Screened(records, run.stderr.decode("utf-8", "replace").splitlines(), run.returncode, seconds)


def files_of(folder):
    return sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file() and p.name.endswith(READ))


def text_of(path):
    opened = gzip.open(path, "rb") if path.name.endswith(".gz") else open(path, "rb")
    with opened as file:
        return file.read()


def resources_in(path):
    """How many resources a file holds, Bundles counted by their entries; 0 where it is no JSON."""
    try:
        text = text_of(path)
        if ".json" not in path.suffixes:
            return sum(1 for line in text.splitlines() if line.strip())
        value = json.loads(text)
    except (ValueError, OSError, RecursionError):
        return 0
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        return int(isinstance(value, dict) and "resourceType" in value)
    entries = value.get("entry")
    return sum(1 for e in entries if isinstance(e, dict) and "resource" in e) if isinstance(entries, list) else 0


def issues(messages):
    """Problem → how often, without the places and the resources it was found at."""
    kinds = collections.Counter()
    for message in messages:
        if COUNTS.match(message) or "of other kinds left aside" in message or message.startswith("the input: "):
            continue
        left_out = LEFT_OUT.search(message)
        problem = LOCATED.sub("", LEFT_OUT.sub("", message))
        of_concept = CONCEPT.search(problem)
        kinds[of_concept.group() if of_concept else problem.rsplit(": ", 1)[-1]] += int(left_out.group(1)) if left_out else 1
    return kinds


def lacking(messages):
    """What the input lacks altogether, as the program says it."""
    return next((m.removeprefix("the input: ") for m in messages if m.startswith("the input: ")), "")


def verdicts(record):
    return {v["id"]: v for v in record["criteria"]}
