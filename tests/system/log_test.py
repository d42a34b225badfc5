#!/usr/bin/python3
"""The screening log of a whole hospital: no identifiers, sums that add up, a sample, and what people found.

    log_test.py BINARY [unittest options]
"""
import csv
import io
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import ROOT, Rig, pregabalin_order, read_once  # noqa: E402

BINARY = sys.argv.pop(1)
COLUMNS = "code,screened_on,age_band,sex,trial,trial_version,outcome,first_failed,failed,open,state"
STEPS = ("not_a_candidate", "not_screened", "ineligible", "needs_review", "potentially_eligible", "suppressed")


class Log(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = read_once(BINARY, flood=1000)
        trial = cls.world.run("screen", "--trial", "NCT07230171", "--all", "--format", "ndjson", cls.world.folder / "hospital/all.ndjson")
        cls.screened = [json.loads(line) for line in trial.stdout.splitlines()]

    @classmethod
    def tearDownClass(cls):
        cls.world.__exit__(None, None, None)

    def good(self, *words):
        done = self.world.run(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def consort(self, *words):
        return [json.loads(line) for line in self.good("log", "--consort", "--format", "ndjson", *words).splitlines()]

    def totals(self):
        return {line["step"]: line["count"] for line in self.consort() if line["criterion"] is None}

    def test_each_patient_whose_entry_criterion_held_or_was_in_doubt_has_a_line_that_screening_the_files_confirms(self):
        wanted = []
        for record in self.screened:
            entry = next(c for c in record["criteria"] if c["id"] == "I2.fibromyalgia")
            if entry["holds"] == "no":
                continue
            of = {effect: " ".join(c["id"] for c in record["criteria"] if c["effect"] == effect) for effect in ("fail", "open")}
            wanted.append((record["status"], of["fail"], of["open"]))
        rows = self.world.list("log")
        self.assertEqual(sorted((r["outcome"], r["failed"], r["open"]) for r in rows), sorted(wanted))
        self.assertEqual(len({r["code"] for r in rows}), len(rows))
        for row in rows:
            self.assertEqual(list(row), COLUMNS.split(","))
            self.assertEqual(row["first_failed"], (row["failed"].split() or [None])[0])

    def test_the_csv_opens_in_a_spreadsheet_and_names_nobody(self):
        done = self.good("log", "--format", "csv")
        self.assertTrue(done.startswith(COLUMNS))
        rows = list(csv.DictReader(io.StringIO(done)))
        self.assertGreater(len(rows), 40)
        self.assertNotIn("Patient/", done)
        for patient in (name for name in self.world.expected if "-" in name):  # some of the others are named as criteria are
            self.assertIsNone(re.search(r"\b%s\b" % re.escape(patient), done), "a patient's id is told")
        for row in rows:
            self.assertRegex(row["code"], "^[0-9A-Z]{10}$")
            self.assertRegex(row["screened_on"], r"^\d{4}-\d\d-\d\d$")
            self.assertRegex(row["age_band"], r"^(\d+-\d+|\d+\+|)$")

    def test_the_counts_add_up_and_are_those_of_the_log(self):
        lines = self.consort()
        totals = {line["step"]: line["count"] for line in lines if line["criterion"] is None}
        self.assertEqual(totals["assessed"], sum(totals[step] for step in STEPS))
        self.assertEqual(totals["assessed"], len(self.screened))
        rows = self.world.list("log")
        for step in ("not_screened", "ineligible", "needs_review", "potentially_eligible"):
            self.assertEqual(totals[step], sum(row["outcome"] == step for row in rows), step)
        for line in lines:
            if line["criterion"]:
                failing = [r for r in rows if r["outcome"] == line["step"] and line["criterion"] in r["failed"].split()]
                self.assertEqual(line["count"], len(failing), line)
                self.assertEqual(line["alone"], sum(r["failed"] == line["criterion"] for r in failing), line)
                self.assertEqual(line["open"], sum(line["unknown"].values()), line)

    def test_a_trial_that_is_not_configured_is_wrong_use(self):
        done = self.world.run("log", "--consort", "--trial", "NCT0723017")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("NCT07230171", done.stderr)

    def test_small_cells_are_withheld_on_request(self):
        for line in self.consort("--min-cell", "5"):
            self.assertFalse(line["count"] is not None and 0 < line["count"] < 5, line)
        self.assertIn("<5", self.good("log", "--consort", "--min-cell", "5"))

    def test_the_sample_names_patients_who_are_not_listed_and_keeps_what_a_person_found(self):
        listed = {"Patient/" + patient for patient in self.world.flags()}
        drawn = self.world.list("log", "sample", "4", "--seed", "x", "--who", "Dr Li")
        self.assertEqual(len(drawn), 4)
        self.assertFalse({row["patient"] for row in drawn} & listed)
        self.good("log", "sample", "--result", drawn[0]["code"], "hit")
        self.good("log", "sample", "--result", drawn[1]["code"], "miss", "--who", "Dr Wang")
        kept = {row["code"]: row for row in self.world.list("log", "sample")}
        self.assertEqual(kept[drawn[1]["code"]]["result"], "miss")
        self.assertEqual(kept[drawn[1]["code"]]["result_by"], "Dr Wang")
        self.assertEqual(kept[drawn[0]["code"]]["drawn_by"], "Dr Li")
        quality = [row for row in self.world.list("log", "--quality") if row["kind"] == "not_listed"]
        self.assertEqual([(row["settled"], row["disagreed"], row["precision"]) for row in quality], [(2, 1, 0.5)])
        for words in (("NOSUCH", "hit"), (drawn[0]["code"], "perhaps")):
            self.assertEqual(self.world.run("log", "sample", "--result", *words).returncode, 2)

    def test_the_events_are_verified_before_and_after_somebody_is_forgotten(self):
        with Rig(BINARY, only={"clean-icd10", "daily-pain"}) as world:
            world.once()
            head = re.search(r"^head (\S+)$", world.run("log", "verify").stdout, re.M).group(1)
            self.assertTrue(head.startswith("2-"))
            told = [(line["head"], line["count"]) for line in world.list("status") if line["kind"] == "ledger"]
            self.assertEqual(told, [(head, 2)])
            self.assertIn("noted elsewhere: " + head + "\n", world.run("status").stdout)
            code = world.flags()["daily-pain"]["code"]
            world.run("flags", "note", code, "called")
            self.assertEqual(world.run("log", "verify", "--head", head).returncode, 0)
            forgotten = world.run("forget", "daily-pain")
            self.assertEqual(forgotten.returncode, 0, forgotten.stderr)
            done = world.run("log", "verify", "--head", head)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("4 events, each as it was written; what 2 of them said was erased with the person", done.stdout)
            self.assertEqual(world.run("log", "verify", "--head", "1" + head).returncode, 1)
            self.assertEqual(world.run("log", "verify", "--head", "nonsense").returncode, 2)

    def test_every_verdict_of_an_event_is_reached_again_to_the_byte(self):
        flags = self.world.flags()
        for patient, flag in flags.items():
            with self.subTest(patient):
                self.assertIn(flag["code"] + ": reproduced, to the byte", self.good("flags", "show", flag["code"], "--at", "1"))

    def test_a_verdict_is_reached_again_under_its_own_trial_file_and_as_of_its_own_time(self):
        with Rig(BINARY, only={"clean-icd10"}) as world:
            shipped = (ROOT / "config/trials/NCT07230171.yaml").read_text(encoding="utf-8")
            (world.folder / "trial.yaml").write_text(shipped, encoding="utf-8")
            world.configure(trials="[trial.yaml]")
            world.once()
            code = world.flags()["clean-icd10"]["code"]
            (world.folder / "trial.yaml").write_text(shipped.replace("age: {at_least: 18}", "age: {at_least: 90}"), encoding="utf-8")
            world.once()
            self.assertEqual(world.flags()["clean-icd10"]["status"], "ineligible")
            world.run("flags", "set", code, "declined")
            world.once()
            world.run("flags", "set", code, "new")
            world.put(pregabalin_order("clean-icd10"))
            world.once()
            told = json.loads(world.run("flags", "show", code, "--at", "1", "--format", "ndjson").stdout)
            self.assertTrue(told["reproduced"], told["differences"])
            self.assertEqual(told["record"]["status"], "potentially_eligible")
            self.assertEqual(told["again"], told["record"])
            self.assertTrue(json.loads(world.run("flags", "show", code, "--at", "2", "--format", "ndjson").stdout)["reproduced"])
            person = world.run("flags", "show", code, "--at", "3")
            self.assertEqual(person.returncode, 2)
            self.assertIn("is a person's", person.stderr)
            self.assertEqual(world.run("flags", "show", code, "--at", "99").returncode, 2)

    def test_under_other_tables_that_is_said_with_what_they_would_say(self):
        with Rig(BINARY, only={"clean-icd10"}) as world:
            world.once()
            code = world.flags()["clean-icd10"]["code"]
            condition = next(c for c in world.find("Condition", "clean-icd10") if "M79.7" in json.dumps(c))
            coding = condition["code"]["coding"][0]
            (world.folder / "site").mkdir()
            (world.folder / "site" / "codes.csv").write_text(f"system,code,concept,use\n{coding['system']},{coding['code']},fibromyalgia,ignore\n",
                                                              encoding="utf-8")
            world.configure(extra="mappings: [site]")
            done = world.run("flags", "show", code, "--at", "1")
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("not reproduced: it was decided under tables", done.stdout)
            self.assertIn("I2.fibromyalgia: pass then, fail now", done.stdout)

    def test_what_people_found_is_counted_by_criterion(self):
        with Rig(BINARY, only={"clean-icd10", "daily-pain"}) as world:
            world.once()
            flags = world.flags()
            done = world.run("flags", "set", flags["daily-pain"]["code"], "screen_failed", "--reason", "E99.nothing")
            self.assertEqual(done.returncode, 2)
            self.assertIn("is no criterion of trial NCT07230171", done.stderr)
            self.assertEqual(world.run("flags", "set", flags["daily-pain"]["code"], "screen_failed").returncode, 2)
            for code, words in ((flags["daily-pain"]["code"], ("screen_failed", "--reason", "E6.pregabalin", "--who", "Dr Li")),
                                (flags["clean-icd10"]["code"], ("enrolled",))):
                self.assertEqual(world.run("flags", "set", code, *words).returncode, 0)
            self.assertIn("Dr Li", world.run("flags", "show", flags["daily-pain"]["code"]).stdout)
            rows = world.list("log", "--quality")
            overall = next(row for row in rows if row["kind"] == "flags")
            self.assertEqual((overall["settled"], overall["disagreed"], overall["precision"]), (2, 1, 0.5))
            pregabalin = next(row for row in rows if row["criterion"] == "E6.pregabalin")
            self.assertEqual((pregabalin["engine"], pregabalin["settled"], pregabalin["disagreed"]), ("pass", 2, 1))
            age = next(row for row in rows if row["criterion"] == "I1.age")
            self.assertEqual((age["settled"], age["disagreed"], age["precision"]), (2, 0, 1.0))
            totals = {line["step"]: line["count"] for line in world.list("log", "--consort") if line["criterion"] is None}
            self.assertEqual((totals["enrolled"], totals["screen_failed"]), (1, 1))


if __name__ == "__main__":
    unittest.main()
