"""The records of the test hospital: every version of every resource in memory, serialised once when it is written."""

import collections
import gzip
import json
import pathlib
import threading
import time

# What a hospital lists unless it is told otherwise: the types that screening reads and those that often lie beside them.
TYPES = [
    "AllergyIntolerance", "CarePlan", "Condition", "Consent", "Encounter", "Medication", "MedicationAdministration",
    "MedicationDispense", "MedicationRequest", "MedicationStatement", "Observation", "Patient", "Procedure",
    "QuestionnaireResponse", "ServiceRequest", "DiagnosticReport", "Group", "List", "Task", "ResearchStudy", "ResearchSubject", "Communication",
]


def instant(ms):
    """Milliseconds since 1970 as FHIR writes an instant."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + ".%03dZ" % (ms % 1000)


def parse_instant(text):
    """A FHIR date or instant as the first and last millisecond it may mean."""
    from datetime import datetime, timedelta, timezone
    if len(text) == 10:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc)
        first, span = day, timedelta(days=1)
    else:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            raise ValueError("an instant needs a zone")
        first, span = moment, timedelta(milliseconds=1) if "." in text else timedelta(seconds=1)
    begin = round(first.timestamp() * 1000)
    return begin, begin + round(span.total_seconds() * 1000) - 1


class Version:
    """One version of one resource; `body` is None where the resource was deleted."""

    __slots__ = ("type", "id", "number", "updated", "body", "patient")

    def __init__(self, type_, id_, number, updated, body, patient):
        self.type, self.id, self.number, self.updated, self.body, self.patient = type_, id_, number, updated, body, patient


OWN_ADDRESSES = ("https://hospital.example/fhir/", "http://127.0.0.1:", "https://127.0.0.1:")  # the first is what it was known by before


def patient_of(resource):
    """The logical id of the patient a resource is about, or None."""
    if resource.get("resourceType") == "Patient":
        return resource.get("id")
    actors = [participant.get("actor") for participant in resource.get("participant", []) if isinstance(participant, dict)]
    for reference in [resource.get("subject"), resource.get("patient")] + (actors if resource.get("resourceType") == "Appointment" else []):
        if isinstance(reference, dict) and isinstance(reference.get("reference"), str):
            parts = reference["reference"].split("/_history/")[0].split("/")
            if "://" in reference["reference"] and not reference["reference"].startswith(OWN_ADDRESSES):
                continue  # of another server, which may give this id to somebody else
            if len(parts) >= 2 and parts[-2] == "Patient":
                return parts[-1]
    return None


class Records:
    """Thread-safe. Methods answer Versions, never parsed resources."""

    def __init__(self, types=None, clock=time.time):
        self.types = list(types or TYPES)
        self.clock = clock
        self._lock = threading.RLock()
        self._versions = collections.defaultdict(dict)  # type -> {id -> [Version]}
        self._of_patient = collections.defaultdict(dict)  # (type, patient's id) -> {id of every resource that ever was about them: None}
        self._log = []  # every Version in the order written
        self._next_id = 1
        self._last_ms = 0

    def _now(self):
        """Never the same millisecond twice, so that the order of changes can be told from lastUpdated."""
        self._last_ms = max(self._last_ms + 1, int(self.clock() * 1000))
        return self._last_ms

    def new_id(self):
        with self._lock:
            self._next_id += 1
            return "h%d" % self._next_id

    def put(self, resource, keep_stamp=False, at=None, written=instant):
        """Writes a version; answers it and whether the resource is new. `keep_stamp`: meta.lastUpdated as it is, if it has one. `at`: the
        moment (in milliseconds) that it claims to be of, as one that was committed late does. `written`: how that is written; None: not."""
        type_, id_ = resource["resourceType"], resource["id"]
        with self._lock:
            history = self._versions[type_].setdefault(id_, [])
            created = not history or history[-1].body is None
            meta = dict(resource.get("meta") or {})
            stamp = meta.get("lastUpdated") if keep_stamp else None
            # A load may stamp thousands of records in one millisecond; only later changes need an order of their own.
            updated = at or (parse_instant(stamp)[0] if stamp else int(self.clock() * 1000) if keep_stamp else self._now())
            number = len(history) + 1
            meta.update(versionId=str(number), lastUpdated=stamp or written(updated))
            if meta["lastUpdated"] is None:
                del meta["lastUpdated"]
            head = {"resourceType": type_, "id": id_, "meta": meta}
            whole = {**head, **{k: v for k, v in resource.items() if k not in head}}
            body = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
            version = Version(type_, id_, number, updated, body, patient_of(resource))
            history.append(version)
            self._log.append(version)
            self._of_patient[type_, version.patient][id_] = None
            if type_ not in self.types:
                self.types.append(type_)
            return version, created

    def delete(self, type_, id_):
        """Answers the version of the deletion, or None when there was nothing."""
        with self._lock:
            history = self._versions[type_].get(id_)
            if not history:
                return None
            if history[-1].body is not None:
                last = history[-1]
                history.append(Version(type_, id_, last.number + 1, self._now(), None, last.patient))
                self._log.append(history[-1])
            return history[-1]

    def vanish(self, type_, id_):
        """The resource is gone without a trace, in no search and no history."""
        with self._lock:
            gone = self._versions[type_].pop(id_, [])
            self._log = [version for version in self._log if version not in gone]
            for version in gone:
                self._of_patient[type_, version.patient].pop(id_, None)

    def apply(self, writes, deletions):
        """Several changes at one moment: no search sees some of them without the others."""
        with self._lock:
            for resource in writes:
                self.put(resource)
            for type_, id_ in deletions:
                self.delete(type_, id_)

    def current(self, type_, id_):
        with self._lock:
            history = self._versions[type_].get(id_)
            return history[-1] if history else None

    def versions(self, type_, id_):
        with self._lock:
            return list(self._versions[type_].get(id_, []))

    def all_current(self, type_):
        with self._lock:
            found = [history[-1] for history in self._versions[type_].values()]
        return [version for version in found if version.body is not None]

    def as_of(self, type_, ms):
        """The resources of a type as a replica has them that knows nothing later than a moment."""
        with self._lock:
            histories = [[version for version in history if version.updated <= ms] for history in self._versions[type_].values()]
        return [history[-1] for history in histories if history and history[-1].body is not None]

    def current_of(self, type_, patients):
        """The current resources of a type that are about any of these patients."""
        with self._lock:
            found = [self._versions[type_][id_][-1] for patient in patients for id_ in self._of_patient.get((type_, patient), ())]
        return [version for version in found if version.body is not None and version.patient in patients]

    def changes(self, type_, since_ms):
        """Every version of a type (None: of all) since an instant, newest first."""
        with self._lock:
            found = [v for v in self._log if (type_ is None or v.type == type_) and v.updated >= since_ms]
        return sorted(found, key=lambda version: version.updated, reverse=True)

    def load(self, path):
        """Reads a file or a folder of JSON resources, Bundles and NDJSON, plain or gzip; answers the count of resources."""
        path = pathlib.Path(path)
        if path.is_dir():
            return sum(self.load(child) for child in sorted(path.rglob("*")) if child.is_file())
        name = path.name.removesuffix(".gz")
        if not name.endswith((".json", ".ndjson")):
            return 0
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode("utf-8-sig")
        documents = [line for line in text.splitlines() if line.strip()] if name.endswith(".ndjson") else [text]
        return sum(self._load_document(json.loads(document)) for document in documents)

    def _load_document(self, document):
        if not isinstance(document, dict):
            return 0
        if document.get("resourceType") == "Bundle":
            return sum(self._load_document(entry["resource"]) for entry in document.get("entry", []) if "resource" in entry)
        if "resourceType" not in document or "id" not in document:
            return 0
        stamp, known = (document.get("meta") or {}).get("lastUpdated"), self.current(document["resourceType"], document["id"])
        if stamp and known and known.updated > parse_instant(stamp)[0]:
            return 0  # an earlier version of what is here already: files keep no order
        self.put(document, keep_stamp=True)
        return 1
