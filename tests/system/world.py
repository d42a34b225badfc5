"""One hospital whose clock a test moves, a mail server, and agents that live on a clock of their own beside it."""
import datetime
import email
import email.policy
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.path.insert(0, str(ROOT / "tests/hospital"))
from rig import PYTHON, Server  # noqa: E402
from server import Hospital, make_server  # noqa: E402
from webhook_receiver import Receiver  # noqa: E402
from written_back import TYPES, is_ours  # noqa: E402

FAKETIME = pathlib.Path("/usr/lib/%s-linux-gnu/faketime/libfaketimeMT.so.1" % os.uname().machine)
LONGEST = 90  # seconds that any run may take: waits are bounded by the configuration

CONFIG = """mode: {mode}
site: {{id: campaign, name: Campaign Hospital}}
ehr: {{base_url: "{base}", page_size: {page_size}, request_timeout: 2s, retry_for: {retry_for}}}
poll: {{every: 1s}}
trials: [NCT07230171]
state: {{dir: {state}}}
{notify}"""
NOTIFY = """recipients:
  - {{id: li, name: Dr Li, email: li@hospital.example}}
  - {{id: bo, name: Dr Bo, email: bo@hospital.example, on: [potentially_eligible]}}
notify:
  webhooks: [{{id: ctms, url: "{hook}", secret_file: secret}}]
  fhir: {{write: [ResearchSubject, List, Task, Communication]}}
  email: {{host: 127.0.0.1, port: {port}, security: none, from: trialflag@hospital.example}}
  budget: {{flood: 10000, per_recipient_per_week: 10000}}
  remind_after: none
"""


