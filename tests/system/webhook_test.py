"""The agent's binary and webhooks: what a receiver gets, what `notices`, `status` and `check` say. Usage: webhook_test.py BINARY"""
import base64
import hashlib
import hmac
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
CLEAN = "adult-today"
KEY = b"a secret of thirty-two bytes ..."


def world_of(receiver, more=""):
    world = Rig(BINARY, only=[CLEAN])
    world.notify = False
    world.extra = f"notify: {{webhooks: [{{id: ctms, url: '{receiver.url}', secret_file: secret{more}}}]}}\n"
    return world


class Webhooks(unittest.TestCase):
    def start(self, world):
        (world.folder / "secret").write_text(base64.b64encode(KEY).decode(), encoding="utf-8")
        world.configure(extra=world.extra)

    def cycle(self, world, status=0):
        done = world.once()
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_every_event_arrives_signed_and_is_listed(self):
        with Receiver() as receiver, world_of(receiver) as world:
            self.start(world)
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            self.cycle(world)
            bodies = [json.loads(body) for _, _, body in receiver.requests]
            self.assertEqual([body["type"] for body in bodies], ["flag.opened", "flag.retracted"])
            for _, headers, body in receiver.requests:
                text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
                self.assertEqual(headers["webhook-signature"], "v1," + base64.b64encode(hmac.digest(KEY, text, hashlib.sha256)).decode())
            flag = world.flags()[CLEAN]
            self.assertEqual([(n["channel"], n["recipient"], n["kind"], n["state"]) for n in flag["notices"]],
                             [("webhook", "ctms", "opened", "sent"), ("webhook", "ctms", "retracted", "sent")])
            self.assertEqual(bodies[0]["data"]["flag"], flag["flag"])
            self.assertEqual({each["effect"] for each in bodies[0]["data"]["criteria"]} - {"pass", "open", "fail"}, set())

    def test_gone_is_told_by_status_and_ends_with_a_retry(self):
        with Receiver() as receiver, world_of(receiver) as world:
            self.start(world)
            receiver.answers = [410]
            self.cycle(world, status=1)
            states = [line for line in world.list("status") if line["kind"] == "webhook"]
            self.assertEqual([(line["name"], line["state"]) for line in states], [("ctms", "closed")])
            self.assertEqual(world.run("status").returncode, 1)
            self.assertNotIn(receiver.url, world.run("status").stdout)
            self.cycle(world)
            self.assertEqual(len(receiver.requests), 1)
            self.assertEqual(world.run("notices", "retry", "--all").returncode, 0)
            self.cycle(world)
            self.assertEqual(len(receiver.requests), 2)
            self.assertEqual(receiver.requests[0][1]["webhook-id"], receiver.requests[1][1]["webhook-id"])
            self.assertEqual(receiver.requests[0][2], receiver.requests[1][2])
            self.assertEqual(world.run("status").returncode, 0)

    def test_a_wish_to_wait_is_kept(self):
        with Receiver() as receiver, world_of(receiver) as world:
            self.start(world)
            receiver.answers = [(429, {"Retry-After": "7200"})]
            self.cycle(world, status=1)
            self.cycle(world)
            self.assertEqual(len(receiver.requests), 1)
            notice = world.list("notices", "list")[0]
            self.assertEqual((notice["state"], notice["attempts"]), ("waiting", 1))
            self.assertIn("429", notice["error"])

    def test_check_names_a_secret_that_is_none(self):
        with Receiver() as receiver, world_of(receiver) as world:
            (world.folder / "secret").write_text("?", encoding="utf-8")
            world.configure(extra=world.extra)
            done = world.run("check")
            self.assertEqual(done.returncode, 2)
            self.assertIn("notify.webhooks.secret_file holds no base64", done.stdout + done.stderr)

    def test_doctor_reaches_for_the_receiver(self):
        with Receiver() as receiver, world_of(receiver) as world:
            self.start(world)
            self.assertIn("ctms: its receiver can be reached", " ".join(world.run("doctor").stdout.split()))
            self.assertEqual(receiver.requests, [])


if __name__ == "__main__":
    unittest.main()
