"""Plans for the criteria that read who somebody is: age, language, refusal, pregnancy, lactation, allergies."""

import datetime

from population.diseases import weighted
from population.paper import code, concept
from population.shares import BIRTH_DATES, GENDERS


def years_before(today, years):
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)


def plan_age(person):
    """Birth dates: whole, partial, missing, and birthdays on the very day."""
    rng, today = person.rng, person.today
    years = int(min(94, max(19, rng.gauss(47, 15))))
    kind = weighted(rng, BIRTH_DATES)
    person.note("I1.age", kind)
    person.age = years
    born = years_before(today, years) - datetime.timedelta(days=rng.randrange(0, 360))
    if kind == "bound":
        bound = rng.choice([18, 51, 56])
        tomorrow = rng.random() < 0.5
        born = years_before(today, bound) + datetime.timedelta(days=1 if tomorrow else 0)
        person.age = bound - 1 if tomorrow else bound
    elif kind == "child":
        person.age = rng.randrange(9, 18)
        born = years_before(today, person.age) - datetime.timedelta(days=rng.randrange(0, 360))
    text = born.isoformat()
    if kind in ("year only", "month only"):
        person.age = rng.choice([24, 33, 45, 62, 70])
        text = str(today.year - person.age) if kind == "year only" else "%d-%02d" % (today.year - person.age, rng.randrange(1, today.month) if today.month > 1 else 1)
    if kind == "turning 18 this year":
        text, person.age = str(today.year - 18), 17
    if kind == "missing":
        text, person.age = None, None
    else:
        person.patient["birthDate"] = text
    person.oldest = 4000 if person.age is None else max(400, (person.age - 2) * 365)
    if kind == "turning 18 this year":
        person.claim("I1.age", "weak_evidence")
    else:
        person.claim("I1.age", "no_data" if person.age is None else "yes" if person.age >= 18 else "no")


def plan_gender(person):
    person.gender = weighted(person.rng, GENDERS)
    if person.gender:
        person.patient["gender"] = person.gender


def plan_language(person):
    rng = person.rng
    kind = weighted(rng, {"none": 60, "Chinese": 30, "Cantonese": 3, "foreign": 4, "foreign, Chinese too": 2, "foreign, not preferred": 1})
    if kind == "none":
        return
    person.note("I1.language", kind)
    tags = {"Chinese": [("zh-CN", True)], "Cantonese": [("yue", True)], "foreign": [("de", True)], "foreign, Chinese too": [("en", True), ("zh", True)],
            "foreign, not preferred": [("fr", False)]}[kind]
    person.patient["communication"] = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": tag}]}, "preferred": preferred} for tag, preferred in tags]
    if kind == "foreign":
        person.claim("I1.language", "judgement")


