"""Turns the record lines of a golden case into R4 resources, with every element that R4 requires."""
import json
import re

from case_reader import CaseError, tokens

SYSTEMS = {
    "SNOMED": "http://snomed.info/sct", "ICD10": "http://hl7.org/fhir/sid/icd-10", "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10CN": "urn:oid:2.16.156.10011.2.3.3.11", "ICD9CM": "http://hl7.org/fhir/sid/icd-9-cm",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm", "ATC": "http://www.whocc.no/atc", "LOINC": "http://loinc.org",
    "CPT": "http://www.ama-assn.org/go/cpt", "HCPCS": "http://www.nlm.nih.gov/research/umls/hcpcs",
    "ICD9CN3": "urn:oid:2.16.840.1.113883.6.104", "ICD10PCS": "http://hl7.org/fhir/sid/icd-10-pcs",
    "IPS_ABSENT": "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
    "DAR": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "LOCAL": "http://hospital.example/codes",
}
HL7 = "http://terminology.hl7.org/CodeSystem/"
TYPES = {
    "condition": "Condition", "observation": "Observation", "medication-request": "MedicationRequest",
    "medication-statement": "MedicationStatement", "medication-dispense": "MedicationDispense",
    "medication-administration": "MedicationAdministration", "medication": "Medication", "allergy": "AllergyIntolerance",
    "procedure": "Procedure", "service-request": "ServiceRequest", "care-plan": "CarePlan", "encounter": "Encounter",
    "consent": "Consent", "questionnaire-response": "QuestionnaireResponse",
}
PATIENT_ELEMENT = {"AllergyIntolerance": "patient", "Consent": "patient", "FamilyMemberHistory": "patient", "Patient": None, "Medication": None, "OperationOutcome": None}
CLINICAL = "active recurrence relapse inactive remission resolved".split()
VERIFICATION = "confirmed unconfirmed provisional differential refuted entered-in-error presumed".split()
INTENTS = "proposal plan order original-order reflex-order filler-order instance-order option".split()
TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\S+)?)?)?$")


