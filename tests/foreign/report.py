#!/usr/bin/env python3
"""Screens every set of records in a folder and reports, as Markdown, what came of it: where real data leave the screening blind.

    python3 tests/foreign/report.py [DATA_FOLDER] --binary build/release/trialflag [--as-of DATE] [--out FILE]

Without a folder a made hospital of tests/hospital/generate.py is screened, and the report says so. Exit 1 if a run crashed or hung.
"""

import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

import screening

CRASHED = "crashed"
MADE = 1000
STATUSES = ("potentially_eligible", "needs_review", "ineligible", "not_a_candidate", "not_screened")
REASONS = ("conflicting", "weak_evidence", "incomplete_source", "judgement", "partial", "stale", "no_data", "needs_person")


def sets_of(folder):
    """Name and folder of each set: the subfolders that hold records, else the folder itself."""
    sets = [(p.name, p) for p in sorted(folder.iterdir()) if p.is_dir() and screening.files_of(p)]
    return sets or [(folder.name, folder)]


def screened(binary, path, as_of):
    """What the run gave, or the word that says how it failed."""
    try:
        result = screening.screen(binary, [path], as_of)
    except subprocess.TimeoutExpired:
        return "hung"
    return result if result.exit in (0, 1, 3) else f"{CRASHED} (exit {result.exit})"


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def overview(results):
    rows = []
    for name, (resources, result) in results.items():
        if isinstance(result, str):
            rows.append([name, "", resources, "", result] + [""] * len(STATUSES))
            continue
        statuses = collections.Counter(r["status"] for r in result.records)
        rows.append([name, len(result.records), resources, round(resources / result.seconds), result.exit] + [statuses[s] for s in STATUSES])
    return table(["set", "patients", "resources", "resources/s", "exit", *STATUSES], rows)


def issue_lines(results):
    rows = []
    for name, (_, result) in results.items():
        if isinstance(result, str):
            continue
        rows += [[name, problem, count] for problem, count in screening.issues(result.messages).most_common()]
    return table(["set", "issue", "times"], rows) if rows else iter(["No issues.", ""])


def lacking_lines(results):
    rows = [[name, screening.lacking(result.messages)] for name, (_, result) in results.items() if not isinstance(result, str)]
    return table(["set", "the input"], [row for row in rows if row[1]])


def criterion_lines(records):
    """Criterion by criterion: how often it holds, does not, and why it is not known."""
    counts = collections.defaultdict(collections.Counter)
    for record in records:
        for verdict in record["criteria"]:
            counts[verdict["id"]][verdict["reason"] or verdict["holds"]] += 1
    rows = [[criterion] + [count[word] or "" for word in ("yes", "no", *REASONS)] for criterion, count in counts.items()]
    return table(["criterion", "yes", "no", *REASONS], rows)


def teaching_lines(records):
    """A criterion that never decides, and one that floods."""
    undecided, flooding = collections.Counter(), collections.Counter()
    for record in records:
        for verdict in record["criteria"]:
            undecided[verdict["id"]] += verdict["holds"] == "unknown"
            flooding[verdict["id"]] += verdict["effect"] == "open" and verdict["reason"] in ("judgement", *REASONS[:3])
    for criterion, count in undecided.items():
        if count == len(records):
            yield f"- {criterion} decided nobody."
        elif flooding[criterion] > len(records) // 4:
            yield f"- {criterion} asks for a person's judgement or review of {flooding[criterion]} of {len(records)}."
    yield ""


def report(results, source, as_of):
    yield "# Foreign records"
    yield ""
    yield f"Source: {source}. Judged as of {as_of}."
    yield ""
    yield from overview(results)
    yield "## Issues by kind"
    yield ""
    yield from issue_lines(results)
    yield "## What the inputs lack"
    yield ""
    yield from lacking_lines(results)
    runs = {name: result.records for name, (_, result) in results.items() if not isinstance(result, str) and result.records}
    records = [record for members in runs.values() for record in members]
    candidates = [r for r in records if r["status"] not in ("not_a_candidate", "not_screened")]
    yield f"## Criterion by criterion: all {len(records)} patients"
    yield ""
    yield from criterion_lines(records)
    yield from teaching_lines(records)
    yield f"## Criterion by criterion: the {len(candidates)} with fibromyalgia on record or in doubt"
    yield ""
    yield from criterion_lines(candidates)
    for name, members in runs.items():
        yield f"## Unknowns of {name} ({len(members)} patients)"
        yield ""
        unknown = collections.Counter((v["id"], v["reason"]) for r in members for v in r["criteria"] if v["holds"] == "unknown")
        by_reason = collections.defaultdict(list)
        for (criterion, reason), count in unknown.items():
            by_reason[reason].append(f"{criterion} {count}")
        yield from table(["reason", "criteria"], [[reason, ", ".join(by_reason[reason])] for reason in REASONS if by_reason[reason]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="a folder with one folder for each set")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--as-of", default="2026-11-22")
    parser.add_argument("--out", type=pathlib.Path, help="file to write (default: stdout)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, source = options.folder, f"the folder {options.folder}"
        if folder is None:
            folder, source = pathlib.Path(temporary) / "hospital", f"no folder was given; {MADE} made patients of tests/hospital/generate.py"
            generate = screening.ROOT / "tests" / "hospital" / "generate.py"
            subprocess.run([sys.executable, generate, "--patients", str(MADE), "--as-of", options.as_of, "--out", folder], check=True,
                           capture_output=True)
        if not folder.is_dir():
            raise SystemExit(f"{folder}: no such folder; give the folder that holds the sets")
        results = {name: (sum(map(screening.resources_in, screening.files_of(path))), screened(options.binary, path, options.as_of))
                   for name, path in sets_of(folder)}
    text = "\n".join(report(results, source, options.as_of))
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 1 if any(isinstance(result, str) for _, result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
