"""Of a problem that belongs to no place in a file, the line that counts what was left out opened with a lonely colon.
Usage: left_out_messages_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)


class LeftOutMessages(unittest.TestCase):
    def test_open_with_what_they_are_about(self):
        records = [{"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"}]
        records += [{"resourceType": "Observation", "id": f"o{n}", "status": "final", "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-11-20",
                     "code": {"coding": [{"system": "http://loinc.org", "code": "75893-8"}]}, "valueQuantity": {"value": 77, "code": "{score}"}} for n in range(30)]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "records.ndjson"
            file.write_text("".join(json.dumps(r) + "\n" for r in records))
            run = subprocess.run([BINARY, "screen", "--trial", "NCT07230171", "--as-of", "2026-11-22", str(file)], capture_output=True, text=True, timeout=60,
                                 check=False)
        left_out = [line for line in run.stderr.splitlines() if line.endswith("(10 more like this)")]
        self.assertEqual(1, len(left_out), run.stderr)
        self.assertRegex(left_out[0], r"^\w")


if __name__ == "__main__":
    unittest.main()
