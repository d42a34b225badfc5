#!/usr/bin/python3
"""What a server does not have, does not show whole or refuses, over several cycles: what becomes of the flags, the watermarks, the log and the
number of requests. Cases A08, P06, P14, P18, T02 and T12 of the failure catalogue.

    refusals_test.py BINARY [unittest options]
"""
import pathlib
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402

BINARY = sys.argv.pop(1)
CLEAN, OTHER = "adult-today", "daily-pain"
BASE = "Patient,Condition,Observation,Procedure,AllergyIntolerance"
DRUGS = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def said(world, criterion, patient=CLEAN):
    (found,) = [each for each in world.flags()[patient]["criteria"] if each["id"] == criterion]
    return found["effect"], found["reason"]


def type_line(world, name):
    return next(line for line in world.list("status") if line["kind"] == "type" and line["name"] == name)


def asked(world, *types):
    """How often anything of these types was asked for."""
    return sum(request["path"].removeprefix("/fhir/").split("?")[0].split("/")[0] in types for request in world.ask("GET", "requests"))


class Daemon:
    """`trialflag run`; read() is its log so far."""

    def __init__(self, world):
        self.log = world.folder / "daemon.log"
        with open(self.log, "w", encoding="utf-8") as stderr:
            self.process = subprocess.Popen(world.command("run"), stderr=stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)

    def read(self):
        return self.log.read_text(encoding="utf-8")

    def until(self, what, seconds=60):
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise AssertionError("waited in vain; the log:\n" + self.read())
            time.sleep(0.05)


class Denied(unittest.TestCase):
    def test_item_42_a_patient_whom_reads_by_id_deny_is_read_as_a_search_shows_them(self):
        world = Rig(BINARY, only=[CLEAN, OTHER]).__enter__()
        self.addCleanup(lambda: world.__exit__(None, None, None))
        world.fault(kind="status", type="Patient", of=CLEAN, status=404, times=1)  # a node that lags
        self.assertEqual(world.once().returncode, 0)
        self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
        world.fault(kind="status", type="Patient", of=CLEAN, status=404, times=1000)
        self.assertEqual(world.once("--reconcile").returncode, 0)
        self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
        self.assertEqual(world.mails("retracted"), [])
        world.mend()
        world.delete(f"Patient/{CLEAN}")
        self.assertEqual(world.once().returncode, 0)
        self.assertEqual(world.statuses()[CLEAN], "withdrawn")


    def test_item_42_where_nothing_is_read_by_id_a_patient_is_read_as_a_search_shows_them(self):
        with Rig(BINARY, only=[CLEAN, OTHER]) as world:
            world.fault(kind="status", type="Patient", of=CLEAN, status=405, times=1000)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")
            world.put(pregabalin_order(CLEAN))
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.statuses()[CLEAN], "ineligible")


class Absent(unittest.TestCase):
    """P18: types that the server neither lists nor answers for."""

    def cycles(self, types, absent):
        world = Rig(BINARY, only=[CLEAN], hospital=("--types", types)).__enter__()
        self.addCleanup(lambda: world.__exit__(None, None, None))
        for cycle in range(4):
            world.control("DELETE", "requests")
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            for type_ in absent:
                self.assertEqual(done.stderr.count(type_ + ": the server keeps no such records"), 1 if cycle == 0 else 0, done.stderr)
            self.assertEqual(asked(world, *absent), len(absent) if cycle == 0 else 0)
        for type_ in absent:
            self.assertEqual((type_line(world, type_)["state"], type_line(world, type_)["watermark"]), ("unsupported", None))
        self.assertEqual(world.run("status").returncode, 0)
        return world

    def test_p18_a_type_that_the_server_does_not_keep_is_said_once_asked_for_once_and_demotes_nobody(self):
        world = self.cycles(BASE + ",MedicationRequest,Medication", DRUGS[1:] + ("CarePlan", "Consent", "Encounter"))
        self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})
        self.assertEqual(said(world, "E6.pregabalin")[0], "pass")
        self.assertEqual(len(world.mails("opened")), 1)
        world.put(pregabalin_order(CLEAN))
        self.assertEqual(world.once().returncode, 0)
        self.assertEqual(said(world, "E6.pregabalin")[0], "fail")

    def test_p18_where_no_drug_type_is_kept_the_criteria_that_need_them_are_blind(self):
        world = self.cycles(BASE, DRUGS + ("Medication",))
        self.assertEqual(world.statuses(), {CLEAN: "needs_review"})
        for criterion in ("I3.drug_naive", "E6.pregabalin", "E6.venlafaxine", "E7.iv_ketamine"):
            self.assertEqual(said(world, criterion), ("open", "incomplete_source"), criterion)
        self.assertEqual(world.mails(), [])

    def test_p18_a_type_that_was_read_and_answers_404_for_a_while_is_asked_for_again_at_once(self):
        with Rig(BINARY, only=[CLEAN, OTHER]) as world:
            world.put(pregabalin_order(OTHER, "another-order"))
            world.fault(kind="replace", type="metadata", times=10000, find='"type": "MedicationRequest"', **{"with": '"type": "Basic"'})
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible"})
            world.put(pregabalin_order(CLEAN))
            world.fault(kind="status", status=404, type="MedicationRequest", times=10000)
            for _ in range(2):
                world.control("DELETE", "requests")
                world.once()
                self.assertGreater(asked(world, "MedicationRequest"), 0)
            world.mend()
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible"})


