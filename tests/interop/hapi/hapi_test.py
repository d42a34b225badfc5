"""The agent against two servers that nobody here wrote: HAPI FHIR JPA, and HAPI's plain server, which answers 200 and applies no search
parameter but _id. Usage: hapi_test.py BINARY. Exit status 77 when there is no Java to build them with, or the package registry cannot be reached.
"""
import datetime
import itertools
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.parse

import hapi
from jpa import BesideJpa, Jpa, with_servers
from passage import Passage
from rig import in_error, pregabalin_order
from world import CLEAN, FEW, LEFT_OUT, OTHER, TYPES, Cycles, World


class Stamped(World):
    """Each record is written with a time: the plain server keeps what it is given, and adds none of its own. What is there from the beginning
    is an hour old, so that the second poll, which asks for the last minutes, sees whether older records are kept from it."""

    age = datetime.timedelta(hours=1)

    def fill(self):
        super().fill()
        self.age = datetime.timedelta()

    def put(self, resource):
        time = datetime.datetime.now(datetime.timezone.utc) - self.age
        super().put({**resource, "meta": {"lastUpdated": time.isoformat(timespec="milliseconds")}})


class Running:
    """The daemon, as long as the block."""

    def __init__(self, world):
        self.world = world

    def __enter__(self):
        with open(self.world.folder / "agent.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.world.command("run"), stderr=log)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


class TheJpaServer(BesideJpa):
    OPTIONS = {"reuse_search_ms": 60000}  # a minute is HAPI's own time for giving the same search its last answer again

    def test_the_flags_are_those_that_screening_the_files_gives_and_a_second_cycle_changes_nothing(self):
        with Jpa(self.server, without=LEFT_OUT) as world:
            self.assertLessEqual(len(world.resources), 500)
            self.cycle(world)
            self.assert_flags_are_those_of_the_files(world, 25)
            self.assertEqual(sorted(mail["X-Trialflag-Flag"] for mail in world.mails()), sorted(flag["flag"] for flag in world.flags().values()))
            self.assert_nothing_changes(world)
            done = self.cycle(world, "--log-level", "debug")
            self.assertIn("0 patients read, 0 screened", done.stderr)

    def test_a_first_load_by_export_gives_the_same_flags(self):
        with Jpa(self.server, bulk="auto", only=FEW) as world:
            self.assertIn("bulk export: first loads and reconciliation go by", world.run("doctor", "--format", "csv").stdout.replace(",note,", ": "))
            done = world.run("run", "--once", timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("bulk export: read: Condition, 9 records", done.stderr)
            self.assertNotIn("search instead", done.stderr)
            self.assert_flags_are_those_of_the_files(world, 5)
            self.assertFalse((world.folder / "state/bulk").exists())
            self.assert_nothing_changes(world)

    def test_doctor_and_status_find_nothing_amiss(self):
        with Jpa(self.server, only=FEW) as world:
            self.cycle(world)
            told = self.findings(world)
            self.assertIn("HAPI FHIR", told)
            self.assertNotIn("does not apply", told)
            self.assertIn("Condition: changes by _lastUpdated, deletions by history", told)
            self.assertEqual({line["state"] for line in world.list("status") if line["kind"] == "type"}, {"ok"})

    def test_small_pages_are_followed_to_the_end(self):
        with Jpa(self.server, only=FEW) as world:
            world.configure(ehr=", page_size: 10")
            page = world.get("Observation?_count=10")
            self.assertIn("next", [link["relation"] for link in page["link"]])
            self.cycle(world)
            self.assert_flags_are_those_of_the_files(world, 5)
            self.assert_nothing_changes(world)

    def test_an_order_that_excludes_takes_the_flag_back_and_its_cancelling_opens_it_again(self):
        with Jpa(self.server, only=[CLEAN, OTHER]) as world:
            self.cycle(world)
            flag = world.flags()[CLEAN]["flag"]
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            after = world.flags()
            self.assertEqual(after[CLEAN]["status"], "ineligible")
            self.assertIn("E6.pregabalin", [c["id"] for c in after[CLEAN]["criteria"] if c["effect"] == "fail"])
            self.assertEqual(after[OTHER]["status"], "potentially_eligible")
            self.assertEqual([mail["X-Trialflag-Flag"] for mail in world.mails("retracted")], [flag])
            world.change("MedicationRequest/new-order", status="entered-in-error")
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "potentially_eligible")

    def test_a_diagnosis_entered_in_error_takes_its_flag_back(self):
        with Jpa(self.server, only=[CLEAN, OTHER]) as world:
            self.cycle(world)
            world.change(world.diagnosis(CLEAN), **in_error())
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "potentially_eligible"})
            self.assertEqual(len(world.mails("retracted")), 1)

    def test_a_deleted_diagnosis_is_followed_in_the_next_cycle(self):
        with Jpa(self.server, only=[CLEAN, OTHER]) as world:
            self.cycle(world)
            world.delete(world.diagnosis(CLEAN))
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "potentially_eligible"})
            self.assertEqual(len(world.mails("retracted")), 1)

    def test_a_rest_hook_brings_the_next_cycle_forward_and_a_restart_finds_its_subscriptions_again(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            listen = "127.0.0.1:%d" % free.getsockname()[1]
        with Jpa(self.server, only=[CLEAN]) as world:
            # Nothing but a hint can bring a second cycle within this test.
            world.configure(ehr=", subscribe: {listen: '%s', at_most_every: 1s}" % listen, poll="{every: 1h}")
            with Running(world):
                self.until(lambda: world.statuses().get(CLEAN) == "potentially_eligible")
                wanted = sorted(type_ + "?" for type_ in TYPES)
                self.until(lambda: sorted(each["criteria"] for each in self.subscriptions(world) if each["status"] == "active") == wanted)
                made = self.subscriptions(world)
                self.assertEqual(sorted(each["criteria"] for each in made), wanted, "none was made twice")
                self.assertTrue(all("payload" not in each["channel"] for each in made), "no record comes with a hint")
                world.change(world.diagnosis(CLEAN), **in_error())
                self.until(lambda: world.statuses()[CLEAN] == "ineligible")
            (diagnosis,) = [each for each in world.resources if world.diagnosis(CLEAN) == f"{each['resourceType']}/{each['id']}"]
            world.put(diagnosis)
            with Running(world):  # its first cycle shows that it runs, the next one needs a hint
                self.until(lambda: world.statuses()[CLEAN] == "potentially_eligible")
                world.change(world.diagnosis(CLEAN), **in_error())
                self.until(lambda: world.statuses()[CLEAN] == "ineligible")
                self.assertEqual({each["id"] for each in self.subscriptions(world)}, {each["id"] for each in made})

    counts = itertools.count(100)

    def subscriptions(self, world):
        """As they are now: the same question would be given its last answer again."""
        return [entry["resource"] for entry in world.get("Subscription?_count=%d" % next(self.counts)).get("entry", [])]

    def until(self, holds, seconds=90):
        end = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), end, "not in time")
            time.sleep(0.2)

    def test_p05_a_cursor_that_expires_between_two_pages_costs_nothing(self):
        with Jpa(self.server, only=FEW) as world:
            expired = []

            def expire(path, _):
                if "_getpages=" in path and len(expired) < 2:
                    expired.append(path)
                    world.request("POST", "$expire-searches", {"resourceType": "Parameters"})

            passage = Passage(world.base, expire)
            self.addCleanup(passage.stop)
            world.configure(base=passage.ready, ehr=", page_size: 5")
            self.cycle(world)
            self.assertEqual(len(expired), 2)
            with self.assertRaises(urllib.error.HTTPError) as gone:
                world.get(expired[0].removeprefix("/fhir").removeprefix("/"))
            self.assertEqual(gone.exception.code, 410)
            self.assert_flags_are_those_of_the_files(world, 5)
            self.assertEqual(len(world.mails()), len(world.flags()))

    def test_p19_the_answer_that_is_kept_for_the_same_search_is_not_what_the_agent_is_given(self):
        with Jpa(self.server, only=[CLEAN, OTHER]) as world:
            orders = "MedicationRequest?patient=" + CLEAN
            self.assertEqual(world.get(orders)["total"], 0)
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            self.assertEqual(world.get(orders)["total"], 0, "the server keeps no answers: this test shows nothing")
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "potentially_eligible"})

    def test_a_drug_that_only_its_medication_names_is_read_without_include_and_its_change_is_followed(self):
        with Jpa(self.server, only=[CLEAN, OTHER]) as world:
            order = pregabalin_order(CLEAN)
            drug = {"resourceType": "Medication", "id": "drug", "code": order.pop("medicationCodeableConcept")}
            world.put(drug)
            world.put({**order, "medicationReference": {"reference": "Medication/drug"}})
            self.cycle(world)
            self.assertEqual(world.statuses(), {OTHER: "potentially_eligible"})
            harmless = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "161"}], "text": "acetaminophen"}
            world.put({**drug, "code": harmless})
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "potentially_eligible"})

    def test_of_several_versions_between_two_cycles_the_last_counts(self):
        with Jpa(self.server, only=[CLEAN, OTHER]) as world:
            self.cycle(world)
            sound = {patient: world.get(world.diagnosis(patient)) for patient in (CLEAN, OTHER)}
            world.change(world.diagnosis(CLEAN), **in_error())
            world.put(sound[CLEAN])
            world.put(sound[OTHER])
            world.change(world.diagnosis(OTHER), **in_error())
            self.assertEqual(world.get(world.diagnosis(CLEAN))["meta"]["versionId"], "3")
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "ineligible"})
            self.assertEqual(len(world.mails("retracted")), 1)

    def test_a_deletion_is_found_on_the_last_page_of_the_history(self):
        with Jpa(self.server, only=FEW) as world:
            world.configure(ehr=", page_size: 3")
            self.cycle(world)
            began = world.get(world.diagnosis(OTHER))["meta"]["lastUpdated"]
            world.delete(world.diagnosis(CLEAN))
            for note in ("one", "two"):
                for patient in (OTHER, "clean-chinese", "high-hba1c", "pregabalin"):
                    world.change(world.diagnosis(patient), note=[{"text": note}])
            history = world.get("Condition/_history?_count=3&_since=" + urllib.parse.quote(began))
            self.assertIn("next", [link["relation"] for link in history["link"]])
            self.assertNotIn("DELETE", [entry["request"]["method"] for entry in history["entry"]])
            self.cycle(world)
            self.assertEqual(world.statuses()[CLEAN], "ineligible")
            self.assertEqual(world.statuses()[OTHER], "potentially_eligible")
            self.assertEqual(len(world.mails("retracted")), 1)


