#!/usr/bin/python3
"""Records that the server gives and nobody can read: they cost whom they name, or everybody when they name nobody, and it is told.

    damaged_test.py BINARY [unittest options]
"""
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402

BINARY = sys.argv.pop(1)
CLEAN, OTHER = "clean-icd10", "daily-pain"
MARK = "breaks-here"
SET_ASIDE = "Condition: 1 record could not be read"
NOBODYS = "Condition was not read whole: 1 record could not be read or placed"


def rig(*only):
    return Rig(BINARY, only=set(only))


def condition(patient=None, **members):
    """With a mark that becomes no JSON when the server's quotes around it are taken away."""
    about = {} if patient is None else {"subject": {"reference": "Patient/" + patient}}
    return {"resourceType": "Condition", "id": "flawed-one", **about, "note": [{"text": MARK}], **members}


class Damaged(unittest.TestCase):
    def cycle(self, world, *words, status=0):
        done = world.once(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        for secret in (CLEAN, OTHER, "flawed-one", MARK):
            self.assertNotIn(secret, done.stderr)
        return done.stderr

    def damage(self, world):
        world.fault(kind="replace", type="Condition", times=100000, find='"%s"' % MARK, **{"with": MARK})

    def type_line(self, world, name="Condition"):
        return {line["name"]: line for line in world.list("status") if line["kind"] == "type"}[name]

    def test_a_record_that_cannot_be_parsed_costs_the_patient_whom_it_names_and_nobody_else(self):
        with rig(CLEAN, OTHER) as world:
            world.put(condition(CLEAN))
            self.damage(world)
            self.assertIn(SET_ASIDE, self.cycle(world, status=1))
            self.assertEqual(world.statuses(), {CLEAN: "needs_review", OTHER: "potentially_eligible"})
            line = self.type_line(world)
            self.assertEqual((line["state"], line["unread"]), ("ok", 1))
            self.assertIn("could not be read", line["error"])
            self.assertNotIn(SET_ASIDE, self.cycle(world), "said once")
            self.assertEqual(self.type_line(world)["unread"], 1, "but not forgotten")

            world.mend()
            world.put(condition(CLEAN))
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
            self.assertEqual((self.type_line(world)["unread"], self.type_line(world)["error"]), (0, None))

    def test_a_flawed_record_that_is_deleted_costs_nothing_any_more(self):
        for flaw in ({}, {"recordedDate": "yesterday"}):
            with self.subTest(flaw), rig(CLEAN) as world:
                world.put(condition(CLEAN, **flaw))
                if not flaw:
                    self.damage(world)
                self.assertIn(SET_ASIDE, self.cycle(world, status=1))
                self.assertEqual(world.statuses(), {CLEAN: "needs_review"})
                world.delete("Condition/flawed-one")
                self.cycle(world)
                self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})
                self.assertEqual(self.type_line(world)["unread"], 0)

    def test_a_record_that_must_name_somebody_and_does_not_makes_its_type_incomplete_for_everybody(self):
        for damaged in (True, False):
            with self.subTest(damaged=damaged), rig(CLEAN, OTHER) as world:
                world.put(condition())
                if damaged:
                    self.damage(world)
                self.assertIn(NOBODYS, self.cycle(world, status=1))
                self.assertEqual(world.statuses(), {CLEAN: "needs_review", OTHER: "needs_review"})
                self.assertEqual(world.mails(), [])
                line = self.type_line(world)
                self.assertEqual((line["state"], line["watermark"]), ("incomplete", None))
                self.assertIn("whose is not told", line["error"])
                self.assertIn(NOBODYS, self.cycle(world, status=1), "as long as it is there")
                world.delete("Condition/flawed-one")
                self.cycle(world)
                self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "potentially_eligible"})
                self.assertEqual(self.type_line(world)["state"], "ok")

    def observation(self, subject=None, type_="Observation", **members):
        about = {} if subject is None else {"patient" if type_ == "Consent" else "subject": subject}
        return {"resourceType": type_, "id": "flawed-one", "status": "final", **about, **members}

    def test_a_record_that_needs_no_subject_and_has_none_concerns_nobody(self):
        for type_ in ("Observation", "QuestionnaireResponse", "Encounter", "Consent", "MedicationDispense"):
            with self.subTest(type_), rig(CLEAN, OTHER) as world:
                self.cycle(world)
                world.put(self.observation(type_=type_))
                told = type_ + ": 1 record names no patient"
                self.assertIn(told, self.cycle(world))
                self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "potentially_eligible"})
                line = self.type_line(world, type_)
                self.assertEqual((line["state"], line["unread"], line["error"]), ("ok", 0, None))
                # To the second: the server's Date, which bounds it, has no parts of one.
                self.assertGreaterEqual(line["watermark"][:19], world.get(type_ + "/flawed-one")["meta"]["lastUpdated"][:19])
                (row,) = world.list("status", "--quarantine", "--raw")
                self.assertEqual((row["type"], row["id"], row["reason"]), (type_, "flawed-one", "names no patient"))
                self.assertNotIn(told, self.cycle(world), "said once")
                self.assertEqual(world.run("status").returncode, 0)
                world.delete(type_ + "/flawed-one")
                self.cycle(world)
                self.assertEqual(world.list("status", "--quarantine"), [])

    def test_whoever_is_named_by_no_id_is_somebody(self):
        for subject in ({"identifier": {"system": "urn:oid:2.999.1", "value": "7"}}, {"display": "somebody"}, {},
                        {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}, {"reference": "#somebody"},
                        {"reference": "Patient?identifier=urn:oid:2.999.1|7"}):
            with self.subTest(subject), rig(CLEAN, OTHER) as world:
                world.put(self.observation(subject))
                self.assertIn(NOBODYS.replace("Condition", "Observation"), self.cycle(world, status=1))
                self.assertEqual(world.statuses(), {CLEAN: "needs_review", OTHER: "needs_review"})
                line = self.type_line(world, "Observation")
                self.assertEqual((line["state"], line["watermark"]), ("incomplete", None))
                (row,) = world.list("status", "--quarantine", "--raw")
                self.assertEqual((row["id"], row["reason"]), ("flawed-one", "Observation.subject: names a patient by no id of this server"))
                world.put(self.observation({"reference": "Patient/" + CLEAN}))
                self.cycle(world)
                self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "potentially_eligible"})
                self.assertEqual(world.list("status", "--quarantine"), [])

    def test_an_id_of_another_server_is_nobody_here_unless_the_server_says_so(self):
        with rig(CLEAN, OTHER) as world:
            self.cycle(world)
            order = pregabalin_order(CLEAN)
            order["subject"] = {"reference": "https://elsewhere.example/fhir/Patient/" + CLEAN}
            world.put(order)
            self.assertEqual(self.cycle(world).count("could not be read"), 0)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "potentially_eligible"})
            (row,) = world.list("status", "--quarantine")
            self.assertIn("MedicationRequest.subject: names a patient at another server's address", row["reason"])
            world.configure(ehr=", allowed_origins: [https://elsewhere.example]")
            order["note"] = [{"text": "changed"}]
            world.put(order)
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "potentially_eligible"})

    def test_a_subject_that_is_no_patient_concerns_nobody(self):
        with rig(CLEAN) as world:
            for number, kind in enumerate(("Group", "Device", "Location")):
                world.put(self.observation({"reference": kind + "/g"}, id="of-%d" % number))
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})
            self.assertEqual(self.type_line(world, "Observation")["state"], "ok")
            self.assertEqual(world.list("status", "--quarantine"), [])

    def test_deletions_are_followed_beside_a_record_that_names_nobody(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            world.put(condition())
            world.delete(world.diagnosis(CLEAN))
            self.cycle(world, status=1)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible"})

    def test_a_deletion_that_does_not_say_of_what_is_asked_for_again(self):
        with rig(CLEAN, OTHER) as world:
            self.cycle(world)
            path = world.diagnosis(CLEAN)
            world.delete(path)
            world.fault(kind="replace", type="Condition", times=100000, find=path, **{"with": "Condition"})
            self.assertIn("a deletion does not say of what", self.cycle(world, status=1))
            self.assertEqual(self.type_line(world)["state"], "incomplete")
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
            world.mend()
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "potentially_eligible"})

    def test_a_type_that_fails_beside_a_flawed_record_of_another_leaves_that_one_as_it_was_read(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            world.put(condition(CLEAN, recordedDate="yesterday"))
            world.fault(kind="status", status=500, type="Observation", times=1000)
            self.cycle(world, status=1)
            self.assertEqual(world.statuses(), {CLEAN: "needs_review"})

    def test_s10_ids_that_are_too_long_are_told_apart_to_their_end(self):
        with rig(CLEAN, OTHER) as world:
            for patient, id_ in ((CLEAN, "x" * 64 + "a"), (OTHER, "x" * 64 + "b")):
                world.put(pregabalin_order(patient, id_))
            self.cycle(world)
            self.assertEqual(world.statuses(), {})
            world.delete("MedicationRequest/" + "x" * 64 + "a")
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})

    def test_s10_a_record_of_an_unknown_type_ends_no_page_and_lacks_in_the_count(self):
        with rig(CLEAN, OTHER) as world:
            world.put(condition(CLEAN))
            first = world.diagnosis(OTHER)
            world.put({**world.get(first), "id": "the-last"})
            world.delete(first)
            world.fault(kind="replace", type="Condition", times=100000, find='"Condition","id":"flawed-one"', **{"with": '"Complaint","id":"flawed-one"'})
            self.assertIn("the server counts more records than its pages held", self.cycle(world, status=1))
            self.assertEqual(world.statuses(), {CLEAN: "needs_review", OTHER: "needs_review"}, "the last of the page was read")
            self.assertEqual((self.type_line(world)["state"], self.type_line(world)["watermark"]), ("incomplete", None))
            self.assertEqual(world.mails(), [])
            world.mend()
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "potentially_eligible"})

    def test_the_daemon_says_what_lasts_once(self):
        with rig(CLEAN) as world:
            world.put(condition())
            log = world.folder / "log"
            with open(log, "w", encoding="utf-8") as stderr:
                daemon = subprocess.Popen(world.command("run"), stderr=stderr)
            try:
                end = time.monotonic() + 60
                while self.polls(world) < 4:
                    self.assertLess(time.monotonic(), end, "waited in vain")
                    time.sleep(0.1)
            finally:
                daemon.terminate()
                daemon.wait(timeout=30)
            self.assertEqual(log.read_text(encoding="utf-8").count(NOBODYS), 1)

    @staticmethod
    def polls(world):
        return sum("/Condition?_count" in request["path"] or "/Condition?_lastUpdated" in request["path"] for request in world.ask("GET", "requests"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
