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
from rig import Rig, pregabalin_order  # noqa: E402

BINARY = sys.argv.pop(1)
CLEAN, OTHER = "adult-today", "daily-pain"
FEW = [CLEAN, OTHER, "clean-chinese", "pregabalin", "myalgia-only"]
LISTED = ("potentially_eligible", "needs_review")


class Dialect(unittest.TestCase):
    def rig(self, **options):
        rig = Rig(BINARY, **{"only": FEW, **options})
        self.addCleanup(lambda: rig.__exit__(None, None, None))
        return rig.__enter__()

    def temper(self, rig, **switches):
        rig.control("PUT", "temper", switches)

    def cycle(self, rig, *words, status=0):
        rig.control("DELETE", "requests")
        done = rig.once(*words)
        self.assertEqual(status, done.returncode, done.stderr)
        return done

    def asked(self, rig, type_):
        """What was asked of a type in the last cycle, from the question mark on."""
        paths = [request["path"] for request in rig.ask("GET", "requests")]
        return [path.split("?", 1)[1] for path in paths if path.startswith("/fhir/%s?" % type_)]

    def assert_right(self, rig):
        wanted = {patient: status for patient, status in rig.screened().items() if status in LISTED}
        self.assertGreaterEqual(len(wanted), 3)
        self.assertEqual(wanted, {patient: status for patient, status in rig.statuses().items() if status in LISTED})

    def doctor(self, rig):
        return {row["check"]: row["what"] for row in map(json.loads, rig.run("doctor", "--format", "ndjson").stdout.splitlines())}


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
