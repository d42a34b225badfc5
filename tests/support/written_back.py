"""What the agent has written into an EHR, and what people there do to it; for any server behind a Rig."""
import collections
import json

TYPES = "ResearchStudy, ResearchSubject, Task, List, Communication".split(", ")
ID, WRITTEN = "urn:trialflag:id", "urn:trialflag:written"
EVERYTHING = "[ResearchSubject, List, Task, Communication]"

# What a flag of that status is in the EHR; of another one, that nobody had heard of it, or that it is taken back.
STATUSES = {"ResearchSubject": {"potentially_eligible": ["candidate"], "needs_review": ["potential-candidate"]},
            "Task": {"potentially_eligible": ["requested"], "needs_review": ["requested"]}}
FALLEN = [None, "ineligible", "not-registered", "withdrawn", "cancelled"]


def written_back(world, type_):
    """The resources of a type that the agent wrote, oldest first."""
    path, found = f"{type_}?_count=200", []
    while path:
        bundle = world.get(path)
        found += [entry["resource"] for entry in bundle.get("entry", [])]
        path = next((link["url"].removeprefix(world.base + "/") for link in bundle.get("link", []) if link["relation"] == "next"), None)
    return sorted(filter(is_ours, found), key=lambda each: each["meta"]["lastUpdated"])


def is_ours(resource):
    return any(one.get("system") == ID for one in resource.get("identifier", []))


def identifier_of(resource):
    (value,) = [one["value"] for one in resource["identifier"] if one["system"] == ID]
    return value


def versions(world):
    """Every resource that the agent wrote, with its version: the same twice means that nothing was written in between."""
    return {f"{each['resourceType']}/{each['id']}": each["meta"]["versionId"] for type_ in TYPES for each in written_back(world, type_)}


def doubles(world):
    """The identifiers that stand there more than once."""
    values = [(type_, identifier_of(each)) for type_ in TYPES for each in written_back(world, type_)]
    return sorted({value for value in values if values.count(value) > 1})


def flaws_of_written(resources, flags, lists, unjudged=()):
    """What is wrong with `resources`, all that the agent wrote. `flags`: of each its status, or None where nobody is to hear of it; `lists`: how many
    screening lists there are to be; `unjudged`: flags of which only doubles are looked for."""
    by_type = {type_: collections.defaultdict(list) for type_ in TYPES}
    for each in resources:
        by_type[each["resourceType"]][identifier_of(each)].append(each)
    for type_, found in by_type.items():
        yield from (f"{type_} {identifier} stands there {len(those)} times" for identifier, those in found.items() if len(those) > 1)
    status = {type_: {identifier: those[0]["status"] for identifier, those in by_type[type_].items()} for type_ in ("ResearchSubject", "Task")}
    for type_ in status:
        yield from (f"{type_} {identifier} belongs to no flag" for identifier in set(status[type_]) - set(flags))
    listed = {entry["item"]["reference"] for those in by_type["List"].values() for entry in those[0].get("entry", [])}
    told = {identifier.rsplit("-", 1)[0] for identifier in by_type["Communication"]}
    for flag, said in flags.items():
        if flag in unjudged:
            continue
        for type_, as_of in STATUSES.items():
            if status[type_].get(flag) not in as_of.get(said, FALLEN):
                yield f"{type_} of flag {flag} ({said}) is {status[type_].get(flag)}"
        on_list = [f"ResearchSubject/{subject['id']}" in listed for subject in by_type["ResearchSubject"].get(flag, [])]
        if on_list.count(said in STATUSES["Task"]) != len(on_list):
            yield f"flag {flag} ({said}) is {'' if any(on_list) else 'not '}on the screening list"
        if said in STATUSES["Task"] and flag not in told:
            yield f"of flag {flag} ({said}) the EHR was told nothing"
    if len(by_type["List"]) != lists:
        yield f"{len(by_type['List'])} screening lists instead of {lists}"


def of_patient(world, type_, patient):
    (found,) = [each for each in written_back(world, type_) if json.dumps(each).find(f'"Patient/{patient}"') >= 0]
    return found


def set_status(world, resource, status, **members):
    """As somebody in the EHR does: everything else stays as it is."""
    current = world.get(f"{resource['resourceType']}/{resource['id']}")
    current.update(status=status, **members)
    world.put(current)


def notify_keys(write=EVERYTHING):
    """For Rig.extra, where the rig itself has notify=False."""
    return "notify: {fhir: {write: %s}, budget: {flood: 100}}\n" % write
