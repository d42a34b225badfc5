"""Evidence named a record by its code alone, so that a reader had to look up what "202725007" is before weighing it.
Usage: evidence_display_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)
SNOMED = "http://snomed.info/sct"


def condition(name, concept):
    active = {"clinicalStatus": {"coding": [{"code": "active"}]}, "verificationStatus": {"coding": [{"code": "confirmed"}]}}
    return {"resourceType": "Condition", "id": name, "subject": {"reference": "Patient/p"}, "code": concept, **active}


class EvidenceDisplay(unittest.TestCase):
    def run_on(self, command, *options):
        records = [{"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"},
                   condition("a", {"coding": [{"system": SNOMED, "code": "202725007", "display": "Lumbar syndrome"}], "text": "Back"}),
                   condition("b", {"coding": [{"system": SNOMED, "code": "239873007"}], "text": "膝关节骨关节炎"}),
                   condition("c", {"coding": [{"system": SNOMED, "code": "203082005"}]})]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "records.ndjson"
            file.write_text("".join(json.dumps(r) + "\n" for r in records))
            run = subprocess.run([BINARY, command, "--trial", "NCT07230171", "--as-of", "2026-11-22", *options, str(file)],
                                 capture_output=True, text=True, timeout=60, check=True)
        return run.stdout

    def test_is_what_the_record_calls_the_code(self):
        criteria = json.loads(self.run_on("screen", "--all", "--format", "ndjson"))["criteria"]
        shown = {item["resource"]: item.get("display") for c in criteria for item in c["evidence"] if "code" in item}
        self.assertEqual({"Condition/a": "Lumbar syndrome", "Condition/b": "膝关节骨关节炎", "Condition/c": None}, shown)

    def test_stands_beside_the_code_in_the_note(self):
        note = " ".join(self.run_on("explain", "--patient", "p").split())
        self.assertIn(f'{SNOMED}|202725007 "Lumbar syndrome" → ', note)
        self.assertIn(f'{SNOMED}|203082005 → ', note)


if __name__ == "__main__":
    unittest.main()
