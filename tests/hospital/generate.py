#!/usr/bin/env python3
"""A whole hospital of made people for trial NCT07230171, and the truth about each, decided before a record is written.

    python3 tests/hospital/generate.py --patients 2000 --seed 1 --out DIR

writes DIR/records (Bulk Data NDJSON with manifest.json, or one Bundle a patient) and DIR/truth.ndjson, with --life also a script of what
happens afterwards (life.py) for the server to play, and prints the SHA-256 of all. Person
k of a seed is the same however many there are. One person is in memory at a time. As Bundles, a few pairs of people bear the same ids, as they
do when the files of two hospitals are put together: each of these Bundles is a person of its own.
"""

import argparse
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from life import Life  # noqa: E402
from population.person import Person  # noqa: E402
from population.shares import TWINS  # noqa: E402


def dense(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Ndjson:
    """One file for each type, and the manifest of a Bulk Data export."""

    def __init__(self, folder, today, packed):
        self.folder, self.today, self.packed = folder, today, packed
        self.files, self.counts = {}, {}

    def write(self, person, resources):
        for resource in resources:
            type_ = resource["resourceType"]
            if type_ not in self.files:
                self.files[type_] = self._open(type_)
            self.files[type_].write(dense(resource) + "\n")
            self.counts[type_] = self.counts.get(type_, 0) + 1

    def _name(self, type_):
        return type_ + (".ndjson.gz" if self.packed else ".ndjson")

    def _open(self, type_):
        path = self.folder / self._name(type_)
        if not self.packed:
            return open(path, "w", encoding="utf-8")
        return io.TextIOWrapper(gzip.GzipFile(filename="", fileobj=open(path, "wb"), mode="wb", mtime=0), encoding="utf-8")

    def close(self):
        for file in self.files.values():
            file.close()
        output = [{"type": type_, "url": self._name(type_), "count": self.counts[type_]} for type_ in sorted(self.files)]
        manifest = {"transactionTime": "%sT23:59:59Z" % self.today.isoformat(), "request": "https://hospital.example/fhir/$export",
                    "requiresAccessToken": False, "output": output, "error": []}
        (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


class Bundles:
    """One Bundle of type collection for each person, a thousand in a folder."""

    def __init__(self, folder, packed):
        self.folder, self.packed, self.count = folder, packed, 0

    def write(self, person, resources):
        folder = self.folder / ("%04d" % (self.count // 1000))
        folder.mkdir(exist_ok=True)
        entries = [{"fullUrl": "https://hospital.example/fhir/%s/%s" % (r["resourceType"], r["id"]), "resource": r} for r in resources]
        raw = (dense({"resourceType": "Bundle", "type": "collection", "entry": entries}) + "\n").encode()
        (self.folder / self.name(self.count)).write_bytes(gzip.compress(raw, mtime=0) if self.packed else raw)
        self.count += 1

    def name(self, number):
        """A file's path below the folder."""
        return "%04d/%07d%s" % (number // 1000, number, ".json.gz" if self.packed else ".json")

    def close(self):
        pass


def is_twin(seed, number):
    """Every two hundredth person or so bears the ids of the one before."""
    return number % 2 == 1 and random.Random("%s/%d/twin" % (seed, number)).random() * 100 < TWINS


def digest(folder):
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                total.update(block)
    return total.hexdigest()


def filled_up(resources, at_least, as_of):
    """The records of one person, and so many pulses beside them, which no criterion asks about, that they are `at_least` as many."""
    (whose,) = {resource["id"] for resource in resources[:1] if resource["resourceType"] == "Patient"}
    for number in range(at_least - len(resources)):
        day = (as_of - datetime.timedelta(days=7 + 30 * number)).isoformat()
        resources.append({
            "resourceType": "Observation", "id": "%s-pulse-%d" % (whose, number), "meta": {"versionId": "1", "lastUpdated": day + "T09:00:00Z"},
            "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}, "subject": {"reference": "Patient/" + whose},
            "effectiveDateTime": day, "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}})
    return resources


def generate(out, patients, seed="1", as_of=datetime.date(2026, 11, 22), share_fm=0.04, form="bulk", packed=False, zone=0, steps=0, at_least=0):
    """Answers the SHA-256 of what was written. `out` must be new or empty. `at_least`: so many records has everybody."""
    records = out / "records"
    records.mkdir(parents=True, exist_ok=True)
    if any(records.iterdir()):
        raise SystemExit("generate.py: %s is not empty; give another folder" % records)
    writer = Ndjson(records, as_of, packed) if form == "bulk" else Bundles(records, packed)
    with open(out / "truth.ndjson", "w", encoding="utf-8") as labels:
        for number in range(patients):
            twin = form == "bundles" and is_twin(seed, number)
            person = Person(seed, number, as_of, share_fm, number - 1 if twin else None, zone)
            resources, line = person.record()
            if twin or (form == "bundles" and number + 1 < patients and is_twin(seed, number + 1)):
                line["patient"] += "#" + writer.name(number)
            writer.write(person, filled_up(resources, at_least, as_of))
            labels.write(dense(line) + "\n")
    writer.close()
    if steps:
        with open(out / "life.ndjson", "w", encoding="utf-8") as script:
            for line in Life(seed, patients, as_of, share_fm, zone).steps(steps):
                script.write(line + "\n")
    return digest(out)


def main():
    parser = argparse.ArgumentParser(description="A made hospital and the truth about its people.")
    parser.add_argument("--patients", type=int, required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a new folder")
    parser.add_argument("--as-of", type=datetime.date.fromisoformat, default=datetime.date(2026, 11, 22), help="the day that all dates follow from")
    parser.add_argument("--share-fm", type=float, default=0.04, help="share of people with a record of fibromyalgia (0.04)")
    parser.add_argument("--format", choices=["bulk", "bundles"], default="bulk")
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--zone", type=int, default=0, help="hours from UTC of the hospital's days (0)")
    parser.add_argument("--life", type=int, default=0, metavar="STEPS", help="also write DIR/life.ndjson: what happens afterwards, step by step (bulk only)")
    parser.add_argument("--at-least", type=int, default=0, metavar="RECORDS", help="how many records everybody has at least (0: as it comes)")
    options = parser.parse_args()
    sha = generate(options.out, options.patients, options.seed, options.as_of, options.share_fm, options.format, options.gzip, options.zone, options.life,
                   options.at_least)
    print("%d patients in %s\nsha256 %s" % (options.patients, options.out, sha))


if __name__ == "__main__":
    main()
