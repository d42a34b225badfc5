"""What happens in a hospital: each event changes a person's truth and answers what is written, or None where it cannot happen to them.

An answer is (words for people, the persons touched, {"write", "delete", "gone"}).
"""

from population import diseases, drugs, measures, people
from population.palette import DISEASES
from population.paper import code, state
from population.person import Person

# Of every hundred steps, how many are of a kind (those that cannot happen to the one who is drawn are drawn again).
SHARES = {"prescription": 15, "diagnosis": 15, "fibromyalgia found": 8, "pain score": 9, "blood pressure": 5, "HbA1c": 4, "pregnancy test": 3, "allergy": 2,
          "refusal": 3, "entered in error": 10, "deleted": 5, "corrected": 5, "made good": 8, "death": 2, "new number": 2, "second record": 3, "merge": 8,
          "newcomer": 4, "daily life": 8}
# In words for people: how a record tells something.
HOW = {"sure": "plainly recorded", "counts": "taken", "does not count": "cancelled, or an error", "weak": "on hold, or nobody knows", "no status": "without a status",
       "words": "in words alone", "unknown code, words": "in words, with an unknown code", "contradicted": "ordered, then told as not taken",
       "corrected away": "corrected at once", "corrected into": "after a correction", "in the future": "dated in the future", "in error": "entered in error",
       "visit's reason": "as the reason of a visit", "family member": "of a family member", "unknown system": "in an unknown code system",
       "negated words": "denied, in words", "family words": "in the family, in words", "screening words": "screened for, in words",
       "suspected words": "suspected, in words", "historical words": "in the past, in words"}
PRESCRIPTIONS = {"pregabalin": ("E6.pregabalin", drugs.plan_excluding, ("pregabalin", 1)), "venlafaxine": ("E6.venlafaxine", drugs.plan_excluding, ("venlafaxine", 1)),
                 "a drug that is recommended": ("I3.drug_naive", drugs.plan_naive, ()), "ketamine": ("E7.iv_ketamine", drugs.plan_ketamine, ()),
                 "a drug that must not meet esketamine": ("interacting drugs", drugs.plan_interacting, ()),
                 "a drug that nobody can read": ("unreadable drug", drugs.plan_unreadable, ())}
FOUND = {"sure": 8, "provisional": 1, "words": 1, "no status": 1}
# The deeds that a person may take back: what they say is said by their records alone.
REVOCABLE = set(DISEASES) - {"hypertension"} | {"E6.pregabalin", "E6.venlafaxine", "I3.drug_naive", "E1.refusal", "allergy", "pregnancy test", "I2.fibromyalgia"}
IN_ERROR = {"Condition": "condition-ver-status", "AllergyIntolerance": "allergyintolerance-verification"}


def newest(resources):
    """Each record once, in the version that counts."""
    found = {}
    for resource in resources:
        key = resource["resourceType"], resource["id"]
        if key not in found or found[key]["meta"]["lastUpdated"] <= resource["meta"]["lastUpdated"]:
            found[key] = resource
    return list(found.values())


def in_words(told):
    """A note of a plan, the last part of which may be a way of telling."""
    head, comma, how = told.rpartition(", ")
    return HOW.get(told) or head + comma + HOW.get(how, how)


def about(name):
    """A criterion as people call it."""
    return {"I3.drug_naive": "a recommended drug", "E1.refusal": "consent"}.get(name, name.rsplit(".", 1)[-1].replace("_", " "))


def _has(person, name):
    return any(deed.name == name for deed in person.deeds)


def _arrives(person, words, name, plan, *rest):
    deed = person.act(name, plan, *rest)
    return words, [person], {"write": deed.records}


def prescription(life, person):
    drug = life.rng.choice(sorted(PRESCRIPTIONS))
    name, plan, rest = PRESCRIPTIONS[drug]
    # A drug for fibromyalgia points at the diagnosis: it must stand.
    if _has(person, name) or (name == "I3.drug_naive" and any(deed.undone for deed in person.deeds)):
        return None
    words, touched, more = _arrives(person, "", name, plan, *rest)
    return "a drug record: %s (%s)" % (drug, in_words(person.deeds[-1].told[-1])), touched, more


