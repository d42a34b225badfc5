"""The charts that the properties start from: the golden cases and the hand-made patients, as resources."""

import datetime
import json
import pathlib
import subprocess
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
    shared = charts.pop(None, [])
    for reference, chart in list(charts.items()):
        for link in next(r for r in chart if r["resourceType"] == "Patient").get("link", []):
            other = link["other"]["reference"]
            if other != reference and reference in charts and other in charts:
                charts[other] += charts.pop(reference)  # people merged are one chart
    return [chart + shared if n == 0 else chart for n, chart in enumerate(charts.values())]


def patient_of(resource):
    if resource["resourceType"] == "Patient":
        return "Patient/" + resource["id"]
    return (resource.get("subject") or resource.get("patient") or {}).get("reference")


def write(folder, files):
    """Writes each list of resources as one NDJSON file."""
    folder.mkdir(parents=True)
    for number, resources in enumerate(files):
        text = "".join(json.dumps(resource, ensure_ascii=False, separators=(",", ":")) + "\n" for resource in resources)
        (folder / f"{number:04}.ndjson").write_text(text, encoding="utf-8")
    return folder


def screen(binary, folder, as_of=AS_OF, incomplete=""):
    """Patient reference → record."""
    command = [binary, "screen", "--trial", "NCT07230171", "--as-of", as_of, "--timezone", "UTC", "--all", "--format", "ndjson"]
    command += ["--incomplete", incomplete] if incomplete else []
    run = subprocess.run(command + [str(folder)], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    if run.returncode not in (0, 1):
        raise AssertionError(f"exit {run.returncode}: {run.stderr[-2000:]}")
    return {record["patient"]: record for record in map(json.loads, run.stdout.splitlines())}
