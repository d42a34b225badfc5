#!/usr/bin/env python3
"""Holds the verdicts against the answers that the test cases of four quality measures (CMS122, CMS128, CMS165, CMS506) carry, where they and
the trial's criteria ask the same: age, diabetes, HbA1c, hypertension, pregnancy, opioid use disorder, cancer, antidepressants and opioids.

    python3 tests/foreign/ecqm_test.py --binary build/release/trialflag [--data DATA_FOLDER]

Prints a table of agreement by measure and criterion, then every difference with its explanation. Exit 1 on a difference without one, or
an explanation that nothing needs any more.
"""

import argparse
import collections
import json
import sys

import screening

END = "2026-12-31"  # of the measures' period
Question = collections.namedtuple("Question", "criterion as_of expected")
Case = collections.namedtuple("Case", "measure name patient resources population")

# (part of the case's name, criterion) → why the measure and the trial may differ.
EXPLAINED = {
    ("GMI", "E9.uncontrolled_diabetes"): "The measure takes the glucose management indicator for HbA1c; the trial's rule names HbA1c alone.",
    ("HbA1cLessThan9", "E9.uncontrolled_diabetes"): "The result is a coded \"yes\", no number: the trial's rule cannot use it, and says that a value is lacking.",
    ("LabA1cNoResult", "E9.uncontrolled_diabetes"): "For the measure a missing result is poor control; the trial's rule needs a value.",
    ("LabA1cNullResult", "E9.uncontrolled_diabetes"): "For the measure a missing result is poor control; the trial's rule needs a value.",
    ("DENEXFail-HasCancer", "E9.malignancy"): "Basal cell carcinoma of skin, as all of C44, is for review.",
    ("CancerOneDayAfterEnc", "E9.malignancy"): "Pain after cancer treatment says that there was a cancer, not that there is one: for review.",
    ("CancerRelatedPain", "E9.malignancy"): "Pain after cancer treatment says that there was a cancer, not that there is one: for review.",
}


def cases_in(folder):
    for path in sorted(folder.rglob("*.json")):
        resources = [entry["resource"] for entry in json.loads(path.read_text(encoding="utf-8"))["entry"]]
        by_type = {r["resourceType"]: r for r in resources}
        groups = by_type["MeasureReport"]["group"]
        population = {p["code"]["coding"][0]["code"]: p["count"] for group in groups for p in group["population"]}
        measure, _, name = path.stem.partition("FHIR-v")
        yield Case(measure, name.partition("-")[2], "Patient/" + by_type["Patient"]["id"], resources, population)


def drug_names(case):
    """What the drug records and Medications call the drugs, in lower case."""
    words = []
    for resource in case.resources:
        concept = resource.get("code" if resource["resourceType"] == "Medication" else "medicationCodeableConcept", {})
        if resource["resourceType"].startswith("Medication") and isinstance(concept, dict):
            words += [coding.get("display", "") for coding in concept.get("coding", [])]
    return " ".join(words).lower()


def day_of(resource):
    period = resource.get("effectivePeriod") or resource.get("period") or {}
    return (resource.get("effectiveDateTime") or period.get("end") or period.get("start") or END)[:10]


def start_of_encounter(case):
    return next((r["period"]["start"][:10] for r in case.resources if r["resourceType"] == "Encounter"), END)


def diabetes_questions(case):
    has_it = "no" if "NoDiabetesDx" in case.name else "yes"
    yield Question("E3.diabetes", END, {has_it})
    yield Question("I1.age", END, {"no" if "PatientAge17" in case.name else "yes"})
    measured = [r for r in case.resources if r["resourceType"] == "Observation" and ("A1c" in case.name or "GMI" in case.name)]
    for observation in measured:
        poor = case.population["numerator"] == 1
        yield Question("E9.uncontrolled_diabetes", day_of(observation), {"yes"} if poor else {"no"})


def antidepressant_questions(case):
    yield Question("I1.age", END, {"yes"})
    names = drug_names(case)
    yield Question("E6.venlafaxine", END, {"yes"} if "venlafaxine" in names else {"no"})
    recommended = any(word in names for word in ("duloxetine", "milnacipran", "amitriptyline"))
    yield Question("I3.drug_naive", END, {"weak_evidence"} if recommended else {"yes"})


