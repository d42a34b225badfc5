"""Writes the records of one patient, with the untidiness of real ones where it cannot change what they say."""

import datetime

from population.palette import SYSTEMS
from population.shares import RECORDS

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"



def coding(pair):
    system, code = pair
    return {"system": SYSTEMS[system], "code": code}


def concept(*pairs, text=None):
    result = {}
    if pairs:
        result["coding"] = [coding(pair) for pair in pairs]
    if text:
        result["text"] = text
    return result


def code(pair, text=None):
    """A concept of "SYSTEM code"."""
    return concept(tuple(pair.split()), text=text)


def state(system, value):
    return {"coding": [{"system": TERMINOLOGY + system, "code": value}]}


class Paper:
    """All dates are days before `today`; negative days lie in the future."""

    def __init__(self, rng, id_, today, zone=0):
        self.rng, self.id, self.today, self.zone = rng, id_, today, zone
        self.resources, self.former = [], None
        self.written = []  # the resources since somebody last emptied it, each in the version that counts
        self._count = 0

    def chance(self, share):
        return self.rng.random() * 100 < RECORDS[share]

    def date(self, days):
        return (self.today - datetime.timedelta(days=days)).isoformat()

    def time(self, days, hour=9):
        """The hour is the hospital's own."""
        own = datetime.timezone(datetime.timedelta(hours=self.zone))
        moment = datetime.datetime.combine(self.today - datetime.timedelta(days=days), datetime.time(hour, self._count % 60), own)
        if self.chance("zone other than UTC"):
            return moment.astimezone(datetime.timezone(datetime.timedelta(hours=8))).isoformat()
        return moment.isoformat().replace("+00:00", "Z")

    def _stamp(self, days):
        return {"lastUpdated": "%sT06:00:00.000Z" % self.date(max(days, 1))}

    def add(self, type_, elements, days=30, keep=False):
        """Adds a resource; `keep`: exactly as it is, without untidiness."""
        self._count += 1
        number = self._count - 1 if not keep and self._count > 1 and self.chance("id shared with another type") and self._free(type_) else self._count
        resource = {"resourceType": type_, "id": "%s-%d" % (self.id, number), "meta": self._stamp(days)}
        if type_ != "Medication":
            owner = self.former if self.former and not keep and self.chance("under the number before a merge") else self.id
            resource["patient" if type_ in ("AllergyIntolerance", "Consent", "FamilyMemberHistory") else "subject"] = {"reference": self._reference(owner, keep)}
        resource.update(elements)
        if not keep and self.chance("corrected"):
            self._superseded(resource, days)
        self.resources.append(resource)
        self.written.append(resource)
        if not keep and self.chance("doubled in the file"):
            self.resources.append(resource)
        return resource

    def _reference(self, owner, keep):
        if keep or not self.chance("versioned or absolute reference"):
            return "Patient/" + owner
        return self.rng.choice(["Patient/%s/_history/1", "https://hospital.example/fhir/Patient/%s"]) % owner

    def _free(self, type_):
        """Whether the id before this one belongs to another type."""
        return all(r["resourceType"] != type_ or r["id"] != "%s-%d" % (self.id, self._count - 1) for r in self.resources[-4:]) and type_ != "Medication"

    def _superseded(self, resource, days):
        """An earlier version of the same record that says something immaterial and counts no longer."""
        old = {key: resource[key] for key in ("resourceType", "id", "subject", "patient") if key in resource}
        old["meta"] = self._stamp(days + 2)
        if resource["resourceType"] == "Condition":
            old.update(clinicalStatus=state("condition-clinical", "active"), code=code("ICD10 E11.9"), recordedDate=self.date(days + 2))
        elif resource["resourceType"].startswith("Medication") and resource["resourceType"] != "Medication":
            old.update(status="active", intent="order", medicationCodeableConcept=code("RXNORM 187832"), authoredOn=self.date(days + 2))
        else:
            return
        self.resources.insert(self.rng.randrange(len(self.resources) + 1), old)

    def words(self, pairs, text=None):
        """A concept of one of the pairs, sometimes with another system's code beside it, an odd system name, or a text."""
        rng = self.rng
        first = rng.choice(pairs)
        chosen = [first]
        if len(pairs) > 1 and self.chance("second coding"):
            chosen.append(rng.choice([pair for pair in pairs if pair is not first]))
        if self.chance("second coding"):
            chosen.insert(rng.randrange(len(chosen) + 1), ("LOCAL", "X-%04d" % rng.randrange(10000)))
        result = concept(*chosen)
        if self.chance("system with version or slash"):
            result["coding"][0]["system"] += rng.choice(["|2024", "/", ""])
        if text and self.chance("display"):
            result["coding"][0]["display"] = text
        if text and self.chance("with text"):
            result["text"] = text
        return result

    # ---- records

    def condition(self, code_, days=400, clinical="active", verification="confirmed", onset=True, recorded=True, abatement=None, keep=False):
        elements = {"code": code_}
        if clinical:
            elements["clinicalStatus"] = state("condition-clinical", clinical)
        if verification:
            elements["verificationStatus"] = state("condition-ver-status", verification)
        if onset:
            elements["onsetDateTime"] = self.date(days) if onset is True else onset
        if recorded:
            elements["recordedDate"] = self.date(days)
        if abatement is not None:
            elements["abatementDateTime"] = self.date(abatement)
        return self.add("Condition", elements, max(days, 1), keep)

    def observation(self, code_, days, value, status="final", hour=9, **more):
        elements = {"status": status, "code": code_, **self._when(days, hour), **value, **more}
        return self.add("Observation", elements, days)

    def _when(self, days, hour):
        """A period counts at its end; without an effective time `issued` counts."""
        if not self.chance("period or issued"):
            return {"effectiveDateTime": self.time(days, hour)}
        if self.rng.random() < 0.5:
            return {"issued": self.time(days, hour)}
        return {"effectivePeriod": {"start": self.time(days + 2, hour), "end": self.time(days, hour)}}

    def quantity(self, value, unit, ucum=None):
        return {"valueQuantity": {"value": value, "unit": unit, "system": SYSTEMS["UCUM"], "code": ucum or unit}}

    def procedure(self, code_, days, status="completed", **more):
        return self.add("Procedure", {"status": status, "code": code_, "performedDateTime": self.date(days), **more}, days)

    def drug(self, type_, medication, days, status, **more):
        """A drug record; the medication inline, contained or a resource of its own."""
        if "medicationReference" not in more:
            more = {**self._medication(type_, medication), **more}
        dated = {"MedicationRequest": "authoredOn", "MedicationStatement": "effectiveDateTime", "MedicationDispense": "whenHandedOver",
                 "MedicationAdministration": "effectiveDateTime"}[type_]
        elements = {dated: self.date(days), **more}
        if status:
            elements["status"] = status
        if type_ == "MedicationRequest":
            elements.setdefault("intent", "order")
            if elements["intent"] is None:
                del elements["intent"]
        return self.add(type_, elements, max(days, 1))

    def _medication(self, type_, medication):
        if "coding" in medication and self.chance("contained medication"):
            return {"contained": [{"resourceType": "Medication", "id": "m", "code": medication}], "medicationReference": {"reference": "#m"}}
        if "coding" in medication and self.chance("referenced medication"):
            own = self.add("Medication", {"code": medication}, keep=True)
            return {"medicationReference": {"reference": "Medication/" + own["id"]}}
        return {"medicationCodeableConcept": medication}

    def allergy(self, code_, days=300, clinical="active", verification="confirmed", **more):
        elements = {"code": code_, "recordedDate": self.date(days), **more}
        if clinical:
            elements["clinicalStatus"] = state("allergyintolerance-clinical", clinical)
        if verification:
            elements["verificationStatus"] = state("allergyintolerance-verification", verification)
        return self.add("AllergyIntolerance", elements, days)
