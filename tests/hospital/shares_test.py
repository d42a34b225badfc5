#!/usr/bin/env python3
"""Counts in a made hospital's files what population/shares.py states of them, and watches that memory stays flat however many people there are."""

import collections
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from generate import Bundles, generate, is_twin  # noqa: E402
from population.palette import DISEASES, SYSTEMS  # noqa: E402
from population.shares import IN_THE_OUTPUT, TWINS  # noqa: E402

PATIENTS = 4000
DRUGS = {"MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"}
NAMES = {url: name for name, url in SYSTEMS.items()}
GERMAN = {disease.words["de"] for diseases in DISEASES.values() for disease in diseases if "de" in disease.words}
UNUSUAL_UNITS = {"kPa", "mmol/mol", "[lb_av]", "m", "mm", "m[IU]/mL"}


class Counts:
    """Hits and cases of each share."""

    def __init__(self):
        self.hits, self.cases = collections.Counter(), collections.Counter()

    def see(self, name, hit):
        self.cases[name] += 1
        self.hits[name] += bool(hit)


def verification(resource):
    return resource.get("verificationStatus", {}).get("coding", [{}])[0].get("code")


def count_condition(counts, condition):
    codings = condition["code"].get("coding", [])
    systems = [NAMES.get(re.split(r"[|]|/$", coding["system"])[0], "other") for coding in codings]
    for name in ("SNOMED", "ICD10", "ICD10CM", "ICD10CN", "ICD9CM"):
        counts.see("conditions coded in " + name, name in systems)
    counts.see("conditions with several codings", len(codings) > 1)
    counts.see("conditions in words alone", not codings)
    counts.see("conditions without clinical status", "clinicalStatus" not in condition)
    counts.see("conditions entered in error", verification(condition) == "entered-in-error")
    counts.see("conditions refuted", verification(condition) == "refuted")
    counts.see("conditions with a partial date", len(condition.get("onsetDateTime", "0000-00-00")) < 10)
    text = condition["code"].get("text", "")
    counts.see("conditions with a Chinese text", re.search("[\u4e00-\u9fff]", text))
    counts.see("conditions with a German text", any(word in text for word in GERMAN))


def count_drug(counts, drug, medications):
    counts.see("drugs without status", "status" not in drug)
    counts.see("drugs entered in error", drug.get("status") == "entered-in-error")
    concept, reference = drug.get("medicationCodeableConcept"), drug.get("medicationReference", {}).get("reference", "")
    counts.see("drugs in words alone", concept and "coding" not in concept)
    counts.see("drugs as a contained Medication", reference.startswith("#"))
    counts.see("drugs as a Medication of its own", reference in medications)
    local = concept and "text" not in concept and all(coding["system"] == SYSTEMS["LOCAL"] for coding in concept["coding"])
    counts.see("drugs that nobody can read", local or (reference and not reference.startswith("#") and reference not in medications))


def count_observation(counts, observation):
    quantities = [part["valueQuantity"] for part in [observation, *observation.get("component", [])] if "valueQuantity" in part]
    if quantities:
        counts.see("results in another unit", any(quantity.get("code") in UNUSUAL_UNITS for quantity in quantities))
        counts.see("results without unit", any("unit" not in quantity for quantity in quantities))
    counts.see("results dated by period or issue", "effectiveDateTime" not in observation)
    counts.see("results in another time zone", "+08:00" in observation.get("effectiveDateTime", ""))


def count_patient(counts, patient):
    if patient["id"].endswith("-old"):
        return
    counts.see("people who died", patient.get("deceasedBoolean") or "deceasedDateTime" in patient)
    counts.see("people inactive", patient["active"] is False)
    counts.see("people with year or month of birth alone", 0 < len(patient.get("birthDate", "")) < 10)
    counts.see("people without a birth date", "birthDate" not in patient)


