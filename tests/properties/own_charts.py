"""The project's own charts that are damaged: the golden cases and the hand-made patients, as resources."""

import datetime
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "golden"), str(TESTS / "hospital")]
import patients  # noqa: E402
import run_golden  # noqa: E402

AS_OF = "2026-11-22T00:00:00Z"


def golden():
    """The resources of every golden case that is nothing but records, judged at AS_OF in UTC."""
    cases, _ = run_golden.load()
    for case in cases:
        if case.bundle or case.manifest or case.exit or case.run_key()[:3] != (AS_OF, "UTC", ""):
            continue
        if any(record.kind == "file" for record in case.records):
            continue
        resources = [json.loads(line) for line in run_golden.compile_case(case)]
        names = [(r["resourceType"], r.get("id")) for r in resources]
        if len(set(names)) == len(names) and all(id_ for _, id_ in names):  # repeated ids are a matter of their own
            yield resources


def hospital():
    """The resources of the hand-made patients, patient by patient."""
    resources, _ = patients.build(datetime.date.fromisoformat(AS_OF[:10]))
    charts = {}
    for resource in resources:
        charts.setdefault(patient_of(resource), []).append(resource)
    shared = charts.pop(None, [])  # what belongs to nobody goes with the first
    return [chart + shared if n == 0 else chart for n, chart in enumerate(charts.values())]


def patient_of(resource):
    if resource["resourceType"] == "Patient":
        return "Patient/" + resource["id"]
    return (resource.get("subject") or resource.get("patient") or {}).get("reference")
