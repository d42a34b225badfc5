"""The agent's binary with one human whom two trials want, and with appointments: what `flags`, `log` and `status` show, what leaves, and what
the EHR is asked. Usage: conversation_test.py BINARY [unittest options]"""
import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import ROOT, Rig, pregabalin_order  # noqa: E402
import records  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
CLEAN, OTHER = "adult-today", "NCT-OTHER"
FIRST = "NCT07230171"


def appointment(id_, when, status="booked", patient=CLEAN, **more):
    return {"resourceType": "Appointment", "id": id_, "status": status, "start": when.isoformat(timespec="seconds"),
            "participant": [{"actor": {"reference": "Patient/" + patient}, "status": "accepted"}],
            "specialty": [{"text": "Rheumatology"}], **more}


class Case(unittest.TestCase):
    def world(self, **options):
        world = Rig(BINARY, only=[CLEAN], **options)
        world.__enter__()
        self.addCleanup(world.__exit__, None, None, None)
        return world

    def cycle(self, world, *words):
        done = world.once(*words)
        self.assertEqual(done.returncode, 0, done.stderr)


class Rivals(Case):
    def two(self, first, other):
        world = self.world()
        text = (ROOT / "config/trials" / (FIRST + ".yaml")).read_text(encoding="utf-8")
        (world.folder / "other.yaml").write_text(text.replace(FIRST, OTHER), encoding="utf-8")
        self.rank(world, first, other)
        return world

    def rank(self, world, first, other, more=""):
        world.configure(trials=f"[{{id: {FIRST}, priority: {first}{more}}}, {{file: other.yaml, priority: {other}}}]")

    def flags(self, world):
        return {flag["trial"]: flag for flag in world.list("flags", "list")}

    def test_the_trial_of_the_greater_priority_is_told_and_the_other_says_why_it_waits(self):
        world = self.two(0, 5)
        self.cycle(world)
        flags = self.flags(world)
        self.assertEqual([mail["X-Trialflag-Flag"] for mail in world.mails()], [flags[OTHER]["flag"]])
        why = "same patient is under trial NCT-OTHER's conversation"
        self.assertEqual((flags[FIRST]["suppressed"], flags[FIRST]["suppression"]), (why, "other_trial:" + OTHER))
        self.assertEqual((flags[OTHER]["suppressed"], flags[FIRST]["notices"]), (None, []))
        self.assertIn(" suppressed ", world.run("flags", "list").stdout)
        self.assertIn("Suppressed: " + why, world.run("flags", "show", flags[FIRST]["code"]).stdout)
        self.assertIn("暂不通知：同一患者正由试验NCT-OTHER联系",
                      world.run("flags", "show", flags[FIRST]["code"], "--language", "zh").stdout)
        self.assertEqual([(row["trial"], row["outcome"]) for row in world.list("log") if row["outcome"] == "suppressed"], [(FIRST, "suppressed")])
        counts = {line["step"]: line["count"] for line in world.list("log", "--consort", "--trial", FIRST) if line["criterion"] is None}
        self.assertEqual((counts["suppressed"], counts["assessed"]), (1, 1))
        self.assertEqual([(line["name"], line["count"]) for line in world.list("status") if line["kind"] == "suppressed"], [("other_trial", 1)])

    def test_a_screen_failure_in_one_is_the_turn_of_the_next_once(self):
        world = self.two(0, 5)
        self.cycle(world)
        flags = self.flags(world)
        done = world.run("flags", "set", flags[OTHER]["code"], "screen_failed", "--reason", "E6.pregabalin")
        self.assertEqual(done.returncode, 0, done.stderr)
        for _ in range(2):
            self.cycle(world)
        self.assertEqual([mail["X-Trialflag-Flag"] for mail in world.mails()], [flags[OTHER]["flag"], flags[FIRST]["flag"]])
        self.assertIsNone(self.flags(world)[FIRST]["suppressed"])

    def test_enrolled_in_one_the_other_stays_suppressed_with_that_reason_whatever_its_priority(self):
        world = self.two(0, 5)
        self.cycle(world)
        flags = self.flags(world)
        self.assertEqual(world.run("flags", "set", flags[OTHER]["code"], "enrolled").returncode, 0)
        self.rank(world, 9, 0)
        self.cycle(world)
        self.assertEqual(self.flags(world)[FIRST]["suppression"], "enrolled:" + OTHER)
        self.assertEqual(len(world.mails()), 1)

    def test_another_priority_moves_the_conversation_and_who_was_told_gets_a_retraction(self):
        world = self.two(0, 5)
        self.cycle(world)
        self.rank(world, 9, 5)
        self.cycle(world)
        flags = self.flags(world)
        told = {(mail["X-Trialflag-Flag"], mail["X-Trialflag-Kind"]) for mail in world.mails()}
        self.assertEqual(told, {(flags[OTHER]["flag"], "opened"), (flags[OTHER]["flag"], "retracted"), (flags[FIRST]["flag"], "opened")})
        taken_back = world.mails("retracted")[0].get_body(("plain",)).get_content()
        self.assertIn("another trial", taken_back)
        self.assertNotIn(FIRST, taken_back)
        self.assertEqual(world.run("log", "verify").returncode, 0)


