"""What holds of the verdicts whatever the records are: the golden cases and the hand-made patients, changed in ways that must not matter,
or may matter in one direction alone.
Usage: verdict_properties_test.py --binary build/release/trialflag [--seed N]"""

import argparse
import copy
import json
import pathlib
import random
import re
import sys
import tempfile
import unittest

import charts

PARSER = argparse.ArgumentParser()
PARSER.add_argument("--binary", required=True)
PARSER.add_argument("--seed", type=int, default=20261122)
OPTIONS, REST = PARSER.parse_known_args()

DRUGS = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration", "Medication")
THERAPIES = ("Procedure", "ServiceRequest", "CarePlan")
# Criteria that no Condition decides, and those that read the other types (criteria.md 2.15).
WITHOUT_CONDITIONS = ("I1.age", "I1.language", "I3.drug_naive", "I3.nonpharmacological", "I4", "E1", "E6", "E7", "E12")
READERS = {
    "Observation": ("I3.nonpharmacological", "I4", "E5.stop_bang", "E9.uncontrolled_diabetes", "E9.refractory_hypertension", "E11"),
    "AllergyIntolerance": ("E12",),
    **{drug: ("I3.drug_naive", "E6", "E7", "E9.esketamine_contraindication") for drug in DRUGS},
    **{therapy: ("I3.nonpharmacological",) for therapy in THERAPIES},
}
# Rules of the latest record: a newer one may undo an older one, so one record more can help.
LATEST = ("E5.stop_bang", "E9.uncontrolled_diabetes", "E9.refractory_hypertension", "E11.pregnant", "E11.lactating", "E12.allergy")
TIMES = re.compile(r"(DateTime|Date|Instant|Period|start|end|authoredOn|issued|authored|lastUpdated|date|dateAsserted|dateTime|recorded|time|"
                   r"whenHandedOver|whenPrepared|revisit_at|as_of)$")
YEAR = re.compile(r"^(\d{4})(?=$|-\d\d)")


def reads(type_, criterion):
    if type_ == "Condition":
        return not criterion.startswith(WITHOUT_CONDITIONS)
    return criterion.startswith(READERS[type_])


def by_id(record):
    return {v["id"]: v for v in record["criteria"]}


def later(value, years, key=""):
    """The value with every date in it moved by whole years; 28 keep weekdays and leap years."""
    if isinstance(value, dict):
        return {k: later(v, years, k) for k, v in value.items()}
    if isinstance(value, list):
        return [later(v, years, key) for v in value]
    if isinstance(value, str) and (TIMES.search(key) or key == "value"):
        return YEAR.sub(lambda match: f"{int(match.group(1)) + years:04}", value)
    return value


