#!/usr/bin/env python3
"""Damages records in many ways and screens them: no crash, no hang, and nothing is lost that stderr does not name.

    mutation_test.py --binary build/asan/trialflag [--data DATA_FOLDER] [--count 5000] [--seed N]

The seeds are the golden cases and the hand-made patients as Bundles and, where they are at hand, the small files (50 kB at most) of the
sets of foreign records. Each damaged file has ids of its own, so that what becomes of it can be told. A file that was not read as it should
be is kept and its path printed.
"""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import own_charts

sys.path.insert(0, str(own_charts.TESTS / "foreign"))
import screening  # noqa: E402

LARGEST = 50_000
BATCH = 250
# Elements that the rules read, and that a value of another JSON type spoils: the file has to be named.
READ = {"Condition": ("code", "clinicalStatus", "verificationStatus", "onsetDateTime", "recordedDate"),
        "Observation": ("code", "status", "effectiveDateTime", "valueQuantity"), "Procedure": ("code", "status"),
        "MedicationRequest": ("status", "intent", "medicationCodeableConcept", "authoredOn"), "MedicationStatement": ("status", "medicationCodeableConcept"),
        "AllergyIntolerance": ("code", "clinicalStatus")}
# Types whose content is read; damage inside another loses nothing.
READ_TYPES = {"Patient", "Condition", "Observation", "MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration",
              "Medication", "AllergyIntolerance", "Procedure", "ServiceRequest", "CarePlan", "Encounter", "Consent", "QuestionnaireResponse",
              "OperationOutcome"}
FOREIGN = (7, True, [[]], {"x": [1]}, "", "x" * 3000, -1e308, [None], "2026-13-45T99:99", "é中\u0000")


def seeds(data):
    """The project's own charts, then the foreign ones: each a list of Bundles with one Patient."""
    own = list(own_charts.golden()) + own_charts.hospital()
    texts = [json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in chart]}) for chart in own]
    files = [] if data is None else [p for p in screening.files_of(data)
                                     if p.suffix == ".json" and p.stat().st_size <= LARGEST and "json-test-suite" not in p.parts]
    return list(usable(texts)), list(usable(p.read_text(encoding="utf-8-sig", errors="replace") for p in files))


def usable(texts):
    for text in texts:
        try:
            bundle = json.loads(text)
            resources = [entry["resource"] for entry in bundle["entry"]]
        except (ValueError, TypeError, KeyError):
            continue
        names = [(r.get("resourceType"), r.get("id")) for r in resources]
        own = [id_ for type_, id_ in names if type_ == "Patient" and isinstance(id_, str)]
        if bundle.get("resourceType") == "Bundle" and len(own) == 1 and len(set(names)) == len(names):  # of repeated ids one counts alone
            yield bundle


def renamed(bundle, number):
    """The Bundle with ids of its own; fullUrls and references follow."""
    text = json.dumps(bundle, ensure_ascii=False)
    ids = {e["resource"]["id"] for e in bundle["entry"] if isinstance(e["resource"].get("id"), str)}
    for id_ in sorted(ids, key=len, reverse=True):
        text = re.sub(r'(?<=["/:])' + re.escape(id_) + r'(?=["/|])', f"m{number}.{id_}"[:64], text)
    bundle = json.loads(text)
    bundle["id"] = f"b{number}"
    bundle.setdefault("type", "collection")
    bundle.pop("link", None)  # pages that are not there are another test's
    return bundle


