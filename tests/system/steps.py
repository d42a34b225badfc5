"""The steps of a campaign: drawn from a seed as plain data, so that they can be kept, left out and played again; and what each does."""
import copy
import datetime
import json
import signal
import sys
import pathlib
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hospital"))
from cases import CASES  # noqa: E402
from chart import Chart, concept, state  # noqa: E402
from faults import restamped  # noqa: E402
from records import instant  # noqa: E402
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from written_back import TYPES as WRITTEN, identifier_of  # noqa: E402

DAY = 86400
OPENING = ["clean-icd10", "clean-snomed", "daily-pain", "stale-pain", "missing-data", "denies-diabetes", "never-took-it", "ketamine-for-surgery",
           "words-german", "provisional", "duloxetine-unclear", "pregabalin-contradicted", "high-hba1c", "child", "other-pain-only", "refuted",
           "pregabalin", "diabetic", "refuses", "little-pain"]
LATER = ["adult-today", "clean-chinese", "migraine-too", "deceased", "pregnant", "lupus", "mao-inhibitor", "cancelled-order"]
PATIENTS = OPENING + LATER
TYPES = ["Patient", "Condition", "Observation", "MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration", "Medication",
         "AllergyIntolerance", "Procedure", "ServiceRequest", "CarePlan", "Encounter", "Consent", "QuestionnaireResponse"]
BUSY = ["Patient", "Condition", "Observation", "MedicationRequest", "records", "records", "records", "metadata"]
BUILDERS = {case.id: case for case in CASES}
ORIGIN = datetime.date(2026, 6, 1)

PAGE = '{"resourceType": "Bundle", "type": "searchset"'
RETRY_AFTER = [0, 1, -1, "abc", 18000, 1795341613473, 1795341613, "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2099 07:28:00 GMT"]
# Each as a function of the generator of chance; README.md of the hospital tells the case.
FAULTS = [
    lambda c: {"kind": "status", "status": c.choice([400, 408, 422, 425, 429, 500, 502, 503, 504])},
    lambda c: {"kind": "status", "status": c.choice([429, 503]), "retry_after": c.choice(RETRY_AFTER)},
    lambda c: {"kind": "status", "status": 429, "content_type": "text/plain", "body": "User Rate Limit Exceeded, Try in another 844 seconds"},
    lambda c: {"kind": "status", "status": c.choice([400, 500]), "content_type": "text/html", "body": "<html>oops</html>"},
    lambda c: {"kind": "body", "content_type": "text/html", "body": "<!DOCTYPE html><html><body>Sign in</body></html>"},
    lambda c: {"kind": "body", "body": c.choice(["", "{", "[]", "null", PAGE, PAGE + "}{}", PAGE + ', "total": 3}', '{"resourceType": "Parameters"}',
                                                 PAGE + ', "entry": {}}', PAGE + ', "link": 7}', "[" * 2000, PAGE + ', "type": "history"}'])},
    lambda c: {"kind": "body", "body": json.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "transient"}]})},
    lambda c: {"kind": c.choice(["drop", "truncate", "reset", "gzip", "gzip_cut", "chunked"])},
    lambda c: {"kind": "chunked", "cut": True},
    lambda c: {"kind": "bomb", "size": 80 << 20} if c.random() < 0.05 else {"kind": "drop"},
    lambda c: {"kind": "encoding", "encoding": c.choice(["br", "deflate", "gzip"])},
    lambda c: {"kind": "content_type", "content_type": c.choice(["", "application/json+fhir", "text/plain", "application/json", "text/json"])},
    lambda c: {"kind": "redirect", "location": c.choice(["{base}/Patient", "http://127.0.0.2:9/fhir", "https://ehr.example/fhir", "/login.html", ""])},
    lambda c: {"kind": "next", "location": c.choice(["{self}", "{base}/Patient", "http://127.0.0.2:9/x", "file:///etc/passwd", "//evil.example/x", "", "{base}/../x",
                                                     "http://169.254.169.254/latest", "{base}/Condition?_cursor=none&_offset=5"])},
    lambda c: {"kind": "no_next"},
    lambda c: {"kind": "total", "total": c.choice(["many", -1, 0, 10**12, None, 3.5])},
    lambda c: {"kind": "outcome", "severity": c.choice(["fatal", "error", "information"]), "code": c.choice(["exception", "processing"]), "mode": c.choice(["outcome", None])},
    lambda c: {"kind": "required"},
    lambda c: {"kind": "ignore"} if c.random() < 0.5 else {"kind": "ignore", "parameters": ["_lastUpdated"]},
    lambda c: {"kind": "count", "count": c.choice([1, 3, 500])},
    lambda c: {"kind": "expire"},
    lambda c: {"kind": c.choice(["reverse", "empty_page", "twice", "mixed"])},
    lambda c: {"kind": "bundle_type", "type_name": c.choice(["collection", "history", "batch-response", ""])},
]
# What no reader can tell from the truth, or what a server says of one patient alone and would say again: the agent may believe it, but no
# longer than until it reconciles.
DECEITS = [
    lambda c: {"kind": "stamps", "form": c.choice(["none", "days", "offset", "micro", "space", "words"])},
    lambda c: {"kind": "status", "status": c.choice([401, 403, 404, 410])},
    lambda c: {"kind": "outcome", "severity": "warning", "code": c.choice(["not-found", "processing"]), "mode": c.choice(["outcome", None])},
    lambda c: {"kind": "outcome", "severity": "warning", "code": "suppressed", "details": "4119"},
    lambda c: {"kind": "nothing"} if c.random() < 0.5 else {"kind": "nothing", "parameters": ["_lastUpdated", "patient"]},
    lambda c: {"kind": "stale", "seconds": c.choice([30, 600, 3 * DAY])},
    lambda c: {"kind": c.choice(["nulls", "summary"])},
    lambda c: {"kind": "replace", "find": c.choice(['"id"', '"subject"', '"resource"', '"code"', '"status"']), "with": c.choice(['"x"', '"id":1,"id"', "7"])},
]
ILL_FOR_LONG = [{"kind": "status", "status": status} for status in (403, 500, 503)] + [{"kind": "silent", "delay": 2.2}, {"kind": "slow", "delay": 0.02},
                                                                                     {"kind": "endless_headers", "delay": 0.1, "count": 25}]


