#!/usr/bin/python3
"""One type that is silent must not hold up the others: case R03 of the failure catalogue. The rig allows one request's time, a second."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402

BINARY = None
CLEAN = "adult-today"


class SlowTypes(unittest.TestCase):
    def polled(self, rig):
        """The types that were asked for as a whole, in this order, each request once."""
        paths = [request["path"].removeprefix("/fhir/") for request in rig.ask("GET", "requests")]
        return [path.split("?")[0] for path in paths if "?" in path and "patient=" not in path and "_history" not in path]

    def test_R03_a_silent_type_costs_one_request_a_cycle_and_comes_last(self):
        rig = Rig(BINARY, only=[CLEAN])
        self.addCleanup(lambda: rig.__exit__(None, None, None))
        rig.__enter__()
        rig.configure(ehr=", request_timeout: 1s")
        self.assertEqual(0, rig.once().returncode)
        rig.put(pregabalin_order(CLEAN))
        rig.fault(kind="silent", type="Condition", of="", times=1000, delay=3)
        rig.control("DELETE", "requests")
        self.assertEqual(1, rig.once().returncode)
        polled = self.polled(rig)
        self.assertEqual(1, polled.count("Condition"))
        self.assertEqual("Condition", polled[1], "in its turn, for nobody knew")
        self.assertEqual("ineligible", rig.statuses()[CLEAN])
        rig.delete("MedicationRequest/new-order")
        rig.control("DELETE", "requests")
        done = rig.once()
        self.assertEqual(1, done.returncode, done.stderr)
        polled = self.polled(rig)
        self.assertEqual(("Condition", 1), (polled[-1], polled.count("Condition")))
        self.assertGreater(len(set(polled)), 10)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN], "another type's change is followed all the same")
        self.assertIn("Condition was not read whole", done.stderr)
        rig.mend()
        self.assertEqual(0, rig.once().returncode)
        rig.control("DELETE", "requests")
        self.assertEqual(0, rig.once().returncode)
        self.assertEqual("Condition", self.polled(rig)[1])


if __name__ == "__main__":
    BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