def count_lines(counts, resources):
    """What stands twice, and what has an earlier version beside it."""
    seen = collections.defaultdict(list)
    for resource in resources:
        seen[resource["resourceType"], resource["id"]].append(json.dumps(resource, sort_keys=True))
    for (type_, _), lines in seen.items():
        if type_ not in ("Patient", "Medication"):
            counts.see("records doubled", len(lines) > len(set(lines)))
        if type_ == "Condition" or type_ in DRUGS:
            counts.see("conditions and drugs corrected", len(set(lines)) > 1)


def newest(resources):
    found = {}
    for resource in resources:
        key = resource["resourceType"], resource["id"]
        if key not in found or found[key]["meta"]["lastUpdated"] <= resource["meta"]["lastUpdated"]:
            found[key] = resource
    return found


def count(folder):
    counts, resources = Counts(), []
    for path in sorted((folder / "records").glob("*.ndjson")):
        resources += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    count_lines(counts, resources)
    current = newest(resources)
    medications = {"Medication/" + id_ for type_, id_ in current if type_ == "Medication"}
    owners = collections.Counter()
    for (type_, id_), resource in current.items():
        if type_ == "Condition":
            count_condition(counts, resource)
        elif type_ in DRUGS:
            count_drug(counts, resource, medications)
        elif type_ == "Observation":
            count_observation(counts, resource)
        elif type_ == "Patient":
            count_patient(counts, resource)
            owners[id_.endswith("-old") and "merged"] += 1
        elif type_ == "FamilyMemberHistory":
            owners["family"] += 1
    counts.cases["people merged"] = counts.cases["people with a family history"] = counts.cases["people who died"]
    counts.hits["people merged"], counts.hits["people with a family history"] = owners["merged"], owners["family"]
    for line in (folder / "truth.ndjson").read_text(encoding="utf-8").splitlines():
        counts.see("people with a record of fibromyalgia", "I2.fibromyalgia" in json.loads(line)["plan"])
    return counts


class Shares(unittest.TestCase):
    def hold(self, name, stated, hits, cases):
        """Within a tenth of what is stated, and what chance may do in so many cases."""
        share = stated / 100
        slack = 0.1 * share + 4 * math.sqrt(share * (1 - share) / cases)
        self.assertAlmostEqual(hits / cases, share, delta=slack, msg="%s: %.2f %% of %d, stated %.2f %%" % (name, 100 * hits / cases, cases, stated))

    def test_the_files_hold_what_is_stated(self):
        with tempfile.TemporaryDirectory() as folder:
            generate(pathlib.Path(folder), PATIENTS, seed="shares")
            counts = count(pathlib.Path(folder))
        self.assertEqual(set(counts.cases), set(IN_THE_OUTPUT))
        for name, stated in IN_THE_OUTPUT.items():
            with self.subTest(name):
                self.hold(name, stated, counts.hits[name], counts.cases[name])

    def test_bundles_hold_as_many_twins_as_stated(self):
        people = 20000
        self.hold("twins", TWINS, sum(is_twin("shares", number) for number in range(people)), people / 2)
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder)
            generate(out, 600, seed="shares", form="bundles")
            ids = collections.Counter(json.loads(path.read_text(encoding="utf-8"))["entry"][0]["resource"]["id"] for path in out.rglob("*.json"))
            self.assertEqual(sorted(ids.values())[-1], 2)
            self.assertEqual(sum(ids.values()), 600)
            self.assertEqual(sum(n == 2 for n in ids.values()), sum(is_twin("shares", number) for number in range(600)))
            self.assertTrue((out / "records" / Bundles(out, False).name(599)).exists())

    def test_memory_does_not_grow_with_the_people(self):
        program = "import resource, runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__'); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        peaks = []
        for people in ("300", "6000"):
            with tempfile.TemporaryDirectory() as folder:
                made = subprocess.run([sys.executable, "-c", program, str(pathlib.Path(__file__).with_name("generate.py")), "--patients", people, "--out", folder + "/made"],
                                      capture_output=True, text=True, check=True)
                peaks.append(int(made.stdout.splitlines()[-1]))
        self.assertLess(peaks[1] - peaks[0], 4096, "kilobytes more for twenty times the people")


if __name__ == "__main__":
    unittest.main()