def draw_fault(chance, deceitful):
    fault = chance.choice(DECEITS if deceitful and chance.random() < 0.3 else FAULTS)(chance)
    fault.update(type=chance.choice(BUSY) if chance.random() < 0.7 else chance.choice(TYPES + WRITTEN), skip=chance.choice([0, 0, 0, 1, 2, 5, 20]),
                 times=chance.choice([1, 1, 2, 4, 8]))
    return fault


def draw_data(chance):
    kind = chance.choice(["error", "error", "restore", "restore", "delete", "delete", "vanish", "move", "merge", "unmerge", "flaw", "flaw", "mend", "refuse",
                          "death", "revive", "order", "admit", "admit", "delete_patient", "return", "stamp", "stamp", "burst", "drug", "medication", "orphan"])
    step = {"do": kind, "patient": chance.choice(PATIENTS), "pick": chance.randrange(1000)}
    if kind in ("move", "merge"):
        step["to"] = chance.choice([name for name in PATIENTS if name != step["patient"]])
    if kind == "stamp":
        step["how"] = chance.choice(["late", "late", "soon", "far", "none", "days", "offset", "micro", "space", "words"])
    if kind == "flaw":
        step["how"] = chance.choice(["date", "status", "code", "meta"])
    return step


def draw_agent(chance):
    return chance.choice([
        {"do": "once"}, {"do": "once"}, {"do": "once"}, {"do": "once"}, {"do": "reconcile"}, {"do": "reconcile"},
        {"do": "kill", "after": round(chance.uniform(0.02, 0.7), 3)}, {"do": "kill", "after": round(chance.uniform(0.02, 0.7), 3)},
        {"do": "kill", "after": round(chance.uniform(0.02, 0.3), 3)},
        {"do": "stop", "after": round(chance.uniform(0.02, 0.5), 3)},
        {"do": "daemon"}, {"do": "daemon_kill"}, {"do": "daemon_stop"}])


