"""The agent's binary and the ways out that webhook_test.py and live_test.py leave aside: several mail servers, a private authority, the
treating physician's agreement, and chats whose bodies are held against their makers' documented shapes.
Usage: channels_test.py BINARY [unittest options]"""
import base64
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import PYTHON, ROOT, Rig  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
CLEAN, TRIAL = "adult-today", "NCT07230171"


class Greeter:
    """A mail server on 127.0.0.2 that greets with a refusal, or takes the connection and breaks it."""

    def __init__(self, port, greeting):
        self.greeting, self.greeted = greeting, 0
        self.socket = socket.create_server(("127.0.0.2", port))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            self.greeted += 1
            with line:
                line.sendall(self.greeting)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


class Case(unittest.TestCase):
    def world(self, only=(CLEAN,), **options):
        world = Rig(BINARY, only=None if only is None else list(only), **options)
        world.__enter__()
        self.addCleanup(world.__exit__, None, None, None)
        return world

    def cycle(self, world, status=0):
        done = world.once()
        self.assertEqual(done.returncode, status, done.stderr)
        return done


class SeveralMailServers(Case):
    def test_one_that_is_not_there_is_passed_over(self):
        world = self.world()
        world.configure(host="[127.0.0.2, 127.0.0.1]")
        self.cycle(world)
        self.assertEqual(len(world.mails()), 1)

    def test_one_that_refuses_us_or_hangs_up_is_passed_over(self):
        for greeting in (b"421 too busy\r\n", b"554 not here\r\n", b""):
            with self.subTest(greeting):
                world = self.world()
                greeter = Greeter(int(world.smtp.ready), greeting)
                try:
                    world.configure(host="[127.0.0.2, 127.0.0.1]")
                    self.cycle(world)
                finally:
                    greeter.close()
                self.assertEqual((greeter.greeted, len(world.mails())), (1, 1))

    def test_one_that_refuses_the_letter_has_spoken_for_all(self):
        world = self.world()
        greeter = Greeter(int(world.smtp.ready), b"220 never asked\r\n")
        try:
            world.configure(host="[127.0.0.1, 127.0.0.2]")
            world.misbehave("rcpt 550")
            self.cycle(world, status=1)
        finally:
            greeter.close()
        self.assertEqual(greeter.greeted, 0)
        self.assertEqual([notice["state"] for notice in world.list("notices", "list")], ["stuck"])

    def test_when_none_takes_us_the_letter_waits_whatever_they_greet_with(self):
        world = self.world()
        greeter = Greeter(int(world.smtp.ready), b"554 not here\r\n")
        try:
            world.configure(host="127.0.0.2")
            self.cycle(world, status=1)
        finally:
            greeter.close()
        self.assertEqual([notice["state"] for notice in world.list("notices", "list")], ["waiting"])


