#!/usr/bin/python3
"""Observations that no search shows, and that only a panel (hasMember) or a report (DiagnosticReport.result) names: item 25 of the catalogue of
servers. What they say must count as what a search shows does."""
import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from asking import AskedTest  # noqa: E402

CLEAN, OTHER = "adult-today", "clean-chinese"
PREGNANT = {"coding": [{"system": "http://loinc.org", "code": "LA15173-0"}]}
HIDDEN = ["Observation/hidden", "Observation/inner", "Observation/second"]


def when(days=1):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)).strftime("%Y-%m-%dT09:00:00Z")


def pregnancy(id_="hidden", patient=CLEAN, **more):
    return {"resourceType": "Observation", "id": id_, "status": "final", "subject": {"reference": "Patient/" + patient}, "effectiveDateTime": when(),
            "code": {"coding": [{"system": "http://loinc.org", "code": "82810-3"}]}, "valueCodeableConcept": PREGNANT, **more}


def panel(*members, id_="panel", patient=CLEAN):
    return {"resourceType": "Observation", "id": id_, "status": "final", "subject": {"reference": "Patient/" + patient}, "effectiveDateTime": when(),
            "code": {"text": "antenatal panel"}, "hasMember": [{"reference": member} for member in members]}


def report(*results, id_="report", patient=CLEAN):
    return {"resourceType": "DiagnosticReport", "id": id_, "status": "final", "subject": {"reference": "Patient/" + patient}, "code": {"text": "laboratory"},
            "result": [{"reference": result} for result in results]}


