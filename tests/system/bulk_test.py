#!/usr/bin/python3
"""Whole types by a bulk export in the place of searches: the first load, and to reconcile; what goes wrong with it, and kills.

    bulk_test.py BINARY
"""
import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
FEW = ["adult-today", "daily-pain", "clean-chinese", "high-hba1c", "pregabalin", "myalgia-only", "refuses", "deceased", "merged-survivor", "merged-old"]


def until(what, seconds=90):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


class World(Rig):
    def __init__(self, only=FEW, use="auto", **options):
        super().__init__(BINARY, only=only, **options)
        self.use = use

    def __enter__(self):
        super().__enter__()
        self.bulk(list=True, lines=20, retry_after=0)
        self.choose(self.use)
        return self

    def choose(self, use, more="", **changes):
        self.configure(ehr=", bulk: {use: %s%s}" % (use, more), **changes)

    def bulk(self, **behave):
        return self.ask("POST", "export", behave)

    def jobs(self):
        return self.ask("GET", "export")

    def searches(self, type_):
        """Of everybody's records, so far."""
        asked = [one["path"].removeprefix("/fhir/") for one in self.ask("GET", "requests")]
        return [path for path in asked if path.split("?")[0] == type_ and "patient=" not in path and "_summary=count" not in path]

    def types(self):
        return {row["name"]: row for row in self.list("status") if row.get("kind") == "type"}

    def exports(self):
        """What `status` tells of them."""
        return [row for row in self.list("status") if row.get("kind") == "export"]

    def listing(self):
        return {patient: (flag["flag"], flag["status"], flag["reason"]) for patient, flag in self.flags().items()}

    def folder_is_clear(self):
        return not (self.folder / "state/bulk").exists()


class FirstLoad(unittest.TestCase):
    def test_gives_the_same_flags_as_by_search(self):
        with World(only=None) as world:
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            by_export, types = world.listing(), world.types()
            jobs = world.jobs()
            self.assertEqual((jobs["kicked_off"], jobs["deleted"], jobs["running"]), (1, 1, 0))
            self.assertGreater(len(jobs["downloads"]), 5)
            self.assertEqual(set(jobs["downloads"].values()), {1})
            self.assertEqual(world.searches("Condition"), [])
            self.assertTrue(world.folder_is_clear())
            self.assertEqual(types["Condition"]["state"], "ok")
            world.put(pregabalin_order(next(iter(by_export))))
            self.assertEqual(world.once().returncode, 0)
            self.assertIn("_lastUpdated", world.searches("Condition")[0], "after the export the watermark stands")
            self.assertEqual(world.jobs()["kicked_off"], 1)
        with World(only=None, use="never") as world:
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(world.jobs()["kicked_off"], 0)
            self.assertEqual(world.listing(), by_export)

    def test_of_a_group_asks_for_that_group(self):
        with World() as world:
            members = [{"entity": {"reference": "Patient/" + patient}} for patient in FEW]
            world.put({"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members})
            world.choose("auto", ", group: Group/g")
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("kickoff: Group/g/$export", done.stderr)
            self.assertEqual(world.statuses(), {p: s for p, s in world.screened().items() if p in world.statuses()})

    def of_group(self, world, without, **behave):
        """The export of a group of all but some, which holds their Conditions and nothing else of them."""
        members = [{"entity": {"reference": "Patient/" + patient}} for patient in FEW if patient not in without]
        world.put({"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members})
        world.choose("auto", ", group: Group/g")
        world.bulk(strangers={"Condition": without}, **behave)

    def test_of_a_group_tells_once_of_records_of_others_and_reads_these_whole_before_anything_is_said_of_them(self):
        strangers = ["adult-today", "pregabalin"]
        with World() as world:
            self.of_group(world, strangers)
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr.count("of 2 patients whom it does not hold"), 1, done.stderr)
            self.assertFalse([name for name in strangers if name in done.stderr])
            flags = world.statuses()
            self.assertEqual(flags, {p: s for p, s in world.screened().items() if p in flags})
            self.assertEqual(flags["adult-today"], "potentially_eligible")
            self.assertNotEqual(flags.get("pregabalin", "ineligible"), "potentially_eligible")
            self.assertEqual(len(world.mails("opened")), len([patient for patient, status in flags.items() if status != "ineligible"]))
            self.assertNotIn("does not hold", world.once().stderr)

    def test_of_a_group_says_nothing_of_others_who_cannot_be_read(self):
        with World() as world:
            self.of_group(world, ["adult-today"])
            world.fault(kind="status", type="Patient", of="adult-today", status=403, times=1000)
            done = world.once()
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("of 1 patient whom it does not hold", done.stderr)
            self.assertIn("1 patient could not be read", done.stderr)
            self.assertNotIn("adult-today", world.statuses())
            world.mend()
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.statuses()["adult-today"], "potentially_eligible")

    def test_is_by_search_where_the_server_lists_no_export(self):
        with World() as world:
            world.bulk(list=False)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.jobs()["kicked_off"], 0)
        with World(use="always") as world:
            world.bulk(list=False)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.jobs()["kicked_off"], 1)


