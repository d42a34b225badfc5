"""The whole way in a temporary folder: the test hospital, a mail server and the agent's binary between them."""
import datetime
import email
import email.policy
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "hospital"))
import patients  # noqa: E402

PYTHON = "/usr/bin/python3"  # Debian's own: it has Debian's aiosmtpd


class Server:
    """A process that prints READY and something when it can be used."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("READY "):
            raise RuntimeError("did not start: " + " ".join(map(str, command)))
        self.ready = line.split()[1]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Rig:
    """Use as a context manager. `only`: the hand-made patients that the hospital has; None: all of them."""

    def __init__(self, binary, only=None, hospital=(), flood=100, extra="", notify=True, smtp=()):
        self.binary, self.only, self.extra, self.flood, self.notify = binary, only, extra, flood, notify
        self.hospital_options, self.smtp_options = hospital, smtp

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="trialflag-rig-")
        self.folder = pathlib.Path(self.temporary.name)
        self.mail = self.folder / "mail"
        self.mail.mkdir()
        self.expected = self.make_hospital()
        self.hospital = self.open_hospital()
        self.smtp = Server(PYTHON, ROOT / "tests/support/smtp_server.py", "--dir", self.mail, *self.smtp_options)
        self.base = self.hospital.ready
        self.configure()
        return self

    def __exit__(self, *_):
        self.hospital.stop()
        self.smtp.stop()
        self.temporary.cleanup()

    def open_hospital(self):
        """A server with what make_hospital made: anything that has `ready`, its base, and stop()."""
        return Server(PYTHON, ROOT / "tests/hospital/server.py", "--port", "0", "--data", self.folder / "hospital", *self.hospital_options)

    def make_hospital(self):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        resources, rows = patients.build(today)
        folder = self.folder / "hospital"
        folder.mkdir()
        kept = [r for r in resources if self.only is None or self.owner(r) in self.only or self.owner(r) is None]
        with open(folder / "all.ndjson", "w", encoding="utf-8") as file:
            for resource in kept:
                file.write(json.dumps(resource, ensure_ascii=False) + "\n")
        return {row[0]: row[1:] for row in rows if self.only is None or row[0] in self.only}

    @staticmethod
    def owner(resource):
        if resource["resourceType"] == "Patient":
            return resource["id"]
        reference = (resource.get("subject") or resource.get("patient") or {}).get("reference", "")
        return reference.removeprefix("Patient/") if reference.startswith("Patient/") else None

    def configure(self, **changes):
        """Writes agent.yaml anew; `changes` replace what stands here under that name."""
        values = {"mode": "live", "site": "{id: rig, name: Rig Hospital}", "base": self.base, "ehr": "", "trials": "[NCT07230171]",
                  "recipients": "[{id: li, name: Dr Li, email: li@hospital.example}]", "flood": self.flood, "port": self.smtp.ready,
                  "extra": self.extra, "poll": "{every: 1s}", "email": "", "webhooks": "[]", "write": "[]", "host": "127.0.0.1",
                  "security": "none", **changes}
        notify = ""
        if self.notify:
            notify = """recipients: {recipients}
notify:
  email: {{host: {host}, port: {port}, security: {security}, from: trialflag@hospital.example{email}}}
  webhooks: {webhooks}
  fhir: {{write: {write}}}
  budget: {{flood: {flood}, per_recipient_per_week: 1000}}
""".format(**values)
        text = """mode: {mode}
site: {site}
ehr: {{base_url: "{base}", retry_for: 0s{ehr}}}
poll: {poll}
trials: {trials}
state: {{dir: state}}
{extra}
""".format(**values)
        (self.folder / "agent.yaml").write_text(text + notify, encoding="utf-8")

    # ---------------------------------------------------------------------------------------------------------- the agent

    def command(self, *words):
        return [str(self.binary), "--config", str(self.folder / "agent.yaml"), *map(str, words)]

    def run(self, *words, timeout=120):
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=timeout, check=False)

    def once(self, *words):
        return self.run("run", "--once", *words)

    def list(self, *words):
        done = self.run(*words, "--format", "ndjson")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def flags(self):
        """By the patient's id."""
        return {flag["patient"].removeprefix("Patient/"): flag for flag in self.list("flags", "list")}

    def screened(self):
        """What screening the hospital's files says of each patient."""
        done = self.run("screen", "--trial", "NCT07230171", "--all", "--format", "ndjson", self.folder / "hospital" / "all.ndjson")
        return {record["patient"].removeprefix("Patient/"): record["status"] for record in map(json.loads, done.stdout.splitlines())}

    def statuses(self):
        return {patient: flag["status"] for patient, flag in self.flags().items()}

    # ------------------------------------------------------------------------------------------------------- the hospital

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + "/" + path, data=data, method=method, headers={"Content-Type": "application/fhir+json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            error.add_note(f"{method} {path}: {error.read().decode(errors='replace')[:2000]}")
            raise
        return json.loads(text) if text.strip() else None

    def get(self, path):
        return self.request("GET", path)

    def put(self, resource):
        self.request("PUT", resource["resourceType"] + "/" + resource["id"], resource)

    def delete(self, path):
        self.request("DELETE", path)

    def change(self, path, **members):
        resource = self.get(path)
        resource.update(members)
        self.put(resource)

    def find(self, type_, patient):
        """The resources of a type that a patient has."""
        return [entry["resource"] for entry in self.get(type_ + "?patient=" + patient).get("entry", [])]

    def diagnosis(self, patient):
        """The path of the patient's (first) fibromyalgia."""
        for condition in self.find("Condition", patient):
            if "fibromyalgia" in json.dumps(condition).lower() or "M79.7" in json.dumps(condition):
                return "Condition/" + condition["id"]
        raise LookupError(patient)

    def fault(self, **fault):
        self.control("POST", "faults", fault)

    def mend(self):
        self.control("DELETE", "faults")

    def control(self, method, what, body=None):
        self.ask(method, what, body)

    def ask(self, method, what, body=None):
        """What the server of the hospital answers to a word that is no FHIR."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base.removesuffix("/fhir") + "/control/" + what, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    # ----------------------------------------------------------------------------------------------------------- the mail

    def misbehave(self, text):
        (self.mail / "behave").write_text(text, encoding="utf-8")

    def behave(self):
        (self.mail / "behave").unlink()

    def mails(self, kind=None):
        found = []
        for path in sorted(self.mail.glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if kind is None or message["X-Trialflag-Kind"] == kind:
                found.append(message)
        return found


def read_once(binary, **options):
    """A rig, entered, whose agent has read its hospital whole; for tests that share it. Whoever has it leaves it."""
    rig = Rig(binary, **options).__enter__()
    done = rig.once()
    if done.returncode != 0:
        rig.__exit__(None, None, None)
        raise AssertionError(done.stderr)
    return rig


def in_error():
    return {"verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
                                               "code": "entered-in-error"}]}}


def pregabalin_order(patient, id_="new-order"):
    return {"resourceType": "MedicationRequest", "id": id_, "status": "active", "intent": "order",
            "subject": {"reference": "Patient/" + patient},
            "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "187832"}],
                                          "text": "pregabalin"},
            "authoredOn": datetime.date.today().isoformat()}
