"""An allergy to another drug was cited without the code that it was recorded by, so that nobody could tell which.
Usage: other_allergy_code_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)
PENICILLIN = {"system": "http://snomed.info/sct", "code": "91936005"}


class OtherAllergy(unittest.TestCase):
    def test_is_listed_by_its_code(self):
        records = [{"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"},
                   {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"}, "code": {"coding": [PENICILLIN]},
                    "clinicalStatus": {"coding": [{"code": "active"}]}, "verificationStatus": {"coding": [{"code": "confirmed"}]}}]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "records.ndjson"
            file.write_text("".join(json.dumps(r) + "\n" for r in records))
            run = subprocess.run([BINARY, "screen", "--trial", "NCT07230171", "--as-of", "2026-11-22", "--all", "--format", "ndjson", str(file)],
                                 capture_output=True, text=True, timeout=60, check=True)
        allergy = next(c for c in json.loads(run.stdout)["criteria"] if c["id"] == "E12.allergy")
        self.assertEqual("no", allergy["holds"])
        self.assertEqual(["http://snomed.info/sct|91936005"], [item.get("code") for item in allergy["evidence"]])


if __name__ == "__main__":
    unittest.main()
