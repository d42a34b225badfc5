"""Writes one patient's records as FHIR R4 resources, dated by days before a base date."""

import datetime

SYSTEMS = {
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10CN": "urn:oid:2.16.156.10011.2.3.3.11",
    "ICD10GM": "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
    "SNOMED": "http://snomed.info/sct",
    "LOINC": "http://loinc.org",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ATC": "http://www.whocc.no/atc",
    "UCUM": "http://unitsofmeasure.org",
}
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


def concept(*codes, text=None):
    """A CodeableConcept of "SYSTEM code" strings and a text."""
    result = {}
    if codes:
        result["coding"] = [dict(zip(("system", "code"), (SYSTEMS[code.split()[0]], code.split()[1]))) for code in codes]
    if text:
        result["text"] = text
    return result


def state(system, code):
    return {"coding": [{"system": TERMINOLOGY + system, "code": code}]}


class Chart:
    """The records of one patient. Every method adds one and answers it, so that a case may change an element."""

    def __init__(self, today, id_, gender, years, name, days_short=0):
        self.today, self.id = today, id_
        self.resources, self._numbers = [], {}
        born = self._years_ago(years) + datetime.timedelta(days=days_short)
        self.patient = {
            "resourceType": "Patient", "id": id_, "active": True, "gender": gender, "birthDate": born.isoformat(),
            "identifier": [{"system": "urn:oid:2.999.1", "value": "MRN-" + id_}], "name": [name],
        }
        self.resources.append(self.patient)

    def _years_ago(self, years):
        try:
            return self.today.replace(year=self.today.year - years)
        except ValueError:  # 29 February
            return self.today.replace(year=self.today.year - years, day=28)

    def date(self, days):
        """The date that many days before the base date."""
        return (self.today - datetime.timedelta(days=days)).isoformat()

    def time(self, days, clock="09:00:00"):
        return "%sT%s+00:00" % (self.date(days), clock)

    def add(self, type_, **elements):
        number = self._numbers[type_] = self._numbers.get(type_, 0) + 1
        resource = {"resourceType": type_, "id": "%s-%s%d" % (self.id, "".join(c for c in type_ if c.isupper()).lower(), number)}
        if type_ not in ("Patient", "Medication"):
            name = "patient" if type_ in ("AllergyIntolerance", "Consent") else "subject"
            resource[name] = {"reference": "Patient/" + self.id}
        resource.update(elements)
        self.resources.append(resource)
        return resource

    def drop(self, type_, code=None):
        """Takes back records of the base that a case must not have."""
        def goes(resource):
            codings = resource.get("code", {}).get("coding", [])
            return resource["resourceType"] == type_ and (code is None or any(coding["code"] == code for coding in codings))
        self.resources = [resource for resource in self.resources if not goes(resource)]

    def condition(self, *codes, text=None, days=400, clinical="active", verification="confirmed"):
        return self.add("Condition", clinicalStatus=state("condition-clinical", clinical),
                        verificationStatus=state("condition-ver-status", verification),
                        code=concept(*codes, text=text), onsetDateTime=self.date(days), recordedDate=self.date(days))

    def observation(self, code, value, days=2, unit=None, clock="09:00:00"):
        """A number (with a UCUM unit) or a "SYSTEM code" answer."""
        elements = {"status": "final", "code": concept(code), "effectiveDateTime": self.time(days, clock)}
        if isinstance(value, str):
            elements["valueCodeableConcept"] = concept(value)
        else:
            elements["valueQuantity"] = {"value": value, "unit": unit, "system": SYSTEMS["UCUM"], "code": unit}
        return self.add("Observation", **elements)

    def pressure(self, systolic, diastolic, days=10):
        part = lambda code, value: {"code": concept(code), "valueQuantity": {"value": value, "unit": "mmHg", "system": SYSTEMS["UCUM"], "code": "mm[Hg]"}}  # noqa: E731
        return self.add("Observation", status="final", code=concept("LOINC 85354-9"), effectiveDateTime=self.time(days),
                        component=[part("LOINC 8480-6", systolic), part("LOINC 8462-4", diastolic)])

    def order(self, *codes, text=None, days=300, status="completed", reason=None):
        more = {"reasonCode": [concept(reason)]} if reason else {}
        return self.add("MedicationRequest", status=status, intent="order", medicationCodeableConcept=concept(*codes, text=text),
                        authoredOn=self.date(days), **more)

    def statement(self, *codes, text=None, days=300, status="completed"):
        return self.add("MedicationStatement", status=status, medicationCodeableConcept=concept(*codes, text=text),
                        effectiveDateTime=self.date(days), dateAsserted=self.date(days))

    def procedure(self, *codes, text=None, days=200):
        return self.add("Procedure", status="completed", code=concept(*codes, text=text), performedDateTime=self.date(days))

    def allergy(self, *codes, text=None, days=300):
        return self.add("AllergyIntolerance", clinicalStatus=state("allergyintolerance-clinical", "active"),
                        verificationStatus=state("allergyintolerance-verification", "confirmed"),
                        code=concept(*codes, text=text), recordedDate=self.date(days))
