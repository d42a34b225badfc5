"""The agent's webhooks before the published Standard Webhooks library: it must take each of them, and none that was changed or kept.
Usage: standard_webhooks_test.py BINARY. Exit status 77 when the package registry cannot be reached, so that there is no library."""
import base64
import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from rig import PYTHON, Rig, pregabalin_order  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
INSTALLED = ROOT / "build/interop/webhooks"
SKIPPED = 77
CLEAN = "adult-today"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()


def install():
    """The library into a folder of its own; False when the registry cannot be reached."""
    done = subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--upgrade", "--target", INSTALLED,
                           "-r", HERE / "requirements.txt"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True
    unreachable = ("Could not find a version", "Max retries exceeded", "Failed to establish", "Network is unreachable", "timed out", "No module named pip")
    if any(words in done.stderr for words in unreachable):
        return False
    sys.exit("the library could not be installed: " + done.stderr)


class Signed(unittest.TestCase):
    def test_every_event_is_taken_and_a_changed_one_is_not(self):
        from standardwebhooks import Webhook, WebhookVerificationError
        with Receiver() as receiver, Rig(BINARY, only=[CLEAN]) as world:
            (world.folder / "secret").write_text(SECRET + "\n", encoding="utf-8")
            notify = f"notify: {{webhooks: [{{id: ctms, url: '{receiver.url}', secret_file: secret}}]}}\n"
            world.notify, world.extra = False, notify
            world.configure(extra=notify)
            self.assertEqual(world.once().returncode, 0)
            world.put(pregabalin_order(CLEAN))
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(len(receiver.requests), 2)
            kinds = []
            for _, headers, body in receiver.requests:
                kinds.append(Webhook(SECRET).verify(body, headers)["type"])
                with self.assertRaises(WebhookVerificationError):
                    Webhook(SECRET).verify(body.replace(b"potentially", b"certainly__"), headers)
                with self.assertRaises(WebhookVerificationError):
                    Webhook(SECRET).verify(body, {**headers, "webhook-id": "another"})
                with self.assertRaises(WebhookVerificationError):
                    Webhook(SECRET).verify(body, {**headers, "webhook-timestamp": "1600000000"})
                with self.assertRaises(WebhookVerificationError):
                    Webhook("whsec_" + base64.b64encode(b"another secret").decode()).verify(body, headers)
            self.assertEqual(kinds, ["flag.opened", "flag.retracted"])
            self.assertEqual(json.loads(receiver.requests[0][2])["data"]["patient"], "Patient/" + CLEAN)


if __name__ == "__main__":
    if not install():
        print("the package registry cannot be reached, so there is no library")
        sys.exit(SKIPPED)
    sys.path.insert(0, str(INSTALLED))
    unittest.main()
