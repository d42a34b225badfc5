#!/usr/bin/python3
"""The live agent against servers that speak a vendor's dialect: parameters that others do not take, or that they demand (ingestion.md, items 10,
16, 20, 21 and 24). The flags must be those of the files, and the requests no more than are needed.

    dialect_test.py BINARY [unittest options]
"""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from asking import AskedTest  # noqa: E402
from rig import Rig, pregabalin_order  # noqa: E402
from token_server import token_server  # noqa: E402

AskedTest.BINARY = sys.argv.pop(1)
CLEAN, OTHER = "adult-today", "daily-pain"
FEW = [CLEAN, OTHER, "clean-chinese", "pregabalin", "myalgia-only"]


class Dialect(AskedTest):
    ONLY = FEW


class Subject(Dialect):
    """Item 20: `subject` where others take `patient`."""

    def assert_by(self, rig, form):
        """Every search for a patient's records is in this form from now on, and what changes is followed."""
        self.cycle(rig)
        queries = [query for query in self.asked(rig, "Condition") if "subject=" in query or "patient=" in query]
        self.assertEqual([], [query for query in queries if not query.startswith(form)])
        rig.put(pregabalin_order(CLEAN))
        self.cycle(rig)
        self.assertEqual("ineligible", rig.statuses()[CLEAN])

    def test_20_where_patient_is_refused_subject_is_tried_and_kept(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"refuse_patient": True}})
        self.cycle(rig)
        self.assert_right(rig)
        refused = [query for query in self.asked(rig, "Condition") if query.startswith("patient=")]
        self.assertLessEqual(1, len(refused))
        self.assertLessEqual(len(refused), 2, "two patients may be under way before one has told")
        self.assertIn("one patient is asked for by subject", self.doctor(rig)["Condition"])
        self.assert_by(rig, "subject=Patient%2F")

    def test_20_and_the_id_alone_where_a_reference_is_refused(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"refuse_patient": True, "refuse_reference": True}})
        self.cycle(rig)
        self.assert_right(rig)
        self.assertIn("by subject, the id alone", self.doctor(rig)["Condition"])
        self.assert_by(rig, "subject=" + CLEAN)

    def test_20_where_the_self_link_lacks_patient_subject_is_tried(self):
        rig = self.rig()
        self.temper(rig, Condition={"ignore_patient": True})
        self.cycle(rig)
        self.assert_right(rig)
        self.assertIn("by subject", self.doctor(rig)["Condition"])
        self.assertNotIn("by subject", self.doctor(rig)["Observation"])
        self.assert_by(rig, "subject=Patient%2F")

    def test_20_a_server_that_lists_subject_alone_is_not_asked_by_patient_at_all(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"list_subject": True, "refuse_patient": True, "need_patient": True}})
        (rig.folder / "patients.txt").write_text("\n".join(FEW) + "\n", encoding="utf-8")
        rig.configure(ehr=", roster: {kind: file, file: patients.txt}")
        self.assertIn("one patient is asked for by subject", self.doctor(rig)["Condition"])
        self.cycle(rig)
        self.assert_right(rig)
        self.assertEqual([], [query for query in self.asked(rig, "Condition") if query.startswith("patient=")])
        self.assertTrue([query for query in self.asked(rig, "Condition") if query.startswith("subject=")])
        self.assert_by(rig, "subject=Patient%2F")

    def test_20_a_server_that_shows_neither_is_asked_as_ever_and_its_others_records_are_left_out(self):
        rig = self.rig()
        self.temper(rig, Condition={"ignore_patient": True, "ignore_subject": True})
        self.cycle(rig)
        self.assert_right(rig)
        self.cycle(rig)
        rig.put(pregabalin_order(CLEAN))
        rig.delete("MedicationRequest/new-order")
        self.cycle(rig, "--reconcile")
        self.assertEqual([], [query for query in self.asked(rig, "Condition") if query.startswith("subject=")])
        self.assert_right(rig)

    def test_20_a_type_that_is_refused_in_all_words_is_tried_in_few(self):
        rig = self.rig(only=None)
        rig.fault(kind="status", status=400, type="AllergyIntolerance", times=10000)
        self.cycle(rig)
        asked = self.asked(rig, "AllergyIntolerance")
        self.assertGreater(len([query for query in asked if query.startswith("patient=")]), 10)
        self.assertLessEqual(len([query for query in asked if query.startswith("subject=")]), 2 * 5)


