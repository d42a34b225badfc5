#!/usr/bin/python3
"""The test hospital for a benchmark: 2,000,000 records, dated ten seconds apart over the year before, every request counted.

    live_hospital.py --data DIR        prints READY http://127.0.0.1:PORT/fhir

GET /control/counts: requests since DELETE /control/counts, by kind: a page of a population search, its first page, one patient's search, a
read, a history, metadata; and bytes answered. GET /control/asked: the first pages asked for since then, as (seconds, path). What changes
after the load is found by an index, so that a poll costs the server what it costs an EHR.
"""
import argparse
import bisect
import collections
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "hospital"))
import server  # noqa: E402
from records import Records, instant, parse_instant  # noqa: E402

YEAR_MS = 365 * 24 * 3600 * 1000


class LiveRecords(Records):
    """Records of which all that were loaded are older than all that are written afterwards."""

    def __init__(self):
        super().__init__()
        self.recent = collections.defaultdict(list)  # type -> versions written after the load, in order
        self.loaded_until = None
        self._loaded = 0

    def _load_document(self, document):
        if "resourceType" not in document:
            return 0  # the manifest
        self._loaded += 1
        begin = int(time.time() * 1000) - YEAR_MS
        document["meta"] = {"lastUpdated": instant(begin + self._loaded * 10000)}
        self.put(document, keep_stamp=True)
        return 1

    def seal(self):
        self.loaded_until = int(time.time() * 1000)

    def put(self, resource, keep_stamp=False, **more):
        version, created = super().put(resource, keep_stamp, **more)
        if self.loaded_until is not None:
            self.recent[version.type].append(version)
        return version, created

    def delete(self, type_, id_):
        version = super().delete(type_, id_)
        if version is not None and self.loaded_until is not None:
            self.recent[type_].append(version)
        return version

    def since(self, type_, begin):
        """The versions written since `begin`, which is after the load."""
        with self._lock:
            versions = self.recent[type_]
            return versions[bisect.bisect_left(versions, begin, key=lambda version: version.updated):]

    def changes(self, type_, since_ms):
        if type_ is None or self.loaded_until is None or since_ms <= self.loaded_until - YEAR_MS // 2:
            return super().changes(type_, since_ms)
        return list(reversed(self.since(type_, since_ms)))


def select(records, type_, query, as_of=None, slow=server.select):
    """As server.select, by the index where the query is for what changed after the load."""
    names = [name for name, _ in query]
    stamps = [text for name, text in query if name == "_lastUpdated" and text.startswith("ge")]
    if set(names) - {"_lastUpdated", "_count", "_cursor", "_offset"} or len(stamps) != 1:
        return slow(records, type_, query, as_of)
    begin = parse_instant(stamps[0][2:])[0]
    if begin <= records.loaded_until - YEAR_MS // 2:
        return slow(records, type_, query, as_of)
    newest = {version.id: version for version in records.since(type_, begin)}
    return [version for version in newest.values() if version.body is not None]


class CountingHandler(server.Handler):
    def control(self, parts):
        hospital = self.hospital
        if parts == ["counts"]:
            with hospital.lock:
                answer = {"kinds": dict(hospital.kinds), "bytes": hospital.bytes}
                if self.command == "DELETE":
                    hospital.forget()
            return self.answer(200, answer, content_type="application/json")
        if parts == ["asked"]:
            with hospital.lock:
                answer = list(hospital.asked)
            return self.answer(200, answer, content_type="application/json")
        return super().control(parts)

    def fhir(self, parts):
        kind = self.kind(parts)
        with self.hospital.lock:
            self.hospital.kinds[kind] += 1
            if kind != "later page":
                self.hospital.asked.append((time.time(), self.path))
        self.hospital.requests.clear()
        super().fhir(parts)

    def kind(self, parts):
        names = {name for name, _ in self.query}
        if self.command != "GET":
            return "write"
        if parts == ["metadata"]:
            return "metadata"
        if "_history" in parts:
            return "history"
        if "_cursor" in names:
            return "later page"
        if names & {"patient", "subject"}:
            return "patient search"
        return "read" if len(parts) == 2 else "population search"

    def answer_bytes(self, status, body, *rest, **more):
        with self.hospital.lock:
            self.hospital.bytes += len(body)
        super().answer_bytes(status, body, *rest, **more)


class LiveHospital(server.Hospital):
    def __init__(self):
        super().__init__()
        self.records = LiveRecords()
        self.forget()

    def forget(self):
        self.kinds, self.bytes, self.asked = collections.Counter(), 0, []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    options = parser.parse_args()
    hospital = LiveHospital()
    count = hospital.records.load(options.data)
    hospital.records.seal()
    server.select = select
    server.Handler = CountingHandler
    serving = server.make_server(hospital)
    print("READY", hospital.base, count, flush=True)
    serving.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
