#!/usr/bin/python3
"""The whole way, live: a FHIR server that changes, the agent, a mail server that is not always there.

    live_test.py BINARY [unittest options]
"""
import datetime
import json
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, in_error, pregabalin_order  # noqa: E402

BINARY = sys.argv.pop(1)
CLEAN = "clean-icd10"
LISTED = ("potentially_eligible", "needs_review")


def rig(*only, **options):
    return Rig(BINARY, only=set(only) or None, **options)


class Live(unittest.TestCase):
    def cycle(self, hospital, *words, status=0):
        done = hospital.once(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_a_first_cycle_flags_whom_screening_the_files_lists_and_mails_each_flag_once_without_patient_data(self):
        with rig() as world:
            done = self.cycle(world)
            wanted = {patient: status for patient, status in world.screened().items() if status in LISTED}
            self.assertGreater(len(wanted), 20)
            flags = world.flags()
            self.assertEqual({patient: flag["status"] for patient, flag in flags.items()}, wanted)
            mails = world.mails()
            self.assertEqual(sorted(mail["X-Trialflag-Flag"] for mail in mails), sorted(flag["flag"] for flag in flags.values()))
            text = "".join(mail.as_string() for mail in mails) + done.stderr
            for patient in world.expected:
                self.assertIsNone(re.search(r"\b%s\b" % re.escape(patient), text), "a patient's id is told")
            for flag in flags.values():
                self.assertEqual([(n["recipient"], n["kind"], n["state"]) for n in flag["notices"]], [("li", "opened", "sent")])
            self.cycle(world)
            self.assertEqual(len(world.mails()), len(mails), "nothing new was told")

    def test_a_diagnosis_entered_in_error_takes_its_flag_back(self):
        with rig(CLEAN, "daily-pain") as world:
            self.cycle(world)
            before = world.flags()[CLEAN]
            world.change(world.diagnosis(CLEAN), **in_error())
            self.cycle(world)
            after = world.flags()
            self.assertEqual(after[CLEAN]["status"], "ineligible")
            self.assertEqual(after[CLEAN]["reason"], "I2.fibromyalgia")
            self.assertEqual(after[CLEAN]["flag"], before["flag"])
            self.assertEqual(after["daily-pain"]["status"], "potentially_eligible")
            self.assertEqual([mail["X-Trialflag-Flag"] for mail in world.mails("retracted")], [before["flag"]])

    def test_an_order_that_excludes_takes_the_flag_back_and_its_cancelling_opens_it_again(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            flag = world.flags()[CLEAN]
            self.assertEqual(flag["status"], "ineligible")
            self.assertIn("E6.pregabalin", [c["id"] for c in flag["criteria"] if c["effect"] == "fail"])
            world.change("MedicationRequest/new-order", status="entered-in-error")
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
            self.assertEqual([mail["X-Trialflag-Kind"] for mail in world.mails()], ["opened", "retracted", "opened"])
            self.assertEqual(len({mail["Message-ID"] for mail in world.mails()}), 3)

    def test_w04_one_answer_of_a_stale_replica_to_the_reading_of_a_new_candidate_loses_nobody(self):
        with rig(CLEAN) as world:
            world.fault(kind="stale", seconds=300, type="Condition", skip=1, times=1)
            done = world.once()
            self.assertIn("a search does not show records that are there", done.stderr)
            self.assertEqual(world.statuses(), {CLEAN: "needs_review"}, "what the poll showed counts, and more may be missing")
            self.assertEqual(world.mails(), [])
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})
            self.assertEqual([mail["X-Trialflag-Kind"] for mail in world.mails()], ["opened"])

    def test_w04_a_new_candidate_whom_a_stale_replica_hid_altogether_is_found_by_reconciliation(self):
        with rig(CLEAN) as world:
            world.fault(kind="stale", seconds=300, type="Condition", skip=1, times=1)
            world.fault(kind="status", status=404, type="Condition", skip=1, times=1)  # of the record itself
            world.once()
            world.ask("DELETE", "faults")
            self.cycle(world)
            self.cycle(world, "--reconcile")
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})

    def test_s04_a_medication_that_is_not_to_be_had_at_first_wakes_whoever_has_an_order_for_it_when_it_appears(self):
        with rig(CLEAN, "daily-pain") as world:
            order = pregabalin_order(CLEAN)
            pregabalin = order.pop("medicationCodeableConcept")
            world.put({**order, "medicationReference": {"reference": "Medication/late"}})
            self.cycle(world)
            self.assertNotEqual(world.statuses()[CLEAN], "ineligible")
            world.put({"resourceType": "Medication", "id": "late", "code": pregabalin})
            done = self.cycle(world)
            self.assertIn("1 patients read", done.stderr)
            self.assertEqual(world.statuses()[CLEAN], "ineligible")
            # It is a part of the chart from now on: another drug in its place is entered without reading the patient.
            world.put({"resourceType": "Medication", "id": "late", "code": {"text": "paracetamol"}})
            self.cycle(world)
            self.assertNotEqual(world.statuses()[CLEAN], "ineligible")

    def test_a_patient_who_becomes_one_later_is_read_whole_then(self):
        with rig(CLEAN) as world:
            path = world.diagnosis(CLEAN)
            condition = world.get(path)
            world.change(path, **in_error())
            self.cycle(world)
            self.assertEqual(world.flags(), {})
            world.put(condition)
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})

    def test_a_deleted_diagnosis_is_followed_in_the_next_cycle(self):
        with rig(CLEAN, "daily-pain") as world:
            self.cycle(world)
            world.delete(world.diagnosis(CLEAN))
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", "daily-pain": "potentially_eligible"})

    def test_without_history_a_deletion_is_found_by_reconciling(self):
        with rig(CLEAN, "daily-pain", hospital=["--no-history"]) as world:
            self.cycle(world)
            world.delete(world.diagnosis(CLEAN))
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
            self.cycle(world, "--reconcile")
            self.assertEqual(world.statuses()[CLEAN], "ineligible")

    def test_records_that_vanish_all_at_once_take_nothing_back(self):
        with rig(CLEAN, hospital=["--no-history"]) as world:
            self.cycle(world)
            for condition in world.find("Condition", CLEAN):
                world.delete("Condition/" + condition["id"])
            done = self.cycle(world, "--reconcile", status=1)
            self.assertIn("no longer shown", done.stderr)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")

    def test_R03_a_patient_who_is_refused_or_ill_holds_up_nobody(self):
        patients = (CLEAN, "daily-pain", "clean-chinese")
        first = min(patients)
        for type_, status in (("Patient", 403), ("Observation", 500)):
            with self.subTest(type=type_, status=status), rig(*patients) as world:
                world.fault(kind="status", status=status, type=type_, of=first, times=10000)
                for _ in range(2):
                    self.cycle(world, status=1)
                others = {patient: status for patient, status in world.statuses().items() if patient != first}
                self.assertEqual({patient for patient in patients if patient != first}, set(others), others)
                corrected = max(patients)
                world.change(world.diagnosis(corrected), verificationStatus={"coding": [{"code": "entered-in-error"}]})
                self.cycle(world, status=1)
                self.assertEqual("ineligible", world.statuses()[corrected])

    def test_R03_a_medication_for_which_the_server_fails_costs_its_readers_no_more_than_their_drugs(self):
        with rig(CLEAN, "daily-pain") as world:
            self.cycle(world)
            world.put({"resourceType": "Medication", "id": "m1", "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "187832"}]}})
            order = pregabalin_order(CLEAN)
            order.pop("medicationCodeableConcept")
            world.put({**order, "medicationReference": {"reference": "Medication/m1"}})
            self.cycle(world)
            self.assertEqual("ineligible", world.statuses()[CLEAN])
            world.fault(kind="status", status=500, type="Medication", times=10000)
            world.change("Patient/" + CLEAN, language="en")
            world.change(world.diagnosis("daily-pain"), verificationStatus={"coding": [{"code": "entered-in-error"}]})
            done = self.cycle(world, "--reconcile", status=1)
            self.assertIn("a Medication: ", done.stderr)
            self.assertEqual({CLEAN: "ineligible", "daily-pain": "ineligible"}, world.statuses())
            world.put({**order, "status": "entered-in-error"})
            world.control("DELETE", "faults")
            self.cycle(world)
            self.assertEqual("potentially_eligible", world.statuses()[CLEAN])

    def test_a_death_takes_the_flag_back(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            world.change("Patient/" + CLEAN, deceasedBoolean=True)
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["reason"], "deceased")
            self.assertEqual(len(world.mails("retracted")), 1)

    def test_a_patient_who_is_deleted_is_withdrawn(self):
        with rig(CLEAN, "daily-pain") as world:
            self.cycle(world)
            for type_ in ("Condition", "Observation", "Procedure"):
                for resource in world.find(type_, CLEAN):
                    world.delete(type_ + "/" + resource["id"])
            world.delete("Patient/" + CLEAN)
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "withdrawn")
            self.assertEqual(len(world.mails("retracted")), 1)

    def test_a_patient_merged_into_one_who_is_no_candidate_is_taken_back(self):
        with rig(CLEAN, "hypothyroid") as world:
            self.cycle(world)
            world.change("Patient/" + CLEAN, link=[{"type": "replaced-by", "other": {"reference": "Patient/hypothyroid"}}], active=False)
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "withdrawn")
            self.assertEqual(len(world.mails("changed")), 0)
            self.assertEqual(len(world.mails("retracted")), 1)

    def test_records_under_a_merged_number_count_from_the_first_look(self):
        with rig(CLEAN) as world:
            patient = world.get("Patient/" + CLEAN)
            link = [{"type": "replaced-by", "other": {"reference": "Patient/" + CLEAN}}]
            world.put({**patient, "id": "zz-former", "active": False, "link": link})
            world.put(pregabalin_order("zz-former"))
            self.cycle(world)
            self.assertEqual(world.flags(), {})

    def test_an_ehr_that_is_not_there_or_refuses_us_is_exit_4(self):
        with rig(CLEAN) as world:
            world.hospital.stop()
            self.cycle(world, status=4)
        with rig(CLEAN, hospital=["--auth", "bearer:secret"]) as world:
            self.cycle(world, status=4)

    def test_a_type_that_fails_is_named_demotes_in_silence_and_is_caught_up_with(self):
        with rig(CLEAN) as world:
            world.fault(kind="status", status=500, type="Observation", times=1000)
            done = self.cycle(world, status=1)
            self.assertIn("Observation", done.stderr)
            self.assertEqual(world.statuses()[CLEAN], "needs_review")
            self.assertEqual(world.mails(), [])
            states = {line["name"]: line for line in world.list("status") if line["kind"] == "type"}
            self.assertEqual(states["Observation"]["state"], "incomplete")
            self.assertEqual(world.run("status").returncode, 1)
            world.mend()
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
            self.assertEqual(len(world.mails("opened")), 1)
            self.assertEqual(world.run("status").returncode, 0)

    def test_a_type_that_fails_after_it_was_read_whole_changes_nothing_for_a_day(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            world.fault(kind="status", status=500, type="Observation", times=1000)
            world.change("Patient/" + CLEAN, gender="female")
            self.cycle(world, status=1)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
            self.assertEqual(len(world.mails()), 1)

    def test_a_type_that_is_refused_is_not_granted(self):
        with rig(CLEAN) as world:
            world.fault(kind="status", status=403, type="AllergyIntolerance", times=1000)
            self.cycle(world, status=1)
            states = {line["name"]: line["state"] for line in world.list("status") if line["kind"] == "type"}
            self.assertEqual(states["AllergyIntolerance"], "not_granted")

    def test_a_mail_server_that_is_away_delays_a_notice_and_loses_none(self):
        with rig(CLEAN) as world:
            world.misbehave("rcpt 451")
            self.cycle(world, status=1)
            (notice,) = world.list("notices", "list")
            self.assertEqual((notice["state"], notice["attempts"]), ("waiting", 1))
            world.behave()
            self.cycle(world)
            self.assertEqual(world.mails(), [], "not due yet")
            self.assertEqual(world.run("notices", "retry", notice["notice"]).returncode, 0)
            self.cycle(world)
            self.assertEqual(len(world.mails()), 1)

    def test_a_refusal_for_good_is_stuck_until_a_person_retries_it(self):
        with rig(CLEAN) as world:
            world.misbehave("rcpt 550")
            self.cycle(world, status=1)
            self.assertEqual([notice["state"] for notice in world.list("notices", "list")], ["stuck"])
            self.assertEqual(world.run("status").returncode, 1)
            world.behave()
            self.cycle(world)
            world.run("notices", "retry", "--all")
            self.cycle(world)
            self.assertEqual(len(world.mails()), 1)

    def test_a_letter_of_which_nobody_knows_whether_it_arrived_is_sent_again_under_the_same_id(self):
        with rig(CLEAN) as world:
            world.misbehave("drop")
            self.cycle(world, status=1)
            world.behave()
            world.run("notices", "retry", "--all")
            self.cycle(world)
            mails = world.mails()
            self.assertEqual(len(mails), 2)
            self.assertEqual(len({mail["Message-ID"] for mail in mails}), 1)

    def test_who_may_have_been_told_is_told_of_the_fall_who_was_not_hears_nothing(self):
        for behaviour, retractions in (("drop", 1), ("rcpt 451", 0)):
            with self.subTest(behaviour), rig(CLEAN) as world:
                world.misbehave(behaviour)
                self.cycle(world, status=1)
                world.behave()
                world.put(pregabalin_order(CLEAN))
                self.cycle(world)
                self.assertEqual(len(world.mails("retracted")), retractions)

    def test_shadow_lists_and_sends_nothing_and_going_live_tells_it(self):
        with rig(CLEAN) as world:
            world.configure(mode="shadow")
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})
            self.assertEqual(world.mails(), [])
            world.configure()
            self.cycle(world)
            self.assertEqual(len(world.mails("opened")), 1)

    def test_a_trial_whose_file_is_not_the_approved_one_sends_nothing_until_it_is(self):
        with rig(CLEAN) as world:
            sha = re.search(r"sha256 (\w+)", world.run("trial", "check", "NCT07230171").stdout).group(1)
            world.configure(trials="[{id: NCT07230171, sha256: %s}]" % ("0" * 64))
            self.cycle(world)
            self.assertEqual((len(world.flags()), world.mails()), (1, []))
            world.configure(trials="[{id: NCT07230171, sha256: %s}]" % sha)
            self.cycle(world)
            self.assertEqual(len(world.mails()), 1)

    def test_the_flood_brake_holds_one_summary_that_a_person_releases(self):
        with rig(flood=5) as world:
            self.cycle(world)
            self.assertEqual(world.mails(), [])
            flags = world.flags()
            self.assertGreater(len(flags), 5)
            self.assertEqual(world.run("notices", "release").returncode, 0)
            self.cycle(world)
            (mail,) = world.mails()
            self.assertEqual(mail["X-Trialflag-Kind"], "digest")
            body = mail.get_body(("plain",)).get_content()
            for flag in flags.values():
                self.assertIn(flag["code"], body)
            self.assertEqual({n["state"] for flag in world.flags().values() for n in flag["notices"]}, {"sent"})

    def test_a_daemon_follows_a_change_and_stops_at_once(self):
        with rig(CLEAN) as world:
            daemon = subprocess.Popen(world.command("run"), stderr=subprocess.PIPE, text=True)
            try:
                self.wait_for(lambda: len(world.mails("opened")) == 1)
                self.assertEqual(world.once().returncode, 1, "two on one state")
                world.put(pregabalin_order(CLEAN))
                self.wait_for(lambda: len(world.mails("retracted")) == 1)
                before = time.monotonic()
                daemon.send_signal(signal.SIGTERM)
                self.assertEqual(daemon.wait(timeout=30), 0)
                self.assertLess(time.monotonic() - before, 20)
            finally:
                daemon.kill()
                daemon.communicate()

    def wait_for(self, condition):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.1)

    def test_people_act_on_flags(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            code = world.flags()[CLEAN]["code"]
            self.assertEqual(world.run("flags", "ack", code.lower()).returncode, 0)
            self.assertEqual(world.flags()[CLEAN]["state"], "acknowledged")
            self.assertEqual(world.run("flags", "note", code, "rang, no answer").returncode, 0)
            self.assertIn("rang, no answer", world.run("flags", "show", code).stdout)
            for words in (("ack", "ZZZZ"), ("set", code, "asleep"), ("set", code, "screen_failed"),
                          ("set", code, "screen_failed", "--reason", "E99.nothing")):
                self.assertEqual(world.run("flags", *words).returncode, 2, words)
            self.assertEqual(world.run("flags", "set", code, "screen_failed", "--reason", "E6.pregabalin").returncode, 0)
            self.assertEqual(world.flags()[CLEAN]["state"], "screen_failed")

    def test_who_has_seen_a_flag_takes_nothing_back_of_what_was_set(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            code = world.flags()[CLEAN]["code"]
            for state in ("contacted", "enrolled", "declined"):
                world.run("flags", "set", code, state)
                seen = world.run("flags", "ack", code)
                self.assertEqual((seen.returncode, world.flags()[CLEAN]["state"]), (0, state))
                self.assertIn(f"it is {state} already", seen.stderr)

    def test_a_patient_who_declines_fails_the_criterion_of_refusal_and_nobody_is_mailed(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            world.run("flags", "set", world.flags()[CLEAN]["code"], "declined")
            self.cycle(world)
            flag = world.flags()[CLEAN]
            self.assertEqual((flag["status"], flag["reason"]), ("ineligible", "E1.refusal"))
            self.assertEqual(len(world.mails()), 1)

    def test_a_state_of_another_server_is_refused(self):
        with rig(CLEAN) as world:
            world.configure(site="{name: X}")
            self.cycle(world)
            world.configure(site="{name: X}", base="http://127.0.0.1:9/fhir")
            done = self.cycle(world, status=2)
            self.assertIn("belongs to", done.stderr)

    def test_a_server_that_moved_within_its_site_is_told_once(self):
        with rig(CLEAN) as world:
            self.assertNotIn("ehr.base_url was", self.cycle(world).stderr)
            world.configure(base=world.base.replace("127.0.0.1", "localhost"))
            self.assertIn("give it a site.id and a state.dir of its own", self.cycle(world).stderr)
            self.assertNotIn("ehr.base_url was", self.cycle(world).stderr)

    def test_check_names_the_place_of_a_flaw_and_what_is_not_in_effect_yet(self):
        with rig(CLEAN) as world:
            self.assertEqual(world.run("check").returncode, 0)
            world.configure(extra="nonsense: 1")
            done = world.run("check")
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, r"agent\.yaml:\d+: ")

    def test_a_cycle_in_which_nothing_moved_reads_and_screens_nobody(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            done = self.cycle(world, "--log-level", "debug")
            self.assertIn("0 patients read, 0 screened", done.stderr)

    def test_lists_come_as_csv_too(self):
        with rig(CLEAN) as world:
            self.cycle(world)
            lines = world.run("flags", "list", "--format", "csv").stdout.splitlines()
            self.assertTrue(lines[0].startswith("flag,code,trial,"))
            self.assertIn("Patient/" + CLEAN, lines[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