def diagnosis(life, person):
    criterion = life.rng.choice(sorted(set(DISEASES) - {"hypertension"}))
    if _has(person, criterion):
        return None
    _, touched, more = _arrives(person, "", criterion, diseases.plan, criterion)
    how = person.deeds[-1].told[-1].split(" ", 1)[1]
    return "a diagnosis: %s (%s)" % (about(criterion), HOW.get(how, how)), touched, more


def fibromyalgia_found(life, person):
    if _has(person, "I2.fibromyalgia"):
        return None
    found = _arrives(person, "fibromyalgia is diagnosed", "I2.fibromyalgia", diseases.plan_fibromyalgia, FOUND)
    return ("fibromyalgia is diagnosed (%s)" % in_words(person.deeds[-1].told[-1]), *found[1:])


def pain_score(life, person):
    if any(days == 0 for days, _ in person.facts["weekly"] + person.facts["daily"]):
        return None
    value = life.rng.randrange(0, 11)
    found = _arrives(person, "a pain score of the week: %d" % value, "pain score", lambda who: measures.score(who, life.rng.choice(measures.WEEKLY), 0, value, 12))
    person.facts["weekly"].append((0, value))
    return found


def blood_pressure(life, person):
    if any(reading[0] == 0 for reading in person.facts["pressure"]):
        return None
    kind = life.rng.choice(sorted(measures.PRESSURES))
    return _arrives(person, "a blood pressure: " + kind, "pressure reading", measures.plan_reading, kind)


def hba1c(life, person):
    if _has(person, "HbA1c today"):
        return None
    value = life.rng.choice([5.4, 7.1, 8.3, 9.6])
    found = _arrives(person, "an HbA1c: %.1f %%" % value, "HbA1c today", lambda who: who.facts["hba1c"].append(measures.write_hba1c(who, 0, value)))
    return found


def pregnancy_test(life, person):
    if person.gender != "female" or person.age is None or not 12 <= person.age < 56 or person.claims()["E11.pregnant"][-1] not in ("no", "no_data"):
        return None
    if any(person.paper.date(0) in str(record) for deed in person.deeds for record in deed.records if deed.name == "E11.pregnant"):
        return None
    return _arrives(person, "a positive pregnancy test", "pregnancy test", people.plan_positive_test)


def allergy(life, person):
    if _has(person, "allergy"):
        return None

    def plan(who):
        who.paper.allergy(code("SNOMED 293707005"), 1, category=["medication"])
        who.claim("E12.allergy", "yes")
    return _arrives(person, "an allergy to ketamine", "allergy", plan)


def refusal(life, person):
    if _has(person, "E1.refusal"):
        return None
    found = _arrives(person, "", "E1.refusal", people.plan_consent)
    return ("a consent document: %s" % person.deeds[-1].told[-1], *found[1:])


# ---- records that are taken back


def _revocable(life, person):
    """A deed whose records are of one type, so that nobody can see half of it taken back."""
    choice = []
    for deed in person.standing():
        own = _records_to_revoke(deed)
        if deed.name in REVOCABLE and own and len({record["resourceType"] for record in own}) == 1 and not (deed.name == "I2.fibromyalgia" and _leaned_on(person)):
            choice.append(deed)
    return life.rng.choice(choice) if choice else None


def _leaned_on(person):
    """Whether other records speak of the fibromyalgia too: drugs for it, a therapy before it."""
    return _has(person, "I3.drug_naive") or _has(person, "E7.iv_ketamine") or "before" in person.plan["I3.nonpharmacological"]


def _records_to_revoke(deed):
    """The scores of fibromyalgia stay: without the diagnosis they say nothing."""
    return [record for record in deed.records if record["resourceType"] != "Medication" and (deed.name != "I2.fibromyalgia" or record["resourceType"] != "Observation")]


def _in_error(record):
    if record["resourceType"] in IN_ERROR:
        kept = {key: value for key, value in record.items() if key != "clinicalStatus"}
        return {**kept, "verificationStatus": state(IN_ERROR[record["resourceType"]], "entered-in-error")}
    return {**record, "status": "entered-in-error"}