class Warned(unittest.TestCase):
    """P14: Epic's 4119, "may not contain the entire record", for as long as the server says it."""

    def warn(self, world, *types):
        for type_ in types:
            world.fault(kind="outcome", type=type_, times=100000, severity="warning", code="processing", details="4119")

    def test_p14_what_a_warned_type_lacks_is_unknown_and_what_it_shows_counts(self):
        with Rig(BINARY, only=[CLEAN, OTHER]) as world:
            self.warn(world, "AllergyIntolerance", *DRUGS)
            world.put(pregabalin_order(OTHER))
            for _ in range(3):
                done = world.once()
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(world.statuses(), {CLEAN: "needs_review"})  # the other one fails by what is shown
            self.assertEqual(said(world, "E6.pregabalin"), ("open", "incomplete_source"))
            self.assertEqual(said(world, "E12.allergy"), ("open", "incomplete_source"))
            self.assertEqual(world.mails(), [])
            line = type_line(world, "AllergyIntolerance")
            self.assertEqual((line["state"], line["watermark"]), ("incomplete", None))
            world.mend()
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual((world.statuses()[CLEAN], said(world, "E12.allergy")[0]), ("potentially_eligible", "pass"))
            self.assertEqual([mail["X-Trialflag-Kind"] for mail in world.mails()], ["opened"])

    def test_p14_the_daemon_says_it_once(self):
        with Rig(BINARY, only=[CLEAN]) as world:
            self.warn(world, "MedicationRequest")
            with Daemon(world) as daemon:
                polls = lambda: sum("/MedicationRequest?_" in request["path"] for request in world.ask("GET", "requests"))  # noqa: E731
                daemon.until(lambda: polls() >= 4)
            self.assertEqual(daemon.read().count("MedicationRequest was not read whole: the server warns that records may be missing"), 1, daemon.read())


class Unauthorised(unittest.TestCase):
    """A08: 401 for ever."""

    def test_a08_the_agent_is_not_ready_says_it_once_and_asks_little(self):
        for of in ("*", "records"):  # also the CapabilityStatement, or that is open to everybody
            port = free_port()
            with self.subTest(of), Rig(BINARY, only=[CLEAN], extra="metrics: {listen: '127.0.0.1:%d'}" % port) as world:
                world.fault(kind="status", status=401, type=of, times=1000000)
                with Daemon(world) as daemon:
                    polls = lambda: asked(world, "metadata")  # noqa: E731
                    daemon.until(lambda: polls() >= 4)
                    self.assertEqual(self.readiness(port), 503)
                    log, requests, cycles = daemon.read(), len(world.ask("GET", "requests")), polls()
                self.assertEqual(log.count("401"), 1, log)
                # One for each type that is polled and one for the CapabilityStatement, each repeated once at most; not one for each patient.
                self.assertLessEqual(requests, cycles * 2 * (1 if of == "*" else 16))
                self.assertEqual((world.flags(), world.mails()), ({}, []))
                self.assertEqual(world.once().returncode, 4)

    @staticmethod
    def readiness(port):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/readyz" % port, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code


class Unmoved(unittest.TestCase):
    """T02, T12, P06: a reading that fails moves nothing."""

    def test_t02_t12_p06_neither_watermarks_nor_flags_move_and_nothing_is_lost(self):
        faults = {
            "T02 redirects in circles": {"kind": "redirect", "location": "{base}/Condition?again=1"},
            "T02 a redirect to a page to sign in": {"kind": "redirect", "location": "{base}/../login"},
            "T12 a page to sign in": {"kind": "body", "body": "<html>Sign in</html>", "content_type": "text/html"},
            "P06 the second page fails for ever": {"kind": "status", "status": 500, "skip": 1},
        }
        with Rig(BINARY, only=[CLEAN, OTHER]) as world:
            world.configure(ehr=", page_size: 1")
            self.assertEqual(world.once().returncode, 0)
            flags, watermark = world.flags(), type_line(world, "Condition")["watermark"]
            for name, fault in faults.items():
                with self.subTest(name):
                    self.assertEqual(type_line(world, "Condition")["state"], "ok")
                    for patient in (CLEAN, OTHER):
                        world.change(world.diagnosis(patient), note=[{"text": name}])
                    world.fault(type="Condition", times=10000, **fault)
                    for _ in range(2):
                        done = world.once()
                        self.assertEqual(done.returncode, 1, done.stderr)
                        line = type_line(world, "Condition")
                        self.assertEqual((line["state"], line["watermark"]), ("incomplete", watermark))
                        # A page that came is kept, and read again with the others when they come.
                        self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "potentially_eligible"})
                        if not name.startswith("P06"):
                            self.assertEqual(world.flags(), flags)
                    self.assertIn("Condition was not read whole", done.stderr)
                    world.mend()
                    self.assertEqual(world.once().returncode, 0)
                    self.assertEqual(type_line(world, "Condition")["state"], "ok")
                    for patient, flag in world.flags().items():
                        path = world.diagnosis(patient)
                        (entry,) = [each for each in flag["criteria"] if each["id"] == "I2.fibromyalgia"]
                        self.assertIn((path, world.get(path)["meta"]["versionId"]), [(one["resource"], one["version"]) for one in entry["evidence"]])
                    self.assertEqual([mail["X-Trialflag-Kind"] for mail in world.mails()], ["opened", "opened"])
                    flags, watermark = world.flags(), type_line(world, "Condition")["watermark"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
