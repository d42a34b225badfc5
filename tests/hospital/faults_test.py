#!/usr/bin/env python3
"""Each switch of the test hospital fails in the way that it promises: a switch that does nothing would let every agent pass."""

import gzip
import http.client
import json
import pathlib
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from faults import KINDS  # noqa: E402
from server import Hospital, make_server  # noqa: E402

README = (pathlib.Path(__file__).parent / "README.md").read_text(encoding="utf-8")


class Switches(unittest.TestCase):
    def setUp(self):
        self.serve()

    def serve(self, **options):
        self.now = time.time()
        self.hospital = Hospital(clock=lambda: self.now, **options)
        server = make_server(self.hospital)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        for number in range(5):
            self.write("c%d" % number)

    def write(self, id_, **more):
        return self.hospital.records.put({"resourceType": "Condition", "id": id_, "subject": {"reference": "Patient/p"}, **more}, at=more.pop("at", None))

    def get(self, path="Condition", **headers):
        base = urllib.parse.urlsplit(self.hospital.base)
        connection = http.client.HTTPConnection(base.hostname, base.port, timeout=5)
        self.addCleanup(connection.close)
        address = urllib.parse.urlsplit(path)
        connection.request("GET", path if address.scheme else "/fhir/" + path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def page(self, path="Condition", **fault):
        if fault:
            self.hospital.faults.add(fault)
        return json.loads(self.get(path)[1])

    @staticmethod
    def ids(page):
        return [entry["resource"]["id"] for entry in page["entry"] if entry and "resource" in entry]

    @staticmethod
    def link(page, relation):
        return next((link["url"] for link in page["link"] if link["relation"] == relation), None)

    def test_every_kind_stands_in_the_table(self):
        self.assertEqual([], [kind for kind in KINDS if "`%s`" % kind not in README])

    def test_no_answer_and_no_end_of_one(self):
        for fault in ({"kind": "silent", "delay": 0.05}, {"kind": "reset"}, {"kind": "endless_headers", "delay": 0, "count": 101}, {"kind": "chunked", "cut": True}):
            with self.subTest(fault["kind"]), self.assertRaises((http.client.HTTPException, ConnectionError)):
                self.hospital.faults.add(fault)
                self.get()

    def test_packed_bodies(self):
        self.hospital.faults.add({"kind": "gzip_cut"})
        with self.assertRaises(EOFError):
            gzip.decompress(self.get()[1])
        self.hospital.faults.add({"kind": "bomb", "size": 1 << 20})
        body = self.get()[1]
        self.assertLess(len(body), 1 << 14)
        self.assertGreater(len(gzip.decompress(body)), 1 << 20)
        self.hospital.faults.add({"kind": "encoding", "encoding": "br"})
        self.assertEqual("br", self.get()[0].headers["Content-Encoding"])
        self.assertEqual(5, len(self.ids(self.page(kind="chunked"))))

    def test_a_type_that_is_not_told(self):
        self.hospital.faults.add({"kind": "content_type", "content_type": ""})
        self.assertIsNone(self.get()[0].headers["Content-Type"])

    def test_parameters_that_are_not_applied(self):
        wide = self.page("Condition?_id=c1&patient=nobody", kind="ignore", parameters=["patient"])
        self.assertEqual((["c1"], False), (self.ids(wide), "patient" in self.link(wide, "self")))
        none = self.page("Condition?patient=p", kind="nothing")
        self.assertEqual(([], 0, False), (self.ids(none), none["total"], "patient" in self.link(none, "self")))

    def test_a_search_that_must_say_its_category(self):
        self.hospital.faults.add({"kind": "required", "times": 9})
        answer, body = self.get()
        self.assertEqual((400, "required"), (answer.status, json.loads(body)["issue"][0]["code"]))
        self.assertEqual(5, len(self.ids(self.page("Condition?category=laboratory"))))
        self.assertEqual(0, len(self.ids(self.page("Condition?category=survey"))))

    def test_pages_of_another_size_order_and_moment(self):
        self.assertEqual(2, len(self.ids(self.page(kind="count", count=2))))
        self.assertEqual(["c4", "c3", "c2", "c1", "c0"], self.ids(self.page(kind="reverse")))
        self.now += 100
        self.write("c0", language="de")
        self.write("c5")
        old = self.page(kind="stale", seconds=50)
        self.assertEqual((5, False), (len(self.ids(old)), "language" in json.dumps(old)))

    def test_an_empty_page_leads_to_the_others(self):
        page = self.page("Condition?_count=3", kind="empty_page")
        self.assertEqual([], self.ids(page))
        self.assertEqual(["c0", "c1", "c2"], self.ids(self.page(self.link(page, "next"))))

    def test_a_search_that_is_forgotten(self):
        following = self.link(self.page("Condition?_count=3"), "next")
        self.hospital.faults.add({"kind": "expire"})
        self.assertEqual(410, self.get(following)[0].status)

    def test_entries_that_are_none_or_too_many(self):
        self.write("c0", language="de")
        twice = self.page("Condition?_id=c0", kind="twice")
        self.assertEqual(["1", "2", "2"], [entry["resource"]["meta"]["versionId"] for entry in twice["entry"]])
        self.assertIn(None, self.page(kind="nulls")["entry"])
        self.hospital.records.put({"resourceType": "Patient", "id": "p"})
        self.assertEqual({"Condition", "Patient", "OperationOutcome"}, {entry["resource"]["resourceType"] for entry in self.page(kind="mixed")["entry"]})
        self.assertEqual("collection", self.page(kind="bundle_type", type_name="collection")["type"])

    def test_records_that_are_cut_or_stamped_otherwise(self):
        self.write("c0", language="de")
        short = self.page("Condition?_id=c0", kind="summary")["entry"][0]["resource"]
        self.assertEqual((False, "SUBSETTED"), ("language" in short, short["meta"]["tag"][0]["code"]))
        self.assertNotIn("lastUpdated", json.dumps(self.page(kind="stamps", form="none")))
        self.assertEqual(10, len(self.page(kind="stamps", form="days")["entry"][0]["resource"]["meta"]["lastUpdated"]))

    def test_pages_that_shift_while_they_are_read(self):
        self.serve(snapshot=False)
        following = self.link(self.page("Condition?_count=3"), "next")
        self.hospital.records.delete("Condition", "c0")
        self.assertEqual(["c4"], self.ids(self.page(following)))

    def test_records_of_another_moment_or_without_a_trace(self):
        self.hospital.records.put({"resourceType": "Condition", "id": "late"}, at=1000)
        self.hospital.records.put({"resourceType": "Condition", "id": "bare"}, written=lambda _: None)
        self.assertEqual(["late"], self.ids(self.page("Condition?_lastUpdated=le1971-01-01")))
        self.assertNotIn("lastUpdated", self.page("Condition?_id=bare")["entry"][0]["resource"]["meta"])
        self.hospital.records.vanish("Condition", "late")
        self.assertNotIn("late", json.dumps([self.page(), self.page("Condition/_history")]))


if __name__ == "__main__":
    unittest.main()
