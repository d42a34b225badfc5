#!/usr/bin/env python3
"""Screens the golden cases and compares every verdict with what the rules say.

    run_golden.py --binary build/dev/trialflag [--only TEXT] [--keep DIR]     run all cases (or those whose title or file has TEXT)
    run_golden.py --check                                                     read and compile the cases, and list uncited rules
"""
import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from case_reader import CRITERIA_OF, ENTRY_OF, CaseError, effect_of, read_cases, read_rules, REASON_BASIS
from fhir_writer import Writer

HERE = Path(__file__).resolve().parent
DEMOTING = ("conflicting", "weak_evidence", "incomplete_source")


def load():
    """(cases, bases by title, rules). Raises CaseError."""
    cases, bases, titles = [], {}, {}
    for path in sorted(HERE.glob("*.txt")):
        if path.name in ("rules.txt", "CMakeLists.txt"):
            continue
        for case in read_cases(path):
            if path.name == "bases.txt":
                bases[case.title] = case
                continue
            if case.title in titles:
                raise CaseError(f"{case.where()}: the title is also that of {titles[case.title]}")
            titles[case.title] = case.where()
            cases.append(case)
    rules = read_rules(HERE / "rules.txt")
    for case in cases:
        if case.base and case.base not in bases:
            raise CaseError(f"{case.where()}: no base is called {case.base}")
        if case.base:
            case.records = bases[case.base].records + case.records
        for rule in case.rules:
            if rule not in rules and not any(known.startswith(rule + ".") for known in rules):
                raise CaseError(f"{case.where()}: rules.txt has no rule {rule}")
        if not case.rules or not (case.expectations or case.status or not case.listed or case.revisit or case.question):
            raise CaseError(f"{case.where()}: a case needs a rule and an expectation")
    return cases, rules


def uncited(cases, rules):
    cited = {rule for case in cases for rule in case.rules}
    return [rule for rule in rules if rule not in cited]


def compile_case(case):
    """The lines of the case's input, the patient first."""
    writer = Writer(case)
    lines = [json.dumps(writer.patient(), ensure_ascii=False)]
    for record in case.records:
        if record.kind == "raw":
            lines.append(filled(case, record.text))
        elif record.kind != "file":
            lines.append(json.dumps(writer.resource(record), ensure_ascii=False))
    return lines


def filled(case, text):
    return text.replace("PATIENT", "Patient/" + case.key).replace("CASE", case.key)


