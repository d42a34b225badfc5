"""What the agent has written into an EHR, and what people there do to it; for any server behind a Rig."""
import json

TYPES = "ResearchStudy, ResearchSubject, Task, List, Communication".split(", ")
ID, WRITTEN = "urn:trialflag:id", "urn:trialflag:written"
EVERYTHING = "[ResearchSubject, List, Task, Communication]"


def written_back(world, type_):
    """The resources of a type that the agent wrote, oldest first."""
    bundle = world.get(f"{type_}?_count=200")
    found = [entry["resource"] for entry in bundle.get("entry", [])]
    ours = [each for each in found if any(one.get("system") == ID for one in each.get("identifier", []))]
    return sorted(ours, key=lambda each: each["meta"]["lastUpdated"])


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
