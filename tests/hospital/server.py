#!/usr/bin/env python3
"""A FHIR R4 server for tests and the demo: everything in memory, loopback only, faults on demand.

    python3 tests/hospital/server.py --port 0 --data DIR        prints READY http://127.0.0.1:PORT/fhir

Under /fhir: search (paging, _id, _lastUpdated, patient, subject, _count, _sort), read, vread, history of an instance, a type and the
whole, create, update, delete, metadata. Under /control: POST faults adds one (faults.py; README.md), DELETE faults removes all; GET requests lists
what was asked, DELETE requests forgets it. PUT temper sets switches (temper.py). With --life (a script that life.py wrote) POST life plays
the next step of it and answers what happened and what is true from now on; 204 when the script is over. Bulk exports, and POST, GET, DELETE
/control/export: export.py.
"""

import argparse
import base64
import collections
import gzip
import http.server
import json
import pathlib
import ssl
import sys
import threading
import time
import urllib.parse
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import conditional  # noqa: E402
import dialect  # noqa: E402
import export  # noqa: E402
from faults import Faults, spoil, whom  # noqa: E402
from hints import Hints  # noqa: E402
from records import Records, instant, parse_instant  # noqa: E402
from temper import Temper  # noqa: E402

FHIR_JSON = "application/fhir+json; charset=utf-8"
SEARCH_PARAMETERS = ["_id", "_lastUpdated", "_sort", "_count", "patient", "subject", "category", "identifier"]


def outcome(code, text, severity="error", details=None):
    issue = {"severity": severity, "code": code, "diagnostics": text}
    if details:
        issue["details"] = {"coding": [{"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369", "code": details}]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class Refusal(Exception):
    def __init__(self, status, code, text):
        super().__init__(text)
        self.status, self.body = status, outcome(code, text)


class Hospital:
    """The state behind one server; tests in Python may hold it directly."""

    def __init__(self, types=None, auth=None, history=True, page_cap=1000, snapshot=True, clock=time.time):
        self.records, self.faults, self.temper, self.exports = Records(types, clock), Faults(), Temper(), export.Exports()
        self.history, self.page_cap, self.snapshot, self.clock = history, page_cap, snapshot, clock
        self.ahead = 0  # seconds by which the Date of answers is ahead
        self.hints = None  # Hints, where the server has Subscriptions
        self.authorization = auth
        self.requests = []
        self.lock = threading.Lock()
        self.cursors = collections.OrderedDict()
        self.base = ""
        self.life = iter(())  # the lines of a script

    def live(self):
        """Plays the next step of the script; answers its line without the records, or None at the end."""
        with self.lock:
            step = next(self.life, None)
            if step is not None:
                step = json.loads(step)
                self.records.apply(step.pop("write"), step.pop("delete"))
            return step

    def remember(self, versions):
        """Keeps the matches of a search, so that its later pages are of the same moment."""
        with self.lock:
            token = "c%d" % (int(next(reversed(self.cursors), "c0")[1:]) + 1)
            self.cursors[token] = versions
            while len(self.cursors) > 500:
                self.cursors.popitem(last=False)
            return token

    def recall(self, token):
        with self.lock:
            if token not in self.cursors:
                raise Refusal(410, "not-found", "the search is unknown or has expired")
            return self.cursors[token]

    def capability(self):
        interactions = ["read", "vread", "search-type", "create", "update", "delete"]
        if self.history:
            interactions += ["history-instance", "history-type"]
        kinds = {"_lastUpdated": "date", "date": "date", "patient": "reference", "subject": "reference"}
        resources = []
        of_system, of_type = self.exports.operations()
        for type_ in sorted(self.records.types):
            names = [name for name in SEARCH_PARAMETERS if name not in ("_sort", "_count", "category", "identifier")]
            if type_ in ("Patient", "Medication", "Group", "ResearchStudy"):
                names = ["_id", "_lastUpdated"]
            if type_ == "Appointment":
                names.append("date")
            resources.append({
                "type": type_, "versioning": "versioned",
                "interaction": [{"code": code} for code in interactions],
                "searchParam": [{"name": name, "type": kinds.get(name, "token")} for name in names],
                **({"conditionalCreate": True, "conditionalUpdate": True} if type_ in conditional.WRITTEN else {}),
                **({"operation": of_type[type_]} if type_ in of_type else {}),
            })
        return {
            "resourceType": "CapabilityStatement", "status": "active", "date": "2026-01-01", "kind": "instance",
            "software": {"name": "trialflag test hospital", "version": "1"}, "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"], "rest": [{"mode": "server", "resource": resources, "operation": of_system}],
        }