def write_input(case, folder):
    lines = compile_case(case)
    for record in case.records:
        if record.kind == "file":
            (folder / filled(case, record.name)).write_text(filled(case, record.text) + "\n", encoding="utf-8")
    if case.bundle:
        kind, *extra = case.bundle.split()
        entries = ",\n".join('{"fullUrl":%s,"resource":%s}' % (json.dumps(full_url(line)), line) for line in lines)
        link = '"link":[{"relation":"next","url":"%s"}],' % extra[0] if extra else ""
        (folder / f"{case.key}.json").write_text('{"resourceType":"Bundle","type":"%s",%s"entry":[\n%s]}\n' % (kind, link, entries),
                                                 encoding="utf-8")
    else:
        (folder / f"{case.key}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if case.manifest:
        (folder / "manifest.json").write_text(case.manifest + "\n", encoding="utf-8")


def full_url(line):
    resource = json.loads(line)
    return "http://hospital.example/fhir/%s/%s" % (resource.get("resourceType"), resource.get("id", "x"))


def screen(binary, key, cases, folder):
    """Patient reference → record of one run, and its exit status and stderr."""
    as_of, timezone, incomplete, trial, _ = key
    folder.mkdir(parents=True)
    for case in cases:
        write_input(case, folder)
    command = [binary, "screen", "--trial", trial, "--as-of", as_of, "--timezone", timezone, "--all", "--format", "ndjson"]
    if incomplete:
        command += ["--incomplete", incomplete]
    run = subprocess.run(command + [str(folder)], capture_output=True, text=True, encoding="utf-8", check=False)
    records = {}
    for line in run.stdout.splitlines():
        record = json.loads(line)
        records[record["patient"]] = record
    return records, run


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def case(self, case, problems):
        self.passed += not problems
        self.failed += bool(problems)
        for line, text in problems:
            print(f"{case.where(line)}: {case.title}: {text}")


def compare(case, record):
    """(line, text) of each difference."""
    problems = []
    if record is None:
        return problems + ([(None, "the patient has no record")] if case.listed else [])
    if not case.listed:
        return problems + [(None, "the patient should have no line of its own")]
    problems += [(None, text) for text in invariants(record, case.trial)]
    if case.status and record["status"] != case.status:
        problems.append((None, f"status: expected {case.status}, got {record['status']}"))
    if case.revisit and case.revisit != (record["revisit_at"] or "never"):
        problems.append((None, f"revisit_at of the patient: expected {case.revisit}, got {record['revisit_at']}"))
    if case.question and not any(case.question.lower() in q.lower() for q in record["questions"]):
        problems.append((None, f"no question has {case.question!r}"))
    verdicts = {v["id"]: v for v in record["criteria"]}
    names = {f"{t}/{case.key}-{n}": n for n, t in Writer(case).types.items()} | {f"Patient/{case.key}": "patient"}
    for expected in case.expectations:
        verdict = verdicts.get(expected.criterion)
        differences = differ(expected, verdict, names) if verdict else ["missing"]
        problems += [(expected.line, f"{expected.criterion}: {d}; summary: {verdict and verdict['summary']}") for d in differences]
    return problems


def told(holds, reason, basis, effect):
    return " ".join(word for word in (holds, reason, basis, effect) if word)


def differ(expected, verdict, names):
    got = told(verdict["holds"], verdict["reason"], verdict["basis"], verdict["effect"])
    same = (verdict["holds"] == expected.holds and (verdict["reason"] or None) == expected.reason
            and expected.basis in (None, verdict["basis"]) and verdict["effect"] == expected.effect)
    problems = [] if same else [f"expected {told(expected.holds, expected.reason, expected.basis, expected.effect)}, got {got}"]
    found = [names.get(item["resource"], item["resource"]) for item in verdict["evidence"]]
    if expected.evidence is not None:
        missing = [name for name in expected.evidence if name not in found]
        if missing:
            problems.append(f"evidence lacks {', '.join(missing)}; it has {', '.join(found) or 'nothing'}")
    problems += [f"{name} should be no evidence" for name in expected.without if name in found]
    if expected.revisit and expected.revisit != (verdict["revisit_at"] or "never"):
        problems.append(f"revisit_at: expected {expected.revisit}, got {verdict['revisit_at']}")
    if expected.ask is not None and not any(expected.ask.lower() in ask.lower() for ask in verdict["ask"]):
        problems.append(f"no question has {expected.ask!r}: {verdict['ask']}")
    if expected.summary is not None and expected.summary.lower() not in verdict["summary"].lower():
        problems.append(f"the summary lacks {expected.summary!r}")
    return problems


def invariants(record, trial):
    """What holds for every record whatever the case (section 1 of the rules)."""
    verdicts = record["criteria"]
    if [v["id"] for v in verdicts] != CRITERIA_OF[trial]:
        yield "the criteria are not those of the protocol, in its order"
    for v in verdicts:
        if v["effect"] != effect_of(v["id"], v["holds"]):
            yield f"{v['id']}: effect {v['effect']} of {v['holds']}"
        if (v["holds"] == "unknown") != (v["reason"] is not None) or (v["reason"] and REASON_BASIS[v["reason"]] != v["basis"]):
            yield f"{v['id']}: {v['holds']} with reason {v['reason']} and basis {v['basis']}"
        if v["basis"] == "evidence" and not v["evidence"]:
            yield f"{v['id']}: basis evidence, but none is listed"
        if not v["summary"]:
            yield f"{v['id']}: no summary"
        if v["effect"] == "open" and not v["ask"]:
            yield f"{v['id']}: open, but nothing is asked"
    times = [v["revisit_at"] for v in verdicts if v["revisit_at"]]
    if record["revisit_at"] != (min(times) if times else None):
        yield f"revisit_at {record['revisit_at']} is not the earliest of its criteria"
    asked = {ask for v in verdicts for ask in v["ask"]}
    if len(record["questions"]) != len(set(record["questions"])) or set(record["questions"]) != asked:
        yield "questions are not all asks once"
    yield from status_invariants(record, verdicts, ENTRY_OF[trial])


def status_invariants(record, verdicts, entry_id):
    """criteria.md 1.4 for those who are candidates."""
    status = record["status"]
    entry = next((v for v in verdicts if v["id"] == entry_id), None)
    if status == "not_a_candidate" or entry is None:
        return
    if entry["holds"] == "no":
        expected = "not_a_candidate"
    elif entry["reason"] == "incomplete_source":
        expected = "not_screened"
    elif any(v["effect"] == "fail" for v in verdicts):
        expected = "ineligible"
    elif any(v["effect"] == "open" and v["reason"] in DEMOTING for v in verdicts):
        expected = "needs_review"
    else:
        expected = "potentially_eligible"
    if status != expected:
        yield f"status {status} does not follow from the criteria ({expected} does)"


def run_all(binary, cases, folder):
    groups = defaultdict(list)
    for case in cases:
        groups[case.run_key()].append(case)
    report = Report()
    for number, (key, members) in enumerate(groups.items()):
        records, run = screen(binary, key, members, folder / str(number))
        for case in members:
            report.case(case, compare(case, records.get(filled(case, case.reference))))
        expected = members[0].exit  # a case with an exit status of its own runs alone
        if run.returncode != expected:
            report.failed += 1
            told_on_stderr = "\n".join(run.stderr.strip().splitlines()[:20])
            print(f"run of {members[0].title} and others ({', '.join(filter(None, key))}): exit {run.returncode}, not {expected}\n{told_on_stderr}")
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", help="an empty folder for the compiled input")
    arguments = parser.parse_args()
    try:
        cases, rules = load()
        missing = uncited(cases, rules)
        for case in cases:
            compile_case(case)
    except CaseError as error:
        print(error)
        return 2
    for rule in missing:
        print(f"rules.txt: {rule} is cited by no case: {rules[rule]}")
    if arguments.check or not arguments.binary:
        print(f"{len(cases)} cases, {len(rules)} rules, {len(missing)} uncited")
        return 1 if missing else 0
    chosen = [c for c in cases if arguments.only.lower() in (c.file + " " + c.title).lower()]
    with tempfile.TemporaryDirectory() as temporary:
        report = run_all(arguments.binary, chosen, Path(arguments.keep or temporary) / "input")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed or missing or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
