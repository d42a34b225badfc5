"""Puts smart-fetch into a virtual environment of a build folder, by the hashes of requirements.txt, and runs it."""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
INSTALLED = ROOT / "build/interop/smart_fetch"
WANTED = HERE / "requirements.txt"
NO_NETWORK = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "Network is unreachable", "Read timed out")


class Unreachable(Exception):
    """There are no virtual environments here, or the registry cannot be reached; anything else that goes wrong is a failure."""


def install(folder=INSTALLED):
    """Nothing is done when it is there already."""
    done = folder / "done"
    if done.exists() and done.read_text() == WANTED.read_text():
        return
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Unreachable("venv: " + (made.stdout + made.stderr).strip()[-500:])
    pip = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--require-hashes", "-r", WANTED]
    installed = subprocess.run(pip, capture_output=True, text=True, check=False)
    if installed.returncode != 0:
        said = installed.stderr.strip()
        raise (Unreachable if any(sign in said for sign in NO_NETWORK) else RuntimeError)("pip: " + said[-500:])
    done.write_text(WANTED.read_text())


class Fetcher:
    """One client with its outputs, one a reading. It is told whom to read: by itself it would ask by a bulk export, and wait two minutes for it.
    Left to itself it would also leave out each Observation without a category."""

    def __init__(self, base, folder, types):
        self.base, self.folder, self.types, self.readings = base, folder, types, []
        (folder / "home").mkdir(parents=True)

    def read(self, patients):
        self.crawl(self.types, "--id-list", ",".join(patients))

    def read_since(self, since):
        """Of the patients of the first reading what changed. Patients themselves are left out: asked for those that changed, it takes whoever did
        not for deleted."""
        self.crawl([each for each in self.types if each != "Patient"], "--since", since, "--source-dir", self.readings[0])

    def crawl(self, types, *words):
        output = self.folder / str(len(self.readings))
        command = [INSTALLED / "bin/smart-fetch", "crawl", "--fhir-url", self.base, "--no-compression", "--no-default-filters",
                   "--type", ",".join(types), *words, output]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env={**os.environ, "HOME": str(self.folder / "home")})
        if done.returncode != 0:
            raise RuntimeError("smart-fetch: " + (done.stdout + done.stderr)[-1000:])
        self.readings.append(output)

    def held(self):
        """By "Type/id", as its newest reading has it."""
        files = [file for reading in self.readings for file in sorted(reading.glob("*.ndjson")) if file.name != "log.ndjson"]
        resources = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return {f"{each['resourceType']}/{each['id']}": each for each in resources}

    def counts(self):
        return collections.Counter(path.split("/")[0] for path in self.held())