class ByPost(unittest.TestCase):
    """Servers of STU4 of the guide know no GET to begin an export."""

    def load(self, **behave):
        """Loads by export; the methods by which it was asked for."""
        with World() as world:
            world.bulk(**behave)
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("kickoff: $export", done.stderr)
            self.assertNotIn("without", done.stderr)
            self.assertEqual(world.searches("Condition"), [])
            self.assertEqual(world.statuses(), {p: s for p, s in world.screened().items() if p in world.statuses()})
            asked = world.ask("GET", "requests")
            jobs = world.jobs()
            self.assertEqual((jobs["kicked_off"], jobs["running"]), (1, 0))
            return [one["method"] for one in asked if "$export" in one["path"]]

    def test_where_get_is_refused_as_such(self):
        for status in (405, 501):
            with self.subTest(status):
                self.assertEqual(self.load(methods=["POST"], no_method=status), ["GET", "POST"])

    def test_at_once_where_the_server_says_that_it_follows_stu4(self):
        self.assertEqual(self.load(methods=["POST"], guide="4.0.0-ballot"), ["POST"])
        self.assertEqual(self.load(methods=["GET"], guide="4.0.0"), ["POST", "GET"], "and by GET where it does so in part")
        self.assertEqual(self.load(methods=["GET", "POST"], guide="2.0.0"), ["GET"])


class Busy(unittest.TestCase):
    def test_B02_a_kick_off_that_is_turned_away_is_tried_again_after_the_time_that_the_server_names(self):
        for names, tried in ((1, 2), (7200, 1), (None, 1)):
            with self.subTest(names), World(use="always") as world:
                world.bulk(busy=1, busy_for=names)
                command = world.command("run")
                with open(world.folder / "log", "w", encoding="utf-8") as log:
                    process = subprocess.Popen(command, stderr=log)
                try:
                    # Cycles go on each second: the third begins after the second has long passed.
                    until(lambda: len([one for one in world.ask("GET", "requests") if one["path"] == "/fhir/metadata"]) >= 4)
                finally:
                    process.terminate()
                    process.wait(timeout=30)
                jobs = world.jobs()
                self.assertEqual((jobs["turned_away"], jobs["kicked_off"]), (1, tried - 1))
                told = [(row["name"], row["state"]) for row in world.exports()]
                self.assertEqual([("$export", "put_off")] if names == 7200 else [], told if names is not None else [])


