"""Bulk Data exports of the test hospital: $export of the whole, of patients and of a group, as STU2 of the guide has them.

A job is 202 for `polls` polls, then 200 with its manifest. Its files lie under /fhir/export/JOB/N and hold the records of the moment of the
kick-off. POST /control/export sets how exports behave, until DELETE:
    polls           how many polls answer 202 (1)
    retry_after     what those say (1); null: nothing
    lines           the most records a file has (1000)
    list            whether the CapabilityStatement lists the operation (false)
    miscount        {type: by how much the manifest promises too many}
    leave_out       types whose file is not made
    short           {type: how many of its records come into no file, nor into the manifest's count}
    twice           types each of whose records comes twice
    errors          OperationOutcomes for the `error` list
    deleted         ["Type/id", …] for the `deleted` list
    time            transactionTime in the place of the kick-off's
    token           requiresAccessToken (whether the server wants a sign-in)
    manifest        members that replace the manifest's
    keep_when_deleted  what DELETE of a job answers in the place of 202 (404, 500); the job stays
    replace         [[TEXT, WITH], …] for every file's body
    methods         how a kick-off may come (["GET"]); by POST with Parameters, in which a list with commas is refused, as STU4 has it
    no_method       what one that comes otherwise is answered (405)
    guide           the version of the guide that the CapabilityStatement says it follows; null: it does not say
    busy            how many kick-offs are answered 429
    busy_for        and with which Retry-After
    strangers       by type, patients outside of a group whose records of it, but not whose Patients, its export holds
    lose_job        true: no job is known any more
    hurry           true: jobs under way end with the next poll
GET /control/export tells the jobs: {"kicked_off", "by_post", "turned_away", "running", "deleted", "polled", "downloads": {file: times}}.
"""
import json
import time
import urllib.parse

from records import instant

DEFAULTS = {"polls": 1, "retry_after": 1, "lines": 1000, "list": False, "leave_out": [], "short": {}, "twice": [], "miscount": {}, "errors": [], "deleted": [], "time": None, "token": None,
            "manifest": {}, "keep_when_deleted": None, "replace": [], "lose_job": False, "hurry": False, "methods": ["GET"], "no_method": 405, "guide": None, "busy": 0, "busy_for": None,
            "strangers": {}}
TOLD = {"kicked_off": 0, "by_post": 0, "turned_away": 0, "deleted": 0, "polled": 0}