class PrivateAuthority(Case):
    def authority(self, folder, name):
        """A root, and a certificate for 127.0.0.1 that it has signed: the files of root, certificate and key."""
        root, root_key, cert, key = (folder / (name + end) for end in ("-ca.pem", "-ca.key", ".pem", ".key"))
        new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        subprocess.run([*new, "-subj", "/CN=" + name, "-keyout", root_key, "-out", root], check=True, capture_output=True)
        subprocess.run([*new, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
                        "-CA", root, "-CAkey", root_key, "-keyout", key, "-out", cert], check=True, capture_output=True)
        return root, cert, key

    def files(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        return self.authority(folder, "own"), self.authority(folder, "strange")

    def test_a_mail_server_is_trusted_by_the_authority_that_is_named_and_by_no_other(self):
        own, strange = self.files()
        world = self.world(smtp=("--tls", own[1], own[2]))
        for file, status in ((None, 1), (strange[0], 1), (own[0], 0)):
            world.configure(security="starttls", email=f", ca_file: {file}" if file else "")
            world.run("notices", "retry", "--all")
            self.cycle(world, status)
            self.assertEqual(len(world.mails()), 1 - status)

    def test_a_webhook_s_receiver_too(self):
        own, strange = self.files()
        with Receiver(tls=own[1:]) as receiver:
            world = self.world(notify=False)
            (world.folder / "secret").write_text(base64.b64encode(b"a secret of thirty-two bytes ...").decode(), encoding="utf-8")
            for file, status in ((None, 1), (strange[0], 1), (own[0], 0)):
                more = f", ca_file: {file}" if file else ""
                world.configure(extra=f"notify: {{webhooks: [{{id: ctms, url: '{receiver.url}', secret_file: secret{more}}}]}}")
                world.run("notices", "retry", "--all")
                self.cycle(world, status)
                self.assertEqual(len(receiver.requests), 1 - status)

    def test_a_file_that_is_not_there_is_told_by_check(self):
        world = self.world()
        world.configure(security="starttls", email=", ca_file: nowhere.pem")
        done = world.run("check")
        self.assertEqual(done.returncode, 2)
        self.assertIn("ca_file", done.stdout + done.stderr)


class TreatingPhysician(Case):
    def test_nobody_is_told_before_agree_and_then_once(self):
        world = self.world()
        world.configure(trials=f"[{{id: {TRIAL}, gate: treating_physician}}]")
        self.cycle(world)
        flag = world.flags()[CLEAN]
        self.assertEqual((world.mails(), flag["notices"], flag["suppression"]), ([], [], "treating_physician"))
        self.assertIn("the treating physician has not agreed yet", world.run("flags", "show", flag["code"]).stdout)
        self.assertEqual([row["outcome"] for row in world.list("log")], ["suppressed"])
        done = world.run("flags", "agree", flag["code"], "--who", "Dr Zhao")
        self.assertEqual(done.returncode, 0, done.stderr)
        for _ in range(2):
            self.cycle(world)
        self.assertEqual([mail["X-Trialflag-Flag"] for mail in world.mails("opened")], [flag["flag"]])
        flag = world.flags()[CLEAN]
        self.assertIsNone(flag["suppressed"])
        self.assertRegex(world.run("flags", "show", flag["code"]).stdout, r"agreed by Dr Zhao")
        self.assertEqual(world.run("flags", "agree", "ZZZZ").returncode, 2)


class Chats(Case):
    SAYS = {"teams": None, "slack": b"ok", "wecom": b'{"errcode":0,"errmsg":"ok"}', "dingtalk": b'{"errcode":0,"errmsg":"ok"}'}
    MOST = {"teams": 28000, "slack": 28000, "wecom": 4096, "dingtalk": 20000}  # bytes of a message

    def check_shape(self, name, body):
        done = subprocess.run([PYTHON, "-W", "ignore", "-m", "jsonschema", "-i", "/dev/stdin", ROOT / "tests/notify/chat_schemas" / (name + ".json")],
                              input=body, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode())
        self.assertLessEqual(len(body), self.MOST[name])
        if name == "wecom":
            self.assertLessEqual(len(json.loads(body)["text"]["content"].encode()), 2048)

    def bodies(self, name, only, link_base="", **options):
        with Receiver(says=self.SAYS[name]) as receiver:
            world = self.world(only, notify=False, **options)
            (world.folder / "secret").write_text("SEC0" if name == "dingtalk" else base64.b64encode(bytes(32)).decode(), encoding="utf-8")
            hook = f"{{id: chat, url: '{receiver.url}', secret_file: secret, format: {name}}}"
            mail = f"email: {{host: 127.0.0.1, port: {world.smtp.ready}, security: none, from: a@b.example, link_base: '{link_base}'}}, "
            world.configure(site='{id: rig, name: "A <b> & \\"c\\" 医院", language: zh}',
                            extra=f"notify: {{{mail if link_base else ''}webhooks: [{hook}]}}")
            self.cycle(world)
            self.assertGreater(len(receiver.requests), 0)
            return [body for _, _, body in receiver.requests]

    def test_an_opening_has_the_shape_that_the_chat_s_maker_documents_and_names_no_patient(self):
        for name in self.SAYS:
            for link_base in ("", "https://trialflag.hospital.example/flags?a=1&code="):
                with self.subTest(name, link_base=link_base):
                    for body in self.bodies(name, [CLEAN], link_base):
                        self.check_shape(name, body)
                        self.assertNotIn(CLEAN.encode(), body)

    def test_the_schemas_refuse_what_is_wrong(self):
        for name, body in (("teams", b'{"type":"message"}'), ("slack", b'{"text":"a","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"a < b"}}]}'),
                           ("wecom", b'{"msgtype":"markdown","text":{"content":"x"}}'), ("dingtalk", b'{"msgtype":"text","text":{}}')):
            with self.subTest(name), self.assertRaises(AssertionError):
                self.check_shape(name, body)


if __name__ == "__main__":
    unittest.main()
