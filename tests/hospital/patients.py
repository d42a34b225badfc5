#!/usr/bin/env python3
"""Hand-made patients for trial NCT07230171, each the clear case of one thing. What is expected of them was decided by reading the
trial's criteria, not by running anything.

    python3 tests/hospital/patients.py --out DIR [--today 2026-11-22]

writes one NDJSON file for each resource type and expected.tsv: patient, status, the criterion that decides (others may fail beside it;
"-": none has to), and what the patient is the case of. The same options give the same bytes.
"""

import argparse
import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cases import CASES  # noqa: E402


def build(today):
    """Every patient's resources, and the rows of expected.tsv."""
    resources, rows = [], []
    for case in CASES:
        chart = case.build(today)
        resources += chart.resources
        rows.append((case.id, case.status, case.decides, case.about))
    return resources, sorted(rows)


def write(out, today):
    resources, rows = build(today)
    out.mkdir(parents=True, exist_ok=True)
    by_type = {}
    for resource in resources:
        by_type.setdefault(resource["resourceType"], []).append(json.dumps(resource, ensure_ascii=False, separators=(",", ":")))
    for type_, lines in sorted(by_type.items()):
        (out / (type_ + ".ndjson")).write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = ["\t".join(("patient", "status", "decides", "about"))] + ["\t".join(row) for row in rows]
    (out / "expected.tsv").write_text("\n".join(table) + "\n", encoding="utf-8")
    return len(rows), len(resources)


def main():
    parser = argparse.ArgumentParser(description="Hand-made patients for trial NCT07230171 as FHIR R4 NDJSON.")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write to")
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=datetime.date.today(), help="the date that all others follow from")
    options = parser.parse_args()
    patients, resources = write(options.out, options.today)
    print("%d patients, %d resources in %s" % (patients, resources, options.out))


if __name__ == "__main__":
    main()