class Trouble(unittest.TestCase):
    def damaged(self, case, falls_back, **behave):
        """auto: everything by search, exit 0; always: some types incomplete, exit 1, or 4 when all are."""
        for use, statuses in (("auto", (0,)), ("always", (1, 4))):
            with self.subTest(case=case, use=use), World(use=use) as world:
                fault = behave.get("fault")
                if fault:
                    world.fault(**fault)
                world.bulk(**{k: v for k, v in behave.items() if k != "fault"})
                done = world.once()
                self.assertIn(done.returncode, statuses, done.stderr)
                self.assertIn(falls_back, done.stderr)
                if use == "auto":
                    flags = world.statuses()
                    self.assertEqual(flags, {p: s for p, s in world.screened().items() if p in flags})
                    self.assertGreaterEqual(len(flags), 3)
                    self.assertTrue(world.searches("Condition"))
                else:
                    self.assertEqual(world.types()["Condition"]["state"], "incomplete")
                    self.assertIsNone(world.types()["Condition"]["watermark"])

    def test_B01_B02_the_kick_off_is_refused(self):
        self.damaged("B01", "the server answers the export at once (200)", fault={"kind": "body", "type": "$export", "body": "{}", "times": 9})
        self.damaged("B02", "another export of ours", fault={"kind": "status", "type": "$export", "status": 429, "times": 9})

    def test_B03_the_job_fails(self):
        self.damaged("B03", "the export failed (500)", fault={"kind": "status", "type": "export", "status": 500, "times": 9,
                     "body": json.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "exception"}]})})

    def test_B03_transient_failures_are_lived_through(self):
        with World() as world:
            world.fault(kind="status", type="export", status=500, times=2)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.searches("Condition"), [])

    def test_B04_a_file_holds_less_than_its_manifest_promises(self):
        self.damaged("B04", "records where the manifest promises", miscount={"Condition": 3})

    def test_B04_a_type_that_is_not_there_is_looked_for_by_search(self):
        for use in ("auto", "always"):
            with World(use=use) as world:
                world.bulk(leave_out=["Condition"])
                self.assertEqual(world.once().returncode, 0)
                self.assertEqual(len(world.searches("Condition")), 1)
                self.assertEqual(world.searches("Patient"), [])

    def test_B05_the_lines_are_of_another_type(self):
        self.damaged("B05", "an OperationOutcome stands in the place of records", replace=[['{"resourceType":"Condition"', '{"resourceType":"OperationOutcome"']])

    def test_B06_expired_links_are_had_anew_then_a_new_job(self):
        with World() as world:
            world.fault(kind="status", type="export", status=410, times=1, skip=3)  # two polls, then a file
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((world.jobs()["kicked_off"], world.jobs()["polled"]), (1, 3))
        with World() as world:
            world.fault(kind="status", type="export", status=403, times=1, skip=3)
            world.fault(kind="status", type="export", status=404, times=1, skip=3, body="{}")  # the poll for a new manifest
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(world.jobs()["kicked_off"], 2)
            self.assertIn("begun anew", done.stderr)
            self.assertEqual(world.searches("Condition"), [])

    def test_B09_errors_cost_the_types_that_they_name_or_all(self):
        named = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception", "diagnostics": "Condition: file 3"}]}
        nameless = {"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "exception"}]}
        harmless = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational", "diagnostics": "Condition"}]}
        self.damaged("B09", "Condition: the server says that the export of it failed in part", errors=[named])
        self.damaged("B09", "and not which", errors=[nameless])
        with World() as world:
            world.bulk(errors=[named])
            world.once()
            self.assertEqual((len(world.searches("Condition")), world.searches("Patient")), (1, []))
        with World(use="always") as world:
            world.bulk(errors=[harmless])
            self.assertEqual(world.once().returncode, 0)

    def test_B11_headers_and_a_time_that_nobody_can_read(self):
        with World() as world:
            world.bulk(time="2026-11-22 09:53:19")
            self.assertEqual(world.once().returncode, 0)
            self.assertIsNone(world.types()["Condition"]["watermark"])
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.searches("Condition"), ["Condition?_count=100"])
            self.assertIsNotNone(world.types()["Condition"]["watermark"])
            self.assertEqual(world.jobs()["kicked_off"], 1)

    def test_B13_no_filter_is_asked_for_and_what_comes_empty_is_compared_with_a_plain_search(self):
        with World() as world:
            world.bulk(leave_out=["Condition", "Observation", "MedicationRequest"])
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            asked = [one["path"] for one in self.asked_for_export(world)]
            self.assertEqual(len(asked), 1)
            self.assertNotIn("_typeFilter", asked[0])
            for type_ in ("Condition", "Observation", "MedicationRequest"):
                self.assertEqual(len(world.searches(type_)), 1)
            flags = world.statuses()
            self.assertEqual(flags, {p: s for p, s in world.screened().items() if p in flags})
            self.assertGreaterEqual(len(flags), 3)

    def test_B13_a_file_that_ends_early_unsaid_is_found_by_what_the_server_counts(self):
        for twice in ([], ["Condition"]):
            with World() as world:
                world.bulk(time="2100-01-01T00:00:00Z", short={"Condition": 2}, twice=twice)
                done = world.once()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stderr, r"bulk export: Condition: it holds \d+ records where the server counts \d+; it is read by search instead")
                self.assertEqual((len(world.searches("Condition")), world.searches("Patient")), (1, []))
                flags = world.statuses()
                self.assertEqual(flags, {p: s for p, s in world.screened().items() if p in flags})
        with World(use="always") as world:
            world.bulk(time="2100-01-01T00:00:00Z", short={"Condition": 2})
            self.assertEqual(world.once().returncode, 1)
            self.assertIn("where the server counts", world.types()["Condition"]["error"])

    def test_B13_twice_the_lines_is_not_twice_the_records(self):
        with World() as world:
            world.bulk(time="2100-01-01T00:00:00Z", twice=["Condition"])
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.searches("Condition"), [])

    @staticmethod
    def asked_for_export(world):
        return [one for one in world.ask("GET", "requests") if "$export" in one["path"]]

    def test_the_time_of_the_export_bounds_the_watermark(self):
        with World() as world:
            world.bulk(time="2020-01-01T00:00:00Z")
            self.assertEqual(world.once().returncode, 0)
            self.assertTrue(world.types()["Condition"]["watermark"].startswith("2020-01-01T"), world.types()["Condition"])

    def test_B12_what_DELETE_answers_does_not_matter(self):
        for status in (404, 500):
            with World() as world:
                world.bulk(keep_when_deleted=status)
                self.assertEqual(world.once().returncode, 0)
                self.assertTrue(world.folder_is_clear())


