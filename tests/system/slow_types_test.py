#!/usr/bin/python3
"""One type that is silent must not hold up the others: case R03 of the failure catalogue; and a server may be spared. The rig allows one request's time, a second."""
import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from asking import AskedTest  # noqa: E402
from rig import pregabalin_order  # noqa: E402

CLEAN = "adult-today"


class SlowTypes(AskedTest):
    ONLY = [CLEAN]

    def polled(self, rig):
        """The types that were asked for as a whole, in this order, each request once."""
        paths = [request["path"].removeprefix("/fhir/") for request in rig.ask("GET", "requests")]
        return [path.split("?")[0] for path in paths if "?" in path and "patient=" not in path and "_history" not in path]

    def test_R03_a_silent_type_costs_one_request_a_cycle_and_comes_last(self):
        rig = self.rig()
        rig.configure(ehr=", request_timeout: 1s")
        self.cycle(rig)
        rig.put(pregabalin_order(CLEAN))
        rig.fault(kind="silent", type="Condition", of="", times=1000, delay=3)
        self.cycle(rig, status=1)
        polled = self.polled(rig)
        self.assertEqual(1, polled.count("Condition"))
        self.assertEqual("Condition", polled[1], "in its turn, for nobody knew")
        self.assertEqual("ineligible", rig.statuses()[CLEAN])
        rig.delete("MedicationRequest/new-order")
        done = self.cycle(rig, status=1)
        polled = self.polled(rig)
        self.assertEqual(("Condition", 1), (polled[-1], polled.count("Condition")))
        self.assertGreater(len(set(polled)), 10)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN], "another type's change is followed all the same")
        self.assertIn("Condition was not read whole", done.stderr)
        rig.mend()
        self.cycle(rig)
        self.cycle(rig)
        self.assertEqual("Condition", self.polled(rig)[1])

    def test_item_67_quiet_hours_put_a_first_load_off_and_doctor_tells_both(self):
        rig = self.rig()
        hour = datetime.datetime.now(datetime.timezone.utc).hour
        rig.configure(ehr=', requests_per_minute: 6000, quiet_hours: "%02d:00-%02d:00"' % ((hour - 1) % 24, (hour + 2) % 24))
        done = self.cycle(rig, "--reconcile", status=1)
        self.assertIn("waits until ehr.quiet_hours are over", done.stderr)
        self.assertIn("the reconciliation was not begun", done.stderr)
        self.assertEqual([], self.polled(rig))
        told = rig.run("doctor").stdout
        self.assertIn("at most 6000 requests a minute", told)
        self.assertIn("which are now, until", told)
        rig.configure()
        self.cycle(rig)
        self.assertEqual("potentially_eligible", rig.statuses()[CLEAN])


if __name__ == "__main__":
    AskedTest.BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
