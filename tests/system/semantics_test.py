"""What records mean when they change or are less than whole, from the server to the flag: cases P08, S01-S06 and S14 of the failure
catalogue. Usage: semantics_test.py BINARY"""
import datetime
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, in_error, pregabalin_order  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hospital"))
from chart import Chart, concept  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
CLEAN, PLAIN = "adult-today", "missing-data"  # a whole record; a diagnosis and nothing else


class Semantics(unittest.TestCase):
    def cycle(self, world, status=0):
        done = world.once()
        self.assertEqual(done.returncode, status, done.stderr)

    def said(self, world, criterion, patient=CLEAN):
        """What the flag says of a criterion: (its effect, the reason of what is open)."""
        (found,) = [each for each in world.flags()[patient]["criteria"] if each["id"] == criterion]
        return found["effect"], found["reason"]

    def written(self, world, patient, make):
        """A record as a hospital writes it: `make` adds it to a chart of that patient."""
        chart = Chart(datetime.datetime.now(datetime.timezone.utc).date(), patient, "female", 18, {"family": "Semantics"})
        resource = make(chart)
        world.put(resource)
        return resource

    def kinds(self, world):
        return [mail["X-Trialflag-Kind"] for mail in world.mails()]

    def test_s01_a_diagnosis_in_error_without_a_clinical_status_counts_no_more_and_the_flag_is_taken_back(self):
        with Rig(BINARY, only=[CLEAN]) as world:
            self.cycle(world)
            path = world.diagnosis(CLEAN)
            resource = {name: value for name, value in world.get(path).items() if name != "clinicalStatus"}
            world.put({**resource, **in_error()})
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible"})
            self.assertEqual(self.kinds(world), ["opened", "retracted"])

    def test_s02_a_result_is_final_then_corrected_then_in_error(self):
        with Rig(BINARY, only=[CLEAN]) as world:
            self.cycle(world)
            result = self.written(world, CLEAN, lambda chart: chart.observation("LOINC 4548-4", 9.6, days=1, unit="%"))
            self.cycle(world)
            self.assertEqual((world.statuses()[CLEAN], self.said(world, "E9.uncontrolled_diabetes")), ("ineligible", ("fail", None)))
            world.put({**result, "status": "corrected", "valueQuantity": {**result["valueQuantity"], "value": 5.2}})
            self.cycle(world)
            self.assertEqual((world.statuses()[CLEAN], self.said(world, "E9.uncontrolled_diabetes")[0]), ("potentially_eligible", "pass"))
            world.put({**result, "status": "entered-in-error"})
            self.cycle(world)
            self.assertEqual((world.statuses()[CLEAN], self.said(world, "E9.uncontrolled_diabetes")[0]), ("potentially_eligible", "pass"))
            self.assertEqual(self.kinds(world), ["opened", "retracted", "opened"])

    def test_s03_what_was_cancelled_revoked_or_not_done_is_no_treatment(self):
        with Rig(BINARY, only=[CLEAN]) as world:
            order = pregabalin_order(CLEAN)
            world.put({**order, "status": "cancelled"})
            pain = {"reasonCode": [concept("SNOMED 82423001")]}
            done = self.written(world, CLEAN, lambda chart: chart.procedure(text="intravenous ketamine infusion for chronic pain"))
            world.put({**done, **pain, "status": "not-done"})
            self.written(world, CLEAN, lambda chart: chart.add("ServiceRequest", status="revoked", intent="order", code=concept(text="ketamine infusion"), **pain))
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})
            world.put({**order, "status": "active"})
            self.cycle(world)
            self.assertEqual(self.said(world, "E6.pregabalin")[0], "fail")

    def test_s04_a_drug_is_found_wherever_its_name_stands_and_is_unknown_where_it_cannot_be_had(self):
        def drug(id_, *codes):
            return {"resourceType": "Medication", "id": id_, "code": concept(*codes)}

        def reference(target=None, **more):
            return {"medicationReference": {**({"reference": target} if target else {}), **more}}

        pregabalin = "RXNORM 187832"
        found, told, unknown = ("fail", None), ("open", "weak_evidence"), ("open", "incomplete_source")
        cases = {  # how the order names its drug, which is pregabalin: what becomes of the criterion that asks for it
            "in place": ({"medicationCodeableConcept": concept(pregabalin)}, found),
            "contained": ({"contained": [drug("m", pregabalin)], **reference("#m")}, found),
            "contained, and missing": ({"contained": [drug("m", pregabalin)], **reference("#missing")}, unknown),
            "a Medication": (reference("Medication/there"), found),
            "a Medication under the server's own address": (reference("{base}/Medication/there"), found),
            "a Medication that is not there": (reference("Medication/nowhere"), unknown),
            "a Medication that is forbidden": (reference("Medication/forbidden"), unknown),
            "a Medication elsewhere": (reference("https://elsewhere.example/fhir/Medication/away"), unknown),
            "a Medication elsewhere, of whose name is another drug here": (reference("https://elsewhere.example/fhir/Medication/other"), unknown),
            "a word": (reference(display="Pregabalin 75 mg"), told),
            "a word, and a Medication that is not there": (reference("Medication/nowhere", display="Pregabalin 75 mg"), told),
            "an identifier alone": (reference(identifier={"system": "urn:oid:2.999.2", "value": "17"}), unknown),
            "nothing": ({}, unknown),
        }
        with Rig(BINARY, only=[CLEAN]) as world:
            world.put(drug("there", pregabalin))
            world.put(drug("forbidden", pregabalin))
            world.put(drug("other", "ATC N02BE01"))
            self.cycle(world)
            order = {name: value for name, value in pregabalin_order(CLEAN).items() if name != "medicationCodeableConcept"}
            for name, (how, effect) in cases.items():
                with self.subTest(name):
                    world.put({**order, **json.loads(json.dumps(how).replace("{base}", world.base))})
                    if "forbidden" in name:
                        world.fault(kind="status", status=403, type="Medication", times=10000)
                    world.once()
                    self.assertEqual(self.said(world, "E6.pregabalin"), effect)
                    world.mend()
                    world.delete("MedicationRequest/" + order["id"])

    def test_s05_no_row_is_unknown_and_no_known_allergy_is_an_answer(self):
        with Rig(BINARY, only=[PLAIN]) as world:
            self.cycle(world)
            self.assertEqual(self.said(world, "E12.allergy", PLAIN), ("open", "no_data"))
            self.written(world, PLAIN, lambda chart: chart.allergy("SNOMED 716186003", days=1))
            self.cycle(world)
            self.assertEqual(self.said(world, "E12.allergy", PLAIN)[0], "pass")

    def test_s06_a_result_says_what_it_says_and_no_more(self):
        def with_value(**value):
            def make(chart):
                result = chart.observation("LOINC 4548-4", 9.6, days=1, unit="%")
                del result["valueQuantity"]
                return {**result, **value}
            return make

        percent = {"unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
        cases = {  # what stands there: what becomes of uncontrolled diabetes, which 9 % would be
            "below 5 %": (with_value(valueQuantity={"value": 5, "comparator": "<", **percent}), "pass"),
            "above 8 %": (with_value(valueQuantity={"value": 8, "comparator": ">", **percent}), "open"),
            "in words": (with_value(valueString="GT 9"), "open"),
            "in a component alone": (with_value(component=[{"code": concept("LOINC 4548-4"), "valueQuantity": {"value": 9.6, **percent}}]), "fail"),
            "in a unit that it cannot have": (with_value(valueQuantity={"value": 9.6, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}), "open"),
            "absent for a reason": (with_value(dataAbsentReason=concept(text="sample lost")), "pass"),
            "nothing": (with_value(), "pass"),
        }
        with Rig(BINARY, only=[CLEAN]) as world:
            self.cycle(world)
            for name, (make, effect) in cases.items():
                with self.subTest(name):
                    result = self.written(world, CLEAN, make)
                    self.cycle(world)
                    self.assertEqual(self.said(world, "E9.uncontrolled_diabetes")[0], effect)
                    world.delete("Observation/" + result["id"])

    def test_s14_what_the_agent_may_not_read_is_unknown_and_nobody_is_told(self):
        with Rig(BINARY, only=[CLEAN]) as world:
            world.fault(kind="status", status=403, type="AllergyIntolerance", times=10000)
            world.once()
            self.assertEqual((world.statuses()[CLEAN], self.said(world, "E12.allergy")), ("needs_review", ("open", "incomplete_source")))
            self.assertEqual(world.mails(), [])
            world.mend()
            self.cycle(world)
            self.assertEqual((world.statuses()[CLEAN], self.said(world, "E12.allergy")[0]), ("potentially_eligible", "pass"))
            self.assertEqual(self.kinds(world), ["opened"])

    def test_p08_records_that_come_change_and_go_while_pages_are_read_are_found_by_the_next_pass(self):
        with Rig(BINARY, hospital=("--no-snapshot",), flood=1000) as world:
            world.configure(ehr=", page_size: 3")
            patients, moves = sorted(world.expected), 0
            agent = subprocess.Popen(world.command("run", "--once"), stderr=subprocess.DEVNULL)
            while agent.poll() is None:
                patient = patients[moves % len(patients)]
                if moves % 3 == 0:
                    world.put(pregabalin_order(patient, "order-" + patient))
                elif moves % 3 == 1:
                    for condition in world.find("Condition", patient):
                        world.put(condition)
                else:
                    for result in world.find("Observation", patient)[:1]:
                        world.delete("Observation/" + result["id"])
                moves += 1
            self.assertGreater(moves, 10, "nothing happened while it read")
            self.cycle(world)
            self.cycle(world)
            known = world.statuses()
            path = world.folder / "agent.yaml"
            path.write_text(path.read_text(encoding="utf-8").replace("state: {dir: state}", "state: {dir: fresh}"), encoding="utf-8")
            self.cycle(world)
            listed = ("potentially_eligible", "needs_review")
            self.assertEqual({patient: status for patient, status in known.items() if status in listed},
                             {patient: status for patient, status in world.statuses().items() if status in listed})


if __name__ == "__main__":
    unittest.main()