def places(value, path=()):
    """Every place inside a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield value, key
        yield from places(member)


def drop(bundle, rng):
    holder, key = rng.choice(list(places(bundle["entry"])))
    del holder[key]


def retype(bundle, rng):
    holder, key = rng.choice(list(places(bundle["entry"])))
    holder[key] = rng.choice(FOREIGN)


def reorder(bundle, rng):
    for holder, key in list(places(bundle)):
        if isinstance(holder[key], list):
            rng.shuffle(holder[key])


def repeat(bundle, rng):
    holder, key = rng.choice(list(places(bundle["entry"])))
    if isinstance(holder, list):
        holder.append(holder[key])
    else:
        holder[key] = [holder[key], holder[key]]


def spoil(bundle, rng):
    """Gives an element that is read a value of a type that it cannot have; answers that the loss must be told."""
    found = [(e["resource"], name) for e in bundle["entry"] if isinstance(e.get("resource"), dict)
             for name in READ.get(e["resource"].get("resourceType"), ()) if name in e["resource"]]
    if not found:
        return False
    resource, name = rng.choice(found)
    resource[name] = rng.choice((7, True, [[]])) if isinstance(resource[name], str) else rng.choice((7, True, "text"))
    return True


def flip(text, at, rng):
    return text[:at] + bytes([text[at] ^ (1 << rng.randrange(8))]) + text[at + 1:]


def truncate(text, at, _):
    return text[:at]


def packed(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def is_read(bundle, text, at):
    """Whether that byte of the Bundle belongs to a resource of a type that is read."""
    for entry in bundle["entry"]:
        resource = packed(entry["resource"])
        start = text.find(resource)
        if start <= at < start + len(resource):
            return entry["resource"]["resourceType"] in READ_TYPES
    return False


class Mutant:
    """One damaged file: its bytes, and what must be said or screened of it."""

    NO_JSON = ""

    def __init__(self, bundle, rng):
        how = rng.choice((drop, retype, reorder, repeat, spoil, flip, truncate))
        self.how = how.__name__
        if how in (flip, truncate):
            text = packed(bundle)
            at = rng.randrange(len(text))
            self.text = how(text, at, rng)
            self.patient = self.read()
            self.must_be_named = self.patient is Mutant.NO_JSON and (how is truncate or is_read(bundle, text, at))
        else:
            self.must_be_named = bool(how(bundle, rng))
            self.text = json.dumps(bundle, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
            self.patient = self.read()

    def read(self):
        """The reference of the Patient that still stands in it, None if there is none, NO_JSON if it is no JSON any more."""
        try:
            value = json.loads(self.text.decode("utf-8"), parse_constant=lambda _: 1 / 0)
        except (ValueError, ZeroDivisionError, RecursionError):
            return Mutant.NO_JSON
        entries = value.get("entry") if isinstance(value, dict) and value.get("resourceType") == "Bundle" else None
        for entry in entries if isinstance(entries, list) else ():
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict) and resource.get("resourceType") == "Patient" and isinstance(resource.get("id"), str) and resource["id"]:
                return "Patient/" + resource["id"]
        return None

    def fault(self, named, screened):
        if self.must_be_named and not named:
            return "lost something, and stderr does not name the file"
        if self.patient and not named and self.patient not in screened:
            return "its patient was not screened, and stderr does not name the file"
        return None


def run(binary, folder):
    command = [binary, "screen", "--trial", "NCT07230171", "--as-of", "2026-11-22", "--timezone", "UTC", "--all", "--format", "ndjson", str(folder)]
    environment = os.environ | {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1", "UBSAN_OPTIONS": "halt_on_error=1"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment)
    except subprocess.TimeoutExpired:
        return None, "hung"
    problem = None if done.returncode in (0, 1, 3) and b"runtime error" not in done.stderr else f"exit {done.returncode}: " + done.stderr.decode(errors="replace")[-3000:]
    return done, problem


def screen_batch(options, mutants, folder):
    """The faults found in a batch, as texts."""
    folder.mkdir()
    for number, mutant in enumerate(mutants):
        (folder / f"{number:04}.json").write_bytes(mutant.text)
    done, problem = run(options.binary, folder)
    if problem:
        guilty = [p for p in sorted(folder.iterdir()) if run(options.binary, p)[1]]
        return [f"{keep(options, p)}: {run(options.binary, p)[1]}" for p in guilty[:3]] or [f"{folder.name} as a whole: {problem}"]
    named = {pathlib.Path(m).name for m in re.findall(r"^(.*?\.json): ", done.stderr.decode("utf-8", "replace"), re.M)}
    screened = {json.loads(line)["patient"].partition("#")[0] for line in done.stdout.splitlines()}
    faults = []
    for number, mutant in enumerate(mutants):
        fault = mutant.fault(f"{number:04}.json" in named, screened)
        if fault:
            faults.append(f"{keep(options, folder / f'{number:04}.json')} ({mutant.how}): {fault}")
    return faults


def keep(options, path):
    options.kept.mkdir(parents=True, exist_ok=True)
    kept = options.kept / f"{options.seed}-{path.parent.name}-{path.name}"
    kept.write_bytes(path.read_bytes())
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--kept", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "trialflag-mutants", help="folder for what went wrong")
    options = parser.parse_args()
    data = screening.data_folder(options.data)
    own, foreign = seeds(data)
    print(f"seed {options.seed}; to start from: {len(own)} Bundles of the project's own, {len(foreign)} of {data or 'nobody else: there is no folder of them'}")
    groups = [group for group in (own, foreign) if group]
    rng, faults = random.Random(options.seed), []
    with tempfile.TemporaryDirectory() as temporary:
        for first in range(0, options.count, BATCH):
            mutants = [Mutant(renamed(rng.choice(rng.choice(groups)), first + n), rng) for n in range(min(BATCH, options.count - first))]
            faults += screen_batch(options, mutants, pathlib.Path(temporary) / str(first))
    print("\n".join(faults[:40]))
    print(f"{options.count} damaged files, {len(faults)} faults")
    return 1 if faults or not own else 0


if __name__ == "__main__":
    sys.exit(main())
