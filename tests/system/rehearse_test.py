#!/usr/bin/python3
"""What a rehearsal says of an amended trial file is what screening the same hospital's files under it says.

    rehearse_test.py BINARY [unittest options]
"""
import collections
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import ROOT, read_once  # noqa: E402

BINARY = sys.argv.pop(1)
SHIPPED = (ROOT / "config/trials/NCT07230171.yaml").read_text(encoding="utf-8")
EFFECTS = ("pass", "fail", "open")


def amended(old, new):
    if SHIPPED.count(old) != 1:
        raise AssertionError(f"{old!r} does not stand once in the shipped trial file")
    return SHIPPED.replace(old, new)


class Rehearse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = read_once(BINARY, flood=1000)

    @classmethod
    def tearDownClass(cls):
        cls.world.__exit__(None, None, None)

    def screened(self, trial):
        done = self.world.run("screen", "--trial", trial, "--all", "--format", "ndjson", self.world.folder / "hospital" / "all.ndjson")
        return {record["patient"]: record for record in map(json.loads, done.stdout.splitlines())}

    def rehearsed(self, text, *words):
        file = self.world.folder / "amended.yaml"
        file.write_text(text, encoding="utf-8")
        done = self.world.run("trial", "rehearse", file, "--format", "ndjson", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return file, [json.loads(line) for line in done.stdout.splitlines()]

    def compare(self, text):
        before = self.world.list("flags", "list")
        file, rows = self.rehearsed(text, "--patients")
        now, then = self.screened("NCT07230171"), self.screened(file)
        stored = [patient for patient, record in now.items() if record["status"] != "not_a_candidate"]
        statuses = collections.Counter((now[p]["status"], then[p]["status"]) for p in stored)
        self.assertEqual({(r["now"], r["amended"]): r["patients"] for r in rows if r["kind"] == "status"}, dict(statuses))
        self.assertEqual(sorted("Patient/" + r["name"] for r in rows if r["kind"] == "patient"),
                         sorted(p for p in stored if now[p]["status"] != then[p]["status"]))
        effects = collections.Counter()
        for patient in stored:
            amended_effects = {c["id"]: c["effect"] for c in then[patient]["criteria"]}
            for criterion in now[patient]["criteria"]:
                pair = (criterion["effect"], amended_effects.get(criterion["id"]))
                if pair[1] and pair[0] != pair[1]:
                    effects[(criterion["id"], *pair)] += 1
        told = {(r["name"], r["now"], r["amended"]): r["patients"] for r in rows if r["kind"] == "criterion" and r["now"] in EFFECTS}
        self.assertEqual(told, dict(effects))
        self.assertEqual(self.world.list("flags", "list"), before, "a rehearsal changes nothing")
        return statuses

    def test_another_number_is_judged_on_what_was_kept(self):
        moved = self.compare(amended("age: {at_least: 18}", "age: {at_least: 50}"))
        self.assertGreater(sum(count for (a, b), count in moved.items() if a != b), 5)

    def test_what_asks_for_another_mapping_is_judged_on_the_charts(self):
        moved = self.compare(amended("languages: [zh, cmn, yue, wuu, hak, nan, gan, hsn]", "languages: [fr]"))
        self.assertGreater(sum(moved.values()), 20)

    def test_the_same_file_moves_nobody(self):
        moved = self.compare(SHIPPED)
        self.assertEqual([pair for pair in moved if pair[0] != pair[1]], [])

    def test_the_table_fits_the_terminal(self):
        file, _ = self.rehearsed(amended("age: {at_least: 18}", "age: {at_least: 50}"))
        done = self.world.run("trial", "rehearse", file)
        self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])
        self.assertIn("I1.age", done.stdout)

    def test_a_file_of_a_trial_that_is_not_configured_is_refused_with_the_remedy(self):
        file = self.world.folder / "other.yaml"
        file.write_text(amended("id: NCT07230171\n", "id: NCT00000001\n"), encoding="utf-8")
        done = self.world.run("trial", "rehearse", file)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no trial NCT00000001 is configured", done.stderr)


if __name__ == "__main__":
    unittest.main()
