"""The words "No known drug allergy" were cited with every concept that they touch: a denial stood in the evidence as drug abuse too.
Usage: denied_allergy_evidence_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)
DENIAL = {"coding": [{"system": "http://snomed.info/sct", "code": "409137002", "display": "No Known Drug Allergy (situation)"}]}


class DeniedAllergy(unittest.TestCase):
    def test_is_cited_once_and_as_what_it_is(self):
        records = [{"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"},
                   {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"}, "code": DENIAL,
                    "clinicalStatus": {"coding": [{"code": "active"}]}, "verificationStatus": {"coding": [{"code": "confirmed"}]}}]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "records.ndjson"
            file.write_text("".join(json.dumps(r) + "\n" for r in records))
            run = subprocess.run([BINARY, "screen", "--trial", "NCT07230171", "--as-of", "2026-11-22", "--all", "--format", "ndjson", str(file)],
                                 capture_output=True, text=True, timeout=60, check=True)
        allergy = next(c for c in json.loads(run.stdout)["criteria"] if c["id"] == "E12.allergy")
        self.assertEqual("no", allergy["holds"])
        self.assertEqual(["no_known_allergy"], [item.get("concept") for item in allergy["evidence"]])


if __name__ == "__main__":
    unittest.main()
