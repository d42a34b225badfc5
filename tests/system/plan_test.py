#!/usr/bin/python3
"""The live agent against a server that is asked in other ways than by _lastUpdated for everybody: the flags must be those of the files,
changes and deletions followed, and the requests those that the plan says. Cases P09, P11, P13, P17, R02, W02, S07, S11 and S13 of the failure catalogue."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from asking import AskedTest, LISTED  # noqa: E402
from rig import Rig, in_error, pregabalin_order  # noqa: E402

CLEAN, OTHER, STRANGER = "adult-today", "daily-pain", "myalgia-only"
FEW = [CLEAN, OTHER, "clean-chinese", "pregabalin", STRANGER, "merged-survivor", "merged-old"]


class Plans(AskedTest):
    ONLY = FEW

    def assert_follows(self, rig):
        """An order, a correction and a deletion, each in the next cycle."""
        rig.put(pregabalin_order(CLEAN))
        rig.change(rig.diagnosis(OTHER), **in_error())
        self.cycle(rig)
        self.assertEqual(("ineligible", "ineligible"), (rig.statuses()[CLEAN], rig.statuses()[OTHER]))
        rig.delete("MedicationRequest/new-order")
        self.cycle(rig)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])

    def modes(self, rig):
        return {row["name"]: row["mode"] for row in rig.list("status") if row["kind"] == "type"}

    def test_P09_a_server_that_ignores_last_updated_is_read_by_its_history_where_it_has_one(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"ignore_updated": True}})
        self.cycle(rig)
        self.assert_right(rig)
        done = self.cycle(rig)
        self.assertIn("Condition: the server does not apply _lastUpdated, so that changes and deletions are read from the history", done.stderr)
        self.cycle(rig)
        self.assertEqual([], [query for query in self.asked(rig, "Condition") if "patient" not in query])
        self.assertEqual("history", self.modes(rig)["Condition"])
        self.assert_follows(rig)
        self.assertIn("does not apply _lastUpdated", self.doctor(rig)["Condition"])

    def test_P09_and_read_whole_each_time_where_it_has_none(self):
        rig = self.rig(hospital=("--no-history",))
        self.temper(rig, **{"*": {"ignore_updated": True}})
        self.cycle(rig)
        self.cycle(rig)
        self.cycle(rig)
        self.assertEqual(["_count=100"], [query for query in self.asked(rig, "Condition") if "patient" not in query])
        self.assertEqual("full", self.modes(rig)["Condition"])
        self.assertEqual(0, rig.run("status").returncode)  # all is read whole, though not as one would like
        self.assert_right(rig)
        self.assert_follows(rig)

    def test_a_history_that_is_listed_and_refused_is_not_asked_for_again(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"ignore_updated": True, "refuse_history": True}})
        self.cycle(rig)
        self.cycle(rig)
        self.cycle(rig)
        self.cycle(rig)
        self.assertEqual("full", self.modes(rig)["Condition"])
        self.assertFalse([request for request in rig.ask("GET", "requests") if "_history" in request["path"]])
        self.assert_follows(rig)

    def test_P01_a_history_that_is_cut_off_is_told_once_and_deletions_are_left_to_reconciliation(self):
        rig = self.rig()
        self.cycle(rig)
        rig.delete(rig.diagnosis(OTHER))
        rig.fault(kind="replace", type="Condition", of="", skip=1, find='"type":"history","total":', **{"with": '"type":"history","total":9'})
        done = self.cycle(rig)
        self.assertIn("Condition: the server's history counts more entries than it shows", done.stderr)
        self.assertEqual("ineligible", rig.statuses()[OTHER], "what it told is followed")
        self.cycle(rig)
        paths = [request["path"] for request in rig.ask("GET", "requests")]
        self.assertFalse([path for path in paths if path.startswith("/fhir/Condition/_history")])
        self.assertTrue([path for path in paths if path.startswith("/fhir/Observation/_history")])
        rig.delete(rig.diagnosis(CLEAN))
        self.cycle(rig, "--reconcile")
        self.assertEqual("ineligible", rig.statuses()[CLEAN])

    def test_a_bound_that_is_applied_and_not_shown_is_found_out_by_asking_without_it_once(self):
        rig = self.rig()
        rig.configure(ehr=", overlap: 0s")
        # Bounds and the Date header have whole seconds: one record must be newer than the others, and older than the first reading.
        time.sleep(1.1)
        rig.change(rig.diagnosis(OTHER))
        time.sleep(1.1)
        self.temper(rig, **{"*": {"hide_updated": True}})
        self.cycle(rig)
        self.cycle(rig)
        self.cycle(rig)
        queries = [query for query in self.asked(rig, "Condition") if "patient" not in query]
        self.assertEqual(1, len(queries), queries)
        self.assertIn("_lastUpdated=ge", queries[0])
        self.assert_follows(rig)

    def test_a_server_that_refuses_last_updated_is_asked_without(self):
        rig = self.rig(hospital=("--no-history",))
        self.temper(rig, **{"*": {"refuse_updated": True}})
        self.cycle(rig)
        self.cycle(rig)
        self.assert_right(rig)
        self.assertIn("refuses _lastUpdated", self.doctor(rig)["Condition"])
        self.assert_follows(rig)

    def roster(self, rig, *patients):
        (rig.folder / "patients.txt").write_text("# whom to screen\n" + "\n".join(patients) + "\n", encoding="utf-8")
        rig.configure(ehr=", roster: {kind: file, file: patients.txt}")

    def test_P17_a_server_that_demands_a_patient_is_asked_for_each_of_the_roster(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"need_patient": True}})
        self.roster(rig, *("Patient/" + patient for patient in FEW))
        self.cycle(rig)
        self.assert_right(rig)
        self.cycle(rig)  # shows the Medications of whom the first one read
        self.cycle(rig)
        self.assertEqual("per_patient", self.modes(rig)["Condition"])
        conditions = self.asked(rig, "Condition")
        self.assertTrue(all("_lastUpdated=ge" in query and "patient=" in query for query in conditions), conditions)
        self.assertIn(STRANGER, " ".join(conditions), "whoever is no candidate is asked for what could make them one")
        self.assertNotIn("patient=" + STRANGER, " ".join(self.asked(rig, "AllergyIntolerance")), "and for no more")
        self.assert_follows(rig)
        diagnosis = rig.get(rig.diagnosis("clean-chinese"))
        rig.put({**diagnosis, "id": "new-diagnosis", "subject": {"reference": "Patient/" + STRANGER}})
        self.cycle(rig)
        self.assertIn(rig.statuses().get(STRANGER), LISTED)
        self.assertEqual({"per_patient"}, set(self.modes(rig).values()))

    def test_P17_without_a_roster_the_remedy_is_told(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"need_patient": True}})
        done = self.cycle(rig, status=4)
        self.assertIn("ehr.roster", done.stderr)

    def test_P17_a_type_with_too_many_hits_is_asked_for_patient_by_patient(self):
        rig = self.rig()
        self.temper(rig, Condition={"most": 3})
        self.cycle(rig)
        self.assert_right(rig)
        self.assertEqual("per_patient", self.modes(rig)["Condition"])
        self.assertEqual("last_updated", self.modes(rig)["Observation"])

    def test_P13_a_server_that_insists_on_a_category_is_asked_for_each_and_what_that_leaves_out_is_told(self):
        rig = self.rig()
        self.temper(rig, Observation={"need_category": True})
        told = "by category alone: records that bear another one, or none, are not seen"
        self.assertIn("Observation: the server answers " + told, self.cycle(rig).stderr)
        self.assertIn(told, self.doctor(rig)["Observation"])
        self.assertNotIn("by category", self.doctor(rig)["Condition"])
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])
        # What can be asked for is followed as ever.
        rig.put({"resourceType": "Observation", "id": "new", "status": "final", "subject": {"reference": "Patient/" + CLEAN}, "effectiveDateTime": "2026-11-20",
                 "category": [{"coding": [{"code": "survey"}]}], "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]}, "valueInteger": 5})
        self.cycle(rig)
        self.assertTrue([query for query in self.asked(rig, "Observation") if "_lastUpdated=ge" in query and "category=survey" in query])

    def test_R02_a_type_that_is_read_patient_by_patient_and_fails_costs_one_round_of_retries(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"need_patient": True}})
        self.roster(rig, *FEW)
        self.cycle(rig)
        self.cycle(rig)
        rig.configure(ehr=", retry_for: 1s, roster: {kind: file, file: patients.txt}")
        (rig.folder / "agent.yaml").write_text((rig.folder / "agent.yaml").read_text(encoding="utf-8").replace("retry_for: 0s, ", ""), encoding="utf-8")
        rig.fault(kind="status", status=503, type="Observation", times=10000)
        self.cycle(rig, status=1)
        asked = self.asked(rig, "Observation")
        self.assertEqual(1, len({query.split("patient=")[1].split("&")[0] for query in asked if "patient=" in query}), asked)
        self.assertLess(len(asked), 8)

    def test_P11_the_newest_first_loses_nothing(self):
        rig = self.rig()
        rig.configure(ehr=", page_size: 2")
        self.temper(rig, **{"*": {"descending": True}})
        self.cycle(rig)
        self.assert_right(rig)
        self.assert_follows(rig)

    def test_W02_records_without_times_are_read_whole_each_time(self):
        rig = self.rig(hospital=("--no-history",))
        self.temper(rig, **{"*": {"undated": True}})
        self.cycle(rig)
        self.cycle(rig)
        self.assert_right(rig)
        self.assertIn("bear no meta.lastUpdated", self.doctor(rig)["Condition"])
        self.assert_follows(rig)

    def test_W07_without_any_meta_what_becomes_again_what_it_was_is_seen(self):
        for hospital in ((), ("--no-history",)):
            with self.subTest(hospital=hospital):
                rig = self.rig(hospital=hospital)
                self.temper(rig, **{"*": {"bare": True}})
                self.cycle(rig)
                self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])
                place = rig.diagnosis(CLEAN)
                whole = rig.get(place)
                for _ in range(2):
                    rig.change(place, verificationStatus={"coding": [{"code": "entered-in-error"}]})
                    self.cycle(rig)
                    self.assertEqual("ineligible", rig.statuses()[CLEAN])
                    rig.put(whole)
                    self.cycle(rig)
                    self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])
                rig.delete(place)
                self.cycle(rig)
                self.cycle(rig, "--reconcile")
                self.assertEqual("ineligible", rig.statuses()[CLEAN])
                rig.put(whole)
                self.cycle(rig)
                self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])

    def test_what_was_learnt_is_forgotten_when_the_software_changes(self):
        rig = self.rig(hospital=("--no-history",))
        self.temper(rig, **{"*": {"ignore_updated": True}})
        self.cycle(rig)
        self.cycle(rig)
        self.temper(rig)
        rig.fault(kind="replace", type="metadata", **{"find": '"version": "1"', "with": '"version": "2"'})
        done = self.cycle(rig)
        self.assertIn("the EHR's software was", done.stderr)
        self.cycle(rig)
        self.assertEqual("last_updated", self.modes(rig)["Condition"])

    def test_W05_a_servers_clock_that_differs_is_told_once(self):
        rig = self.rig()
        self.temper(rig, **{"*": {"clock": 86400}})
        self.assertIn("ahead of this machine's; have both set by NTP", self.cycle(rig).stderr)
        self.assert_follows(rig)

    def test_S11_a_record_that_a_search_hides_and_a_read_shows_is_not_gone(self):
        rig = self.rig(hospital=("--no-history",))
        self.cycle(rig)
        self.temper(rig, **{"*": {"hide": [rig.diagnosis(CLEAN)]}})
        self.cycle(rig, "--reconcile")
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])
        rig.delete(rig.find("Observation", CLEAN) and "Observation/" + rig.find("Observation", CLEAN)[0]["id"] or "Observation/none")
        self.temper(rig)
        self.cycle(rig, "--reconcile")
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])

    def test_S13_a_record_given_in_part_never_takes_the_place_of_the_whole(self):
        rig = self.rig()
        self.cycle(rig)
        path = rig.diagnosis(CLEAN)
        part = {"resourceType": "Condition", "id": path.split("/")[1], "subject": {"reference": "Patient/" + CLEAN},
                "meta": {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]}}
        whole = rig.get(path)
        rig.put(part)
        for status in (1, 0):  # told at once, then warned of until it is given whole
            self.assertIn("given in part only", self.cycle(rig, status=status).stderr)
            self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])
            (row,) = rig.list("status", "--quarantine", "--raw")
            self.assertEqual(("Condition", part["id"]), (row["type"], row["id"]))
            self.assertEqual("it is given in part only (SUBSETTED)", row["reason"])
            self.assertEqual(part["meta"]["tag"], json.loads(row["raw"])["meta"]["tag"])
        rig.put(whole)
        self.cycle(rig)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])
        self.assertEqual([], rig.list("status", "--quarantine"))

    def test_S13_a_record_that_was_never_given_whole_is_missing_also_beside_one_that_was(self):
        rig = self.rig()
        self.cycle(rig)
        tag = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]}
        new = {"resourceType": "Condition", "id": "new-part", "subject": {"reference": "Patient/" + CLEAN}, "meta": tag}
        whole = rig.get(rig.diagnosis(CLEAN))
        rig.put(new)
        rig.put({**new, "id": rig.diagnosis(CLEAN).split("/")[1]})
        self.cycle(rig, status=1)
        self.assertEqual("needs_review", rig.statuses()[CLEAN])
        rig.delete("Condition/new-part")
        rig.put(whole)
        self.cycle(rig)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])

    def test_a_group_says_whom_to_screen_and_who_leaves_it_is_taken_out_in_the_next_cycle(self):
        rig = self.rig()
        group = {"resourceType": "Group", "id": "study", "type": "person", "actual": True,
                 "member": [{"entity": {"reference": "Patient/" + CLEAN}}, {"entity": {"reference": "Patient/" + OTHER}},
                            {"entity": {"reference": "Patient/clean-chinese"}, "inactive": True}]}
        rig.put(group)
        rig.configure(ehr=", roster: {kind: group, group: Group/study}")
        self.cycle(rig)
        self.assertEqual({CLEAN, OTHER}, set(rig.flags()))
        rig.put({**group, "member": group["member"][:1] + [{"entity": {"reference": "Patient/clean-chinese"}}]})
        self.cycle(rig)
        self.assertEqual({CLEAN: "potentially_eligible", OTHER: "withdrawn", "clean-chinese": "potentially_eligible"}, rig.statuses())
        self.assertEqual(1, len(rig.mails("retracted")))
        rig.delete("Group/study")
        done = self.cycle(rig, status=1)
        self.assertIn("Group/study cannot be read", done.stderr)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN], "the old roster stays")

    def test_a_roster_file_that_cannot_be_read_changes_nothing_and_hinders_nobody(self):
        for away, told in ((True, "patients.txt cannot be read"), (False, "patients.txt:3: names no Patient")):
            with self.subTest(away=away):
                rig = self.rig()
                self.roster(rig, CLEAN)
                self.cycle(rig)
                if away:
                    (rig.folder / "patients.txt").unlink()
                else:
                    self.roster(rig, CLEAN, "two words")
                for command in (["flags", "list"], ["notices", "list"], ["log"]):
                    self.assertEqual(0, rig.run(*command).returncode, command)
                done = self.cycle(rig, status=1)
                self.assertEqual(1, done.stderr.count("patients.txt"), done.stderr)
                self.assertEqual("potentially_eligible", rig.statuses()[CLEAN], "the old roster stays")
                done = rig.run("check")
                self.assertEqual(2, done.returncode)
                self.assertIn(told, done.stderr)


if __name__ == "__main__":
    AskedTest.BINARY = sys.argv.pop(1)
    unittest.main()