class Visits(Case):
    def hospital(self, types=records.TYPES + ["Appointment"]):
        return self.world(hospital=("--types", ",".join(types)))

    def asked(self, world):
        return [request["path"] for request in world.ask("GET", "requests") if "/Appointment" in request["path"]]

    def soon(self, **more):
        now = datetime.datetime.now(datetime.timezone.utc).replace(minute=30, second=0, microsecond=0)
        return now + datetime.timedelta(**more)

    def test_the_next_one_is_told_by_the_command_line_alone_in_the_zone_of_the_site(self):
        world = self.hospital()
        world.configure(site="{id: rig, name: Rig Hospital, timezone: Asia/Shanghai}")
        when = self.soon(days=2)
        world.put(appointment("a1", self.soon(days=4)))
        world.put(appointment("a2", when))
        world.put(appointment("a3", self.soon(days=1), status="cancelled"))
        world.put(appointment("a4", self.soon(days=1), status="noshow"))
        world.put(appointment("a5", self.soon(days=1), patient="somebody-else"))
        world.control("DELETE", "requests")
        self.cycle(world)
        self.assertEqual(len(self.asked(world)), 1)
        local = when.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
        words = local.strftime("%A %H:%M") + ", Rheumatology"
        flag = world.flags()[CLEAN]
        self.assertEqual((flag["next_visit"], flag["next_visit_at"]), (words, local.isoformat(timespec="seconds")))
        self.assertIn("next visit: " + words, world.run("flags", "show", flag["code"]).stdout)
        self.assertIn(local.strftime("%A %H:%M"), world.run("flags", "list").stdout)
        self.assertNotIn("Rheumatology", world.mails()[0].as_string())

    def test_one_that_is_moved_is_followed_and_a_planned_encounter_counts(self):
        world = self.hospital()
        world.put(appointment("a1", self.soon(days=3)))
        self.cycle(world)
        self.assertEqual(world.flags()[CLEAN]["next_visit_at"], self.soon(days=3).isoformat(timespec="seconds").replace("+00:00", "Z"))
        world.put(appointment("a1", self.soon(days=5)))
        self.cycle(world, "--reconcile")
        self.assertEqual(world.flags()[CLEAN]["next_visit_at"], self.soon(days=5).isoformat(timespec="seconds").replace("+00:00", "Z"))
        world.put({"resourceType": "Encounter", "id": "e1", "status": "planned", "subject": {"reference": "Patient/" + CLEAN}, "class": {"code": "AMB"},
                   "serviceType": {"text": "Pain clinic"}, "period": {"start": self.soon(days=1).isoformat(timespec="seconds")}})
        self.cycle(world)
        self.assertTrue(world.flags()[CLEAN]["next_visit"].endswith(", Pain clinic"))

    def test_where_the_server_lists_none_nobody_is_asked_about(self):
        world = self.world()
        self.cycle(world)
        self.assertEqual(self.asked(world), [])

    def test_nobody_is_asked_about_whose_flag_is_not_open(self):
        world = self.hospital()
        world.put(appointment("a1", self.soon(days=3)))
        self.cycle(world)
        world.put(pregabalin_order(CLEAN))
        world.control("DELETE", "requests")
        self.cycle(world)
        self.cycle(world, "--reconcile")
        self.assertEqual(self.asked(world), [])
        self.assertIsNone(world.flags()[CLEAN]["next_visit"])

    def test_a_server_that_fails_to_answer_it_costs_nothing(self):
        world = self.hospital()
        world.put(appointment("a1", self.soon(days=3)))
        world.fault(kind="status", status=503, type="Appointment", times=100)
        self.cycle(world)
        self.assertIsNone(world.flags()[CLEAN]["next_visit"])
        self.assertEqual(len(world.mails()), 1)


if __name__ == "__main__":
    unittest.main()
