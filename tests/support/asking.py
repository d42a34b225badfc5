"""What tests have in common that look at how a server was asked: one rig each, one cycle after the other, and the requests of the last."""
import json
import unittest

from rig import Rig

LISTED = ("potentially_eligible", "needs_review")


class AskedTest(unittest.TestCase):
    BINARY = None  # set by the file that is run
    ONLY = []  # the patients of the hospital

    def rig(self, **options):
        rig = Rig(self.BINARY, **{"only": self.ONLY, **options})
        self.addCleanup(lambda: rig.__exit__(None, None, None))
        return rig.__enter__()

    def temper(self, rig, **switches):
        rig.control("PUT", "temper", switches)

    def cycle(self, rig, *words, status=0):
        rig.control("DELETE", "requests")
        done = rig.once(*words)
        self.assertEqual(status, done.returncode, done.stderr)
        return done

    def asked(self, rig, type_):
        """What was asked of a type in the last cycle, from the question mark on."""
        paths = [request["path"] for request in rig.ask("GET", "requests")]
        return [path.split("?", 1)[1] for path in paths if path.startswith("/fhir/%s?" % type_)]

    def assert_right(self, rig):
        """The flags are those that screening the files gives."""
        wanted = {patient: status for patient, status in rig.screened().items() if status in LISTED}
        self.assertGreaterEqual(len(wanted), 3)
        self.assertEqual(wanted, {patient: status for patient, status in rig.statuses().items() if status in LISTED})

    def doctor(self, rig):
        return {row["check"]: row["what"] for row in map(json.loads, rig.run("doctor", "--format", "ndjson").stdout.splitlines())}