class Words:
    """The words of a record line, read from left to right."""

    def __init__(self, where, text):
        self.where, self.list = where, tokens(text)

    def __bool__(self):
        return bool(self.list)

    def peek(self):
        return self.list[0][0] if self.list else ""

    def take(self, what="a word"):
        if not self.list:
            raise CaseError(f"{self.where}: {what} is missing at the end of the line")
        return self.list.pop(0)[0]

    def at_concept(self):
        if not self.list or self.list[0][1]:
            return False
        return self.peek() in SYSTEMS or self.peek() in ("text", "nosystem") or self.peek().startswith("system=")

    def concept(self):
        """Codings and text up to the next word that is neither."""
        result = {}
        while self.at_concept():
            word = self.take()
            if word == "text":
                result["text"] = self.take("the text")
                continue
            coding = {}
            if word != "nosystem":
                coding["system"] = SYSTEMS.get(word) or word.partition("=")[2]
            coding["code"] = self.take("the code")
            if coding["code"] == "-":
                del coding["code"]
            if self.list and self.list[0][1]:
                coding["display"] = self.take()
            result.setdefault("coding", []).append(coding)
        if not result:
            raise CaseError(f"{self.where}: expected SYSTEM CODE or text \"…\" before {self.peek() or 'the end'}")
        return result

    def time_or_period(self):
        """("DateTime", "2026-01-01") or ("Period", {...}) of A, A..B, A.. or ..B."""
        start, dots, end = self.take("a date").partition("..")
        for part in (start, end):
            if part and not TIME.match(part):
                raise CaseError(f"{self.where}: {part} is no date")
        if not dots:
            return "DateTime", start
        return "Period", {name: part for name, part in (("start", start), ("end", end)) if part}

    def value(self):
        """(suffix of value[x], its JSON) after `=`."""
        quoted = self.list[0][1] if self.list else False
        word = self.take("a value")
        if quoted:
            return "String", word
        if word in ("true", "false"):
            return "Boolean", word == "true"
        if word == "int":
            return "Integer", int(self.take())
        if word == "date":
            return "DateTime", self.take()
        if word in SYSTEMS or word in ("text", "nosystem"):
            self.list.insert(0, (word, False))
            return "CodeableConcept", self.concept()
        return "Quantity", self.quantity(word)

    def quantity(self, word):
        match = re.fullmatch(r"(<=|>=|<|>)?(-?\d+(?:\.\d+)?)", word)
        if not match:
            raise CaseError(f"{self.where}: {word} is no value")
        number = float(match.group(2))
        result = {"value": int(number) if number.is_integer() else number}
        if match.group(1):
            result["comparator"] = match.group(1)
        if self.peek() == "unit":  # a unit in words only
            self.take()
            result["unit"] = self.take("the unit")
        elif self.peek().startswith("{") or self.peek() in UNITS:
            unit = self.take()
            result |= {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
        return result


UNITS = "% mmol/mol mm[Hg] kPa kg kg/m2 cm m [in_i] [lb_av] g [IU]/L m[IU]/mL mm 1 mg/dL".split()


class Writer:
    """Writes the resources of one case; every id is prefixed with the case's key so that cases can share a run."""

    def __init__(self, case):
        self.case = case
        self.types = {r.name: TYPES[r.kind] for r in case.records if r.kind in TYPES}

    def id_of(self, name):
        return f"{self.case.key}-{name}"

    def reference(self, name):
        if name in self.types:
            return {"reference": f"{self.types[name]}/{self.id_of(name)}"}
        return {"reference": name}

    def patient(self):
        words = Words(self.case.where(), self.case.patient)
        result = {"resourceType": "Patient", "id": self.case.key}
        while words:
            word = words.take()
            if word in ("male", "female", "other", "unknown"):
                result["gender"] = word
            elif word == "born":
                result["birthDate"] = words.take()
            elif word == "deceased":
                result |= {"deceasedBoolean": True} if words.peek() in ("", "yes") else {"deceasedDateTime": words.peek()}
                words.list and words.take()
            elif word == "inactive":
                result["active"] = False
            elif word in ("speaks", "prefers"):
                entry = {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": words.take()}]}}
                result.setdefault("communication", []).append(entry | ({"preferred": True} if word == "prefers" else {}))
            elif word == "replaced-by":
                link = {"other": {"reference": f"Patient/{self.id_of(words.take())}"}, "type": "replaced-by"}
                result.setdefault("link", []).append(link)
            elif word == "no-id":
                del result["id"]
            else:
                raise CaseError(f"{self.case.where()}: patient: {word} is not understood")
        return result

    def resource(self, record):
        where = self.case.where(record.line)
        if record.kind == "json":
            return self.own_json(where, record.text)
        if record.kind not in TYPES:
            raise CaseError(f"{where}: {record.kind} is no kind of record")
        kind = TYPES[record.kind]
        result = {"resourceType": kind, "id": self.id_of(record.name)}
        element = PATIENT_ELEMENT.get(kind, "subject")
        if element:
            result[element] = {"reference": f"Patient/{self.case.key}"}
        words = Words(where, record.text)
        getattr(self, "write_" + record.kind.replace("-", "_"))(result, words)
        return result

    def own_json(self, where, text):
        """JSON as it stands; PATIENT and CASE stand for this case's ids; a subject is added where there is none."""
        try:
            result = json.loads(text.replace("PATIENT", "Patient/" + self.case.key).replace("CASE", self.case.key))
        except ValueError as error:
            raise CaseError(f"{where}: {error}") from error
        element = PATIENT_ELEMENT.get(result.get("resourceType"), "subject")
        if element and element not in result:
            result[element] = {"reference": f"Patient/{self.case.key}"}
        if result.get(element, "") is None:
            del result[element]
        return result

    def common(self, word, result, words):
        """Words that every kind understands. True when eaten."""
        if word == "version":
            result["meta"] = {"versionId": words.take()}
        elif word == "updated":
            result.setdefault("meta", {})["lastUpdated"] = words.take()
        elif word == "status":
            result["status"] = words.take()
        elif word == "encounter":
            context = result["resourceType"] in ("MedicationStatement", "MedicationDispense", "MedicationAdministration")
            result["context" if context else "encounter"] = self.reference(words.take())
        elif word == "part-of":
            result.setdefault("partOf", []).append(self.reference(words.take()))
        elif word == "reason":
            result.setdefault("reasonCode", []).append(words.concept())
        elif word == "reason-ref":
            result.setdefault("reasonReference", []).append(self.reference(words.take()))
        elif word == "category":
            result["category"] = words.concept()
        else:
            return False
        return True

    def unknown(self, words, word):
        raise CaseError(f"{words.where}: {word} is not understood")

    def write_condition(self, result, words):
        while words:
            if words.at_concept():
                result["code"] = words.concept()
                continue
            word = words.take()
            if word in CLINICAL:
                result["clinicalStatus"] = {"coding": [{"system": HL7 + "condition-clinical", "code": word}]}
            elif word in VERIFICATION or word == "verification":
                code = words.take() if word == "verification" else word
                result["verificationStatus"] = {"coding": [{"system": HL7 + "condition-ver-status", "code": code}]}
            elif word in ("onset", "abated"):
                suffix, value = words.time_or_period()
                result[("onset" if word == "onset" else "abatement") + suffix] = value
            elif word == "abated-text":
                result["abatementString"] = words.take()
            elif word == "recorded":
                result["recordedDate"] = words.take()
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def ingredient(self, words, drug, contained):
        """ingredient CONCEPT | ingredient ref X [display TEXT] | ingredient substance CONCEPT (a contained one)"""
        words.take()
        if words.peek() == "ref":
            words.take()
            item = {"itemReference": self.reference(words.take())}
            if words.peek() == "display":
                words.take()
                item["itemReference"]["display"] = words.take()
        elif words.peek() == "substance":
            words.take()
            contained.append({"resourceType": "Substance", "id": f"s{len(contained)}", "code": words.concept()})
            item = {"itemReference": {"reference": "#" + contained[-1]["id"]}}
        else:
            item = {"itemCodeableConcept": words.concept()}
        drug.setdefault("ingredient", []).append(item)

    def drug_word(self, word, result, words):
        if word == "ref":
            result["medicationReference"] = self.reference(words.take())
        elif word == "display":
            result.setdefault("medicationReference", {})["display"] = words.take()
        elif word == "contained":
            drug = {"resourceType": "Medication", "id": "drug"}
            if words.peek() != "ingredient":
                drug["code"] = words.concept()
            while words.peek() == "ingredient":
                self.ingredient(words, drug, result.setdefault("contained", []))
            result.setdefault("contained", []).append(drug)
            result["medicationReference"] = {"reference": "#drug"}
        else:
            return False
        return True

    def write_drug(self, result, words, statuses, element, extra):
        while words:
            if words.at_concept():
                result["medicationCodeableConcept"] = words.concept()
                continue
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif word == "route":
                dosage = {"route": words.concept()}
                result[element] = dosage if element == "dosage" and result["resourceType"] == "MedicationAdministration" else [dosage]
            elif not (self.drug_word(word, result, words) or extra(word) or self.common(word, result, words)):
                self.unknown(words, word)

    def write_medication_request(self, result, words):
        result["intent"] = "order"

        def extra(word):
            if word in INTENTS:
                result["intent"] = word
            elif word == "no-intent":
                del result["intent"]
            elif word == "do-not-perform":
                result["doNotPerform"] = True
            elif word == "authored":
                result["authoredOn"] = words.take()
            elif word == "as-needed":
                result["dosageInstruction"] = [{"asNeededCodeableConcept": words.concept()}]
            elif word == "valid":
                result.setdefault("dispenseRequest", {})["validityPeriod"] = words.time_or_period()[1]
            elif word == "supply-days":
                days = {"value": int(words.take()), "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
                result.setdefault("dispenseRequest", {})["expectedSupplyDuration"] = days
            elif word == "bounds":
                result["dosageInstruction"] = [{"timing": {"repeat": {"boundsPeriod": words.time_or_period()[1]}}}]
            else:
                return False
            return True

        statuses = "active on-hold cancelled completed entered-in-error stopped draft unknown".split()
        self.write_drug(result, words, statuses, "dosageInstruction", extra)

    def write_medication_statement(self, result, words):
        def extra(word):
            if word == "effective":
                suffix, value = words.time_or_period()
                result["effective" + suffix] = value
            elif word == "asserted":
                result["dateAsserted"] = words.take()
            else:
                return False
            return True

        statuses = "active completed entered-in-error intended stopped on-hold unknown not-taken".split()
        self.write_drug(result, words, statuses, "dosage", extra)

    def write_medication_dispense(self, result, words):
        def extra(word):
            if word == "handed-over":
                result["whenHandedOver"] = words.take()
            elif word == "supply-days":
                result["daysSupply"] = {"value": int(words.take()), "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
            else:
                return False
            return True

        statuses = "preparation in-progress cancelled on-hold completed entered-in-error stopped declined unknown".split()
        self.write_drug(result, words, statuses, "dosageInstruction", extra)

    def write_medication_administration(self, result, words):
        def extra(word):
            if word != "effective":
                return False
            suffix, value = words.time_or_period()
            result["effective" + suffix] = value
            return True

        statuses = "in-progress not-done on-hold completed entered-in-error stopped unknown".split()
        self.write_drug(result, words, statuses, "dosage", extra)

    def write_medication(self, result, words):
        while words:
            if words.at_concept():
                result["code"] = words.concept()
            elif words.peek() == "ingredient":
                self.ingredient(words, result, result.setdefault("contained", []))
            else:
                self.unknown(words, words.take())
        if not result.get("contained", True):
            del result["contained"]

    def write_observation(self, result, words):
        statuses = "registered preliminary final amended corrected cancelled entered-in-error unknown".split()
        while words:
            if words.at_concept():
                result["code"] = words.concept()
                continue
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif TIME.match(word.split("..")[0]) or word.startswith(".."):
                words.list.insert(0, (word, False))
                suffix, value = words.time_or_period()
                result["effective" + suffix] = value
            elif word == "issued":
                result["issued"] = words.take()
            elif word == "=":
                suffix, value = words.value()
                result["value" + suffix] = value
            elif word == "interpretation":
                code = {"system": HL7 + "v3-ObservationInterpretation", "code": words.take()}
                result.setdefault("interpretation", []).append({"coding": [code]})
            elif word == "component":
                part = {"code": words.concept()}
                if words.peek() == "=":
                    words.take()
                    suffix, value = words.value()
                    part["value" + suffix] = value
                result.setdefault("component", []).append(part)
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def write_allergy(self, result, words):
        while words:
            if words.at_concept():
                result["code"] = words.concept()
                continue
            word = words.take()
            if word in CLINICAL:
                result["clinicalStatus"] = {"coding": [{"system": HL7 + "allergyintolerance-clinical", "code": word}]}
            elif word in VERIFICATION:
                result["verificationStatus"] = {"coding": [{"system": HL7 + "allergyintolerance-verification", "code": word}]}
            elif word == "type":
                result["type"] = words.take()
            elif word == "category":
                result.setdefault("category", []).append(words.take())
            elif word == "recorded":
                result["recordedDate"] = words.take()
            elif word == "onset":
                result["onsetDateTime"] = words.take()
            elif word == "substance":
                result["reaction"] = [{"substance": words.concept(), "manifestation": [{"text": "rash"}]}]
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def write_procedure(self, result, words):
        statuses = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown".split()
        while words:
            if words.at_concept():
                result["code"] = words.concept()
                continue
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif word == "performed":
                suffix, value = words.time_or_period()
                result["performed" + suffix] = value
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def write_service_request(self, result, words):
        result["intent"] = "order"
        statuses = "draft active on-hold revoked completed entered-in-error unknown".split()
        while words:
            if words.at_concept():
                result["code"] = words.concept()
                continue
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif word in INTENTS:
                result["intent"] = word
            elif word == "authored":
                result["authoredOn"] = words.take()
            elif word == "occurrence":
                suffix, value = words.time_or_period()
                result["occurrence" + suffix] = value
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def write_care_plan(self, result, words):
        result["intent"] = "plan"
        statuses = "draft active on-hold revoked completed entered-in-error unknown".split()
        while words:
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif word == "period":
                result["period"] = words.time_or_period()[1]
            elif word == "activity":
                detail = {"code": words.concept(), "status": "in-progress"}
                if words.peek() == "activity-status":
                    words.take()
                    detail["status"] = words.take()
                result.setdefault("activity", []).append({"detail": detail})
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def write_encounter(self, result, words):
        result["class"] = {"system": HL7 + "v3-ActCode", "code": "AMB"}
        statuses = "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown".split()
        while words:
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif word == "type":
                result["type"] = [words.concept()]
            elif word == "period":
                result["period"] = words.time_or_period()[1]
            elif word == "diagnosis":
                result.setdefault("diagnosis", []).append({"condition": self.reference(words.take())})
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def write_consent(self, result, words):
        result |= {"category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
                   "policyRule": {"coding": [{"system": HL7 + "v3-ActCode", "code": "INFA"}]}}
        statuses = "draft proposed active rejected inactive entered-in-error".split()
        while words:
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif word == "scope":
                result["scope"] = {"coding": [{"system": HL7 + "consentscope", "code": words.take()}]}
            elif word in ("deny", "permit"):
                result["provision"] = {"type": word}
            elif word == "nested":
                result.setdefault("provision", {}).setdefault("provision", []).append({"type": words.take()})
            elif word == "identifier":
                result["identifier"] = [{"value": words.take()}]
            elif word == "policy":
                result["policy"] = [{"uri": words.take()}]
            elif word == "source":
                result["sourceReference"] = {"reference": "DocumentReference/protocol", "display": words.take()}
            elif word == "provision-data":
                data = {"meaning": "related", "reference": {"reference": "ResearchStudy/" + words.take()}}
                result.setdefault("provision", {})["data"] = [data]
            elif word == "dated":
                result["dateTime"] = words.take()
            elif not self.common(word, result, words):
                self.unknown(words, word)

    def write_questionnaire_response(self, result, words):
        statuses = "in-progress completed amended entered-in-error stopped".split()
        while words:
            word = words.take()
            if word in statuses:
                result["status"] = word
            elif word == "authored":
                result["authored"] = words.take()
            elif word == "item":
                item = {"linkId": words.take()}
                if words.peek() == "definition":
                    words.take()
                    item["definition"] = words.take()
                if words.take("=") != "=":
                    raise CaseError(f"{words.where}: an item's answer follows =")
                item["answer"] = [answer(*words.value())]
                result.setdefault("item", []).append(item)
            elif not self.common(word, result, words):
                self.unknown(words, word)


def answer(suffix, value):
    if suffix == "CodeableConcept":
        return {"valueCoding": value["coding"][0]}
    if suffix == "Quantity" and "unit" not in value:
        return {"valueDecimal": value["value"]}
    return {"value" + suffix: value}