def stamp_filter(text):
    """Whether a version is of one _lastUpdated value, FHIR's prefixes and the span of a date respected."""
    prefix = text[:2] if text[:2] in ("ge", "gt", "le", "lt", "eq") else ""
    try:
        first, last = parse_instant(text[len(prefix):])
    except ValueError as error:
        raise Refusal(400, "value", "_lastUpdated is no date or instant") from error
    return {"ge": lambda version: version.updated >= first, "gt": lambda version: version.updated > last, "le": lambda version: version.updated <= last,
            "lt": lambda version: version.updated < first}.get(prefix, lambda version: first <= version.updated <= last)


def select(records, type_, query, as_of=None):
    """The current resources that a search asks for, in its order; `as_of`: those of a moment, in milliseconds."""
    about = [{part.rsplit("/", 1)[-1] for part in text.split(",")} for name, text in query if name in ("patient", "subject")]
    patients = set.intersection(*about) if about else None
    if as_of is not None:
        found = [version for version in records.as_of(type_, as_of) if patients is None or version.patient in patients]
    else:
        found = records.all_current(type_) if patients is None else records.current_of(type_, patients)
    found = dialect.narrowed(type_, query, found)
    for name, text in query:
        if name == "_id":
            wanted = set(text.split(","))
            found = [version for version in found if version.id in wanted]
        elif name == "identifier":
            found = [version for version in found if conditional.bears(version, text)]
        elif name == "category":
            found = [version for version in found if conditional.category_of(version) in text.split(",")]
        elif name == "date" and type_ == "Appointment":
            if text[:2] != "ge":
                raise Refusal(400, "not-supported", "date knows ge alone")
            found = [version for version in found if json.loads(version.body).get("start", "")[:10] >= text[2:12]]
        elif name == "_lastUpdated":
            found = list(filter(stamp_filter(text), found))
    order = dict(query).get("_sort", "_lastUpdated")
    if order.lstrip("-") != "_lastUpdated":
        raise Refusal(400, "not-supported", "_sort knows _lastUpdated alone")
    return sorted(found, key=lambda version: (version.updated, version.id), reverse=order.startswith("-"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    hospital, refusal = None, Refusal

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.serve()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.content = self.rfile.read(length) if length else b""
        self.fault = None
        url = urllib.parse.urlsplit(self.path)
        self.query = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        parts = [urllib.parse.unquote(part) for part in url.path.split("/") if part]
        try:
            if parts[:1] == ["control"]:
                self.control(parts[1:])
            elif parts[:1] == ["fhir"]:
                self.fhir(parts[1:])
            else:
                raise Refusal(404, "not-found", "the base is /fhir")
        except Refusal as refusal:
            self.answer(refusal.status, refusal.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    # ---- control

    def control(self, parts):
        hospital = self.hospital
        if parts == ["faults"] and self.command == "POST":
            try:
                hospital.faults.add(json.loads(self.content))
            except ValueError as error:
                raise Refusal(400, "invalid", str(error)) from error
            return self.answer(204, None)
        if parts == ["temper"] and self.command == "PUT":
            try:
                hospital.temper.set(json.loads(self.content))
            except ValueError as error:
                raise Refusal(400, "invalid", str(error)) from error
            return self.answer(204, None)
        if parts == ["faults"] and self.command == "DELETE":
            hospital.faults.clear()
            return self.answer(204, None)
        if parts == ["clock"] and self.command == "POST":
            hospital.ahead = json.loads(self.content)["ahead_s"]
            return self.answer(204, None)
        if parts == ["requests"] and self.command in ("GET", "DELETE"):
            with hospital.lock:
                seen = list(hospital.requests)
                if self.command == "DELETE":
                    hospital.requests.clear()
            return self.answer(200, seen, content_type="application/json")
        if parts == ["life"] and self.command == "POST":
            step = hospital.live()
            return self.answer(204 if step is None else 200, step, content_type="application/json")
        if parts == ["export"]:
            return self.control_export()
        raise Refusal(404, "not-found", "control knows faults, temper, requests, life and export")

    def control_export(self):
        with self.hospital.lock:
            exports = self.hospital.exports
            if self.command == "POST":
                try:
                    exports.set(json.loads(self.content))
                except ValueError as error:
                    raise Refusal(400, "invalid", str(error)) from error
            elif self.command == "DELETE":
                exports.reset()
            told = exports.tell()
        self.answer(200, told, content_type="application/json")

    # ---- FHIR

    def fhir(self, parts):
        hospital = self.hospital
        with hospital.lock:
            hospital.requests.append({"method": self.command, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}})
            del hospital.requests[:-20000]
        if hospital.authorization and self.headers.get("Authorization") != hospital.authorization:
            raise Refusal(401, "login", "sign in")
        type_ = parts[0] if parts else ""
        self.fault = hospital.faults.take(type_, len(parts) == 1 and type_ != "metadata", whom(parts, dict(self.query)), self.command)
        if self.fault and self.fault["kind"] == "required" and self.fault.get("parameter", "category") in dict(self.query):
            self.fault = None
        if self.fault and self.fault["kind"] in ("status", "redirect", "body", "required"):
            return self.answer_fault()
        if self.fault and self.fault["kind"] in ("silent", "endless_headers", "reset"):
            return self.say_nothing()
        exported = export.answer(self, hospital, parts, self.query)
        if exported is not None:
            status, body, content_type, headers = exported
            return self.answer_bytes(status, body, content_type, headers)
        if parts == ["metadata"] and self.command == "GET":
            return self.answer(200, dialect.stated(hospital, hospital.capability()))
        if type_ and type_ != "_history" and type_ not in hospital.records.types:
            raise Refusal(404, "not-supported", "no such type here")
        if "_history" in parts and self.command == "GET":
            return self.serve_history(parts)
        if self.command == "GET" and len(parts) == 1:
            return self.serve_search(type_)
        if len(parts) == 2 or (len(parts) == 1 and self.command in ("POST", "PUT")):
            return {"GET": self.serve_read, "PUT": self.serve_write, "POST": self.serve_write, "DELETE": self.serve_delete}[self.command](parts)
        raise Refusal(405, "not-supported", "no such interaction here")

    def serve_read(self, parts):
        version = self.hospital.records.current(*parts)
        if version is None:
            raise Refusal(404, "not-found", "no such resource")
        if version.body is None:
            raise Refusal(410, "deleted", "the resource was deleted")
        self.answer_version(200, version)

    def serve_write(self, parts):
        try:
            resource = json.loads(self.content)
        except ValueError as error:
            raise Refusal(400, "structure", "the body is no JSON") from error
        if not isinstance(resource, dict) or resource.get("resourceType") != parts[0]:
            raise Refusal(400, "invalid", "resourceType and address differ")
        written = conditional.write(self, parts, resource)
        if written:
            return self.answer_version(*written)
        if self.command == "POST":
            resource["id"] = self.hospital.records.new_id()
        elif len(parts) != 2 or resource.get("id") != parts[1]:
            raise Refusal(400, "invalid", "id and address differ")
        hints = self.hospital.hints
        if hints and parts[0] == "Subscription":
            known = hints.same(dict(urllib.parse.parse_qsl(self.headers.get("If-None-Exist") or "")))
            if self.command == "POST" and known:
                return self.answer_version(200, known)
            resource = hints.taken(resource)
        expected = self.headers.get("If-Match")
        current = self.hospital.records.current(parts[0], resource["id"])
        if expected and (current is None or expected != 'W/"%d"' % current.number):
            raise Refusal(412, "conflict", "another version is current")
        version, created = self.hospital.records.put(resource)
        if hints:
            hints.changed(parts[0])
        self.answer_version(201 if created else 200, version)

    def serve_delete(self, parts):
        self.hospital.records.delete(*parts)
        if self.hospital.hints:
            self.hospital.hints.changed(parts[0])
        self.answer(204, None)

    def serve_history(self, parts):
        records = self.hospital.records
        if self.hospital.temper.of(parts[0], "refuse_history"):
            raise Refusal(400, "not-supported", "no history here")
        if not self.hospital.history:
            raise Refusal(501, "not-supported", "no history here")
        if len(parts) == 4 and parts[2] == "_history":
            found = [version for version in records.versions(parts[0], parts[1]) if str(version.number) == parts[3]]
            if not found:
                raise Refusal(404, "not-found", "no such version")
            if found[0].body is None:
                raise Refusal(410, "deleted", "that version is a deletion")
            return self.answer_version(200, found[0])
        since = dict(self.query).get("_since")
        if parts == ["_history"] or len(parts) == 2:
            wanted = lambda: records.changes(None if parts == ["_history"] else parts[0], parse_instant(since)[0] if since else 0)  # noqa: E731
        else:
            wanted = lambda: list(reversed(records.versions(parts[0], parts[1])))  # noqa: E731
        return self.answer_pages("history", "/".join(parts), wanted, [pair for pair in self.query if pair[0] == "_since"])

    def serve_search(self, type_):
        known = SEARCH_PARAMETERS + ["_cursor", "_offset", "_format", "_summary"] + ["date"] * (type_ == "Appointment") + dialect.parameters(type_)
        unknown = [name for name, _ in self.query if name.split(":")[0] not in known]
        if unknown and "handling=strict" in self.headers.get("Prefer", ""):
            raise Refusal(400, "not-supported", "unknown parameter")
        applied, as_of, temper = [pair for pair in self.query if pair[0] in known], None, self.hospital.temper
        fault = self.fault or {"kind": ""}
        if fault["kind"] in ("ignore", "nothing"):
            left_out = fault.get("parameters", [name for name in known if name != "_id"])
            applied = [pair for pair in applied if pair[0] not in left_out]
        if fault["kind"] == "stale":
            as_of = int((self.hospital.clock() - fault["seconds"]) * 1000)

        def wanted():
            if fault["kind"] == "nothing":
                return []
            found = temper.arrange(type_, select(self.hospital.records, type_, temper.applied(type_, applied), as_of), applied)
            refusal = temper.refusal(type_, applied, found)
            if refusal:
                raise Refusal(*refusal, "not asked like this")
            return found

        self.answer_pages("searchset", type_, wanted, temper.shown(type_, applied))

    def answer_pages(self, kind, path, wanted, applied):
        """One page of what `wanted` finds; its later pages are of the same moment."""
        given = dict(self.query)
        try:
            size = max(1, min(int(given.get("_count", "20")), self.hospital.page_cap))
            offset = max(0, int(given.get("_offset", "0")))
        except ValueError as error:
            raise Refusal(400, "value", "_count is no number") from error
        fault = self.fault or {"kind": ""}
        if fault["kind"] == "count":
            size = fault["count"]
        if fault["kind"] == "expire":
            with self.hospital.lock:
                self.hospital.cursors.clear()
        token = given.get("_cursor")
        found = self.hospital.recall(token) if token else wanted()
        if fault["kind"] == "reverse":
            found = found[::-1]
        base = self.hospital.base
        links = {"self": "%s/%s?%s" % (base, path, urllib.parse.urlencode(applied))}
        if given.get("_summary") == "count":
            return self.answer_bytes(200, self.bundle(kind, len(found), links, [], fault))
        after = offset + (0 if fault["kind"] == "empty_page" else size)
        if after < len(found):
            # Without snapshots the pages to come are of what is there then: what comes or goes meanwhile shifts them.
            kept = [("_cursor", token or self.hospital.remember(found))] if self.hospital.snapshot else [
                pair for pair in applied if pair[0] not in ("_offset", "_count")]
            links["next"] = "%s/%s?%s" % (base, path, urllib.parse.urlencode([*kept, ("_offset", after), ("_count", size)]))
        if fault["kind"] == "next":
            links["next"] = fault["location"].replace("{base}", base).replace("{self}", base.rsplit("/fhir", 1)[0] + self.path)
        if fault["kind"] == "no_next":
            links.pop("next", None)
        total = fault["total"] if fault["kind"] == "total" else len(found)
        self.answer_bytes(200, self.bundle(kind, total, links, found[offset:after], fault))

    def bundle(self, kind, total, links, page, fault):
        head = {"resourceType": "Bundle", "type": kind, "total": total, "link": [{"relation": k, "url": v} for k, v in links.items()]}
        entries = [self.entry(kind, version) for version in page]
        if fault["kind"] == "outcome":
            extra = {"resource": outcome(fault["code"], "said by a test", fault["severity"], fault.get("details"))}
            if fault.get("mode", "outcome"):
                extra["search"] = {"mode": "outcome"}
            entries.insert(0, json.dumps(extra).encode())
        if fault["kind"] == "bundle_type":
            head["type"] = fault["type_name"]
        if fault["kind"] == "nulls":
            entries[1:1] = [b"null", b"{}", b'{"search":{"mode":"match"}}']
        if fault["kind"] == "twice":
            former = [past for version in page for past in self.hospital.records.versions(version.type, version.id)[-2:-1] if past.body]
            entries = [self.entry(kind, version) for version in former] + entries + entries
        if fault["kind"] == "mixed":
            entries += [b'{"resource":%s}' % version.body for version in self.hospital.records.all_current("Patient")[:3]]
            entries.insert(0, json.dumps({"resource": outcome("informational", "all is well", "information")}).encode())
        return json.dumps(head, separators=(",", ":")).encode()[:-1] + b',"entry":[' + b",".join(entries) + b"]}"

    def entry(self, kind, version):
        address = "%s/%s" % (version.type, version.id)
        if kind == "searchset":
            body = self.hospital.temper.body(version.type, version.body)
            body = spoil(self.fault, body) if self.fault else body
            return b'{"fullUrl":"%s","resource":%s,"search":{"mode":"match"}}' % (("%s/%s" % (self.hospital.base, address)).encode(), body)
        method = "DELETE" if version.body is None else "POST" if version.number == 1 else "PUT"
        about = {"request": {"method": method, "url": version.type if method == "POST" else address},
                 "response": {"status": {"DELETE": "204", "POST": "201", "PUT": "200"}[method], "lastModified": instant(version.updated)}}
        text = b'{"fullUrl":"%s"' % ("%s/%s" % (self.hospital.base, address)).encode()
        if version.body is not None:
            text += b',"resource":' + version.body
        return text + b"," + json.dumps(about, separators=(",", ":")).encode()[1:]

    # ---- answers

    def date_time_string(self, timestamp=None):
        off = self.hospital.ahead + (self.hospital.temper.of("*", "clock") or 0)
        return super().date_time_string((self.hospital.clock() if timestamp is None else timestamp) + off)

    def answer_version(self, status, version):
        headers = {"ETag": 'W/"%d"' % version.number}
        if status == 201:
            headers["Location"] = "%s/%s/%s/_history/%d" % (self.hospital.base, version.type, version.id, version.number)
        self.answer_bytes(status, version.body, headers=headers)

    def answer(self, status, body, content_type=FHIR_JSON, headers=None):
        self.answer_bytes(status, b"" if body is None else json.dumps(body).encode(), content_type, headers)

    def answer_fault(self):
        fault, headers = self.fault, {}
        if "retry_after" in fault:
            headers["Retry-After"] = str(fault["retry_after"])
        if fault["kind"] == "redirect":
            headers["Location"] = fault["location"].replace("{base}", self.hospital.base)
        status = fault.get("status", {"redirect": 307, "body": 200, "required": 400}.get(fault["kind"], 500))
        body = fault.get("body")
        code = "required" if fault["kind"] == "required" else "transient"
        body = json.dumps(outcome(code, "said by a test")) if body is None else body
        self.answer_bytes(status, body.encode(), fault.get("content_type", FHIR_JSON), headers)

    def say_nothing(self):
        """No answer, or the beginning of one that never comes to its end."""
        fault = self.fault
        if fault["kind"] == "silent":
            time.sleep(fault.get("delay", 5))
        if fault["kind"] == "endless_headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(fault.get("count", 100)):
                self.wfile.write(b"X-Header-%d: nothing\r\n" % number)
                self.wfile.flush()
                time.sleep(fault.get("delay", 0.05))
        self.close_connection = True

    def answer_bytes(self, status, body, content_type=FHIR_JSON, headers=None):
        fault = self.fault or {"kind": ""}
        kind = fault["kind"]
        if kind == "truncate":
            body = body[:len(body) // 2]
        if kind == "replace":
            body = body.replace(fault["find"].encode(), fault["with"].encode())
        asked = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000
        packed = kind in ("gzip", "gzip_cut", "bomb") or (asked and kind == "")
        if kind == "bomb":
            body = b" " * fault["size"] + body
        if packed:
            body = gzip.compress(body, 1)
        if kind == "gzip_cut":
            body = body[:-12]
        self.send_response(status)
        if status != 204:
            said = fault["content_type"] if kind == "content_type" else content_type
            if said:
                self.send_header("Content-Type", said)
            if kind == "chunked":
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(body)))
        if packed or kind == "encoding":
            self.send_header("Content-Encoding", fault.get("encoding", "gzip"))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.send_body(body if self.command != "HEAD" else b"", kind, fault)

    def send_body(self, body, kind, fault):
        if kind == "drop":
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
            return
        if kind == "chunked":
            half = len(body) // 2
            whole = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part)
            self.wfile.write(whole[:len(whole) - half // 2 - 9] if fault.get("cut") else whole + b"0\r\n\r\n")
            self.close_connection = self.close_connection or bool(fault.get("cut"))
            self.wfile.flush()
            return
        if kind == "slow":
            for at in range(len(body)):
                self.wfile.write(body[at:at + 1])
                self.wfile.flush()
                time.sleep(fault.get("delay", 0.05))
        else:
            self.wfile.write(body)
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, ValueError, ssl.SSLError)):
            super().handle_error(request, client_address)