class World:
    """Use as a context manager. `character`: history, snapshot, page_size, retry_for."""

    def __init__(self, binary, character, preload=""):
        self.binary, self.character, self.preload = pathlib.Path(binary).resolve(), character, preload
        self.ahead, self.skew = 0.0, 0.0  # of the world before this computer, and of the agent before the world
        self.daemon, self.kills, self.unsure, self.problems = None, 0, False, []
        self.names = None  # matches what no log may show

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="trialflag-campaign-")
        self.folder = pathlib.Path(self.temporary.name)
        self.hospital = Hospital(history=self.character["history"], snapshot=self.character["snapshot"], clock=self.now)
        self.server = make_server(self.hospital)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.mail = self.folder / "mail"
        self.mail.mkdir()
        self.smtp = Server(PYTHON, ROOT / "tests/support/smtp_server.py", "--dir", self.mail)
        self.hooks = Receiver()
        self.hooks.__enter__()
        (self.folder / "secret").write_text("YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcyAuLi4=", encoding="ascii")
        self.configure("agent", "live", NOTIFY.format(port=self.smtp.ready, hook=self.hooks.url))
        self.configure("fresh", "shadow", "")
        self.move_clock()
        return self

    def __exit__(self, *_):
        if self.daemon:
            self.end_daemon(signal.SIGKILL)
        self.smtp.stop()
        self.hooks.__exit__()
        self.server.shutdown()
        self.server.server_close()
        self.temporary.cleanup()

    def configure(self, name, mode, notify):
        text = CONFIG.format(mode=mode, base=self.hospital.base, state=name + "-state", notify=notify, **self.character)
        (self.folder / (name + ".yaml")).write_text(text, encoding="utf-8")

    # ---------------------------------------------------------------------------------------------------------- the clocks

    def now(self):
        return time.time() + self.ahead

    def today(self):
        return datetime.datetime.fromtimestamp(self.now(), datetime.timezone.utc).date()

    def move_clock(self, ahead=None, skew=None):
        self.ahead = self.ahead if ahead is None else ahead
        self.skew = self.skew if skew is None else skew
        part = self.folder / "clock.part"
        part.write_text("%+.3f\n" % (self.ahead + self.skew), encoding="ascii")
        part.rename(self.folder / "clock")

    def environment(self):
        return {**os.environ, "LD_PRELOAD": " ".join(filter(None, (self.preload, str(FAKETIME)))), "FAKETIME_NO_CACHE": "1", "NO_FAKE_STAT": "1",
                "FAKETIME_TIMESTAMP_FILE": str(self.folder / "clock"), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DISABLE_SHM": "1"}

    # ----------------------------------------------------------------------------------------------------------- the agent

    def command(self, name, *words):
        return [str(self.binary), "--config", str(self.folder / (name + ".yaml")), *map(str, words)]

    def run(self, *words, name="agent"):
        """One command to its end; answers what subprocess does."""
        try:
            done = subprocess.run(self.command(name, *words), capture_output=True, text=True, timeout=LONGEST, check=False, env=self.environment())
        except subprocess.TimeoutExpired as endless:
            self.problems.append("%s did not end within %d s" % (" ".join(words), LONGEST))
            return subprocess.CompletedProcess(endless.cmd, -1, "", "")
        self.hold_log(done.stderr)
        if done.returncode not in (0, 1, 2, 4) or (done.returncode == 2 and words[0] == "run"):
            self.problems.append("%s ended with %d: %s" % (" ".join(words), done.returncode, done.stderr[-3000:]))
        return done

    def list(self, *words, name="agent"):
        return [json.loads(line) for line in self.run(*words, "--format", "ndjson", name=name).stdout.splitlines()]

    def interrupt(self, number, after, *words):
        """A cycle that is ended by a signal after so many seconds."""
        with open(self.folder / "once.log", "w", encoding="utf-8") as log:
            agent = subprocess.Popen(self.command("agent", "run", "--once", *words), stderr=log, env=self.environment())
            time.sleep(after)
            running = agent.poll() is None
            agent.send_signal(number)
            self.await_end(agent, number, running)
        self.hold_log((self.folder / "once.log").read_text(encoding="utf-8"))

    def await_end(self, agent, number, running):
        self.kills += running
        self.unsure = True
        try:
            status = agent.wait(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            self.problems.append("the agent went on after signal %d" % number)
            agent.kill()
            status = agent.wait()
        if status not in (0, 1, 4, -signal.SIGKILL) and not (number == signal.SIGTERM and status == -number):
            self.problems.append("the agent ended with %d after signal %d" % (status, number))

    def start_daemon(self):
        if self.daemon is None:
            self.daemon_log = open(self.folder / "daemon.log", "a", encoding="utf-8")
            self.daemon = subprocess.Popen(self.command("agent", "run"), stderr=self.daemon_log, env=self.environment())

    def end_daemon(self, number):
        if self.daemon is None:
            return
        if self.daemon.poll() is not None:
            self.problems.append("the daemon ended by itself with %d: %s" % (self.daemon.returncode, self.daemon_text()[-3000:]))
        else:
            self.daemon.send_signal(number)
            self.await_end(self.daemon, number, True)
        self.daemon = None
        self.daemon_log.close()
        self.hold_log(self.daemon_text())

    def daemon_text(self):
        return (self.folder / "daemon.log").read_text(encoding="utf-8")

    def hold_log(self, text):
        found = self.names.search(text) if self.names else None
        if found:
            at = max(0, found.start() - 100)
            self.problems.append("a log names a patient: " + text[at:found.end() + 100])
        for sign in ("AddressSanitizer", "runtime error:", "LeakSanitizer"):
            if sign in text and "ASan runtime does not come first" not in text:
                self.problems.append(text[text.index(sign):][:3000])

    def name_patients(self, names):
        self.names = re.compile(r"(?<![\w.-])(?:%s)(?![\w-])" % "|".join(re.escape(name) for name in names if "-" in name))

    def forget_fresh(self):
        shutil.rmtree(self.folder / "fresh-state", ignore_errors=True)

    # ------------------------------------------------------------------------------------------------------------- the mail

    def misbehave(self, text):
        if text:
            (self.mail / "behave").write_text(text, encoding="utf-8")
            self.unsure = self.unsure or text.split()[0] in ("drop", "slow")
        else:
            (self.mail / "behave").unlink(missing_ok=True)

    def misanswer(self, answer):
        """How the receiver of webhooks answers from now on: a status, [status, headers], "drop" for no answer, None for as it should."""
        self.hooks.always = 204 if answer is None else None if answer == "drop" else tuple(answer) if isinstance(answer, list) else answer
        self.unsure = self.unsure or answer == "drop"

    def events(self):
        """(webhook-id, body) of what the receiver took, in that order."""
        return [(id_, json.loads(body)) for id_, body in list(self.hooks.taken)]

    def written(self):
        """What the EHR has of the agent's own."""
        found = [json.loads(version.body) for type_ in TYPES for version in self.hospital.records.all_current(type_)]
        return [each for each in found if is_ours(each)]

    def mails(self):
        """In the order in which the server took them."""
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(self.mail.glob("*.eml"))]
