"""How a server treats questions as long as a switch is on: what real servers do by nature, unlike faults, which strike once."""

import json
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import conditional  # noqa: E402
import dialect  # noqa: E402

SWITCHES = {
    **dialect.SWITCHES,
    "ignore_updated": "does not apply _lastUpdated, and leaves it out of the self link",
    "hide_updated": "applies _lastUpdated, and leaves it out of the self link",
    "refuse_updated": "refuses a search with _lastUpdated (400)",
    "need_patient": "refuses a search that names no patient and no _id (400, issue code required), as Oracle does",
    "need_category": "refuses a search that names no category and no code (400, issue code required), as Epic does for Observation",
    "most": "refuses a search that finds more than so many (422)",
    "descending": "gives the newest first, page by page",
    "undated": "writes no meta.lastUpdated",
    "bare": "writes no meta at all",
    "refuse_history": "lists the history and refuses it (400)",
    "hide": "shows none of these in a search (a list of Type/id); a read by id does",
    "omit": "leaves these out of every search that names no _id (a list of Type/id, or of a category's code); _id and a read by id show them",
    "clock": "its Date header is so many seconds off",
}


class Temper:
    """Thread-safe. Switches are set by type or for all ("*"): {"Condition": {"need_patient": true}}."""

    def __init__(self):
        self._lock = threading.Lock()
        self._switches = {}

    def set(self, switches):
        for about in switches.values():
            unknown = set(about) - set(SWITCHES)
            if unknown:
                raise ValueError("unknown switch; one of " + ", ".join(sorted(SWITCHES)))
        with self._lock:
            self._switches = switches

    def of(self, type_, name):
        with self._lock:
            return self._switches.get(type_, {}).get(name) or self._switches.get("*", {}).get(name)

    def refusal(self, type_, query, found):
        """(status, issue code) with which a search is refused, or None."""
        names = {name.split(":")[0] for name, _ in query}
        if self.of(type_, "need_patient") and not names & {"patient", "subject", "_id"}:
            return 400, "required"
        if self.of(type_, "need_category") and not names & {"category", "code", "_id"}:
            return 400, "required"
        if self.of(type_, "refuse_updated") and "_lastUpdated" in names:
            return 400, "not-supported"
        most = self.of(type_, "most")
        if most and len(found) > most:
            return 422, "too-costly"
        return dialect.refusal(self, type_, query)

    def applied(self, type_, query):
        """The parameters of a search that are applied."""
        left_out = dialect.left_out(self, type_) | ({"_lastUpdated"} if self.of(type_, "ignore_updated") else set())
        return [pair for pair in query if pair[0] not in left_out]

    def shown(self, type_, query):
        """Those that the self link shows."""
        left_out = dialect.left_out(self, type_) | ({"_lastUpdated"} if self.of(type_, "hide_updated") else set())
        return [pair for pair in self.applied(type_, query) if pair[0] not in left_out]

    def arrange(self, type_, found, query=()):
        """What a search finds, in the order in which it is given."""
        hidden = set(self.of(type_, "hide") or ())
        omitted = set(self.of(type_, "omit") or ()) if "_id" not in dict(query) else set()
        if omitted:
            found = [version for version in found if not omitted & {"%s/%s" % (version.type, version.id), conditional.category_of(version)}]
        found = [version for version in found if "%s/%s" % (version.type, version.id) not in hidden]
        return found[::-1] if self.of(type_, "descending") else found

    def body(self, type_, body):
        bare = self.of(type_, "bare")
        if body is None or not (bare or self.of(type_, "undated")):
            return body
        resource = json.loads(body)
        resource.get("meta", {}).pop("lastUpdated", None)
        if bare:
            resource.pop("meta", None)
        return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
