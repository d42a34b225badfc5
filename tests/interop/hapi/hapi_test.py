"""The agent against two servers that nobody here wrote: HAPI FHIR JPA, and HAPI's plain server, which answers 200 and applies no search
parameter but _id. Usage: hapi_test.py BINARY. Exit status 77 when there is no Java to build them with, or the package registry cannot be reached.

Not tested: a cursor that expires between two pages, for HAPI JPA, told to forget one after 200 ms, still knew it 90 s later.
"""
import datetime
import json
import pathlib
import sys
import unittest

import hapi
from rig import Rig, in_error, pregabalin_order

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
SKIPPED = 77
INSTALLED = hapi.ROOT / "build/interop/hapi"
CLEAN, OTHER = "adult-today", "daily-pain"
FEW = [CLEAN, OTHER, "clean-chinese", "high-hba1c", "pregabalin", "myalgia-only", "refuses", "deceased", "merged-survivor", "merged-old"]
LEFT_OUT = ["aneurysm", "apnoea", "bipolar", "borderline", "dementia", "graves", "infarction", "lupus", "narrow-angle", "rheumatoid"]
LISTED = ("potentially_eligible", "needs_review")
TYPES = ("Patient Condition Observation MedicationRequest MedicationStatement MedicationDispense MedicationAdministration Medication AllergyIntolerance "
         "Procedure ServiceRequest CarePlan Encounter Consent QuestionnaireResponse").split()
BUNDLE = 50


class Lent:
    """A server that outlives the rig."""

    def __init__(self, server):
        self.ready = server.ready

    def stop(self):
        pass


class World(Rig):
    """The rig with a server of HAPI, already started, in the place of the test hospital."""

    def __init__(self, server, only=None, without=(), **options):
        super().__init__(BINARY, only=only, **options)
        self.server, self.without = server, without

    def make_hospital(self):
        expected = super().make_hospital()
        path = self.folder / "hospital/all.ndjson"
        kept = [line for line in path.read_text().splitlines() if self.owner(json.loads(line)) not in self.without]
        path.write_text("\n".join(kept) + "\n")
        self.resources = [json.loads(line) for line in kept]
        return expected

    def open_hospital(self):
        self.base = self.server.ready
        self.fill()
        return Lent(self.server)

    def fill(self):
        for resource in self.resources:
            self.put(resource)

    def diagnosis(self, patient):
        (found,) = [r["id"] for r in self.resources if r["resourceType"] == "Condition" and self.owner(r) == patient]
        return "Condition/" + found


class Stamped(World):
    """Each record is written with the time of its writing: the plain server keeps what it is given, and adds none of its own."""

    def put(self, resource):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        super().put({**resource, "meta": {"lastUpdated": now}})


class Jpa(World):
    """Everything that was there before is expunged. It lists exports, and wants to be asked about one every two minutes: `bulk` is for the test
    that has that time."""

    def __init__(self, server, bulk="never", **options):
        super().__init__(server, **options)
        self.bulk = bulk

    def configure(self, **changes):
        super().configure(**{**changes, "ehr": changes.get("ehr", "") + ", bulk: {use: %s}" % self.bulk})

    def fill(self):
        everything = {"resourceType": "Parameters", "parameter": [{"name": "expungeEverything", "valueBoolean": True}]}
        self.request("POST", "$expunge", everything)
        for start in range(0, len(self.resources), BUNDLE):
            entries = [{"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
                       for each in self.resources[start:start + BUNDLE]]
            self.request("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})


class Cycles(unittest.TestCase):
    def cycle(self, world, *words, status=0):
        done = world.once(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def assert_flags_are_those_of_the_files(self, world, least):
        wanted = {patient: status for patient, status in world.screened().items() if status in LISTED}
        self.assertGreaterEqual(len(wanted), least)
        self.assertEqual(world.statuses(), wanted)

    def assert_nothing_changes(self, world):
        flags, mails = world.flags(), len(world.mails())
        self.cycle(world)
        self.assertEqual(world.flags(), flags)
        self.assertEqual(len(world.mails()), mails)

    def findings(self, world):
        """What doctor tells, a line each: "Condition: …"; status must have nothing to say."""
        done = world.run("doctor", "--format", "ndjson")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(world.run("status").returncode, 0)
        return "\n".join(f"{row['check']}: {row['what']}" for row in map(json.loads, done.stdout.splitlines()))


class TheJpaServer(Cycles):
    @classmethod
    def setUpClass(cls):
        cls.server = hapi.start(INSTALLED, "HapiJpaPeer", "1g")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

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


class ThePlainServer(Cycles):
    def setUp(self):
        self.server = hapi.start(INSTALLED, "HapiPlainPeer", "256m", types=",".join(TYPES))
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
            self.assertIn("Condition: the server does not apply _lastUpdated, so that every poll reads all there is", self.findings(world))

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
    try:
        hapi.install(INSTALLED)
    except hapi.Unavailable as error:
        print(f"hapi: no servers to be had: {error}", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
