#!/usr/bin/env python3
"""Tests of the test hospital itself: what other tests and the demo lean on must hold."""

import datetime
import gzip
import json
import pathlib
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import patients  # noqa: E402
from records import Records  # noqa: E402
from server import Hospital, authorization, make_server  # noqa: E402


class ServedHospital(unittest.TestCase):
    def setUp(self):
        self.hospital = Hospital(auth=self.auth())
        self.server = make_server(self.hospital)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        for number in range(1, 6):
            self.hospital.records.put({"resourceType": "Condition", "id": "c%d" % number,
                                       "subject": {"reference": "Patient/p%d" % (number % 2)}})

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def auth():
        return None

    def ask(self, path, method="GET", body=None, headers=None):
        url = path if path.startswith("http") else self.hospital.base + "/" + path
        request = urllib.request.Request(url, method=method, headers=headers or {}, data=None if body is None else json.dumps(body).encode())
        try:
            answer = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            raw = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                raw = gzip.decompress(raw)
            return answer.status, answer.headers, json.loads(raw) if raw else None

    def ids(self, path):
        return [entry["resource"]["id"] for entry in self.ask(path)[2].get("entry", [])]

    def test_a_search_is_paged_and_its_pages_are_of_one_moment(self):
        first = self.ask("Condition?_count=2")[2]
        self.assertEqual(first["total"], 5)
        self.hospital.records.put({"resourceType": "Condition", "id": "c0"})
        found, page = [], first
        while True:
            found += [entry["resource"]["id"] for entry in page["entry"]]
            following = [link["url"] for link in page["link"] if link["relation"] == "next"]
            if not following:
                break
            page = self.ask(following[0])[2]
        self.assertEqual(found, ["c1", "c2", "c3", "c4", "c5"])

    def test_a_search_is_narrowed_by_patient_id_and_time(self):
        self.assertEqual(self.ids("Condition?patient=p0"), ["c2", "c4"])
        self.assertEqual(self.ids("Condition?subject=Patient/p1"), ["c1", "c3", "c5"])
        self.assertEqual(self.ids("Condition?_id=c1,c5,c9"), ["c1", "c5"])
        stamp = self.ask("Condition/c3")[2]["meta"]["lastUpdated"]
        for prefix, expected in (("ge", ["c3", "c4", "c5"]), ("gt", ["c4", "c5"]), ("le", ["c1", "c2", "c3"]), ("lt", ["c1", "c2"])):
            self.assertEqual(self.ids("Condition?_lastUpdated=%s%s" % (prefix, stamp)), expected, prefix)
        self.assertEqual(self.ids("Condition?_sort=-_lastUpdated&_lastUpdated=ge%s&_lastUpdated=le%s" % (stamp, stamp)), ["c3"])
        self.assertEqual(self.ask("Condition?_lastUpdated=geyesterday")[0], 400)

    def test_an_unknown_parameter_is_refused_when_that_is_asked_for(self):
        self.assertEqual(self.ask("Condition?nosuch=1")[0], 200)
        self.assertEqual(self.ask("Condition?nosuch=1", headers={"Prefer": "handling=strict"})[0], 400)

    def test_versions_count_up_and_a_deletion_is_remembered(self):
        changed = {"resourceType": "Condition", "id": "c1", "note": [{"text": "x"}]}
        status, headers, body = self.ask("Condition/c1", "PUT", changed)
        self.assertEqual((status, headers["ETag"], body["meta"]["versionId"]), (200, 'W/"2"', "2"))
        self.assertEqual(self.ask("Condition/c1", "PUT", changed, {"If-Match": 'W/"1"'})[0], 412)
        self.assertEqual(self.ask("Condition/c1", "DELETE")[0], 204)
        self.assertEqual(self.ask("Condition/c1")[0], 410)
        self.assertEqual(self.ask("Condition/c1/_history/1")[2]["meta"]["versionId"], "1")
        self.assertEqual(self.ask("Condition/never")[0], 404)
        methods = [entry["request"]["method"] for entry in self.ask("Condition/c1/_history")[2]["entry"]]
        self.assertEqual(methods, ["DELETE", "PUT", "POST"])
        newest = self.ask("Condition/_history?_count=1")[2]["entry"][0]
        self.assertEqual((newest["request"], "resource" in newest), ({"method": "DELETE", "url": "Condition/c1"}, False))
        self.assertNotIn("c1", self.ids("Condition"))

    def test_a_created_resource_gets_an_id(self):
        status, headers, body = self.ask("Condition", "POST", {"resourceType": "Condition"})
        self.assertEqual(status, 201)
        self.assertIn("Condition/%s/_history/1" % body["id"], headers["Location"])
        self.assertEqual(self.ask("Condition", "POST", {"resourceType": "Patient"})[0], 400)

    def test_the_capability_statement_lists_types_and_parameters(self):
        statement = self.ask("metadata")[2]
        types = {resource["type"]: resource for resource in statement["rest"][0]["resource"]}
        self.assertEqual(statement["fhirVersion"], "4.0.1")
        self.assertIn("_lastUpdated", [parameter["name"] for parameter in types["Condition"]["searchParam"]])
        self.assertEqual(self.ask("Flag")[0], 404)

    def test_long_answers_are_packed_when_asked(self):
        self.assertEqual(self.ask("metadata", headers={"Accept-Encoding": "gzip"})[1]["Content-Encoding"], "gzip")
        self.assertIsNone(self.ask("metadata")[1]["Content-Encoding"])

    def test_a_fault_strikes_as_often_as_it_was_told(self):
        self.hospital.faults.add({"kind": "status", "status": 503, "type": "Condition", "skip": 1, "times": 2, "retry_after": 7})
        answers = [self.ask("Condition") for _ in range(4)]
        self.assertEqual([answer[0] for answer in answers], [200, 503, 503, 200])
        self.assertEqual(answers[1][1]["Retry-After"], "7")
        control = self.hospital.base.replace("/fhir", "/control/")
        self.assertEqual(self.ask(control + "faults", "POST", {"kind": "nonsense"})[0], 400)
        self.assertEqual(len(self.ask(control + "requests")[2]), 4)