def pressure_questions(case):
    yield Question("I1.age", END, {"yes"})
    yield Question("hypertension", END, {"yes"})
    during = "PregnancyDuringMP" in case.name
    if during or "PregnancyAfterMP" in case.name:
        yield Question("E11.pregnant", END, {"yes"} if during else {"no_data"})
    # No case has three classes of antihypertensives, or a pressure in the crisis range.
    yield Question("E9.refractory_hypertension", END, {"no"})


def opioid_questions(case):
    as_of = start_of_encounter(case)
    yield Question("I1.age", as_of, {"no" if "Age17" in case.name else "yes"})
    yield Question("E10.drug", END, {"yes"} if "OpioidUseDisorder" in case.name else {"no"})
    cancer = "Cancer" in case.name
    yield Question("E9.malignancy", END, {"yes"} if cancer else {"no"})
    recommended = any(word in drug_names(case) for word in ("tramadol", "duloxetine"))
    yield Question("I3.drug_naive", END, {"weak_evidence"} if recommended else {"yes"})


QUESTIONS = {"CMS122": diabetes_questions, "CMS128": antidepressant_questions, "CMS165": pressure_questions, "CMS506": opioid_questions}


def answer(record, criterion):
    verdicts = screening.verdicts(record)
    if criterion == "hypertension":  # judged inside STOP-Bang, which cites what it used
        cited = any(item.get("concept") == "hypertension" for item in verdicts["E5.stop_bang"]["evidence"])
        return "yes" if cited else "no"
    return verdicts[criterion]["reason"] or verdicts[criterion]["holds"]


def explanation(case, criterion):
    return next((key for key in EXPLAINED if key[0] in case.name and key[1] == criterion), None)


def compare(binary, folder):
    """Counts by (measure, criterion) of agreement, and the differences with the key of their explanation."""
    asked = collections.defaultdict(list)
    for case in cases_in(folder):
        for question in QUESTIONS[case.measure](case):
            asked[question.as_of].append((case, question))
    counts, differences = collections.defaultdict(collections.Counter), []
    for as_of, members in sorted(asked.items()):
        run = screening.screen(binary, [folder], as_of)
        if run.exit != 0:
            raise SystemExit(f"as of {as_of}: exit {run.exit}\n" + "\n".join(run.messages[:20]))
        records = {record["patient"]: record for record in run.records}
        for case, question in members:
            got = answer(records[case.patient], question.criterion)
            agrees = got in question.expected
            counts[case.measure, question.criterion]["agree" if agrees else "differ"] += 1
            if not agrees:
                differences.append((case, question, got, explanation(case, question.criterion)))
    return counts, differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data")
    options = parser.parse_args()
    data = screening.data_folder(options.data)
    folder = data and data / "ecqm-qicore-2025"
    if not folder or not folder.is_dir():
        print("skipped: no folder ecqm-qicore-2025 (give --data or TRIALFLAG_DATA)")
        return screening.SKIPPED
    counts, differences = compare(options.binary, folder)
    print("| measure | criterion | agree | differ |\n|---|---|---|---|")
    for (measure, criterion), count in sorted(counts.items()):
        print(f"| {measure} | {criterion} | {count['agree']} | {count['differ']} |")
    print("\n| case | criterion | as of | measure says | verdict | comment |\n|---|---|---|---|---|---|")
    for case, question, got, key in differences:
        comment = EXPLAINED.get(key, "NOT EXPLAINED")
        print(f"| {case.measure} {case.name} | {question.criterion} | {question.as_of} | {' or '.join(question.expected)} | {got} | {comment} |")
    unneeded = set(EXPLAINED) - {key for *_, key in differences}
    for part, criterion in sorted(unneeded):
        print(f"{part}, {criterion}: is explained, but there is no such difference")
    unexplained = sum(key is None for *_, key in differences)
    print(f"{sum(c['agree'] for c in counts.values())} agree, {len(differences)} differ, {unexplained} of them unexplained")
    return 1 if unexplained or unneeded or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
