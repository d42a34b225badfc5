"""The agent with a server of others' making in the place of the test hospital, and what holds of it whoever made that server."""
import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from rig import Rig  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
SKIPPED = 77
CLEAN, OTHER = "adult-today", "daily-pain"
FEW = [CLEAN, OTHER, "clean-chinese", "high-hba1c", "pregabalin", "myalgia-only", "refuses", "deceased", "merged-survivor", "merged-old"]
LEFT_OUT = ["aneurysm", "apnoea", "bipolar", "borderline", "dementia", "graves", "infarction", "lupus", "narrow-angle", "rheumatoid"]
LISTED = ("potentially_eligible", "needs_review")
TYPES = ("Patient Condition Observation MedicationRequest MedicationStatement MedicationDispense MedicationAdministration Medication AllergyIntolerance "
         "DiagnosticReport Procedure ServiceRequest CarePlan Encounter Consent QuestionnaireResponse").split()


class Lent:
    """A server that outlives the rig."""

    def __init__(self, server):
        self.ready = server.ready

    def stop(self):
        pass


class World(Rig):
    """The rig with a server, already started, in the place of the test hospital."""

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