class Exports:
    """Every method is called under the lock of whoever holds it."""

    def __init__(self):
        self.jobs = {}
        self.behave = dict(DEFAULTS)
        self.counts = dict(TOLD)
        self.downloads = {}

    def set(self, changes):
        unknown = set(changes) - set(DEFAULTS)
        if unknown:
            raise ValueError("unknown: " + ", ".join(sorted(unknown)))
        self.behave.update(changes)

    def reset(self):
        self.behave = dict(DEFAULTS)

    def tell(self):
        return {**self.counts, "running": len(self.jobs), "downloads": self.downloads}

    def operations(self):
        """For the CapabilityStatement: of the system, of a type."""
        if not self.behave["list"]:
            return [], {}
        home = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
        return ([{"name": "export", "definition": home + "export"}],
                {"Patient": [{"name": "export", "definition": home + "patient-export"}], "Group": [{"name": "export", "definition": home + "group-export"}]})

    # ---- the three kinds of request; each answers (status, body, content type, headers)

    def kick_off(self, records, base, path, query, signed):
        """`path`: "$export", "Patient/$export", "Group/1/$export"."""
        if self.behave["busy"] > 0:
            self.behave["busy"] -= 1
            self.counts["turned_away"] += 1
            wait = self.behave["busy_for"]
            status, body, kind, _ = refuse(429, "throttled", "another export runs")
            return status, body, kind, {} if wait is None else {"Retry-After": str(wait)}
        given = dict(query)
        known = {"_type", "_since", "_outputFormat"}
        for name in given:
            if name not in known:
                return refuse(400, "not-supported", name + " is not supported")
        types = [name for name in given.get("_type", "").split(",") if name] or list(records.types)
        for type_ in types:
            if type_ not in records.types:
                return refuse(400, "not-supported", "_type: there is no %s here" % type_)
        job = "j%d" % (len(self.jobs) + self.counts["deleted"] + 1)
        self.counts["kicked_off"] += 1
        self.jobs[job] = {"polls": self.behave["polls"], "files": self.files(records, path, types), "request": base + "/" + path,
                          "time": self.behave["time"] or instant(int(time.time() * 1000)), "token": signed if self.behave["token"] is None else self.behave["token"]}
        return 202, b"", "application/json", {"Content-Location": "%s/export/%s" % (base, job)}

    def files(self, records, path, types):
        """[(kind, type, lines)] as of now."""
        members = None
        if path.startswith("Group/"):
            group = json.loads(records.current("Group", path.split("/")[1]).body)
            members = {one["entity"]["reference"].split("/")[-1] for one in group.get("member", [])}
        made = []
        for type_ in types:
            if type_ in self.behave["leave_out"]:
                continue
            among = members if members is None else members | set(self.behave["strangers"].get(type_, ()))
            lines = [version.body for version in records.all_current(type_) if among is None or version.patient in among]
            lines = lines[:len(lines) - self.behave["short"].get(type_, 0)] * (2 if type_ in self.behave["twice"] else 1)
            for start in range(0, len(lines), self.behave["lines"]):
                made.append(("output", type_, lines[start:start + self.behave["lines"]]))
        if self.behave["deleted"]:
            made.append(("deleted", "Bundle", [json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
                {"request": {"method": "DELETE", "url": one}}]}).encode() for one in self.behave["deleted"]]))
        if self.behave["errors"]:
            made.append(("error", "OperationOutcome", [json.dumps(one).encode() for one in self.behave["errors"]]))
        return made

    def serve(self, base, method, parts):
        """`parts`: [JOB] or [JOB, N]."""
        job = None if self.behave["lose_job"] else self.jobs.get(parts[0])
        if job is None:
            return refuse(404, "not-found", "no such export")
        if len(parts) == 2 and method == "GET":
            return self.file(job, parts)
        if method == "DELETE":
            if self.behave["keep_when_deleted"]:
                return refuse(self.behave["keep_when_deleted"], "exception", "not now")
            del self.jobs[parts[0]]
            self.counts["deleted"] += 1
            return 202, b"", "application/json", {}
        self.counts["polled"] += 1
        if job["polls"] > 0 and not self.behave["hurry"]:
            job["polls"] -= 1
            wait = self.behave["retry_after"]
            return 202, b"", "application/json", {"X-Progress": "%d polls to go" % job["polls"], **({} if wait is None else {"Retry-After": str(wait)})}
        manifest = {"transactionTime": job["time"], "request": job["request"], "requiresAccessToken": job["token"], "output": [], "deleted": [], "error": []}
        for number, (kind, type_, lines) in enumerate(job["files"]):
            manifest[kind].append({"type": type_, "url": "%s/export/%s/%d" % (base, parts[0], number), "count": len(lines) + self.behave["miscount"].get(type_, 0)})
        manifest.update(self.behave["manifest"])
        return 200, json.dumps(manifest).encode(), "application/json", {}

    def file(self, job, parts):
        if not parts[1].isdigit() or int(parts[1]) >= len(job["files"]):
            return refuse(404, "not-found", "no such file")
        kind, type_, lines = job["files"][int(parts[1])]
        name = "%s %s %s" % (parts[1], kind, type_)
        self.downloads[name] = self.downloads.get(name, 0) + 1
        body = b"".join(line + b"\n" for line in lines)
        for text, other in self.behave["replace"]:
            body = body.replace(text.encode(), other.encode())
        return 200, body, "application/fhir+ndjson", {}


def refuse(status, code, text):
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return status, json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode(), "application/fhir+json", {}


def parameters_of(content):
    """The parameters of a POST as those of an address, or None when they are none that STU4 takes."""
    try:
        listed = [(one["name"], next(value for name, value in one.items() if name.startswith("value"))) for one in json.loads(content)["parameter"]]
    except (KeyError, StopIteration, TypeError, ValueError):
        return None
    if any("," in value for _, value in listed):
        return None
    types = ",".join(value for name, value in listed if name == "_type")
    return [pair for pair in listed if pair[0] != "_type"] + ([("_type", types)] if types else [])


def is_export(parts):
    return parts[-1:] == ["$export"] and (len(parts) == 1 or parts[:-1] == ["Patient"] or (len(parts) == 3 and parts[0] == "Group"))


def asks_rightly(headers):
    """Both headers are mandatory in practice."""
    return "respond-async" in headers.get("Prefer", "") and "json" in headers.get("Accept", "")


def answer(handler, hospital, parts, query):
    """Serves a request of an export; None when it is none."""
    exports = hospital.exports
    with hospital.lock:
        if is_export(parts) and handler.command in ("GET", "POST"):
            if handler.command not in exports.behave["methods"]:
                return refuse(exports.behave["no_method"], "not-supported", "not by " + handler.command)
            if handler.command == "POST":
                query = parameters_of(handler.content)
                if query is None or "?" in handler.path:
                    return refuse(400, "invalid", "Parameters with one value each are needed")
                exports.counts["by_post"] += 1
            if not asks_rightly(handler.headers):
                return refuse(400, "processing", "Prefer: respond-async and Accept: application/fhir+json are needed")
            if parts[0] == "Group" and hospital.records.current("Group", parts[1]) is None:
                return refuse(404, "not-found", "no such group")
            return exports.kick_off(hospital.records, hospital.base, "/".join(parts), query, hospital.authorization is not None)
        if parts[:1] == ["export"] and len(parts) in (2, 3):
            return exports.serve(hospital.base, handler.command, [urllib.parse.unquote(part) for part in parts[1:]])
    return None