class Kills(unittest.TestCase):
    def killed_when(self, moment, **behave):
        with World() as world:
            world.bulk(**behave)
            agent = subprocess.Popen(world.command("run", "--once"), stderr=subprocess.DEVNULL)
            until(lambda: moment(world) or agent.poll() is not None)
            self.assertIsNone(agent.poll(), "it was not killed in time")
            agent.kill()
            agent.wait()
            before = world.jobs()
            self.assertEqual(before["running"], 1)
            world.mend()
            world.bulk(polls=0)
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            after = world.jobs()
            self.assertEqual((after["kicked_off"], after["deleted"]), (1, 1))
            self.assertEqual(world.searches("Condition"), [])
            self.assertEqual(world.statuses(), {p: s for p, s in world.screened().items() if p in world.statuses()})
            return before, after

    def test_B12_while_it_is_polled(self):
        before, _ = self.killed_when(lambda world: world.jobs()["polled"] >= 2, polls=5)
        self.assertEqual(before["downloads"], {})

    def test_B02_a_server_that_refuses_another_job_is_asked_about_the_one_that_is_known(self):
        with World() as world:
            world.bulk(polls=5)
            agent = subprocess.Popen(world.command("run", "--once"), stderr=subprocess.DEVNULL)
            until(lambda: world.jobs()["polled"] >= 2 or agent.poll() is not None)
            self.assertIsNone(agent.poll(), "it was not killed in time")
            agent.kill()
            agent.wait()
            world.control("DELETE", "requests")
            world.fault(kind="status", type="$export", status=429, times=1000)
            world.bulk(polls=0)
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            asked = [one["path"] for one in world.ask("GET", "requests")]
            self.assertEqual([path for path in asked if "$export" in path], [])
            self.assertEqual((world.jobs()["kicked_off"], world.jobs()["deleted"]), (1, 1))
            self.assertGreater(len(world.jobs()["downloads"]), 3)
            self.assertEqual(world.searches("Condition"), [])
            self.assertEqual(world.statuses(), {p: s for p, s in world.screened().items() if p in world.statuses()})

    def test_B12_while_its_files_come(self):
        before, after = self.killed_when(lambda world: len(world.jobs()["downloads"]) >= 5, lines=1)
        self.assertEqual(after["polled"], before["polled"], "the manifest was kept")
        twice = [name for name, times in after["downloads"].items() if times > 1]
        self.assertLessEqual(len(twice), 1, "what was whole is not fetched again")


