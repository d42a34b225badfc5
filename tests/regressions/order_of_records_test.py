"""Records in another order gave another summary and another order of the evidence: of two HbA1c the one read first was told.
Usage: order_of_records_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)


def hba1c(id_, day, value):
    return {"resourceType": "Observation", "id": id_, "status": "final", "subject": {"reference": "Patient/p"}, "effectiveDateTime": day,
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}, "valueQuantity": {"value": value, "unit": "%", "code": "%"}}


class OrderOfRecords(unittest.TestCase):
    def screened(self, resources):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "records.ndjson"
            file.write_text("".join(json.dumps(r) + "\n" for r in resources))
            run = subprocess.run([BINARY, "screen", "--trial", "NCT07230171", "--as-of", "2026-11-22", "--timezone", "UTC", "--all", "--format", "ndjson",
                                  str(file)], capture_output=True, text=True, timeout=60, check=True)
        return run.stdout

    def test_changes_nothing(self):
        patient = {"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01", "gender": "male"}
        older, newer = hba1c("z", "2026-08-01", 9.5), hba1c("a", "2026-10-01", 7)
        one, other = self.screened([patient, older, newer]), self.screened([newer, older, patient])
        self.assertIn('"value":"9.5 %"', one)
        self.assertEqual(one, other)


if __name__ == "__main__":
    unittest.main()
