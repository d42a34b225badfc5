"""What can go wrong with the test hospital's answers, on demand: each fault waits for the next requests that it matches. README.md tells
which case of the catalogue of failures each is for."""

import json
import threading

KINDS = {
    "status": "answers `status` (with `retry_after`, `body`, `content_type` where given) instead of the records",
    "drop": "closes the connection in the middle of the body",
    "truncate": "sends the first half of the body as if it were the whole",
    "slow": "sends a byte every `delay` seconds",
    "silent": "takes the request and says nothing for `delay` seconds (5), then closes the connection",
    "endless_headers": "sends a header every `delay` seconds, `count` (100) of them, and never a body",
    "reset": "closes the connection without a word, as a server does with one that it kept open too long",
    "content_type": "calls the answer `content_type`; empty: does not say what it is",
    "gzip": "sends gzip whether or not it was asked for",
    "gzip_cut": "sends gzip that ends before its trailer",
    "bomb": "sends gzip that unpacks to `size` bytes of blanks before the body",
    "encoding": "claims Content-Encoding `encoding`",
    "chunked": "sends the body in chunks; with `cut` it ends in the middle of one",
    "redirect": "answers `status` (307 unless given) with Location `location`; {base} in it is this server's address",
    "next": "makes the page's next link `location`; {base} in it is this server's address, {self} the page's own",
    "forgetful": "keeps no identifier of the systems `systems` of what a conditional create or update brings",
    "outcome": "adds an OperationOutcome entry of `severity`, `code` and `details` (a code) to the page; `mode` null: without search.mode",
    "body": "sends `body` instead of the records, with status 200",
    "total": "says in Bundle.total that there are `total` matches",
    "replace": "writes `with` for every `find` in the body",
    "no_next": "ends the pages early: leaves the next link out",
    "required": "refuses with issue code `required` whoever does not say `parameter` (category)",
    "ignore": "does not apply the parameters `parameters` (all but _id) and leaves them out of the self link",
    "nothing": "finds nothing, as servers do by a parameter that they do not know, and leaves `parameters` (all) out of the self link",
    "count": "makes pages of `count` entries, whatever was asked",
    "expire": "forgets every search, as after an hour",
    "stale": "searches what was there `seconds` before, as a replica that lags",
    "reverse": "gives the matches last first",
    "empty_page": "gives a page without entries, whose next link leads to those that were asked for",
    "twice": "gives each entry twice, and before them the version before it, if there was one",
    "mixed": "mixes Patients in without saying why, and opens with an OperationOutcome that says all is well",
    "nulls": "puts null, an empty object and an entry without a resource among the entries",
    "bundle_type": "calls the Bundle `type`",
    "summary": "gives no more of each record than its summary, tagged SUBSETTED",
    "stamps": "writes every meta.lastUpdated as `form` says: none, days, offset, micro, space, words",
}

# These strike the answer to a search alone; another request lets them wait.
OF_SEARCHES = {"next", "outcome", "total", "no_next", "required", "ignore", "nothing", "count", "expire", "stale", "reverse", "empty_page",
               "twice", "mixed", "nulls", "bundle_type", "summary", "stamps"}


def whom(parts, asked):
    """Whom a request is about, as a fault's "of" names them. `asked`: its parameters."""
    if parts and parts[0] in ("Patient", "Observation") and len(parts) == 2:
        return parts[1:]
    listed = ["_id", *asked["_id"].split(",")] if parts[:1] == ["Observation"] and "_id" in asked else []
    return [asked.get("patient", "").removeprefix("Patient/"), *listed]


class Faults:
    """Thread-safe. A fault is {"kind", "type": a resource type, "metadata", "records" (all but that) or "*", "of": the id of the one patient whose
    reading it strikes, or of the one Observation that is read by it or searched for in a list of ids ("_id": of every such list), "times": how
    often (1), "skip": how many to let pass first (0), "method": POST alone, say, …}. `struck` counts how often any was met."""

    def __init__(self):
        self._lock = threading.Lock()
        self._waiting = []
        self.struck = 0

    def add(self, fault):
        if fault.get("kind") not in KINDS:
            raise ValueError("unknown kind; one of " + ", ".join(sorted(KINDS)))
        with self._lock:
            self._waiting.append({"type": "*", "times": 1, "skip": 0, **fault})

    def clear(self):
        with self._lock:
            self._waiting.clear()

    def take(self, type_, is_search=True, of=(), method="GET"):
        """The fault for a request of `type_`, or None; counts it down. `of`: whom it is about."""
        with self._lock:
            for fault in self._waiting:
                meant = fault["type"] in ("*", type_) or (fault["type"] == "records" and type_ != "metadata")
                meant = meant and fault.get("method", method) == method
                if not meant or ("of" in fault and fault["of"] not in of) or (fault["kind"] in OF_SEARCHES and not (is_search and method == "GET")):
                    continue
                if fault["skip"] > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] -= 1
                if fault["times"] <= 0:
                    self._waiting.remove(fault)
                self.struck += 1
                return fault
        return None


def restamped(form, text):
    """An instant as servers write it that do not keep to the standard; None: not at all."""
    return {"none": None, "days": text[:10], "offset": text.replace("Z", "+00:00"), "micro": text.replace("Z", "123Z"),
            "space": text[:19].replace("T", " "), "words": "just now"}[form]


def spoil(fault, body):
    """A record's text as a fault of the page makes it."""
    if fault["kind"] not in ("summary", "stamps"):
        return body
    resource = json.loads(body)
    if fault["kind"] == "summary":
        resource["meta"]["tag"] = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]
        resource = {name: resource[name] for name in ("resourceType", "id", "meta", "subject", "patient", "active") if name in resource}
    else:
        stamp = restamped(fault["form"], resource["meta"]["lastUpdated"])
        resource["meta"].pop("lastUpdated")
        if stamp is not None:
            resource["meta"]["lastUpdated"] = stamp
    return json.dumps(resource, ensure_ascii=False).encode()
