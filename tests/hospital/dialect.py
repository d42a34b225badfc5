"""Switches of temper.py for what one vendor's servers say and take otherwise than others: the parameters that they list, refuse or leave out."""

import json

SWITCHES = {
    "need_intent": "refuses a search that names no intent and no _id (400, issue code required), as some servers do for MedicationRequest",
    "refuse_intent": "refuses a search for these values of intent (a list)",
    "refuse_patient": "refuses a search with patient (400), as old bases of athena do, which know subject alone",
    "ignore_patient": "does not apply patient, and leaves it out of the self link",
    "refuse_reference": "refuses subject=Patient/ID (400); the id alone will do",
    "ignore_subject": "does not apply subject, and leaves it out of the self link",
    "refuse_ids": "refuses a list of ids in _id (400)",
    "ignore_id": "does not apply _id, and leaves it out of the self link",
    "software": "calls itself so in the CapabilityStatement (of \"*\")",
    "list_subject": "lists subject and not patient in the CapabilityStatement",
}


# What is neither applied nor shown, by switch.
IGNORED = {"ignore_patient": "patient", "ignore_subject": "subject", "ignore_id": "_id"}


def stated(hospital, statement):
    """The CapabilityStatement as such a server writes it."""
    temper, guide = hospital.temper, hospital.exports.behave["guide"]
    if guide:
        statement["instantiates"] = ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data|" + guide]
    for resource in statement["rest"][0]["resource"]:
        if temper.of(resource["type"], "list_subject"):
            resource["searchParam"] = [one for one in resource["searchParam"] if one["name"] != "patient"]
    statement["software"]["name"] = temper.of("*", "software") or statement["software"]["name"]
    return statement


def refusal(temper, type_, query):
    """(status, issue code) with which a search is refused, or None."""
    given = dict(query)
    if temper.of(type_, "need_intent") and not given.keys() & {"intent", "_id"}:
        return 400, "required"
    if temper.of(type_, "refuse_ids") and "," in given.get("_id", ""):
        return 400, "not-supported"
    if given.get("intent") in (temper.of(type_, "refuse_intent") or ()):
        return 400, "code-invalid"
    if temper.of(type_, "refuse_patient") and "patient" in given:
        return 400, "not-supported"
    if temper.of(type_, "refuse_reference") and "/" in given.get("subject", ""):
        return 400, "value"
    return None


def left_out(temper, type_):
    """The parameters that are neither applied nor shown."""
    return {name for switch, name in IGNORED.items() if temper.of(type_, switch)}


def parameters(type_):
    """What a type can be searched by beside what all can."""
    return ["intent"] * (type_ == "MedicationRequest")


def narrowed(type_, query, found):
    wanted = dict(query).get("intent") if "intent" in parameters(type_) else None
    return found if wanted is None else [version for version in found if json.loads(version.body).get("intent") in wanted.split(",")]
