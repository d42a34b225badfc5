#!/usr/bin/python3
"""One type that is silent must not hold up the others: case R03 of the failure catalogue; and a server may be spared. The rig allows one request's time, a second."""
import datetime
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

    def test_item_67_quiet_hours_put_a_first_load_off_and_doctor_tells_both(self):
        rig = Rig(BINARY, only=[CLEAN])
        self.addCleanup(lambda: rig.__exit__(None, None, None))
        rig.__enter__()
        hour = datetime.datetime.now(datetime.timezone.utc).hour
        rig.configure(ehr=', requests_per_minute: 6000, quiet_hours: "%02d:00-%02d:00"' % ((hour - 1) % 24, (hour + 2) % 24))
        done = rig.once("--reconcile")
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("waits until ehr.quiet_hours are over", done.stderr)
        self.assertIn("the reconciliation was not begun", done.stderr)
        self.assertEqual([], self.polled(rig))
        told = rig.run("doctor").stdout
        self.assertIn("at most 6000 requests a minute", told)
        self.assertIn("which are now, until", told)
        rig.configure()
        self.assertEqual(0, rig.once().returncode)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])


if __name__ == "__main__":
    BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
