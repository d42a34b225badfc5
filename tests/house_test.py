"""The house around the program: what the documents say exists, what is installed is said first, and each code system is given its due.
Usage: house_test.py BINARY"""

import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and os.path.isfile(sys.argv[1]) else str(ROOT / "build/release/trialflag")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


class TheDocuments(unittest.TestCase):
    def test_name_only_files_that_exist(self):
        named = re.compile(r"(?<![\w/.])(?:agent|fhir|mappings|config|packaging|tests)/[\w./-]*\w|\b[A-Z]+\.md\b")
        missing = set()
        for document in DOCUMENTS:
            text = re.sub(r"\S*\*\S*", "", (ROOT / document).read_text())
            for name in named.findall(text):
                if not (ROOT / name).exists() and not name.startswith("config/agent"):
                    missing.add(f"{document}: {name}")
        self.assertEqual(set(), missing)

    def test_name_only_commands_that_the_program_has(self):
        commands = set(re.findall(r"(?:^    |`|&& |\| |-- )trialflag ([a-z]+)", "\n".join((ROOT / d).read_text() for d in DOCUMENTS), re.M))
        self.assertLessEqual({"screen", "explain", "run", "check", "status", "flags", "notices", "version"}, commands)
        for command in sorted(commands):
            with self.subTest(command):
                self.assertEqual(0, run(BINARY, command, "--help").returncode)

    def test_show_what_the_program_prints(self):
        shown = re.findall(r"^    \$ (.*)\n((?:(?:    .*)?\n)+?)(?=    \$|\S)", (ROOT / "README.md").read_text(), re.M)
        self.assertEqual(2, len(shown))
        with tempfile.TemporaryDirectory() as folder:
            made = run(sys.executable, str(ROOT / "tests/hospital/patients.py"), "--out", folder + "/hospital", "--today", "2026-11-22")
            self.assertEqual(0, made.returncode, made.stderr)
            for command, block in shown:
                printed = iter(run(BINARY, *command.split()[1:], cwd=folder).stdout.splitlines())
                for line in (line[4:] for line in block.splitlines()):
                    with self.subTest(command=command, line=line):
                        self.assertTrue(line in ("", "…") or line in printed, "is not printed, or not in this place")


class TheNotice(unittest.TestCase):
    NAMES = {"SNOMED": "SNOMED CT", "ICD10": "ICD-10 (World Health Organization)", "ICD10CN": "ICD-10, Chinese edition", "ICD10CM": "ICD-10-CM",
             "ICD10PCS": "ICD-10-PCS", "ICD9CM": "ICD-9-CM", "ICD9CN3": "ICD-9-CM volume 3", "LOINC": "LOINC", "RXNORM": "RxNorm", "ATC": "ATC",
             "CPT": "CPT", "HCPCS": "HCPCS", "IPS_ABSENT": "absent-unknown-uv-ips", "DAR": "data-absent-reason", "INTERPRETATION": "ObservationInterpretation", "YESNO": "v2-0136"}

    def test_names_each_code_system_that_ships(self):
        notice = (ROOT / "NOTICE").read_text()
        shipped = set()
        for table in ("codes.tsv", "expansions.tsv"):
            rows = [row.split("\t") for row in (ROOT / "mappings/tables" / table).read_text().splitlines() if row and not row.startswith("#")]
            shipped |= {row[rows[0].index("system")] for row in rows[1:]}
        self.assertGreater(len(shipped), 8)
        for system in sorted(shipped):
            with self.subTest(system):
                self.assertIn(self.NAMES[system], notice)


def write_scripts(folder, scripts):
    """Puts programs of the test's own into `folder`, and gives the environment in which they come first."""
    for name, script in scripts.items():
        path = pathlib.Path(folder) / name
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


