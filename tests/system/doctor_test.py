#!/usr/bin/python3
"""The command doctor: all well, and each thing amiss named with a remedy: EHR down, signed in wrongly, mail down, disk, a damaged state."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig  # noqa: E402
from token_server import token_server  # noqa: E402
from written_back import notify_keys  # noqa: E402

BINARY = None
TYPES = ("Patient Condition Observation MedicationRequest MedicationStatement MedicationDispense MedicationAdministration Medication AllergyIntolerance "
         "DiagnosticReport Procedure ServiceRequest CarePlan Encounter Consent QuestionnaireResponse").split()


def told(run):
    return {row["check"]: row for row in map(json.loads, run.stdout.splitlines())}


class Doctor(unittest.TestCase):
    def rig(self, **options):
        return Rig(BINARY, only=["adult-today"], **options)

    def test_tells_that_all_is_well(self):
        with self.rig() as rig:
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(0, run.returncode, run.stdout + run.stderr)
            rows = told(run)
            self.assertEqual({"ok", "note"}, {row["result"] for row in rows.values()})
            for check in ("configuration", "disk", "EHR", "clock", "SMTP", "Condition"):
                self.assertEqual("ok", rows[check]["result"], rows[check])
            self.assertIn("_lastUpdated", rows["Condition"]["what"])
            self.assertEqual([], list(rig.mail.iterdir()), "nothing is sent")
            self.assertFalse((rig.folder / "state").exists(), "nothing is written")

    def test_keeps_its_table_within_a_terminal(self):
        with self.rig() as rig:
            run = rig.run("doctor")
            self.assertEqual(0, run.returncode, run.stdout + run.stderr)
            self.assertLessEqual(max(map(len, run.stdout.splitlines())), 80)

    def test_check_prints_the_settings_in_force_when_it_is_asked_to(self):
        with self.rig() as rig:
            self.assertEqual(1, len(rig.run("check").stdout.splitlines()))
            told = rig.run("check", "--settings").stdout.splitlines()
            self.assertIn("ehr.base_url: " + rig.base, told)
            self.assertIn("notify.email password: not set", told)

    def test_check_names_a_trial_that_is_there_twice_and_one_that_is_named_in_vain(self):
        with self.rig() as rig:
            shipped = pathlib.Path(__file__).resolve().parents[2] / "config/trials/NCT07230171.yaml"
            (rig.folder / "again.yaml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
            text = (rig.folder / "agent.yaml").read_text(encoding="utf-8")
            (rig.folder / "agent.yaml").write_text(text.replace("trials: [NCT07230171]", "trials: [NCT07230171, again.yaml]"), encoding="utf-8")
            run = rig.run("check")
            self.assertEqual(2, run.returncode, run.stdout + run.stderr)
            self.assertIn("agent.yaml:", run.stderr)
            self.assertIn("has the id NCT07230171, as another one", run.stderr)
            (rig.folder / "agent.yaml").write_text(text.replace("email: li@hospital.example", "email: li@hospital.example, trials: [NCT0723017]"), encoding="utf-8")
            run = rig.run("check")
            self.assertEqual(2, run.returncode, run.stdout + run.stderr)
            self.assertIn("li names the trial NCT0723017", run.stderr)

    def test_names_a_server_that_is_down(self):
        with self.rig() as rig:
            rig.hospital.stop()
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(4, run.returncode, run.stdout + run.stderr)
            row = told(run)["EHR"]
            self.assertEqual("bad", row["result"])
            self.assertIn("ehr.base_url", row["remedy"])

    def test_names_a_certificate_that_is_not_trusted(self):
        with tempfile.TemporaryDirectory() as folder:
            cert, key = folder + "/cert.pem", folder + "/key.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ehr", "-addext",
                            "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
            with self.rig(hospital=("--tls", cert, key)) as rig:
                run = rig.run("doctor", "--format", "ndjson")
                self.assertEqual(4, run.returncode, run.stdout + run.stderr)
                row = told(run)["EHR"]
                self.assertIn("the TLS handshake failed: the server's certificate is not trusted", row["what"])
                self.assertIn("ehr.tls", row["remedy"])
                self.assertIn("the TLS handshake failed", rig.once().stderr)
                rig.configure(ehr=", tls: {ca_file: %s}" % cert)
                self.assertEqual("ok", told(rig.run("doctor", "--format", "ndjson"))["EHR"]["result"])

    def test_names_a_refused_sign_in(self):
        with self.rig(hospital=("--auth", "bearer:secret")) as rig:
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(4, run.returncode, run.stdout + run.stderr)
            self.assertIn("ehr.auth", json.dumps(told(run)))

    def test_lists_the_scopes_that_the_agent_needs(self):
        with self.rig() as rig, token_server() as tokens:
            key = rig.folder / "key.pem"
            self.assertEqual(0, rig.run("keys", "new", key, "--key-id", "agent").returncode)
            rig.configure(ehr=", auth: {kind: smart_backend, client_id: trialflag, key_file: %s, key_id: agent, token_url: '%s'}" % (key, tokens))
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(0, run.returncode, run.stdout + run.stderr)
            listed = told(run)["scopes"]["what"].removeprefix("the agent asks for: ").split()
            self.assertEqual(sorted("system/%s.rs" % type_ for type_ in TYPES), sorted(listed))

    def test_names_what_the_token_does_not_grant_of_what_is_to_be_written(self):
        granted = "system/*.rs system/Task.crus system/ResearchStudy.crus system/ResearchSubject.crs"
        with self.rig(notify=False, extra=notify_keys("[ResearchSubject, Task]")) as rig, token_server(scope=granted) as tokens:
            key = rig.folder / "key.pem"
            self.assertEqual(0, rig.run("keys", "new", key, "--key-id", "agent").returncode)
            rig.configure(ehr=", auth: {kind: smart_backend, client_id: trialflag, key_file: %s, key_id: agent, token_url: '%s'}, "
                          "subscribe: {url: 'http://127.0.0.1:9/x', listen: '127.0.0.1:9465'}" % (key, tokens))
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(1, run.returncode, run.stdout + run.stderr)
            lines = told(run)
            self.assertEqual("ok", lines["write Task"]["result"], lines)
            self.assertEqual("the access token does not grant update for ResearchSubject", lines["write ResearchSubject"]["what"])
            self.assertIn("system/ResearchSubject.crus", lines["write ResearchSubject"]["remedy"])
            self.assertEqual("the access token does not grant create, update, delete for Subscription", lines["subscribe"]["what"])

    def test_tries_each_mail_server_and_says_what_was_tried(self):
        with self.rig() as rig:
            rig.configure(host="[127.0.0.2, 127.0.0.1]")
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(1, run.returncode, run.stdout + run.stderr)
            lines = [row for row in map(json.loads, run.stdout.splitlines()) if row["check"] == "SMTP"]
            self.assertEqual(["bad", "ok"], [row["result"] for row in lines])
            self.assertEqual("127.0.0.1:%s can be reached" % rig.smtp.ready, lines[1]["what"])

    def test_names_a_mail_server_that_is_down(self):
        with self.rig() as rig:
            rig.smtp.stop()
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(1, run.returncode, run.stdout + run.stderr)
            self.assertEqual("bad", told(run)["SMTP"]["result"])

    def test_names_a_damaged_state(self):
        with self.rig() as rig:
            rig.run("run", "--once")
            state = next((rig.folder / "state").glob("state.db"))
            content = bytearray(state.read_bytes())
            for page in range(4096, len(content), 8192):
                content[page:page + 64] = b"\xff" * 64
            state.write_bytes(content)
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(1, run.returncode, run.stdout + run.stderr)
            self.assertEqual("bad", told(run)["state"]["result"])
            for words in (("log",), ("log", "--consort"), ("log", "--quality"), ("log", "sample")):
                self.assertEqual(3, rig.run(*words).returncode, words)

    def test_names_a_state_that_is_another_sites_as_run_does(self):
        with self.rig() as rig:
            rig.run("run", "--once")
            self.assertEqual("ok", told(rig.run("doctor", "--format", "ndjson"))["state"]["result"])
            rig.configure(site="{id: renamed, name: Rig Hospital}")
            refused = rig.run("run", "--once")
            self.assertEqual(2, refused.returncode, refused.stderr)
            run = rig.run("doctor", "--format", "ndjson")
            self.assertEqual(1, run.returncode, run.stdout + run.stderr)
            row = told(run)["state"]
            self.assertEqual("bad", row["result"])
            self.assertIn('belongs to the site "rig"', row["what"])
            self.assertIn(row["what"] + "; " + row["remedy"], refused.stderr)
            status = rig.run("status", "--format", "ndjson")
            self.assertEqual(1, status.returncode, status.stdout + status.stderr)
            self.assertIn([row["what"] + "; " + row["remedy"]],
                          [[line["error"]] for line in map(json.loads, status.stdout.splitlines()) if line["kind"] == "trouble"])

    def test_secrets_that_only_the_service_can_read_keep_nobody_from_looking_at_the_state(self):
        with self.rig() as rig:
            rig.run("run", "--once")
            rig.configure(email=", user: trialflag, password_file: mail.password")
            for words in (("status",), ("flags",), ("notices",), ("notices", "release"), ("log",), ("log", "--consort"),
                          ("backup", rig.folder / "copy.db"), ("forget", "adult-today", "--yes")):
                run = rig.run(*words)
                self.assertEqual(0, run.returncode, (words, run.stderr))
            for words in (("check",), ("doctor",), ("run", "--once")):
                run = rig.run(*words)
                self.assertEqual(2, run.returncode, words)
                self.assertIn("password_file", run.stderr)


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
