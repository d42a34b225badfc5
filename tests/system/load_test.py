#!/usr/bin/python3
"""Reading many patients: how many questions are under way at once, and that nothing depends on which is answered first.

    load_test.py BINARY [unittest options]
"""
import pathlib
import random
import shutil
import sqlite3
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import ROOT, Rig  # noqa: E402

sys.path.insert(0, str(ROOT / "tests" / "hospital"))
import server  # noqa: E402

BINARY = sys.argv.pop(1)


class Hospital:
    """The test hospital within this process, so that a test can look into its requests. `meet`: how many questions about one patient must be
    there together before the first of them is answered. `chance`, when set: draws how
    long an answer about one patient takes."""

    def __init__(self, data, meet=0):
        self.hospital = server.Hospital()
        self.hospital.records.load(data)
        self.lock, self.now, self.most, self.asked = threading.Lock(), 0, 0, 0
        self.meeting, self.meet, self.met = threading.Barrier(meet) if meet else None, meet, True
        self.chance = None
        self.serving = server.make_server(self.hospital)
        handler, outer = self.serving.RequestHandlerClass, self

        class Watched(handler):
            def fhir(self, parts):
                about_one = any(name == "patient" for name, _ in self.query)
                with outer.lock:
                    outer.now += 1
                    outer.most = max(outer.most, outer.now)
                    outer.asked += about_one
                    meets = about_one and outer.asked <= outer.meet
                    wait = outer.chance.random() * 0.004 if outer.chance and about_one else 0
                if meets:
                    outer.wait_for_others()
                time.sleep(wait)
                super().fhir(parts)

            def answer_bytes(self, *words, **more):
                # Before the client can have it, and ask on.
                with outer.lock:
                    outer.now -= 1
                super().answer_bytes(*words, **more)

        self.serving.RequestHandlerClass = Watched
        threading.Thread(target=self.serving.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.ready = self.hospital.base

    def wait_for_others(self):
        try:
            self.meeting.wait(timeout=20)
        except threading.BrokenBarrierError:
            self.met = False

    def stop(self):
        self.serving.shutdown()
        self.serving.server_close()


class World(Rig):
    def __init__(self, connections=5, **hospital):
        super().__init__(BINARY)
        self.connections, self.how = connections, hospital

    def open_hospital(self):
        return Hospital(self.folder / "hospital", **self.how)

    def load(self):
        self.configure(ehr=", max_connections: %d" % self.connections)
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        done = self.once()
        with sqlite3.connect(self.folder / "state/state.db") as state:
            return done, dict(state.execute("SELECT patient, chart FROM charts ORDER BY patient"))


class Load(unittest.TestCase):
    def test_one_patients_types_are_asked_for_at_once_within_the_budget_of_connections(self):
        with World(connections=4, meet=4) as world:
            done, charts = world.load()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(world.hospital.met, "four questions about one patient were never under way together")
            self.assertEqual(world.hospital.most, 4)
            self.assertGreater(len(charts), 20)

    def test_one_connection_is_enough(self):
        with World(connections=1) as world:
            done, _ = world.load()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(world.hospital.most, 1)

    def test_charts_are_the_same_in_whatever_order_the_answers_come(self):
        with World(connections=1) as world:
            _, one_by_one = world.load()
            world.connections = 8
            for seed in (1, 2):
                world.hospital.chance = random.Random(seed)
                done, charts = world.load()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(charts.keys(), one_by_one.keys())
                self.assertEqual([patient for patient in charts if charts[patient] != one_by_one[patient]], [])


if __name__ == "__main__":
    unittest.main()