class ThePlainServer(Cycles):
    def setUp(self):
        self.server = hapi.start("HapiPlainPeer", "256m", types=",".join(TYPES))
        self.addCleanup(self.server.stop)

    def assert_applies_no_parameter(self, world):
        self.assertGreater(world.get("Patient?patient=nobody&_lastUpdated=ge2100-01-01T00:00:00Z")["total"], 5)

    def test_the_flags_are_right_although_it_applies_no_parameter(self):
        with World(self.server, only=FEW) as world:
            self.assert_applies_no_parameter(world)
            self.cycle(world)
            self.assert_flags_are_those_of_the_files(world, 5)
            self.assert_nothing_changes(world)
            self.assertIn("Condition: its records bear no meta.lastUpdated", self.findings(world))

    def test_where_its_records_have_times_doctor_tells_that_it_applies_none(self):
        with Stamped(self.server, only=FEW) as world:
            self.assert_applies_no_parameter(world)
            self.cycle(world)
            self.assert_flags_are_those_of_the_files(world, 5)
            self.assert_nothing_changes(world)
            self.assertIn("Condition: the server does not apply _lastUpdated, so that changes and deletions are read from the history", self.findings(world))

    def test_an_order_and_a_correction_are_followed(self):
        with World(self.server, only=[CLEAN, OTHER, "clean-chinese"]) as world:
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            world.change(world.diagnosis(OTHER), **in_error())
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "ineligible", "clean-chinese": "potentially_eligible"})
            self.assertEqual(len(world.mails("retracted")), 2)

    def test_a_deletion_is_followed_in_the_next_cycle_where_records_have_times(self):
        with Stamped(self.server, only=[CLEAN, OTHER]) as world:
            self.cycle(world)
            world.delete(world.diagnosis(CLEAN))
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "potentially_eligible"})

    def test_a_deletion_is_followed_where_they_have_none_for_all_is_read_anew(self):
        with World(self.server, only=[CLEAN, OTHER]) as world:
            self.cycle(world)
            world.delete(world.diagnosis(CLEAN))
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "potentially_eligible"})


if __name__ == "__main__":
    with_servers(unittest.main)