class Members(AskedTest):
    ONLY = [CLEAN, OTHER]

    def rig(self, *resources, omit=HIDDEN, **options):
        rig = super().rig(**options)
        self.temper(rig, Observation={"omit": omit})
        for resource in resources:
            rig.put(resource)
        return rig

    def asked_below(self, rig, start):
        return [request["path"] for request in rig.ask("GET", "requests")
                if request["path"].startswith("/fhir/" + start) and "_history" not in request["path"]]

    def criterion(self, rig, id_="E11.pregnant", patient=CLEAN):
        return next(criterion for criterion in rig.flags()[patient]["criteria"] if criterion["id"] == id_)

    def told(self, rig, patient=CLEAN):
        """The mails of an opening that speak of the patient's flag."""
        return [mail["Subject"] for mail in rig.mails("opened") if rig.flags()[patient]["code"] in mail.as_string()]

    def assert_excluded(self, rig):
        self.assertEqual("ineligible", rig.statuses()[CLEAN])

    def assert_listed(self, rig):
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])

    # ------------------------------------------------------------------------------------------------------------ read whole

    def test_item_25_a_result_that_only_a_panel_names_excludes(self):
        rig = self.rig(pregnancy(), panel("Observation/hidden"))
        self.cycle(rig)
        self.assertNotIn(CLEAN, [patient for patient, status in rig.statuses().items() if status == "potentially_eligible"])
        self.assertEqual("potentially_eligible", rig.statuses()[OTHER])
        self.assertEqual(["/fhir/Observation/hidden"], self.asked_below(rig, "Observation/"))

    def test_item_25_and_one_that_only_a_report_names(self):
        rig = self.rig(pregnancy(), report("Observation/hidden"))
        self.cycle(rig)
        self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))

    def test_item_25_however_deep_and_however_the_reference_is_written(self):
        rig = self.rig()
        rig.put(report(rig.base + "/Observation/second"))
        rig.put(panel("Observation/inner/_history/1", id_="second"))
        rig.put(panel("Observation/hidden", id_="inner"))
        rig.put(pregnancy())
        self.cycle(rig)
        self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))
        self.assertEqual({"hidden", "inner", "second"}, {path.rsplit("/", 1)[1] for path in self.asked_below(rig, "Observation/")})

    def test_item_25_a_circle_ends_and_each_is_read_once(self):
        rig = self.rig(panel("Observation/inner", "Observation/panel"), panel("Observation/second", "Observation/inner", id_="inner"),
                       panel("Observation/inner", "Observation/panel", id_="second"))
        self.cycle(rig)
        self.assert_listed(rig)
        paths = self.asked_below(rig, "Observation/")
        self.assertEqual(sorted(set(paths)), sorted(path for path in paths if path.endswith(("inner", "second"))))

    def test_item_25_what_a_search_shows_is_not_read_again(self):
        rig = self.rig(pregnancy(), panel("Observation/hidden"), report("Observation/hidden", "Observation/panel"), omit=[])
        self.cycle(rig)
        self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))
        self.assertEqual([], self.asked_below(rig, "Observation/"))

    def test_item_25_what_is_gone_is_nothing(self):
        rig = self.rig(panel("Observation/nowhere"), report("Observation/nowhere"))
        self.cycle(rig)
        self.assert_listed(rig)
        self.cycle(rig)  # the panel is shown once more, within the overlap
        self.assertEqual([], self.asked_below(rig, "Patient/"))
        rig.put(pregnancy("nowhere"))
        rig.put(report("Observation/nowhere", id_="another"))
        self.cycle(rig)
        self.assert_excluded(rig)

    def test_item_25_what_is_refused_leaves_it_open(self):
        rig = self.rig(pregnancy(), panel("Observation/hidden"))
        rig.fault(type="Observation", of="hidden", kind="status", status=403, times=1000)
        done = self.cycle(rig)
        self.assertIn("Observation: one that a panel or a report names", done.stderr)
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])
        self.assertEqual([], self.told(rig))
        asked = 0
        for _ in range(8):  # a refusal may pass, so it is asked for again, and ever more rarely
            self.cycle(rig)
            asked += bool(self.asked_below(rig, "Patient/"))
        self.assertIn(asked, range(1, 6))
        rig.mend()
        self.cycle(rig, "--reconcile")
        self.assert_excluded(rig)

    def test_item_25_what_was_refused_once_is_read_by_itself(self):
        rig = self.rig(pregnancy(), panel("Observation/hidden"))
        rig.fault(type="Observation", of="hidden", kind="status", status=403)
        self.cycle(rig)
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])
        self.cycle(rig)
        self.assert_excluded(rig)

    def test_item_25_what_was_read_and_is_refused_now_leaves_it_open_and_asks_for_nobody_again(self):
        rig = self.rig(pregnancy(), panel("Observation/hidden"))
        self.cycle(rig)
        rig.fault(type="Observation", kind="status", status=403, of="hidden", times=1000)
        self.cycle(rig, "--reconcile")
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])
        for _ in range(2):
            self.cycle(rig)
        self.assertEqual([], self.asked_below(rig, "Observation/hidden"))

    def test_item_25_what_fails_leaves_it_open_until_it_can_be_read(self):
        rig = self.rig(pregnancy(), panel("Observation/hidden"))
        rig.fault(type="Observation", of="hidden", kind="status", status=500, times=1000)
        self.cycle(rig)
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])
        rig.mend()
        self.cycle(rig)
        self.assert_excluded(rig)
        # What was read before stays as it was, and a panel that names one more which cannot be read says so.
        rig.put({**pregnancy(), "status": "entered-in-error"})
        rig.put(panel("Observation/hidden", "Observation/inner"))
        rig.put(panel(id_="inner"))
        rig.fault(type="Observation", of="inner", kind="status", status=500, times=1000)
        self.cycle(rig)
        self.assertEqual([], self.told(rig))
        rig.mend()
        self.cycle(rig)
        self.assert_listed(rig)

    def test_item_25_another_server_is_not_asked_and_it_is_said(self):
        foreign = AskedTest.rig(self, only=[OTHER])
        rig = self.rig(panel(foreign.base + "/Observation/hidden"))
        done = self.cycle(rig)
        self.assertIn("it lies on another server", done.stderr)
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])
        self.assertEqual([], foreign.ask("GET", "requests"))
        self.assertEqual([], self.asked_below(rig, "Observation/"))
        self.cycle(rig)
        self.assertEqual([], self.asked_below(rig, "Patient/"))

    def test_item_25_what_is_somebody_elses_is_told_and_not_entered(self):
        rig = self.rig(pregnancy(patient=OTHER), panel("Observation/hidden"))
        done = self.cycle(rig)
        self.assertIn("an Observation of somebody else", done.stderr)
        self.assertNotIn("hidden", done.stderr)
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])

    # ------------------------------------------------------------------------------------------------------------- many at once

    COUNT = 25  # more than one list holds

    def many(self, **switches):
        """A report whose results no search shows; the last of them is what excludes."""
        ids = ["m%02d" % number for number in range(self.COUNT)]
        rig = self.rig(*(pregnancy(id_, valueCodeableConcept={"text": "see report"}) for id_ in ids[:-1]), pregnancy(ids[-1]),
                       report(*("Observation/" + id_ for id_ in ids)))
        self.temper(rig, Observation={"omit": ["Observation/" + id_ for id_ in ids], **switches})
        return rig

    def assert_asked(self, rig, singly, lists):
        self.assertEqual((singly, lists), (len(self.asked_below(rig, "Observation/")), len(self.asked_below(rig, "Observation?_id="))))
        self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))
        self.assertEqual("potentially_eligible", rig.statuses()[OTHER])

    def test_item_25_many_results_are_read_by_few_searches(self):
        rig = self.many()
        self.cycle(rig)
        self.assert_asked(rig, 0, 2)
        self.cycle(rig, "--reconcile")
        self.assert_asked(rig, 0, 2)

    def test_item_25_what_a_list_does_not_show_is_read_by_itself_before_it_is_believed_to_be_gone(self):
        rig = self.many(hide=["Observation/m24"])
        rig.delete("Observation/m03")
        self.cycle(rig)
        self.assert_asked(rig, 2, 2)

    def test_item_25_where_lists_are_refused_or_ignored_each_is_read_and_the_list_is_not_tried_again(self):
        for switch in ("refuse_ids", "ignore_id"):
            with self.subTest(switch):
                rig = self.many(**{switch: True})
                self.cycle(rig)
                self.assert_asked(rig, self.COUNT, 1)
                self.assertIn("each that panels or reports alone name is read by itself", self.doctor(rig)["Observation"])
                self.cycle(rig, "--reconcile")
                self.assert_asked(rig, self.COUNT, 0)

    def test_item_25_a_list_for_which_the_server_fails_costs_nothing_where_each_can_be_read(self):
        rig = self.many()
        rig.fault(type="Observation", kind="status", status=500, of="_id", times=1000)
        self.cycle(rig)
        self.assert_asked(rig, self.COUNT, 2)
        rig.mend()
        self.cycle(rig, "--reconcile")
        self.assert_asked(rig, 0, 2)

    # ---------------------------------------------------------------------------------------------------------------- polled

    def test_item_25_a_panel_or_a_report_that_comes_later_is_followed_in_the_next_cycle(self):
        for name in (panel("Observation/hidden"), report("Observation/hidden")):
            with self.subTest(name["resourceType"]):
                rig = self.rig()
                self.cycle(rig)
                self.assert_listed(rig)
                rig.put(pregnancy())
                self.cycle(rig)
                self.assert_listed(rig)  # nothing names it yet
                rig.put(name)
                self.cycle(rig)
                self.assert_excluded(rig)

    def test_item_25_what_comes_with_its_results_asks_for_nobody(self):
        rig = self.rig()
        self.cycle(rig)
        rig.put(pregnancy("shown"))
        rig.put(panel("Observation/shown"))
        rig.put(report("Observation/shown", "Observation/panel"))
        self.cycle(rig)
        self.assert_excluded(rig)
        self.assertEqual([], self.asked_below(rig, "Patient/") + self.asked_below(rig, "Observation/"))

    def test_item_25_a_correction_that_no_search_shows_is_found_by_the_nightly_reading_and_a_sweep_misses_nothing(self):
        many = [pregnancy("m%d" % number, valueCodeableConcept={"text": "see report"}) for number in range(25)]
        rig = self.rig(pregnancy(), *many, panel("Observation/hidden"), report(*("Observation/m%d" % number for number in range(25))),
                       omit=HIDDEN + ["Observation/m%d" % number for number in range(25)])
        self.cycle(rig)
        rig.change("Observation/hidden", status="entered-in-error")
        self.cycle(rig)
        self.assertNotIn(CLEAN, [patient for patient, status in rig.statuses().items() if status == "potentially_eligible"])
        done = self.cycle(rig, "--reconcile")
        self.assertNotIn("no longer shown", done.stderr)
        self.assertNotEqual("ineligible", rig.statuses()[CLEAN])
        self.cycle(rig, "--reconcile")
        rig.change("Observation/hidden", status="final")
        rig.change("DiagnosticReport/report", result=[{"reference": "Observation/m0"}])
        rig.delete("Observation/panel")  # nothing names it any more, and it is there all the same
        self.cycle(rig, "--reconcile")
        self.assert_excluded(rig)

    def test_item_25_and_by_the_reading_before_a_notice_leaves(self):
        rig = self.rig(pregnancy(status="entered-in-error"), panel("Observation/hidden"))
        rig.misbehave("rcpt 450")
        self.cycle(rig, status=1)
        self.assert_listed(rig)
        rig.change("Observation/hidden", status="final")
        rig.behave()
        rig.run("notices", "retry", "--all")
        self.cycle(rig)
        self.assert_excluded(rig)
        self.assertEqual([], self.told(rig))
        self.assertEqual(1, len(self.told(rig, OTHER)))

    def test_item_25_a_new_version_of_what_names_it_is_reason_to_look_again(self):
        rig = self.rig(pregnancy(status="entered-in-error"), report("Observation/hidden"))
        self.cycle(rig)
        self.assert_listed(rig)
        rig.change("Observation/hidden", status="final")
        rig.change("DiagnosticReport/report", status="amended")
        self.cycle(rig)
        self.assert_excluded(rig)

    # --------------------------------------------------------------------------------------------- servers without reports

    def types(self, rig):
        return {row["name"]: row for row in rig.list("status") if row["kind"] == "type"}

    def test_item_25_reports_that_are_not_granted_blind_nobody_and_are_told_once(self):
        for status in (403, 400):
            with self.subTest(status):
                rig = self.rig()
                rig.fault(type="DiagnosticReport", kind="status", status=status, times=1000)
                done = self.cycle(rig)
                self.assert_listed(rig)
                self.assertEqual(2, len(rig.mails("opened")))
                # A refusal may mean that patients are to be asked for, and then there must be some.
                done = self.cycle(rig) if status == 400 else done
                self.assertEqual(1, done.stderr.count("Observations that only a report names are not seen"), done.stderr)
                self.cycle(rig)
                self.assertEqual("unsupported", self.types(rig)["DiagnosticReport"]["state"])
                if status == 403:
                    self.assertEqual([], self.asked_below(rig, "DiagnosticReport?patient"))

    def test_item_25_reports_of_one_patient_that_are_refused_leave_it_open_for_them(self):
        rig = self.rig(pregnancy(), report("Observation/hidden"))
        rig.fault(type="DiagnosticReport", kind="status", status=403, of=CLEAN, times=1000)
        self.cycle(rig)
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])
        self.assertEqual([], self.told(rig))
        self.assertEqual("potentially_eligible", rig.statuses()[OTHER])

    def test_item_25_whoever_was_read_while_reports_were_refused_is_read_again_when_they_are_granted(self):
        rig = self.rig(pregnancy(), report("Observation/hidden"))
        rig.put({**rig.get(rig.diagnosis(CLEAN)), "verificationStatus": {"coding": [{"code": "refuted"}]}})
        self.cycle(rig)
        self.assertNotIn(CLEAN, rig.statuses())
        rig.configure(ehr=", overlap: 0s")
        rig.fault(type="DiagnosticReport", kind="status", status=403, times=1000)
        rig.change(rig.diagnosis(CLEAN), verificationStatus={"coding": [{"code": "confirmed"}]})
        self.cycle(rig)
        self.assert_listed(rig)
        rig.mend()
        self.cycle(rig)
        self.assert_excluded(rig)

    def test_item_25_a_report_that_names_nobody_and_nothing_blinds_nobody(self):
        lost = {**report(id_="lost"), "subject": {"identifier": {"value": "7"}}}
        rig = self.rig(lost)
        self.cycle(rig)
        self.assert_listed(rig)
        self.assertEqual("ok", self.types(rig)["DiagnosticReport"]["state"])

    # ------------------------------------------------------------------------- reports whose patient their results alone tell

    def lost_report(self, *results, id_="lost", **subject):
        lost = {**report(*results, id_=id_), "subject": {"identifier": {"value": "7"}}, **subject}
        return {name: value for name, value in lost.items() if value}

    def assert_open_for_everybody(self, rig):
        for patient in (CLEAN, OTHER):
            self.assertIn("incomplete_source", [criterion["reason"] for criterion in rig.flags()[patient]["criteria"]])

    def test_item_25_whose_a_report_is_that_gives_an_identifier_alone_its_results_tell(self):
        for subject in ({}, {"subject": None}):
            with self.subTest(subject):
                rig = self.rig(pregnancy(), self.lost_report("Observation/hidden", **subject))
                done = self.cycle(rig)
                self.assertNotIn("could not be read", done.stderr)
                self.assertNotIn("names no patient", done.stderr)
                self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))
                self.assertEqual("potentially_eligible", rig.statuses()[OTHER])
                self.assertEqual("ok", self.types(rig)["DiagnosticReport"]["state"])
                self.assertEqual([], rig.list("status", "--quarantine"))
                self.cycle(rig)
                self.assertEqual([], self.asked_below(rig, "Patient/") + self.asked_below(rig, "Observation/"))

    def test_item_25_such_a_report_that_comes_later_is_followed_for_each_whose_result_it_names(self):
        rig = self.rig()
        self.cycle(rig)
        self.assert_listed(rig)
        rig.put(pregnancy())
        rig.put(pregnancy("second", patient=OTHER))
        rig.put(pregnancy("shown", valueCodeableConcept={"text": "see report"}))
        rig.put(self.lost_report("Observation/hidden", "Observation/second", "Observation/shown", "Observation/nowhere"))
        self.cycle(rig)
        self.assertEqual({CLEAN: "ineligible", OTHER: "needs_review"}, rig.statuses())  # a man, of whom that is doubtful
        rig.change("Observation/hidden", status="entered-in-error")
        self.cycle(rig, "--reconcile")
        self.assertEqual({CLEAN: "potentially_eligible", OTHER: "needs_review"}, rig.statuses())
        rig.change("Observation/hidden", status="final")
        rig.change("DiagnosticReport/lost", status="amended")
        self.cycle(rig)
        self.assert_excluded(rig)

    def test_item_25_such_results_that_searches_show_ask_for_nobody_again(self):
        rig = self.rig()
        self.cycle(rig)
        rig.put(pregnancy("shown"))
        rig.put(self.lost_report("Observation/shown"))
        self.cycle(rig)
        self.assert_excluded(rig)
        self.assertEqual([], self.asked_below(rig, "Patient/"))

    def test_item_25_such_results_are_known_of_whoever_becomes_a_candidate_later(self):
        rig = self.rig(pregnancy(), self.lost_report("Observation/hidden"))
        diagnosis = rig.diagnosis(CLEAN)
        rig.put({**rig.get(diagnosis), "verificationStatus": {"coding": [{"code": "refuted"}]}})
        self.cycle(rig)
        self.assertNotIn(CLEAN, rig.statuses())
        rig.change(diagnosis, verificationStatus={"coding": [{"code": "confirmed"}]})
        self.cycle(rig)
        self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))
        self.assertEqual([], self.told(rig) if CLEAN in rig.statuses() else [])

    def test_item_25_while_such_a_result_cannot_be_read_anybody_may_lack_it(self):
        for status in (403, 500):
            with self.subTest(status):
                rig = self.rig(pregnancy(), self.lost_report("Observation/hidden"))
                rig.fault(type="Observation", of="hidden", kind="status", status=status, times=1000)
                self.cycle(rig, status=1)
                self.assert_open_for_everybody(rig)
                self.assertEqual("incomplete", self.types(rig)["DiagnosticReport"]["state"])
                self.assertEqual(["lost"], [row["id"] for row in rig.list("status", "--quarantine")])
                rig.mend()
                self.cycle(rig)
                self.assert_excluded(rig)
                self.assertEqual("potentially_eligible", rig.statuses()[OTHER])
                self.assertEqual([], rig.list("status", "--quarantine"))

    def test_item_25_such_a_result_that_is_of_a_record_merged_away_is_followed_when_it_can_be_read(self):
        rig = self.rig(pregnancy(patient="old-record"), self.lost_report("Observation/hidden"))
        rig.put({"resourceType": "Patient", "id": "old-record", "active": False,
                 "link": [{"other": {"reference": "Patient/" + CLEAN}, "type": "replaced-by"}]})
        self.cycle(rig)
        self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))
        rig.change("Observation/hidden", status="entered-in-error")
        self.cycle(rig, "--reconcile")
        self.assert_listed(rig)
        rig.put({**pregnancy("second", patient="old-record")})
        rig.put(self.lost_report("Observation/second", id_="another"))
        rig.fault(type="Observation", of="second", kind="status", status=500, times=1000)
        self.cycle(rig, status=1)
        rig.mend()
        self.cycle(rig)
        self.assert_excluded(rig)

    def test_item_25_such_a_result_that_does_not_say_either_whose_it_is_leaves_it_open_for_everybody(self):
        rig = self.rig({**pregnancy(), "subject": {"identifier": {"value": "7"}}}, self.lost_report("Observation/hidden"))
        self.cycle(rig, status=1)
        self.assert_open_for_everybody(rig)

    def test_item_25_reports_that_fail_leave_it_open(self):
        rig = self.rig(pregnancy(), report("Observation/hidden"))
        rig.fault(type="DiagnosticReport", kind="status", status=500, times=1000)
        self.cycle(rig, status=1)
        self.assertEqual("incomplete_source", self.criterion(rig)["reason"])
        self.assertEqual([], rig.mails())  # of nobody is known what their reports name
        rig.mend()
        self.cycle(rig)
        self.assert_excluded(rig)
        self.assertEqual(1, len(rig.mails("opened")))

    def test_item_25_reports_may_be_left_out(self):
        rig = self.rig(pregnancy(), report("Observation/hidden"))
        rig.configure(ehr=", reports: never")
        self.cycle(rig)
        self.assert_listed(rig)
        self.assertEqual([], self.asked_below(rig, "DiagnosticReport"))
        self.assertIn("ehr.reports is never", self.types(rig)["DiagnosticReport"]["error"])
        rig.configure()
        self.cycle(rig)
        self.assert_excluded(rig)


if __name__ == "__main__":
    AskedTest.BINARY = sys.argv.pop(1)
    unittest.main()
