"""What can go wrong with the test hospital's answers, on demand: each fault waits for the next requests that it matches."""

import threading

KINDS = {
    "status": "answers `status` (with `retry_after`, `body`, `content_type` where given) instead of the records",
    "drop": "closes the connection in the middle of the body",
    "truncate": "sends the first half of the body as if it were the whole",
    "slow": "sends a byte every `delay` seconds",
    "content_type": "calls the answer `content_type`",
    "gzip": "sends gzip whether or not it was asked for",
    "redirect": "answers `status` (307 unless given) with Location `location`; {base} in it is this server's address",
    "next": "makes the page's next link `location`; {base} in it is this server's address, {self} the page's own",
    "outcome": "adds an OperationOutcome entry of `severity`, `code` and `details` (a code) to the page",
    "body": "sends `body` instead of the records, with status 200",
    "total": "says in Bundle.total that there are `total` matches",
    "replace": "writes `with` for every `find` in the body",
    "no_next": "ends the pages early: leaves the next link out",
}


class Faults:
    """Thread-safe. A fault is {"kind", "type": a resource type or "*", "times": how often (1), "skip": how many to let pass first (0), …}."""

    def __init__(self):
        self._lock = threading.Lock()
        self._waiting = []

    def add(self, fault):
        if fault.get("kind") not in KINDS:
            raise ValueError("unknown kind; one of " + ", ".join(sorted(KINDS)))
        with self._lock:
            self._waiting.append({"type": "*", "times": 1, "skip": 0, **fault})

    def clear(self):
        with self._lock:
            self._waiting.clear()

    def take(self, type_):
        """The fault for a request of `type_`, or None; counts it down."""
        with self._lock:
            for fault in self._waiting:
                if fault["type"] not in ("*", type_):
                    continue
                if fault["skip"] > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] -= 1
                if fault["times"] <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
