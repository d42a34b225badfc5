"""A bare control character 0x1A to 0x1F within a longer string was taken for a letter, where every other one made its record damaged:
RapidJSON 1.1 compares with 0x19.
Usage: bare_control_characters_test.py BINARY"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = sys.argv.pop(1)


class BareControlCharacters(unittest.TestCase):
    def test_each_quarantines_its_record_wherever_it_stands(self):
        condition = json.dumps({"resourceType": "Condition", "id": "ID", "subject": {"reference": "Patient/p"}, "code": {"text": "x" * 100}}).encode()
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "p.json").write_text(json.dumps({"resourceType": "Patient", "id": "p"}))
            names = set()
            for control in range(1, 0x20):
                for at in (0, 7, 15, 16, 31, 40, 99):
                    start = condition.index(b"xxx") + at
                    name = f"{control:02x}-{at}.json"
                    names.add(name)
                    damaged = condition[:start] + bytes([control]) + condition[start + 1:]
                    (pathlib.Path(folder) / name).write_bytes(damaged.replace(b"ID", name.encode()))
            run = subprocess.run([BINARY, "screen", "--trial", "NCT07230171", folder], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(1, run.returncode)
        self.assertEqual(set(), {name for name in names if f"{name}: Condition" not in run.stderr})


if __name__ == "__main__":
    unittest.main()