class Intent(Dialect):
    """Item 21: MedicationRequests that are answered by intent alone (eCRNow#381)."""

    def order(self, rig, intent):
        rig.put({**pregabalin_order(CLEAN), "intent": intent})
        self.cycle(rig)

    def test_21_each_intent_is_asked_for_and_nothing_is_missed(self):
        rig = self.rig()
        self.temper(rig, MedicationRequest={"need_intent": True})
        done = self.cycle(rig)
        self.assertNotIn("MedicationRequest", done.stderr)
        self.assert_right(rig)
        self.assertNotIn("not seen", self.doctor(rig)["MedicationRequest"])
        for intent in ("instance-order", "original-order"):
            self.order(rig, intent)
            self.assertEqual("ineligible", rig.statuses()[CLEAN])
            rig.delete("MedicationRequest/new-order")
            self.cycle(rig)
            self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])
        intents = {query.split("intent=")[1].split("&")[0] for query in self.asked(rig, "MedicationRequest") if "intent=" in query}
        self.assertEqual({"proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option"}, intents)

    def test_21_a_refused_intent_costs_itself_and_the_type_is_incomplete(self):
        rig = self.rig()
        self.cycle(rig)
        self.temper(rig, MedicationRequest={"need_intent": True, "refuse_intent": ["option"]})
        self.order(rig, "order")
        self.assertEqual("ineligible", rig.statuses()[CLEAN], "what the others hold is read")
        rig.delete("MedicationRequest/new-order")
        (line,) = [row for row in rig.list("status") if row["kind"] == "type" and row["name"] == "MedicationRequest"]
        self.assertIn("the server refuses a part of the search: intent option", json.dumps(line))
        rig.put(pregabalin_order(OTHER))
        rig.delete("MedicationRequest/new-order")
        self.cycle(rig, "--reconcile")
        self.assertNotEqual("potentially_eligible", rig.statuses()[CLEAN], "an order that was not shown may be there")

    def test_21_a_bare_400_is_an_error(self):
        rig = self.rig()
        rig.fault(kind="status", status=400, type="MedicationRequest", body="{}", times=10000)
        self.cycle(rig, status=1)
        self.assertEqual([], [query for query in self.asked(rig, "MedicationRequest") if "intent=" in query])