class TheInstaller(unittest.TestCase):
    """packaging/install-deps, with a package database and an apt of the test's own: nothing is installed here."""

    def install(self, *options, missing=(), apt_works=True):
        with tempfile.TemporaryDirectory() as folder:
            fakes = {
                "dpkg-query": f'for p; do :; done\ncase " {" ".join(missing)} " in *" $p "*) exit 1;; *) printf installed;; esac\n',
                "apt-get": f'echo "$@" >> {folder}/apt.log\nexit {0 if apt_works else 100}\n',
                "sudo": 'exec "$@"\n',
            }
            done = run(str(ROOT / "packaging/install-deps"), *options, env=write_scripts(folder, fakes))
            log = pathlib.Path(folder) / "apt.log"
            return done, log.read_text().splitlines() if log.exists() else []

    def test_does_nothing_and_says_so_when_nothing_is_missing(self):
        done, apt = self.install("--test")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("are installed", done.stdout)
        self.assertEqual([], apt)

    def test_says_what_it_will_install_and_installs_that_alone(self):
        done, apt = self.install(missing=["libre2-dev", "ccache"])
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("  ccache\n  libre2-dev\n", done.stdout)
        self.assertEqual(2, len(apt))
        self.assertTrue(apt[0].endswith(" update"))
        self.assertTrue(apt[1].endswith(" install --yes --no-install-recommends ccache libre2-dev"), apt[1])

    def test_only_tells_when_asked_only_to_tell(self):
        done, apt = self.install("--dry-run", missing=["ccache"])
        self.assertEqual(1, done.returncode)
        self.assertIn("  ccache\n", done.stdout)
        self.assertEqual([], apt)

    def test_leaves_the_tools_of_the_tests_alone_unless_asked(self):
        done, _ = self.install("--dry-run", missing=["catch2", "clang-14"])
        self.assertEqual(0, done.returncode)
        done, _ = self.install("--dry-run", "--test", missing=["catch2", "clang-14"])
        self.assertIn("catch2", done.stdout)
        self.assertNotIn("clang", done.stdout)

    def test_asks_for_java_and_maven_only_where_there_is_none_of_any_origin(self):
        for present in (True, False):
            with self.subTest(present), tempfile.TemporaryDirectory() as folder:
                fakes = {"dpkg-query": 'for p; do :; done\ncase $p in openjdk*|maven) exit 1;; *) printf installed;; esac\n'}
                if present:
                    fakes.update({command: "" for command in ("java", "javac", "mvn")})
                write_scripts(folder, fakes)
                (pathlib.Path(folder) / "bash").symlink_to("/bin/bash")
                done = run(str(ROOT / "packaging/install-deps"), "--dry-run", "--interop", env={**os.environ, "PATH": folder})
                self.assertEqual(0 if present else 1, done.returncode, done.stderr)
                self.assertEqual(not present, "  openjdk-17-jdk-headless\n  maven\n" in done.stdout, done.stdout)

    def test_fails_with_a_remedy_when_apt_does(self):
        done, _ = self.install(missing=["ccache"], apt_works=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("check the network", done.stderr)

    def test_refuses_an_unknown_option(self):
        done, apt = self.install("--all")
        self.assertEqual(2, done.returncode)
        self.assertEqual([], apt)


class TheTestRunner(unittest.TestCase):
    """tests/run, with a cmake and a ctest of the test's own: nothing is built here."""

    SKIPPED = "100% tests passed, 0 tests failed out of 2\\n\\nThe following tests did not run:\\n\\t  2 - foreign (Skipped)\\n"

    def run_with(self, *options, summary="100% tests passed, 0 tests failed out of 2\\n", status=0):
        with tempfile.TemporaryDirectory() as folder:
            env = write_scripts(folder, {"cmake": "exit 0\n", "ctest": f"printf '{summary.replace('%', '%%')}'\nexit {status}\n"})
            return run(str(ROOT / "tests/run"), "--no-install", *options, env=env)

    def test_closes_with_the_summary(self):
        done = self.run_with()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("100% tests passed, 0 tests failed out of 2", done.stdout.splitlines()[-1])
        self.assertIn("tests: asan", done.stdout)

    def test_stops_at_the_first_build_whose_tests_fail(self):
        done = self.run_with(summary="50% tests passed, 1 tests failed out of 2\\n", status=8)
        self.assertNotEqual(0, done.returncode)
        self.assertNotIn("asan", done.stdout)

    def test_passes_with_a_skipped_test_unless_none_may_be_skipped(self):
        self.assertEqual(0, self.run_with(summary=self.SKIPPED).returncode)
        done = self.run_with("--no-skip", summary=self.SKIPPED)
        self.assertEqual(1, done.returncode)
        self.assertIn("count as failed", done.stderr)

    def test_runs_nothing_when_asked_only_to_build(self):
        self.assertNotIn("tests:", self.run_with("--build-only").stdout)

    def test_tells_its_options(self):
        done = run(str(ROOT / "tests/run"), "--help")
        self.assertEqual(0, done.returncode)
        for option in ("--build-only", "--tsan", "--tidy", "--fuzz"):
            self.assertIn(option, done.stdout)

    def test_refuses_an_unknown_option_before_building(self):
        done = run(str(ROOT / "tests/run"), "--everything")
        self.assertEqual(2, done.returncode)
        self.assertEqual("", done.stdout)


if __name__ == "__main__":
    unittest.main()
