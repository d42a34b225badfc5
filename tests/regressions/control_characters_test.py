"""An id or a name with control characters in it was printed as it is: a record could clear the screen of whoever looks at it, or forge a
line of the messages.
Usage: control_characters_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)
CONTROLS = "\x1b[2J\u009b2J\x07\x7f\n\r\u202e"


class ControlCharacters(unittest.TestCase):
    def printed(self, *command):
        patient = {"resourceType": "Patient", "id": "p" + CONTROLS, "birthDate": "long ago"}
        condition = {"resourceType": "Condition", "id": "c" + CONTROLS, "subject": {"reference": "Patient/p" + CONTROLS},
                     "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "M79.7", "display": "x" + CONTROLS}]}}
        flawed = {**condition, "id": "d" + CONTROLS, "onsetDateTime": "never"}
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "records.ndjson"
            file.write_text("".join(json.dumps(r) + "\n" for r in (patient, condition, flawed)))
            run = subprocess.run([BINARY, *command, "--trial", "NCT07230171", "--as-of", "2026-11-22", str(file)], capture_output=True, timeout=60,
                                 check=False)
        self.assertEqual(1, run.returncode, run.stderr)
        return run.stdout.decode(), run.stderr.decode()

    def test_never_reach_a_terminal(self):
        for command in (["screen", "--all"], ["explain", "--patient", "Patient/p" + CONTROLS]):
            out, err = self.printed(*command)
            with self.subTest(command):
                self.assertIn("p [2J 2J", out)
                self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
                self.assertNotRegex(err, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")

    def test_make_no_lines_of_their_own(self):
        _, messages = self.printed("screen", "--all")
        self.assertEqual([], [line for line in messages.splitlines() if line.startswith(("\x1b", "[2J"))])


if __name__ == "__main__":
    unittest.main()