class Medications(Dialect):
    """Item 24: Medications that orders name, many at a time."""

    COUNT = 30

    def rig(self):
        rig = super().rig(only=[CLEAN, OTHER])
        for number in range(self.COUNT):
            rig.put({"resourceType": "Medication", "id": "m%d" % number, "code": {"coding": [
                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "161"}], "text": "paracetamol"}})
            rig.put({"resourceType": "MedicationStatement", "id": "s%d" % number, "status": "active", "subject": {"reference": "Patient/" + CLEAN},
                     "medicationReference": {"reference": "Medication/m%d" % number}, "effectiveDateTime": "2026-01-01"})
        return rig

    def reads(self, rig):
        """The Medications that were read by their own address, and the lists that were searched for."""
        paths = [request["path"] for request in rig.ask("GET", "requests")]
        return ([path for path in paths if path.startswith("/fhir/Medication/")], [path for path in paths if path.startswith("/fhir/Medication?_id=")])

    def drug_of(self, rig, number):
        """The order of a drug that excludes whoever takes it, if the drug is read."""
        rig.change("Medication/m%d" % number, code={"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "187832"}], "text": "pregabalin"})

    def test_24_many_are_read_by_few_searches(self):
        rig = self.rig()
        self.drug_of(rig, 17)
        self.cycle(rig)
        self.assertEqual("ineligible", rig.statuses().get(CLEAN, "ineligible"))
        self.assertEqual("potentially_eligible", rig.statuses()[OTHER])
        single, lists = self.reads(rig)
        self.assertEqual(([], 2), (single, len(lists)))

    def test_24_one_that_is_gone_or_hidden_is_told_by_its_own_address(self):
        rig = self.rig()
        rig.delete("Medication/m3")
        self.drug_of(rig, 17)
        self.temper(rig, Medication={"hide": ["Medication/m17"]})
        self.cycle(rig)
        single, lists = self.reads(rig)
        self.assertEqual((["/fhir/Medication/m17", "/fhir/Medication/m3"], 2), (sorted(single), len(lists)))
        self.assertEqual("ineligible", rig.statuses().get(CLEAN, "ineligible"))

    def test_24_where_lists_are_refused_or_ignored_each_is_read_and_the_list_is_not_tried_again(self):
        for switch in ("refuse_ids", "ignore_id"):
            with self.subTest(switch):
                rig = self.rig()
                self.drug_of(rig, 17)
                self.temper(rig, Medication={switch: True})
                self.cycle(rig)
                single, lists = self.reads(rig)
                self.assertEqual((self.COUNT, 1), (len(single), len(lists)))
                self.assertEqual("ineligible", rig.statuses().get(CLEAN, "ineligible"))
                self.assertIn("each that orders name is read by itself", self.doctor(rig)["Medication"])
                self.cycle(rig, "--reconcile")
                self.assertEqual([], self.reads(rig)[1])

    def test_24_one_for_which_the_server_fails_costs_the_types_that_name_drugs_alone(self):
        rig = self.rig()
        rig.fault(kind="status", status=500, type="Medication", skip=1, times=2)  # after the poll: the list, and the first by itself
        self.cycle(rig)
        single, lists = self.reads(rig)
        self.assertEqual((20, 2), (len(single), len(lists)), "those of the list that failed are read singly, one of which fails for good")
        self.assertEqual({CLEAN: "needs_review", OTHER: "potentially_eligible"}, rig.statuses())
        self.cycle(rig)
        self.assertEqual({CLEAN: "potentially_eligible", OTHER: "potentially_eligible"}, rig.statuses())


class Epic(Dialect):
    """Item 10: Epic wants the client's id in a header of its own."""

    def ids_told(self, rig):
        """What the header said in each request of the last cycle, after the server had said what it is."""
        before = ("/fhir/metadata", "/fhir/.well-known/smart-configuration")
        requests = rig.ask("GET", "requests")
        self.assertTrue([request for request in requests if request["path"].startswith("/fhir/Condition")])
        return [request["headers"].get("epic-client-id") for request in requests if request["path"] not in before]

    def test_10_every_request_bears_it_where_the_server_is_epic_and_the_sign_in_smart(self):
        with token_server() as tokens:
            rig = self.rig()
            key = rig.folder / "key.pem"
            self.assertEqual(0, rig.run("keys", "new", key, "--key-id", "agent").returncode)
            signed_in = ", auth: {kind: smart_backend, client_id: the-client, key_file: %s, key_id: agent, token_url: '%s'}" % (key, tokens)
            rig.configure(ehr=signed_in)
            self.cycle(rig)
            self.assertEqual({None}, set(self.ids_told(rig)), "another server is not told")
            self.temper(rig, **{"*": {"software": "Epic"}})
            self.cycle(rig)
            self.assertEqual({"the-client"}, set(self.ids_told(rig)))
            rig.configure()
            self.cycle(rig)
            self.assertEqual({None}, set(self.ids_told(rig)), "there is no id to tell")


if __name__ == "__main__":
    unittest.main(verbosity=2)
