"""A date alone as --as-of meant that day's first instant, so what was recorded in the course of the day did not count.
Usage: as_of_day_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)


class AsOfDay(unittest.TestCase):
    def pain_at(self, as_of):
        records = [{"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"},
                   {"resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"},
                    "effectiveDateTime": "2026-11-22T14:00:00Z", "code": {"coding": [{"system": "http://loinc.org", "code": "75893-8"}]},
                    "valueQuantity": {"value": 7, "code": "{score}"}}]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "records.ndjson"
            file.write_text("".join(json.dumps(r) + "\n" for r in records))
            run = subprocess.run([BINARY, "screen", "--trial", "NCT07230171", "--as-of", as_of, "--timezone", "UTC", "--all", "--format", "ndjson", str(file)],
                                 capture_output=True, text=True, timeout=60, check=True)
        return next(c["holds"] for c in json.loads(run.stdout)["criteria"] if c["id"] == "I4.pain_7day")

    def test_lasts_up_to_its_end(self):
        self.assertEqual("yes", self.pain_at("2026-11-22"))

    def test_with_a_time_is_that_instant(self):
        self.assertEqual("unknown", self.pain_at("2026-11-22T13:59:00Z"))
        self.assertEqual("yes", self.pain_at("2026-11-22T14:01:00Z"))


if __name__ == "__main__":
    unittest.main()
