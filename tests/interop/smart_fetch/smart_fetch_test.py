"""The agent and smart-fetch, a client that nobody here wrote, read the same HAPI FHIR JPA server: what theirs holds of our candidates, ours holds
too; what is deleted or corrected meanwhile, ours follows. Prints what theirs misses. Usage: smart_fetch_test.py BINARY. Exit status 77 when a
package registry cannot be reached."""
import collections
import contextlib
import datetime
import pathlib
import sqlite3
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "hapi")]
import hapi  # noqa: E402
import fetcher  # noqa: E402
from jpa import BesideJpa, Jpa  # noqa: E402
from world import CLEAN, FEW, OTHER, SKIPPED  # noqa: E402
from rig import in_error, pregabalin_order  # noqa: E402

ORDERED = "clean-chinese"
COHORT = [*FEW, "diabetic", "graves", "heart-failure", "hypothyroid"]
THEIR_TYPES = "Patient Condition Observation MedicationRequest MedicationDispense AllergyIntolerance Procedure ServiceRequest Encounter".split()


class State:
    """What the agent keeps, read from its file."""

    def __init__(self, world):
        with contextlib.closing(sqlite3.connect(f"file:{world.folder / 'state/state.db'}?mode=ro", uri=True)) as file:
            self.patients = {id_ for (id_,) in file.execute("SELECT id FROM patients UNION SELECT alias FROM aliases")}
            self.held = {patient: set(bytes(names).decode().split("\0")[:-1])
                         for patient, names in file.execute("SELECT patient, resources FROM holdings")}
            self.read = collections.Counter(dict(file.execute("SELECT type, count(*) FROM seen GROUP BY type")))


class BesideSmartFetch(BesideJpa):
    def test_ours_holds_and_reads_what_theirs_does_and_follows_what_theirs_misses(self):
        with Jpa(self.server, only=COHORT) as world:
            theirs = fetcher.Fetcher(world.base, world.folder / "theirs", THEIR_TYPES)
            theirs.read(COHORT)
            self.cycle(world)
            self.compare(world, theirs)
            before = datetime.datetime.now(datetime.timezone.utc).isoformat()
            deleted, corrected = world.diagnosis(CLEAN), world.diagnosis(OTHER)
            world.delete(deleted)
            world.change(corrected, **in_error())
            world.put(pregabalin_order(ORDERED))
            theirs.read_since(before)
            self.cycle(world)
            self.assert_ours_follows(world, deleted)
            self.compare(world, theirs, gone={deleted})
            self.tell_theirs(theirs.held(), deleted, corrected)

    def compare(self, world, theirs, gone=frozenset()):
        state, held = State(world), theirs.held()
        self.assertGreaterEqual(len(state.held), 6)
        self.assertLessEqual({path.removeprefix("Patient/") for path in held if path.startswith("Patient/")}, state.patients)
        of_candidates = {path: world.owner(each) for path, each in held.items()
                         if each["resourceType"] != "Patient" and world.owner(each) in state.held and path not in gone}
        self.assertGreater(len(of_candidates), 40)
        for path, patient in of_candidates.items():
            self.assertIn(path, state.held[patient])
        counts = theirs.counts()
        for type_, count in counts.items():
            self.assertGreaterEqual(state.read[type_], count, type_)
        print("read, ours/theirs: " + ", ".join(f"{type_} {state.read[type_]}/{counts[type_]}" for type_ in sorted(state.read)))

    def assert_ours_follows(self, world, deleted):
        statuses = world.statuses()
        for patient in (CLEAN, OTHER, ORDERED):
            self.assertEqual(statuses[patient], "ineligible", patient)
        self.assertEqual(len(world.mails("retracted")), 3)
        held = State(world).held
        self.assertFalse(any(deleted in paths for paths in held.values()))
        self.assertIn("MedicationRequest/new-order", held[ORDERED])

    def tell_theirs(self, held, deleted, corrected):
        status = held[corrected].get("verificationStatus", {}).get("coding", [{}])[0].get("code")
        print(f"theirs, read again: the deleted diagnosis {'is still held' if deleted in held else 'is gone'}; "
              f"the diagnosis that was entered in error reads {status}; the new order "
              f"{'is held' if 'MedicationRequest/new-order' in held else 'is missed'}")


if __name__ == "__main__":
    try:
        fetcher.install()
        hapi.install()
    except (fetcher.Unreachable, hapi.Unavailable) as error:
        print(f"smart_fetch: nothing to compare with: {error}", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
