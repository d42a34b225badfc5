"""The agent against Medplum's FHIR router: no next links (case P01), no CapabilityStatement, no history of a type, 404 after a deletion, UUIDs as
versions, no fullUrl. Usage: medplum_test.py BINARY. Exit status 77 when the package registry cannot be reached, so that there is no router."""
import pathlib
import sys
import unittest
import urllib.error

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import npm  # noqa: E402
from world import CLEAN, FEW, LEFT_OUT, LISTED, OTHER, ROOT, SKIPPED, Cycles, World  # noqa: E402
from rig import Server, in_error, pregabalin_order  # noqa: E402

INSTALLED = ROOT / "build/interop/medplum"
FILES = ("package.json", "package-lock.json", "server.mjs")
NO_STATEMENT = "the server gives no CapabilityStatement"
NO_LINKS = "the server names no next pages"


class Named(World):
    """The server names the resources itself: each is created, and once all have ids, written again with the references as they must be."""

    def fill(self):
        self.given = {}
        for resource in self.resources:
            created = self.request("POST", resource["resourceType"], {k: v for k, v in resource.items() if k != "id"})
            self.given[f"{resource['resourceType']}/{resource['id']}"] = f"{created['resourceType']}/{created['id']}"
        for resource in self.resources:
            path = self.given[f"{resource['resourceType']}/{resource['id']}"]
            self.put({**self.rewritten(resource), "id": path.split("/")[1]})

    def rewritten(self, value):
        if isinstance(value, list):
            return [self.rewritten(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {k: self.given.get(v, v) if k == "reference" else self.rewritten(v) for k, v in value.items()}


class MedplumsRouter(Cycles):
    options = ()

    def setUp(self):
        self.server = Server(npm.node(INSTALLED), INSTALLED / "server.mjs", *self.options)
        self.addCleanup(self.server.stop)

    def assert_leaves_out(self, world):
        """What this server is here for."""
        page = world.get("Observation?_count=2")
        self.assertGreater(page["total"], 2)
        self.assertEqual(len(page["entry"]), 2)
        self.assertNotIn("link", page)
        self.assertNotIn("fullUrl", page["entry"][0])
        self.assertEqual(world.get("metadata")["resourceType"], "Bundle")
        with self.assertRaises(urllib.error.HTTPError):
            world.get("Observation/_history")

    def reads_on(self, world, page_size):
        """A cycle with such pages, which cannot show all at once."""
        world.configure(ehr=f", page_size: {page_size}")
        done = self.cycle(world)
        self.assertEqual(done.stderr.count(NO_STATEMENT), 1)
        self.assertEqual(done.stderr.count(NO_LINKS), 1)
        self.assertEqual({line["state"] for line in world.list("status") if line["kind"] == "type"}, {"ok"})

    def test_p01_the_flags_are_those_that_screening_the_files_gives_although_no_next_page_is_named(self):
        with World(self.server, only=FEW) as world:
            self.assert_leaves_out(world)
            self.reads_on(world, 5)
            self.assert_flags_are_those_of_the_files(world, 5)
            self.assert_nothing_changes(world)


class WithOffset(MedplumsRouter):
    def test_of_all_patients_the_flags_are_those_of_the_files(self):
        with World(self.server, without=LEFT_OUT) as world:
            self.reads_on(world, 100)
            self.assert_flags_are_those_of_the_files(world, 25)
            self.assert_nothing_changes(world)

    def test_under_ids_that_the_server_gives_the_flags_are_the_same(self):
        with Named(self.server, only=FEW) as world:
            self.cycle(world)
            wanted = {world.given["Patient/" + patient].removeprefix("Patient/"): status
                      for patient, status in world.screened().items() if status in LISTED}
            self.assertEqual(world.statuses(), wanted)

    def test_doctor_tells_that_there_is_no_capability_statement_and_tries_each_type(self):
        with World(self.server, only=FEW) as world:
            self.cycle(world)
            told = self.findings(world)
            self.assertIn("EHR: " + NO_STATEMENT, told)
            self.assertIn("EHR: a server, FHIR of an unknown version", told)
            self.assertIn("Condition: changes by _lastUpdated, which the server does not name, deletions by reconciliation", told)

    def test_an_order_its_cancelling_and_a_correction_are_followed_in_the_next_cycle(self):
        with World(self.server, only=[CLEAN, OTHER, "clean-chinese"]) as world:
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            world.change(world.diagnosis(OTHER), **in_error())
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "ineligible", OTHER: "ineligible", "clean-chinese": "potentially_eligible"})
            self.assertEqual(len(world.mails("retracted")), 2)
            world.change("MedicationRequest/new-order", status="entered-in-error")
            self.cycle(world)
            self.assertEqual(world.statuses(), {CLEAN: "potentially_eligible", OTHER: "ineligible", "clean-chinese": "potentially_eligible"})

    def test_deletions_are_followed_by_reconciliation_for_this_server_tells_none(self):
        with World(self.server, only=[CLEAN, OTHER, "clean-chinese"]) as world:
            world.put(pregabalin_order(OTHER))
            world.put(pregabalin_order("clean-chinese", "other-order"))
            self.cycle(world)
            self.assertEqual({patient for patient, status in world.statuses().items() if status == "potentially_eligible"}, {CLEAN})
            world.delete(world.diagnosis(CLEAN))
            world.delete("MedicationRequest/new-order")
            with self.assertRaises(urllib.error.HTTPError) as gone:
                world.get("MedicationRequest/new-order")
            self.assertEqual(gone.exception.code, 404)
            self.cycle(world, "--reconcile")
            self.assertEqual(world.statuses()[CLEAN], "ineligible")
            self.assertEqual(world.statuses()[OTHER], "potentially_eligible")
            self.assertEqual(len(world.mails("retracted")), 1)


class WithoutOffset(MedplumsRouter):
    """Windows of time are all that is left."""
    options = ("--no-offset",)


del MedplumsRouter  # its cases run in those that follow it


if __name__ == "__main__":
    try:
        npm.install(HERE, FILES, INSTALLED)
    except npm.Unreachable as error:
        print(f"medplum: no router to be had: {error}", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