def draw_other(chance):
    return chance.choice([
        {"do": "mail", "behave": chance.choice(["data 451", "rcpt 451", "rcpt 550", "data 554"])}, {"do": "mail", "behave": chance.choice(["drop", "drop", "slow 0.2"])},
        {"do": "mail", "behave": None}, {"do": "mail", "behave": None},
        {"do": "hook", "answer": chance.choice([302, 400, 410, 429, 500, 503, [429, {"Retry-After": "120"}], [503, {"Retry-After": "soon"}], "drop", "drop"])},
        {"do": "hook", "answer": None},
        {"do": "skew", "s": chance.choice([0, 60, -60, 3600, -3600, DAY, -DAY, 40 * DAY, -40 * DAY])}, {"do": "skew", "s": 0},
        {"do": "advance", "s": chance.choice([30, 200, 400, 400, 3600, 6 * 3600, DAY])}, {"do": "advance", "s": chance.choice([200, 400, 1000])}, {"do": "skew", "s": chance.choice([DAY, -DAY, 40 * DAY])},
        {"do": "ack", "pick": chance.randrange(1000)}, {"do": "set", "pick": chance.randrange(1000),
                                                        "state": chance.choice(["contacted", "screening", "declined", "enrolled", "screen_failed", "new"])},
        {"do": "ehr", "pick": chance.randrange(1000), "status": chance.choice(["completed", "rejected", "in-progress", "requested", "ineligible", "on-study", "candidate"])},
        {"do": "clear"}, {"do": "wait", "s": round(chance.uniform(0.05, 0.6), 3)},
        {"do": "ill", "fault": {**chance.choice(ILL_FOR_LONG), "type": chance.choice(TYPES + WRITTEN), "times": 100000}},
        {"do": "ill", "fault": {**chance.choice(ILL_FOR_LONG[:3]), "type": chance.choice(["Patient", "Patient", *TYPES]), "of": chance.choice(PATIENTS), "times": 100000}}])


def draw(chance, count, without=()):
    """A sequence: what the world is like, and its steps, of which some kinds may be left out."""
    character = {"history": chance.random() < 0.6, "snapshot": chance.random() < 0.6, "page_size": chance.choice([4, 7, 20]), "retry_for": chance.choice(["0s", "0s", "1s"]), "deceitful": chance.random() < 0.4}
    # Of what a server with a history shows, nothing need wait for a reconciliation, save what vanishes without a trace or lies about its time.
    character["plain"] = character["history"] and not character["deceitful"] and chance.random() < 0.7
    without = [*without, "vanish", "stamp"] if character["plain"] else without
    character["undo"] = "unmerge" not in without  # nor is a merge undone by another one, or by a record that is written anew
    steps = []
    while len(steps) < count:
        roll = chance.random()
        if roll < 0.25:
            step = draw_data(chance)
            if step["do"] not in without:
                steps.append(step)
        elif roll < 0.50:
            steps.append({"do": "faults", "faults": [draw_fault(chance, character["deceitful"]) for _ in range(chance.choice([1, 3, 6, 12, 30]))]})
        elif roll < 0.88:
            steps.append(draw_agent(chance))
        else:
            step = draw_other(chance)
            # That one patient is refused is believed until the next reconciliation.
            if not (character["plain"] and step["do"] == "ill" and "of" in step["fault"] and step["fault"].get("status") == 403):
                steps.append(step)
    return {"character": character, "steps": steps}


def records_of(resource):
    """The element of a record by which it is entered in error, and its value for that."""
    if resource["resourceType"] in ("Condition", "AllergyIntolerance"):
        system = "condition-ver-status" if resource["resourceType"] == "Condition" else "allergyintolerance-verification"
        return "verificationStatus", state(system, "entered-in-error")
    return "status", "entered-in-error"


def flawed(resource, how):
    """A copy that cannot be read, whose owner can."""
    resource = copy.deepcopy(resource)
    if how == "date":
        dates = [name for name in resource if name.endswith(("DateTime", "Date", "On")) or name == "birthDate"]
        resource[dates[0] if dates else "id_"] = "yesterday"
    elif how == "status":
        resource[records_of(resource)[0]] = 7
    elif how == "code":
        resource["code" if "code" in resource else "medicationCodeableConcept"] = [["?"]]
    else:
        resource["meta"] = {"tag": "?"}
    return resource