class Properties(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.charts = list(charts.golden()) + charts.hospital()
        cls.resources = [resource for chart in cls.charts for resource in chart]
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.base = charts.screen(OPTIONS.binary, charts.write(cls.folder / "base", [cls.resources]))
        assert len(cls.base) > 900, "the charts are lacking"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        self.random = random.Random(f"{OPTIONS.seed} {self.id()}")

    def screened(self, files, **options):
        return charts.screen(OPTIONS.binary, charts.write(self.folder / self.id().rpartition(".")[2] / str(self.random.random()), files), **options)

    def same(self, expected, got):
        self.assertEqual(set(), set(expected) ^ set(got))
        different = []
        for patient, record in expected.items():
            for before, after in zip(record["criteria"], got[patient]["criteria"]):
                if before != after:
                    different.append(f"{patient} {before['id']}:\n  {json.dumps(before)}\n  {json.dumps(after)}")
            if not different and record != got[patient]:
                different.append(f"{patient}: {[k for k in record if record[k] != got[patient][k]]}")
        self.assertFalse(different, f"{len(different)} differ\n" + "\n".join(different[:5]))

    def scattered(self, resources, files):
        parts = [[] for _ in range(files)]
        for resource in resources:
            self.random.choice(parts).append(resource)
        return parts


class NothingChanges(Properties):
    def test_when_records_stand_in_another_order_and_in_other_files(self):
        for files in (1, 7):
            shuffled = self.random.sample(self.resources, len(self.resources))
            self.same(self.base, self.screened(self.scattered(shuffled, files)))

    def test_when_codings_stand_in_another_order(self):
        def turned(value):
            if isinstance(value, dict):
                return {k: turned(v[::-1] if k == "coding" else v) for k, v in value.items()}
            return [turned(v) for v in value] if isinstance(value, list) else value

        def bare(records):  # which of several matching codes is shown follows their order
            records = copy.deepcopy(records)
            for verdict in (v for r in records.values() for v in r["criteria"]):
                for item in verdict["evidence"]:
                    item.pop("code", None)
            return records

        self.same(bare(self.base), bare(self.screened([turned(self.resources)])))

    def test_when_records_come_twice(self):
        twice = self.resources + self.random.sample(self.resources, len(self.resources))
        self.same(self.base, self.screened(self.scattered(twice, 3)))

    def test_when_irrelevant_records_are_added(self):
        added = []
        for number, patient in enumerate(self.base):
            added += irrelevant(patient, number)
        self.same(self.base, self.screened([self.resources, added]))

    def test_when_patients_are_screened_in_halves(self):
        self.random.shuffle(halves := self.charts[:])
        middle = len(halves) // 2
        first = self.screened([[r for chart in halves[:middle] for r in chart]])
        second = self.screened([[r for chart in halves[middle:] for r in chart]])
        self.assertFalse(set(first) & set(second))
        self.same(self.base, first | second)

    def test_but_dates_when_everything_is_28_years_later(self):
        def told(records, years):
            records = later(copy.deepcopy(records), years)
            for verdict in (v for r in records.values() for v in r["criteria"]):
                verdict["summary"] = re.sub(r"\b\d{4}(?=-\d\d|\))", lambda m: str(int(m.group()) + years), verdict["summary"])
                verdict["ask"] = [re.sub(r"\b\d{4}-\d\d", "", ask) for ask in verdict["ask"]]
            for record in records.values():
                record["questions"] = [re.sub(r"\b\d{4}-\d\d", "", ask) for ask in record["questions"]]
            return records

        moved = self.screened([later(self.resources, 28)], as_of=charts.AS_OF.replace("2026", "2054"))
        self.same(told(self.base, 28), told(moved, 0))


def irrelevant(patient, number):
    subject = {"reference": patient}
    final = {"status": "final", "subject": subject, "effectiveDateTime": "2026-11-20"}
    yield {"resourceType": "Condition", "id": f"irrelevant-{number}", "subject": subject, "recordedDate": "2026-11-01",
           "code": {"coding": [{"system": "http://snomed.info/sct", "code": "195662009", "display": "Acute viral pharyngitis"}]},
           "clinicalStatus": {"coding": [{"code": "active"}]}, "verificationStatus": {"coding": [{"code": "confirmed"}]}}
    yield {"resourceType": "Observation", "id": f"irrelevant-{number}", **final, "valueQuantity": {"value": 13.1, "unit": "g/dL"},
           "code": {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin [Mass/volume] in Blood"}]}}
    yield {"resourceType": "MedicationStatement", "id": f"irrelevant-{number}", "status": "active", "subject": subject,
           "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "J01CA04"}], "text": "amoxicillin"}}
    yield {"resourceType": "Encounter", "id": f"irrelevant-{number}", "status": "finished", "class": {"code": "AMB"}, "subject": subject}
    yield {"resourceType": "Immunization", "id": f"irrelevant-{number}", "status": "completed", "patient": subject, "occurrenceDateTime": "2026"}
    yield {"resourceType": "FamilyMemberHistory", "id": f"irrelevant-{number}", "status": "completed", "patient": subject,
           "relationship": {"text": "mother"}, "condition": [{"code": {"text": "fibromyalgia, diabetes mellitus, schizophrenia"}}]}


class ALackNeverHelps(Properties):
    def test_when_a_type_is_not_there_and_said_to_be_incomplete(self):
        wrong = []
        for type_ in ("Condition", *READERS):
            kept = [r for r in self.resources if r["resourceType"] != type_]
            got = self.screened([kept], incomplete=type_)
            self.assertEqual(sorted(self.base), sorted(got))
            for patient, record in self.base.items():
                after = by_id(got[patient])
                wrong += [f"without {type_}: {patient} {v['id']}: {json.dumps(v)}\n  {json.dumps(after[v['id']])}" for v in record["criteria"]
                          if v["effect"] != "pass" and after[v["id"]]["effect"] == "pass" and reads(type_, v["id"]) and not untouched(v, type_)]
        self.assertFalse(wrong, f"{len(wrong)} are helped\n" + "\n".join(wrong[:8]))


def untouched(verdict, type_):
    """What decides without the type stands (criteria.md 2.15), even where the type's records had contradicted it: a male's pregnancy test,
    the items of STOP-Bang beside a recorded total."""
    return verdict["reason"] == "conflicting" and (verdict["id"], type_) in (("E11.pregnant", "Observation"), ("E5.stop_bang", "Condition"))


class WhatExcludesAlone(Properties):
    def test_excludes_in_every_chart(self):
        """A record that alone makes a criterion fail, put into the charts of others: none passes that criterion."""
        donors = []
        for chart in self.charts:
            if len(chart) != 2 or chart[0]["resourceType"] != "Patient" or charts.patient_of(chart[1]) is None:
                continue
            judged = self.base.get(charts.patient_of(chart[0]), {"criteria": []})
            failed = [v["id"] for v in judged["criteria"] if v["effect"] == "fail" and v["basis"] == "evidence"]
            donors += [(chart[1], criterion) for criterion in failed if criterion.startswith("E") and criterion not in LATEST]
        self.assertGreater(len(donors), 30)
        for _ in range(3):
            self.put(donors)

    def put(self, donors):
        resources, expected = [], {}
        for chart in self.charts:
            patient = charts.patient_of(chart[0])
            if patient not in self.base:  # merged into another
                continue
            record, criterion = self.random.choice(donors)
            moved = json.loads(json.dumps(record).replace(charts.patient_of(record), patient))
            moved["id"] = f"moved-{len(expected)}"
            resources += chart + [moved]
            expected[patient] = criterion, record
        for patient, record in self.screened([resources]).items():
            if patient not in expected:
                continue
            criterion, donor = expected[patient]
            verdict = by_id(record)[criterion]
            with self.subTest(patient=patient, criterion=criterion, donor=donor["id"]):
                self.assertTrue(verdict["effect"] == "fail" or verdict["reason"] in ("conflicting", "weak_evidence"), verdict)


class DoubtNeverTurnsAVerdict(Properties):
    def test_round_when_records_become_weak(self):
        """Kleene: yes may become unknown, never no; save that of observations the latest counts and weak ones are left out of it."""
        weakened = [weak(copy.deepcopy(resource)) for resource in self.resources]
        got = self.screened([weakened])
        wrong = []
        for patient, record in self.base.items():
            after = by_id(got[patient])
            for verdict in record["criteria"]:
                if verdict["effect"] == "fail" and after[verdict["id"]]["effect"] == "pass":
                    wrong.append(f"{patient} {verdict['id']}: {json.dumps(verdict)}\n  {json.dumps(after[verdict['id']])}")
        self.assertFalse(wrong, f"{len(wrong)} turned\n" + "\n".join(wrong[:8]))


def weak(resource):
    """A record that counts, made one that counts weakly (criteria.md 2.11)."""
    type_ = resource["resourceType"]
    if type_ == "Condition":
        coded = [c.get("code") for c in resource.get("verificationStatus", {}).get("coding", [])]
        if coded in ([], ["confirmed"]):
            resource["verificationStatus"] = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "provisional"}]}
    elif type_ in DRUGS[:4] + ("Procedure",) and resource.get("status") in ("active", "completed", "stopped", "in-progress"):
        resource["status"] = "unknown"
    elif type_ == "AllergyIntolerance" and [c.get("code") for c in resource.get("clinicalStatus", {}).get("coding", [])] in ([], ["active"]):
        resource["clinicalStatus"] = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "inactive"}]}
    return resource


if __name__ == "__main__":
    print(f"seed {OPTIONS.seed}")
    unittest.main(argv=[sys.argv[0], *REST])