def make_server(hospital, port=0, tls=None, tls_max=None, client_ca=None):
    """A server on loopback, not yet serving; `hospital.base` is its address. `tls`: files of certificate and key. `tls_max`: the newest TLS it
    speaks ("1.1"). `client_ca`: the authority by which a client must prove who it is."""
    server = Server(("127.0.0.1", port), type("HospitalHandler", (Handler,), {"hospital": hospital}))
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        if tls_max:
            context.set_ciphers("DEFAULT@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion["TLSv" + tls_max.replace(".", "_")]
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_ca)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    hospital.base = "%s://127.0.0.1:%d/fhir" % ("https" if tls else "http", server.server_address[1])
    return server


def authorization(text):
    """basic:USER:PASSWORD or bearer:TOKEN as the header that a request must carry."""
    if text is None:
        return None
    kind, _, rest = text.partition(":")
    if kind == "basic":
        return "Basic " + base64.b64encode(rest.encode()).decode()
    if kind == "bearer":
        return "Bearer " + rest
    raise SystemExit("--auth is basic:USER:PASSWORD or bearer:TOKEN")


def main():
    parser = argparse.ArgumentParser(description="A FHIR R4 server for tests and the demo, on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--data", action="append", default=[], help="file or folder of JSON, Bundles, NDJSON (.gz too); may be repeated")
    parser.add_argument("--auth", help="basic:USER:PASSWORD or bearer:TOKEN that every request must carry")
    parser.add_argument("--types", help="the types it keeps, separated by commas (those of the data are added)")
    parser.add_argument("--no-history", action="store_true", help="no _history of types and instances")
    parser.add_argument("--no-snapshot", action="store_true", help="pages are of the moment in which each is asked for, not of one")
    parser.add_argument("--page-cap", type=int, default=1000, help="the largest page it gives")
    parser.add_argument("--life", type=pathlib.Path, help="the script that POST /control/life plays")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve https")
    parser.add_argument("--tls-max", help="the newest TLS it speaks: 1.1, say")
    parser.add_argument("--tls-client-ca", metavar="CA", help="refuse clients without a certificate of this authority")
    parser.add_argument("--subscriptions", action="store_true", help="take R4 rest-hook Subscriptions (hints.py)")
    options = parser.parse_args()
    types = options.types.split(",") if options.types else None
    hospital = Hospital(types, authorization(options.auth), not options.no_history, options.page_cap,
                        not options.no_snapshot)
    if options.subscriptions:
        hospital.records.types.append("Subscription")
        hospital.hints = Hints(hospital.records)
    for path in options.data:
        hospital.records.load(path)
    if options.life:
        hospital.life = iter(options.life.read_text(encoding="utf-8").splitlines())
    server = make_server(hospital, options.port, options.tls, options.tls_max, options.tls_client_ca)
    print("READY " + hospital.base, flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