class GuardedHospital(ServedHospital):
    """Everything above holds behind a sign-in too."""

    @staticmethod
    def auth():
        return authorization("basic:agent:p:w")

    def ask(self, path, method="GET", body=None, headers=None):
        return super().ask(path, method, body, {"Authorization": authorization("basic:agent:p:w"), **(headers or {})})

    def test_nobody_comes_in_without_it(self):
        self.assertEqual(self.ask("Condition", headers={"Authorization": "Basic bm8="})[0], 401)


class LoadedRecords(unittest.TestCase):
    def test_the_newest_version_of_a_record_counts_wherever_it_stands(self):
        def version(day, code):
            return json.dumps({"resourceType": "Condition", "id": "c", "meta": {"lastUpdated": "2026-01-%02dT00:00:00Z" % day}, "code": {"text": code}})
        for order in ([version(1, "old"), version(2, "new")], [version(2, "new"), version(1, "old")]):
            with tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "Condition.ndjson").write_text("\n".join(order))
                records = Records()
                records.load(folder)
                self.assertEqual(json.loads(records.current("Condition", "c").body)["code"]["text"], "new")


class HandMadePatients(unittest.TestCase):
    def test_the_same_day_gives_the_same_bytes(self):
        day = datetime.date(2026, 11, 22)
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            patients.write(pathlib.Path(first), day)
            patients.write(pathlib.Path(second), day)
            for path in pathlib.Path(first).iterdir():
                self.assertEqual(path.read_bytes(), (pathlib.Path(second) / path.name).read_bytes(), path.name)

    def test_every_resource_has_its_own_id_and_a_patient_on_file(self):
        resources, rows = patients.build(datetime.date(2024, 2, 29))
        keys = [(resource["resourceType"], resource["id"]) for resource in resources]
        self.assertEqual(len(keys), len(set(keys)))
        on_file = {"Patient/" + resource["id"] for resource in resources if resource["resourceType"] == "Patient"}
        for resource in resources:
            if resource["resourceType"] != "Patient":
                self.assertIn((resource.get("subject") or resource.get("patient"))["reference"], on_file)
        self.assertEqual(len(rows), len({row[0] for row in rows}))
        self.assertEqual({row[1] for row in rows}, {"potentially_eligible", "needs_review", "ineligible", "not_a_candidate"})


if __name__ == "__main__":
    unittest.main()