def _take_back(life, person, change, words):
    deed = _revocable(life, person)
    if deed is None:
        return None
    more = change(_records_to_revoke(deed))
    if more is None:
        return None
    deed.undone = True
    return words % about(deed.name), [person], more


def entered_in_error(life, person):
    return _take_back(life, person, lambda records: {"write": [_in_error(record) for record in records]}, "what was on file about %s turns out to be entered in error")


def deleted(life, person):
    return _take_back(life, person, lambda records: {"delete": [(record["resourceType"], record["id"]) for record in records]}, "what was on file about %s is deleted")


def corrected(life, person):
    def change(records):
        if records[0]["resourceType"] != "Condition":
            return None
        return {"write": [{**record, "code": code("ICD10 J06.9")} for record in records]}
    return _take_back(life, person, change, "the diagnosis of %s is corrected: it was a cold")


def made_good(life, _):
    undone = [(person, deed) for person in life.people.values() if not person.settled_fate() for deed in person.deeds
              if deed.undone and deed is not person.elsewhere]
    if not undone:
        return None
    person, deed = life.rng.choice(undone)
    deed.undone = False
    return "the records about %s were right after all" % about(deed.name), [person], {"write": _records_to_revoke(deed)}


# ---- who somebody is


def death(life, person):
    person.dead = True
    person.note("fate", "died")
    person.patient = {**person.patient, "deceasedDateTime": person.paper.date(1)}
    return "the patient dies", [person], {"write": [person.patient]}


def _replaced(patient, survivor):
    return {**patient, "active": False, "link": [{"other": {"reference": "Patient/" + survivor}, "type": "replaced-by"}]}


def new_number(life, person):
    """A candidate's record is merged into a new one of the same person."""
    if person.second:
        return None
    former, person.id = person.id, person.id + "-new"
    old, person.patient = _replaced(person.patient, person.id), {**person.patient, "id": person.id}
    person.note("fate", "merged")
    return "the patient is merged into a new number", [person], {"write": [person.patient, old], "gone": {former: "merged"}}


def second_record(life, person):
    """The same person is registered a second time, and something is written there."""
    if person.second:
        return None
    answer = diagnosis(life, person) if life.rng.random() < 0.5 else prescription_elsewhere(person)
    if answer is None:
        return None
    deed, second = person.deeds[-1], person.id + "-second"
    person.elsewhere, person.second, deed.undone = deed, True, True
    for record in deed.records:
        for name in ("subject", "patient"):
            if name in record:
                record[name] = {"reference": "Patient/" + second}
    return "registered a second time there: " + answer[0], [person], {"write": [{**person.patient, "id": second}, *deed.records], "gone": {second: "not_a_candidate"}}


def prescription_elsewhere(person):
    if _has(person, "E6.pregabalin"):
        return None
    return _arrives(person, "pregabalin", "E6.pregabalin", drugs.plan_excluding, "pregabalin", 1)


def merge(life, person):
    """The second record is merged into the first."""
    waiting = [who for who in life.people.values() if who.elsewhere and not who.settled_fate()]
    if not waiting:
        return None
    person = life.rng.choice(waiting)
    deed, person.elsewhere, second = person.elsewhere, None, person.id + "-second"
    deed.undone = False
    return ("the second record is merged into this one (it speaks of %s)" % about(deed.name), [person],
            {"write": [_replaced({**person.patient, "id": second}, person.id)], "gone": {second: "merged"}})


def newcomer(life, _):
    person = life.newcomer()
    resources, _ = person.record()
    return "a new patient is registered, with records from elsewhere", [person], {"write": newest(resources)}


def daily_life(life, person):
    """Visits and results that no criterion asks about."""
    return _arrives(person, "visits and results that no criterion asks about", "daily life", Person.daily_life)


EVENTS = {"prescription": prescription, "diagnosis": diagnosis, "fibromyalgia found": fibromyalgia_found, "pain score": pain_score, "blood pressure": blood_pressure,
          "HbA1c": hba1c, "pregnancy test": pregnancy_test, "allergy": allergy, "refusal": refusal, "entered in error": entered_in_error, "deleted": deleted,
          "corrected": corrected, "made good": made_good, "death": death, "new number": new_number, "second record": second_record, "merge": merge,
          "newcomer": newcomer, "daily life": daily_life}
