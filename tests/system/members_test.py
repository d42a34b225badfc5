#!/usr/bin/python3
"""Observations that no search shows, and that only a panel (hasMember) or a report (DiagnosticReport.result) names: item 25 of the catalogue of
servers. What they say must count as what a search shows does."""
import datetime
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig  # noqa: E402

BINARY = None
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


class Members(unittest.TestCase):
    def rig(self, *resources, omit=HIDDEN, **options):
        rig = Rig(BINARY, only=[CLEAN, OTHER], **options)
        self.addCleanup(lambda: rig.__exit__(None, None, None))
        rig.__enter__()
        rig.control("PUT", "temper", {"Observation": {"omit": omit}})
        for resource in resources:
            rig.put(resource)
        return rig

    def cycle(self, rig, *words, status=0):
        rig.control("DELETE", "requests")
        done = rig.once(*words)
        self.assertEqual(status, done.returncode, done.stderr)
        return done

    def asked(self, rig, start):
        return [request["path"] for request in rig.ask("GET", "requests") if request["path"].startswith("/fhir/" + start)]

    def criterion(self, rig, id_="E11.pregnant", patient=CLEAN):
        done = rig.run("explain", rig.flags()[patient]["code"], "--format", "ndjson")
        record = json.loads(done.stdout.splitlines()[0])
        return next(criterion for criterion in record["criteria"] if criterion["id"] == id_)

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
        self.assertEqual(["/fhir/Observation/hidden"], self.asked(rig, "Observation/"))

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
        self.assertEqual({"hidden", "inner", "second"}, {path.rsplit("/", 1)[1] for path in self.asked(rig, "Observation/")})

    def test_item_25_a_circle_ends_and_each_is_read_once(self):
        rig = self.rig(panel("Observation/inner", "Observation/panel"), panel("Observation/second", "Observation/inner", id_="inner"),
                       panel("Observation/inner", "Observation/panel", id_="second"))
        self.cycle(rig)
        self.assert_listed(rig)
        paths = self.asked(rig, "Observation/")
        self.assertEqual(sorted(set(paths)), sorted(path for path in paths if path.endswith(("inner", "second"))))

    def test_item_25_what_a_search_shows_is_not_read_again(self):
        rig = self.rig(pregnancy(), panel("Observation/hidden"), report("Observation/hidden", "Observation/panel"), omit=[])
        self.cycle(rig)
        self.assertNotEqual("potentially_eligible", rig.statuses().get(CLEAN))
        self.assertEqual([], self.asked(rig, "Observation/"))


def load_tests(loader, tests, pattern):
    return tests


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
