#!/usr/bin/python3
"""Refusals that pass: a gateway, a redeployed server or a firewall says for a moment that nothing is there or that it may not be had. Nothing is
taken back for that, nobody is told for that, and when it is over everything is as if it had not been, without a reconciliation.

    passing_test.py BINARY [unittest options]
"""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402

BINARY = sys.argv.pop(1)
CLEAN, OTHER = "adult-today", "daily-pain"
GATEWAY = {"kind": "status", "status": 404, "content_type": "text/plain", "body": "default backend - 404", "times": 1000}
GOOD = "potentially_eligible"


class Passing(unittest.TestCase):
    def rig(self):
        world = Rig(BINARY, only=[CLEAN, OTHER]).__enter__()
        self.addCleanup(lambda: world.__exit__(None, None, None))
        return world

    def told(self):
        """A rig whose CLEAN was told of."""
        world = self.rig()
        self.once(world, 0)
        self.assertEqual(world.statuses()[CLEAN], GOOD)
        return world

    def once(self, world, status, *words):
        done = world.once(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def have_read(self, world):
        """The next cycle has to read CLEAN whole, for a record of theirs is deleted."""
        world.put({"resourceType": "Observation", "id": "soon-gone", "status": "final", "code": {"text": "x"}, "subject": {"reference": "Patient/" + CLEAN}})
        self.once(world, 0)
        world.delete("Observation/soon-gone")

    def as_before(self, world, mails):
        """When it is over."""
        world.mend()
        self.once(world, 0)
        self.assertEqual(world.statuses()[CLEAN], GOOD)
        self.assertEqual(len(world.mails()), mails)

    def test_nobody_is_gone_for_an_address_that_a_gateway_does_not_know(self):
        for words in ((), ("--reconcile",)):
            with self.subTest(words):
                world = self.told()
                mails = len(world.mails())
                self.have_read(world)
                world.fault(type="Patient", **GATEWAY)
                self.assertIn("nobody is there by the Patient's id, and the search for it tells nothing", self.once(world, 1, *words).stderr)
                self.assertEqual(world.statuses()[CLEAN], GOOD)
                self.as_before(world, mails)

    def test_nobody_is_gone_when_the_search_for_their_id_is_refused_in_any_way(self):
        for fault in ({"kind": "status", "status": 403}, {"kind": "status", "status": 400}, {"kind": "body", "content_type": "text/html", "body": "<html>"},
                      {"kind": "body", "body": '{"resourceType":"OperationOutcome"}'}):
            with self.subTest(fault):
                world = self.told()
                mails = len(world.mails())
                self.have_read(world)
                world.fault(type="Patient", of=CLEAN, kind="status", status=404, times=1)
                world.fault(type="Patient", skip=2, times=1, **fault)  # the poll and its history come first
                self.once(world, 1)
                self.assertEqual(world.statuses()[CLEAN], GOOD)
                self.as_before(world, mails)

    def test_who_becomes_a_candidate_meanwhile_is_told_of_when_it_is_over(self):
        world = self.rig()
        diagnosis = world.get(world.diagnosis(CLEAN))
        world.delete("Condition/" + diagnosis["id"])
        self.once(world, 0)
        self.assertNotIn(CLEAN, world.statuses())
        mails = len(world.mails())
        world.put(diagnosis)
        world.fault(type="Patient", **GATEWAY)
        self.once(world, 1)
        self.as_before(world, mails + 1)

    def test_a_patient_read_by_id_is_the_one_that_was_asked_for(self):
        for body in ('{"resourceType":"Patient","id":"somebody-else","birthDate":"1980-01-01","gender":"male"}',
                     '{"resourceType":"Patient","birthDate":"1980-01-01","gender":"male"}'):
            with self.subTest(body):
                world = self.rig()
                world.fault(type="Patient", of=CLEAN, kind="body", body=body, times=1)
                self.assertIn("another Patient than the one that was asked for", self.once(world, 1).stderr)
                self.assertNotIn(CLEAN, world.statuses())
                self.as_before(world, len(world.mails()) + 1)

    def test_a_type_that_had_records_does_not_come_to_be_one_that_is_not_kept(self):
        world = self.told()
        world.put(pregabalin_order(CLEAN))
        self.once(world, 0)
        self.assertEqual(world.statuses()[CLEAN], "ineligible")
        mails = len(world.mails())
        metadata = world.get("metadata")
        resources = metadata["rest"][0]["resource"]
        metadata["rest"][0]["resource"] = [each for each in resources if each["type"] != "MedicationRequest"]
        for words in ((), ("--reconcile",), ()):
            world.mend()
            world.fault(type="metadata", kind="body", body=json.dumps(metadata), times=1000)
            world.fault(type="MedicationRequest", **GATEWAY)
            self.assertIn("MedicationRequest was not read whole: the server says that it keeps no such records, and has shown some", self.once(world, 1, *words).stderr)
            self.assertEqual(world.statuses()[CLEAN], "ineligible")
        world.mend()
        self.once(world, 0)
        self.assertEqual(world.statuses()[CLEAN], "ineligible")
        self.assertEqual(len(world.mails()), mails)

    def test_who_is_refused_one_type_once_is_read_again_and_told_of(self):
        for status in (401, 403, 404):
            with self.subTest(status):
                world = self.rig()
                world.fault(type="MedicationRequest", of=CLEAN, kind="status", status=status, times=1)
                self.assertIn("1 patient could not be read whole: MedicationRequest", self.once(world, 0).stderr)  # every type was
                self.assertEqual(world.statuses()[CLEAN], "needs_review")
                mails = len(world.mails())
                self.as_before(world, mails + 1)

    def test_what_a_server_shows_to_nobody_any_more_is_not_absent(self):
        world = self.told()
        world.put(pregabalin_order(OTHER))
        self.once(world, 0)
        mails = len(world.mails())
        world.fault(type="MedicationRequest", method="GET", kind="body", body='{"resourceType":"Bundle","type":"searchset","total":0}', times=1000)
        world.put({"resourceType": "Patient", "id": "new-one", "gender": "female", "birthDate": "1980-01-01"})
        world.put({"resourceType": "Condition", "id": "fm-new-one", "subject": {"reference": "Patient/new-one"}, "onsetDateTime": "2020-01-01",
                   "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "M79.7"}]},
                   "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
                   "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]}})
        world.put({**pregabalin_order("new-one"), "id": "order-of-new-one"})
        for _ in range(2):
            self.assertIn("MedicationRequest: the server has shown such records and shows none to anybody now", self.once(world, 1).stderr)
            self.assertEqual(world.statuses()["new-one"], "needs_review")
        world.mend()
        self.once(world, 0)
        self.assertEqual(world.statuses()["new-one"], "ineligible")
        self.assertEqual(len(world.mails()), mails)

    def test_a_history_that_cannot_be_had_for_a_while_tells_later_what_was_deleted_meanwhile(self):
        for status in (404, 403, 501):
            with self.subTest(status):
                world = self.told()
                world.configure(ehr=", overlap: 0s")
                order = pregabalin_order(CLEAN)
                world.put(order)
                self.once(world, 0)
                self.assertEqual(world.statuses()[CLEAN], "ineligible")
                world.delete("MedicationRequest/" + order["id"])
                time.sleep(1.1)  # the Date of answers knows seconds
                world.put({**pregabalin_order(OTHER), "id": "later"})  # the watermark goes on
                world.fault(type="MedicationRequest", kind="status", status=status, skip=1, times=1)
                self.once(world, 0)
                self.assertEqual(world.statuses()[CLEAN], "ineligible")
                self.once(world, 0)
                self.assertEqual(world.statuses()[CLEAN], GOOD)

    def test_a_history_that_is_listed_and_never_had_leaves_the_types_whole(self):
        for status in (403, 501):
            with self.subTest(status):
                world = self.told()
                for _ in range(2):
                    world.mend()
                    world.fault(type="Condition", kind="status", status=status, skip=1, times=1)
                    self.once(world, 0)


if __name__ == "__main__":
    unittest.main()
