"""A program that was installed took the trials and tables of the checkout that it was built in, not those installed with it.
Usage: installed_tables_test.py BINARY"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]


class InstalledTables(unittest.TestCase):
    def test_are_those_that_are_read(self):
        with tempfile.TemporaryDirectory() as prefix:
            installed, shared = pathlib.Path(prefix, "bin/trialflag"), pathlib.Path(prefix, "share/trialflag")
            installed.parent.mkdir()
            shutil.copy2(BINARY, installed)
            shutil.copytree(ROOT / "config", shared / "config")
            shutil.copytree(ROOT / "mappings/tables", shared / "mappings/tables")
            codes = shared / "mappings/tables/codes.tsv"
            codes.write_text(codes.read_text() + "ICD10\tJ06.9\tgout\tinclude\t\tother\n")
            explained = [subprocess.run([str(program), "mappings", "explain", "http://hl7.org/fhir/sid/icd-10", "J06.9"], capture_output=True, text=True,
                                        timeout=60, check=False).stdout for program in (BINARY, installed)]
        self.assertNotIn("gout", explained[0])
        self.assertIn("gout", explained[1])


if __name__ == "__main__":
    unittest.main()