class Reconcile(unittest.TestCase):
    HOSPITAL = ("--no-history",)

    def test_once_by_export_follows_a_silent_deletion(self):
        with World(hospital=self.HOSPITAL) as world:
            self.assertEqual(world.once().returncode, 0)
            gone = world.diagnosis("adult-today")
            world.delete(gone)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.statuses()["adult-today"], "potentially_eligible")
            done = world.once("--reconcile")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(world.statuses()["adult-today"], "ineligible")
            self.assertEqual(world.jobs()["kicked_off"], 2)

    def test_an_export_that_lacks_a_file_takes_nothing_back(self):
        for behave in ({"leave_out": ["Condition"]}, {"manifest": {"output": []}}):
            with World(hospital=self.HOSPITAL, use="always") as world:
                self.assertEqual(world.once().returncode, 0)
                before = world.listing()
                world.bulk(**behave)
                world.once("--reconcile")
                self.assertEqual(world.listing(), before)

    def test_B10_the_brake_holds_for_what_the_export_lacks_or_calls_deleted(self):
        with World(hospital=self.HOSPITAL) as world:
            self.assertEqual(world.once().returncode, 0)
            before = world.listing()
            conditions = [entry["resource"]["id"] for entry in world.get("Condition?_count=1000")["entry"]]
            world.bulk(deleted=["Condition/" + one for one in conditions] + ["Condition/nobody-knows"])
            done = world.once("--reconcile")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("known records are no longer shown", done.stderr)
            self.assertEqual(world.listing(), before)
            # One that is in both is looked after, and found.
            world.bulk(deleted=["Condition/" + world.diagnosis("adult-today").split("/")[1]])
            self.assertEqual(world.once("--reconcile").returncode, 0)
            self.assertEqual(world.listing(), before)

    def test_the_daemon_goes_on_polling_while_the_export_runs(self):
        with World(hospital=self.HOSPITAL) as world:
            self.assertEqual(world.once().returncode, 0)
            world.bulk(polls=100, retry_after=0)
            world.delete(world.diagnosis("adult-today"))
            world.choose("auto", poll="{every: 1s, reconcile: 1s}")
            with open(world.folder / "log", "w", encoding="utf-8") as log:
                agent = subprocess.Popen(world.command("run"), stderr=log)
            try:
                until(lambda: world.jobs()["kicked_off"] == 2 and world.jobs()["polled"] >= 3)
                world.put(pregabalin_order("daily-pain"))
                until(lambda: world.statuses()["daily-pain"] == "ineligible")
                self.assertEqual(world.statuses()["adult-today"], "potentially_eligible", "nothing was swept yet")
                told = world.exports()
                self.assertEqual([("$export", "preparing")], [(row["name"], row["state"]) for row in told])
                self.assertRegex(told[0]["told"], "^to reconcile; the server prepares it; asked for [0-9]+ s ago$")
                agent.kill()  # and the job outlives this
                agent.wait()
                world.ask("POST", "export", {"polls": 0, "hurry": True})
                with open(world.folder / "log", "a", encoding="utf-8") as log:
                    agent = subprocess.Popen(world.command("run"), stderr=log)
                until(lambda: world.statuses()["adult-today"] == "ineligible")
                self.assertGreaterEqual(world.jobs()["deleted"], 2)
                until(lambda: world.exports() == [] or world.jobs()["running"])
            except TimeoutError:
                self.fail((world.folder / "log").read_text())
            finally:
                agent.terminate()
                agent.wait()


class Doctor(unittest.TestCase):
    def test_says_whether_and_why(self):
        with World() as world:
            told = lambda: next(row["what"] for row in world.list("doctor") if row["check"] == "bulk export")  # noqa: E731
            self.assertEqual(told(), "first loads and reconciliation go by $export: the server lists it")
            world.choose("never")
            self.assertEqual(told(), "not used: ehr.bulk.use is never")
            world.choose("auto")
            world.bulk(list=False)
            self.assertEqual(told(), "not used: the server lists no export")


if __name__ == "__main__":
    unittest.main()
