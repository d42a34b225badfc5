"""Conditional writes of the test hospital: If-None-Exist and PUT TYPE?identifier=SYSTEM|VALUE, which know identifiers alone (of a
Subscription: hints.py). And what a search by identifier or category finds."""

import json
import urllib.parse

# What the agent writes; a hospital's own types are written by id.
WRITTEN = ("ResearchStudy", "ResearchSubject", "Task", "List", "Communication")


def bears(version, wanted):
    """Whether a version bears one of the identifiers "system|value", "system|" or "value"."""
    identifiers = json.loads(version.body).get("identifier") or []
    for text in wanted.split(","):
        system, bar, value = text.rpartition("|")
        for one in identifiers if isinstance(identifiers, list) else [identifiers]:
            if (not bar or one.get("system") == system) and (not value or one.get("value") == value):
                return True
    return False


def category_of(version):
    """The code of a record's category; laboratory for whatever has none, so that a search by category misses nothing."""
    categories = json.loads(version.body).get("category") or [{}]
    return (categories[0].get("coding") or [{}])[0].get("code", "laboratory")


def condition_of(handler, parts):
    """The query that says which resource is meant; None for a write that is not conditional."""
    if parts[0] == "Subscription":
        return None
    if handler.command == "PUT":
        return urllib.parse.urlsplit(handler.path).query if len(parts) == 1 else None
    return handler.headers.get("If-None-Exist")


def write(handler, parts, resource):
    """Status and version of a conditional write; None when it is none. As HAPI does, 412 when several match."""
    condition = condition_of(handler, parts)
    if condition is None:
        return None
    records, type_ = handler.hospital.records, parts[0]
    if handler.fault and handler.fault["kind"] == "forgetful":
        kept = [each for each in resource.get("identifier", []) if each.get("system") not in handler.fault["systems"]]
        resource = {**resource, "identifier": kept}
    pairs = urllib.parse.parse_qsl(condition)
    if [name for name, _ in pairs] != ["identifier"]:
        raise handler.refusal(412, "not-supported", "a condition is identifier=SYSTEM|VALUE")
    with handler.hospital.lock:
        found = [version for version in records.all_current(type_) if bears(version, pairs[0][1])]
        if len(found) > 1:
            raise handler.refusal(412, "multiple-matches", "several resources match the condition")
        if found and handler.command == "POST":
            return 200, found[0]
        version, created = records.put({**resource, "id": found[0].id if found else records.new_id()})
        return (201 if created else 200), version