def plan_consent(person):
    rng, paper = person.rng, person.paper
    kind = rng.choice(["deny", "rejected", "nested permit", "other study", "this study", "permit", "no research"])
    person.note("E1.refusal", kind)
    elements = {"status": "active", "dateTime": paper.date(50), "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
                "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]}, "provision": {"type": "deny"}}
    if kind == "rejected":
        elements.update(status="rejected", provision={"type": "permit"})
    elif kind == "nested permit":
        elements["provision"]["provision"] = [{"type": "permit", "period": {"start": paper.date(20)}}]
    elif kind in ("other study", "this study"):
        elements["identifier"] = [{"system": "https://clinicaltrials.gov", "value": "NCT07230171" if kind == "this study" else "NCT01234567"}]
    elif kind == "permit":
        elements["provision"]["type"] = "permit"
    elif kind == "no research":
        elements["scope"]["coding"][0]["code"] = "treatment"
    paper.add("Consent", elements, 50, keep=True)
    said = {"deny": "yes", "rejected": "yes", "this study": "yes", "nested permit": "judgement", "other study": "judgement"}.get(kind)
    if said:
        person.claim("E1.refusal", said)


# ---- pregnancy and lactation (E11)

PREGNANT, NOT_PREGNANT = {"valueCodeableConcept": code("LOINC LA15173-0")}, {"valueCodeableConcept": code("LOINC LA26683-5")}
POSITIVE, NEGATIVE = {"valueCodeableConcept": code("SNOMED 10828004")}, {"valueCodeableConcept": code("SNOMED 260385009")}
TEST, STATUS = "LOINC 2106-3", "LOINC 82810-3"
# plan: what it is to the row: positive, negative, conflicting, weak or nothing
PREGNANCY = {"none": "nothing", "negative test": "negative", "old negative test": "nothing", "status pregnant": "positive", "condition": "positive",
             "due date": "positive", "due date lately past": "positive", "due date long past": "nothing", "hCG high": "positive", "hCG doubtful": "weak",
             "hCG low": "negative", "positive, then negative": "conflicting", "delivered": "nothing", "resolved": "nothing", "review code": "weak",
             "old pregnancy": "nothing", "status not pregnant": "negative", "ICD negative": "negative"}
WOMEN = {"none": 30, "negative test": 40, "old negative test": 4, "delivered": 2}


def plan_pregnancy(person):
    rng = person.rng
    if person.gender == "male":
        shares = {"none": 996, "status pregnant": 2, "condition": 1, "negative test": 1}
    else:
        shares = {kind: WOMEN.get(kind, 0.5 + 2 * person.busy) for kind in PREGNANCY}
    kind = weighted(rng, shares)
    if person.age is not None and person.age < 12:
        kind = "none"
    person.note("E11.pregnant", kind)
    _write_pregnancy(person, kind)
    person.claim("E11.pregnant", pregnancy_says(person, PREGNANCY[kind]))
    person.delivered = kind == "delivered"


def plan_positive_test(person):
    """A test of today; what was said before counts no longer."""
    person.paper.observation(code(TEST), 0, POSITIVE, hour=12)
    person.note("E11.pregnant", "positive test")
    person.claim("E11.pregnant", pregnancy_says(person, "positive"))


def over_55(person):
    return person.age is not None and person.age >= 56


def pregnancy_says(person, meaning):
    if person.gender == "male":
        return "conflicting" if meaning in ("positive", "conflicting") else "no"
    if meaning == "conflicting":
        return "conflicting"
    if meaning == "positive":
        return "weak_evidence" if over_55(person) else "yes"
    if meaning == "negative":
        return "no"
    if meaning == "weak":
        return "weak_evidence"
    return "absent" if over_55(person) else "no_data"


def _write_pregnancy(person, kind):
    rng, paper = person.rng, person.paper
    observation = {"negative test": (TEST, rng.choice([0, 3, 14]), NEGATIVE), "old negative test": (TEST, rng.choice([15, 60]), NEGATIVE),
                   "status pregnant": (STATUS, rng.choice([2, 294]), PREGNANT), "status not pregnant": (STATUS, rng.choice([2, 14]), NOT_PREGNANT),
                   "due date": ("LOINC 11778-8", 100, {"valueDateTime": paper.date(-rng.randrange(1, 150))}),
                   "due date lately past": ("LOINC 11778-8", 300, {"valueDateTime": paper.date(rng.choice([1, 20, 21]))}),
                   "due date long past": ("LOINC 11778-8", 300, {"valueDateTime": paper.date(rng.choice([22, 60]))}),
                   "hCG high": ("LOINC 21198-7", 5, paper.quantity(rng.choice([25, 4000]), "[IU]/L")),
                   "hCG doubtful": ("LOINC 21198-7", 5, paper.quantity(rng.choice([5, 24]), "m[IU]/mL")),
                   "hCG low": ("LOINC 21198-7", 5, paper.quantity(rng.choice([1, 4]), "[IU]/L")), "old pregnancy": (STATUS, rng.choice([295, 600]), PREGNANT),
                   "delivered": (STATUS, 200, PREGNANT), "positive, then negative": (TEST, 12, POSITIVE)}.get(kind)
    if observation:
        paper.observation(code(observation[0]), observation[1], observation[2])
    if kind == "positive, then negative":
        paper.observation(code(TEST), 4, NEGATIVE)
    elif kind == "condition":
        paper.condition(paper.words([("ICD10", "Z34.9"), ("ICD10CM", "Z33.1"), ("SNOMED", "77386006")]), rng.choice([10, 200, 294]))
    elif kind == "resolved":
        paper.condition(code("SNOMED 77386006"), 200, clinical="resolved", abatement=60)
    elif kind == "review code":
        paper.condition(code("ICD10 O21.0"), rng.choice([10, 250]))
    elif kind == "ICD negative":
        paper.condition(code("ICD10CM Z32.02"), rng.choice([2, 13]))
    elif kind == "delivered":
        paper.condition(paper.words([("ICD10", "O80.9"), ("ICD10CM", "O80")]), rng.choice([40, 150]))


def plan_lactation(person):
    rng, paper = person.rng, person.paper
    shares = {"none": 90, "status yes": 3, "condition": 2, "status no": 3, "old status": 1, "review code": 1}
    kind = weighted(rng, shares) if person.gender != "male" or rng.random() < 0.02 else "none"
    if person.age is not None and person.age < 12:
        kind = "none"
    person.note("E11.lactating", kind)
    feeding = {"status yes": ("LA29252-6", rng.choice([5, 183])), "status no": ("LA29253-4", rng.choice([5, 183])), "old status": ("LA29252-6", rng.choice([184, 400]))}.get(kind)
    if feeding:
        paper.observation(code("LOINC 63895-7"), feeding[1], {"valueCodeableConcept": code("LOINC " + feeding[0])})
    elif kind == "condition":
        paper.condition(code("SNOMED 169745008"), rng.choice([20, 183]))
    elif kind == "review code":
        paper.condition(code("SNOMED 290122005"), 50)
    says = {"status yes": "yes", "condition": "yes", "status no": "no", "review code": "weak_evidence", "old status": "stale"}.get(kind, "no_data")
    if person.gender == "male" or over_55(person):
        says = "settled"
    elif person.delivered and says in ("no_data", "stale"):
        says = "weak_evidence"
    person.claim("E11.lactating", says)


# ---- allergies (E12)

ALLERGIES = {"none known": "no", "none known, IPS": "no", "none known, words": "no", "penicillin": "no", "other drug, words": "no", "food": None, "no information": None,
             "ketamine": "yes", "esketamine": "yes", "ketamine, resolved": "weak_evidence", "ketamine, presumed": "weak_evidence", "ketamine, intolerance": "weak_evidence",
             "ketamine, refuted": None, "ketamine, in error": None, "ketamine, words": "weak_evidence", "pregabalin": "weak_evidence", "venlafaxine": "weak_evidence",
             "some drug": "judgement", "none known, then ketamine": "yes", "nothing": None}
COMMON = {"none known": 40, "penicillin": 8, "food": 8, "nothing": 20, "none known, words": 8, "none known, IPS": 4}


def plan_allergy(person):
    rng, paper = person.rng, person.paper
    kind = weighted(rng, {kind: COMMON.get(kind, 0.1 + 3 * person.busy) for kind in ALLERGIES})
    person.note("E12.allergy", kind)
    ketamine = paper.words([("SNOMED", "293707005")]) if rng.random() < 0.5 else paper.words([("SNOMED", "373464007"), ("RXNORM", "6130"), ("ATC", "N01AX03")])
    medicine = {"category": ["medication"]}
    if kind.startswith("none known"):
        known = {"none known, IPS": code("IPS no-known-allergies"), "none known, words": concept(text=rng.choice(["NKDA", "否认药物过敏史", "keine Allergien bekannt"]))}
        paper.allergy(known.get(kind, code("SNOMED 716186003")))
    simple = {"penicillin": code("SNOMED 91936005"), "other drug, words": concept(text="amoxicillin"), "esketamine": code("SNOMED 785816006"),
              "ketamine, words": concept(text=rng.choice(["Ketamine", "氯胺酮过敏", "Ketaminallergie"])), "pregabalin": code("SNOMED 415160008"),
              "venlafaxine": code("RXNORM 39786"), "some drug": code("SNOMED 416098002")}
    if kind in simple:
        paper.allergy(simple[kind], **medicine)
    elif kind == "food":
        paper.allergy(code("SNOMED 414285001"), category=["food"])
    elif kind == "no information":
        paper.allergy(code("IPS no-allergy-info"))
    elif kind in ("ketamine", "none known, then ketamine"):
        if rng.random() < 0.3:
            paper.allergy(code("SNOMED 419511003"), reaction=[{"substance": code("SNOMED 373464007"), "manifestation": [code("SNOMED 271807003")]}], **medicine)
        else:
            paper.allergy(ketamine, 200, clinical=rng.choice(["active", None]), verification=rng.choice(["confirmed", "unconfirmed", None]), **medicine)
    elif kind.startswith("ketamine,") and kind != "ketamine, words":
        _doubtful_ketamine(paper, kind, ketamine, medicine, rng)
    if ALLERGIES[kind]:
        person.claim("E12.allergy", ALLERGIES[kind])
    if kind in ("pregabalin", "venlafaxine"):
        person.claim("E6." + kind, "weak_evidence")


def _doubtful_ketamine(paper, kind, ketamine, medicine, rng):
    if kind == "ketamine, resolved":
        paper.allergy(ketamine, clinical=rng.choice(["resolved", "inactive"]), **medicine)
    elif kind == "ketamine, presumed":
        paper.allergy(ketamine, verification="presumed", **medicine)
    elif kind == "ketamine, intolerance":
        paper.allergy(ketamine, type="intolerance", **medicine)
    elif kind == "ketamine, refuted":
        paper.allergy(ketamine, verification="refuted", **medicine)
    else:
        paper.allergy(ketamine, clinical=None, verification="entered-in-error", **medicine)