class Player:
    """Plays steps in a world. What a step cannot do, because there is nothing to do it to, it leaves."""

    def __init__(self, world):
        self.world, self.records = world, world.hospital.records
        self.originals = {}
        self.moved_flags = set()  # whose state people changed so that nobody is to be told any more
        self.faults_set = 0
        world.name_patients(PATIENTS + ["anchor"])
        for name in OPENING:
            self.admit(name)
        self.place_anchor()

    # ---------------------------------------------------------------------------------------------------------- the records

    def built(self, name):
        return BUILDERS[name].build(self.world.today()).resources

    def admit(self, name, keep=True):
        for resource in self.built(name):
            if self.stays_merged(resource):
                continue
            if keep:
                self.originals[resource["resourceType"], resource["id"]] = resource
            self.records.put(resource)

    def stays_merged(self, resource):
        """Whether writing this Patient would undo a merge where that is left out."""
        if resource["resourceType"] != "Patient" or self.world.character.get("undo", True):
            return False
        return "link" in (self.patient(resource["id"]) or {})

    def place_anchor(self):
        """A candidate who has a record of each type and whom nothing befalls, so that no type ever vanishes as a whole."""
        chart = BUILDERS["clean-icd10"].build(self.world.today())
        resources = json.loads(json.dumps(chart.resources).replace("clean-icd10", "anchor"))
        more = Chart(self.world.today(), "anchor", "female", 44, {"family": "Anchor"})
        drug = {"medicationCodeableConcept": concept(text="paracetamol")}
        more.order(text="paracetamol")
        more.statement(text="paracetamol")
        more.add("MedicationDispense", status="completed", whenHandedOver=more.time(100), **drug)
        more.add("MedicationAdministration", status="completed", effectiveDateTime=more.time(100), **drug)
        more.add("MedicationRequest", status="completed", intent="order", medicationReference={"reference": "Medication/common"}, authoredOn=more.date(100))
        more.add("ServiceRequest", status="completed", intent="order", code=concept(text="x-ray"))
        more.add("CarePlan", status="active", intent="plan")
        more.add("Encounter", status="finished", **{"class": {"code": "AMB"}})
        more.add("Consent", status="active", scope=state("consentscope", "treatment"), category=[])
        more.add("QuestionnaireResponse", status="completed")
        other = {**self.medication("paracetamol"), "id": "other"}
        more.add("MedicationRequest", status="completed", intent="order", medicationReference={"reference": "Medication/other"}, authoredOn=more.date(90))
        for resource in resources + more.resources[1:] + [self.medication("paracetamol"), other]:
            self.records.put(resource)

    @staticmethod
    def medication(text):
        return {"resourceType": "Medication", "id": "common", "code": concept(text=text)}

    def about(self, patient):
        """The present resources about a patient, by type and id."""
        found = []
        for type_ in TYPES:
            if type_ not in ("Patient", "Medication"):
                found += self.records.current_of(type_, {patient})
        return [json.loads(version.body) for version in sorted(found, key=lambda version: (version.type, version.id))]

    def picked(self, step):
        found = self.about(step["patient"])
        return found[step["pick"] % len(found)] if found else None

    def patient(self, name):
        version = self.records.current("Patient", name)
        return json.loads(version.body) if version and version.body else None

    # ------------------------------------------------------------------------------------------------------------ the steps

    def play(self, step):
        getattr(self, "do_" + step["do"])(step)

    def do_admit(self, step):
        self.admit(step["patient"])

    def do_error(self, step):
        resource = self.picked(step)
        if resource:
            name, value = records_of(resource)
            self.records.put({**resource, name: value})

    def do_restore(self, step):
        mine = sorted(key for key, resource in self.originals.items() if key[0] != "Patient" and step["patient"] in json.dumps(resource))
        if mine:
            self.records.put(self.originals[mine[step["pick"] % len(mine)]])

    def do_return(self, step):
        if ("Patient", step["patient"]) in self.originals and not self.stays_merged(self.originals["Patient", step["patient"]]):
            self.records.put(self.originals["Patient", step["patient"]])

    def do_delete(self, step):
        resource = self.picked(step)
        if resource:
            self.records.delete(resource["resourceType"], resource["id"])

    def do_vanish(self, step):
        resource = self.picked(step)
        if resource:
            self.records.vanish(resource["resourceType"], resource["id"])

    def do_move(self, step):
        resource = self.picked(step)
        if resource:
            name = "subject" if "subject" in resource else "patient"
            self.records.put({**resource, name: {"reference": "Patient/" + step["to"]}})

    def do_delete_patient(self, step):
        patient = self.patient(step["patient"])
        # Who was merged stays so for the agent when the old record goes; a fresh agent could not know it.
        if patient and "link" not in patient:
            if step["pick"] % 2:
                for resource in self.about(step["patient"]):
                    self.records.delete(resource["resourceType"], resource["id"])
            self.records.delete("Patient", step["patient"])

    def do_merge(self, step):
        old, new, seen = self.patient(step["patient"]), self.patient(step["to"]), {step["patient"]}
        at = new
        while at:  # no circles
            if at["id"] in seen:
                return
            seen.add(at["id"])
            onward = [link["other"]["reference"].split("/")[1] for link in at.get("link", []) if link["type"] == "replaced-by"]
            at = self.patient(onward[0]) if onward else None
        if old and new and not self.stays_merged(old):
            self.records.put({**old, "active": False, "link": [{"other": {"reference": "Patient/" + step["to"]}, "type": "replaced-by"}]})

    def do_unmerge(self, step):
        merged = [name for name in PATIENTS if any(link["type"] == "replaced-by" for link in (self.patient(name) or {}).get("link", []))]
        if merged:
            old = self.patient(merged[step["pick"] % len(merged)])
            del old["link"]
            self.records.put({**old, "active": True})

    def do_flaw(self, step):
        resource = self.picked(step)
        if resource:
            self.records.put(flawed(resource, step["how"]))

    def do_orphan(self, step):
        """A record that no longer says whose it is: its type is not read whole for anybody until calm() mends it."""
        resource = self.picked(step)
        if resource and step["pick"] % 3 == 0:
            self.records.put({name: value for name, value in resource.items() if name not in ("subject", "patient")})

    def do_mend(self, step):
        for resource in self.about(step["patient"]):
            key = resource["resourceType"], resource["id"]
            if key in self.originals:
                self.records.put(self.originals[key])

    def do_refuse(self, step):
        if self.patient(step["patient"]):
            consent = next(r for r in self.built("refuses") if r["resourceType"] == "Consent")
            self.records.put({**consent, "id": "no-" + step["patient"], "patient": {"reference": "Patient/" + step["patient"]},
                              "status": "rejected" if step["pick"] % 3 else "entered-in-error"})

    def do_death(self, step):
        patient = self.patient(step["patient"])
        if patient:
            self.records.put({**patient, "deceasedBoolean": True})

    def do_revive(self, step):
        patient = self.patient(step["patient"])
        if patient:
            patient.pop("deceasedBoolean", None)
            patient.pop("deceasedDateTime", None)
            self.records.put(patient)

    def do_order(self, step):
        if self.patient(step["patient"]):
            self.records.put({"resourceType": "MedicationRequest", "id": "order-" + step["patient"], "status": "active" if step["pick"] % 3 else "cancelled", "intent": "order",
                              "subject": {"reference": "Patient/" + step["patient"]}, "authoredOn": self.world.today().isoformat(),
                              "medicationCodeableConcept": concept("RXNORM 187832")})

    def do_drug(self, step):
        if self.patient(step["patient"]):
            self.records.put({"resourceType": "MedicationRequest", "id": "drug-" + step["patient"], "status": "active", "intent": "order",
                              "subject": {"reference": "Patient/" + step["patient"]}, "authoredOn": self.world.today().isoformat(),
                              "medicationReference": {"reference": "Medication/" + ("common" if step["pick"] % 4 else "missing")}})

    def do_medication(self, step):
        if step["pick"] % 4:
            self.records.put(self.medication(["paracetamol", "pregabalin", "venlafaxine"][step["pick"] % 3]))
        else:
            self.records.delete("Medication", "common")

    def do_stamp(self, step):
        resource = self.picked(step)
        if not resource:
            return
        name, value = records_of(resource)
        original = self.originals.get((resource["resourceType"], resource["id"]))
        changed = original if original and resource.get(name) == value else {**resource, name: value}
        how, now = step["how"], self.world.now()
        at = {"late": now - 100, "soon": now + 3 * 3600, "far": now + 70 * 365 * DAY}.get(how)
        written = (lambda ms: restamped(how, instant(ms))) if at is None else instant
        self.records.put(changed, at=int(at * 1000) if at else None, written=written)

    def do_burst(self, step):
        at = int(self.world.now() * 1000)
        for resource in self.about(step["patient"]):
            self.records.put({**resource, "language": "x%d" % (step["pick"] % 9)}, at=at)

    def do_faults(self, step):
        self.faults_set += len(step["faults"])
        for fault in step["faults"]:
            self.world.hospital.faults.add(fault)

    def do_ill(self, step):
        self.faults_set += 1
        self.world.hospital.faults.add(step["fault"])

    def do_clear(self, _):
        self.world.hospital.faults.clear()

    def do_mail(self, step):
        self.world.misbehave(step["behave"])

    def do_hook(self, step):
        self.world.misanswer(step["answer"])

    def do_skew(self, step):
        self.world.move_clock(skew=step["s"])

    def do_advance(self, step):
        self.world.move_clock(ahead=self.world.ahead + step["s"])

    def do_wait(self, step):
        if self.world.daemon:
            time.sleep(step["s"])

    def do_once(self, _):
        self.cycle()

    def do_reconcile(self, _):
        self.cycle("--reconcile")

    def cycle(self, *words):
        if self.world.daemon:
            time.sleep(0.7)
        else:
            self.world.run("run", "--once", *words)

    def do_kill(self, step):
        if self.world.daemon:
            time.sleep(step["after"])
            self.world.end_daemon(signal.SIGKILL)
        else:
            self.world.interrupt(signal.SIGKILL, step["after"])

    def do_stop(self, step):
        if not self.world.daemon:
            self.world.interrupt(signal.SIGTERM, step["after"])

    def do_daemon(self, _):
        self.world.start_daemon()

    def do_daemon_kill(self, _):
        self.world.end_daemon(signal.SIGKILL)

    def do_daemon_stop(self, _):
        self.world.end_daemon(signal.SIGTERM)

    def person(self, step, *words):
        flags = sorted(self.world.list("flags", "list"), key=lambda flag: flag["flag"])
        if flags:
            flag = flags[step["pick"] % len(flags)]["flag"]
            self.world.run("flags", words[0], flag, *words[1:])
            return flag
        return None

    def do_ack(self, step):
        self.person(step, "ack")

    def do_set(self, step):
        reason = ["--reason", "E6.pregabalin"] if step["state"] == "screen_failed" else []
        flag = self.person(step, "set", step["state"], *reason)
        if step["state"] in ("declined", "enrolled", "screen_failed"):
            self.moved_flags.add(flag)

    def do_ehr(self, step):
        """Somebody moves what the agent wrote there; afterwards nobody but people says what becomes of that flag."""
        type_ = "Task" if step["status"] in ("completed", "rejected", "in-progress", "requested") else "ResearchSubject"
        found = [each for each in self.world.written() if each["resourceType"] == type_]
        if found:
            moved = sorted(found, key=identifier_of)[step["pick"] % len(found)]
            self.records.put({**moved, "status": step["status"]})
            self.moved_flags.add(identifier_of(moved))

    # --------------------------------------------------------------------------------------------------------------- the end

    def calm(self):
        """No fault any more, the clocks agree, whoever works on nobody's record has mended it, and no flag is declined."""
        world = self.world
        world.end_daemon(signal.SIGTERM)
        world.hospital.faults.clear()
        world.misbehave(None)
        world.misanswer(None)
        world.move_clock(skew=0)
        for type_ in TYPES:
            for version in self.records.all_current(type_):
                resource = json.loads(version.body)
                if type_ in ("Patient", "Medication") or version.patient:
                    continue
                original = self.originals.get((type_, version.id))
                if original:
                    self.records.put(original)
                else:
                    self.records.delete(type_, resource["id"])
        if world.character.get("deceitful"):
            self.pass_night()
        world.run("run", "--once")  # what people did in the EHR last is read back
        for flag in world.list("flags", "list", "--state", "declined"):
            world.run("flags", "set", flag["flag"], "contacted")

    def pass_night(self):
        """Something of each type changes and time goes by, so that what was read before is no longer thought of as just read."""
        self.world.move_clock(ahead=self.world.ahead + 3600)
        for type_ in TYPES:
            for version in self.records.all_current(type_):
                if version.patient == "anchor" or type_ == "Medication":
                    self.records.put(json.loads(version.body))
                    break
        self.world.run("run", "--once")
