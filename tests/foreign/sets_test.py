"""Sets of valid resources: every code system that their records name is recognised, or said to be unknown; every remark on them has its
reason. Tables: expected/code-systems.tsv, expected/remarks.tsv.

    python3 tests/foreign/sets_test.py --binary build/release/trialflag [--data DATA_FOLDER] [--write]

--write puts today's answers into the tables and keeps the reasons; read the difference before it is committed.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import subprocess
import sys

import screening

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
SETS = ("ahrq-pain-mgmt", "athena-ips-fibromyalgia", "hl7-r4-spec-examples", "ips-vendor-samples", "mii-kds-2026", "tw-core-examples-zh",
        "us-core-examples")
READ_TYPES = {"AllergyIntolerance", "CarePlan", "Condition", "Consent", "Encounter", "MedicationAdministration", "MedicationDispense",
              "MedicationRequest", "MedicationStatement", "Medication", "Observation", "Procedure", "QuestionnaireResponse", "ServiceRequest"}
AT_ONCE = 2  # processes


def resources_of(value):
    if not isinstance(value, dict):
        return
    if value.get("resourceType") != "Bundle":
        yield value
        return
    for entry in value.get("entry") or []:
        yield from resources_of(entry.get("resource"))


def systems_of(value):
    if isinstance(value, dict):
        if "code" in value and isinstance(value.get("system"), str):
            yield value["system"]
        for member in value.values():
            yield from systems_of(member)
    elif isinstance(value, list):
        for element in value:
            yield from systems_of(element)


def systems_named(data):
    named = set()
    for path in (p for name in SETS for p in (data / name).rglob("*.json")):
        try:
            value = json.loads(path.read_bytes())
        except ValueError:
            continue
        for resource in resources_of(value):
            if resource.get("resourceType") in READ_TYPES:
                named.update(" ".join(system.split()) for system in systems_of(resource))
    return sorted(named)


def recognised(binary, system):
    """recognised, or unknown where the program says that no table names the system."""
    run = subprocess.run([binary, "mappings", "explain", system, "no-such-code"], capture_output=True, text=True, timeout=60, check=False)
    if run.returncode != 1:
        return f"exit {run.returncode}"
    return "unknown" if "no table names this system" in run.stdout + run.stderr else "recognised"


def code_systems(binary, data):
    systems = systems_named(data)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(systems, pool.map(lambda system: recognised(binary, system), systems)))


def remarks(binary, data):
    found = {}
    for name in SETS:
        run = screening.screen(binary, [data / name])
        for remark, count in sorted(screening.issues(run.messages).items()):
            found[f"{name}: {remark}"] = str(count)
    return found


def read_table(file):
    """name → (answer, why)."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    rows = [line.split("\t") + ["", ""] for line in lines if line and not line.startswith("#")]
    return {row[0]: (row[1], row[2]) for row in rows[1:]}


def write_table(file, found):
    old = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    head, why = [line for line in old if line.startswith("#")], read_table(file)
    rows = ["\t".join((name, answer, why.get(name, ("", ""))[1])).rstrip("\t") for name, answer in found.items()]
    file.write_text("\n".join([*head, "name\tanswer\twhy", *rows]) + "\n", encoding="utf-8")


def differences(expected, found, reasons):
    for name, answer in found.items():
        want, why = expected.get(name, ("nothing", ""))
        if want != answer:
            yield f"{name}: {answer}; the table has {want}"
        elif reasons and not why:
            yield f"{name}: the table gives no reason"
    for name in expected.keys() - found.keys():
        yield f"{name}: is in the table alone"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    data = screening.data_folder(options.data)
    if data is None:
        print("skipped: no folder of foreign records (give --data or TRIALFLAG_DATA)")
        return screening.SKIPPED
    failed = False
    for table, ask, reasons in (("code-systems.tsv", code_systems, False), ("remarks.tsv", remarks, True)):
        found = ask(options.binary, data)
        if options.write:
            write_table(EXPECTED / table, found)
        problems = list(differences(read_table(EXPECTED / table), found, reasons))
        counts = collections.Counter(found.values()) if not reasons else {}
        print(f"{table}: {len(found)} rows" + "".join(f", {n} {answer}" for answer, n in sorted(counts.items())))
        print("\n".join("  " + problem for problem in problems), end="\n" if problems else "")
        failed = failed or bool(problems) or not found
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
