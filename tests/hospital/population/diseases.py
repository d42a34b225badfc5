"""Plans for the criteria that read diseases: how one is told on the record, and what that makes true."""

from population import truth
from population.palette import DISEASES, FAMILY, FIBROMYALGIA, FIBROSITIS, HISTORIES, NEGATIONS, SCREENINGS, SUSPICIONS
from population.paper import code, concept
from population.shares import DISEASE_TOLD

WITHOUT_REASONS = {"diabetes", "uncontrolled", "hypertension", "malignancy", "gout", "refractory", "acute_cardiac", "opioid_therapy"}
WITHOUT_UNKNOWN_SYSTEM = {"uncontrolled", "refractory", "hypertension", "acute_cardiac", "gout", "opioid_therapy", "diabetes"}
SILENT_TELLINGS = {"refuted", "in error", "in the future", "corrected away", "family member", "negated words", "family words", "screening words"}


def weighted(rng, shares):
    names = list(shares)
    return rng.choices(names, [shares[name] for name in names])[0]


def possible_tellings(disease):
    """The tellings that make sense for a disease, with their shares."""
    concepts = {name for name, _ in disease.bears}
    include = all(role == "include" for _, role in disease.bears)
    icd10 = any(system == "ICD10" and len(text) <= 6 for system, text in disease.codes)
    shares = dict(DISEASE_TOLD)
    for name in DISEASE_TOLD:
        if name.endswith("words") or name == "words":
            if not disease.words:
                shares.pop(name)
    if not include or len(disease.bears) > 1 or concepts & WITHOUT_REASONS or not disease.codes:
        shares.pop("visit's reason")
    if not include or not icd10 or concepts & WITHOUT_UNKNOWN_SYSTEM:
        shares.pop("unknown system")
    if not include or concepts & {"hypertension", "gout", "opioid_therapy", "other_pain", "acute_cardiac"}:
        shares.pop("refuted later")
    if disease.kind == "acute":
        shares.pop("partial date")
    if "opioid_therapy" in concepts:
        for name in ("past", "past by abatement", "no date", "partial date"):
            shares.pop(name)
    return shares


class Telling:
    """What one record of a disease turned out to say: present or past, sure or not, how old."""

    def __init__(self, present=True, sure=True, days=None, role=None, recorded=None):
        self.present, self.sure, self.days, self.role = present, sure, days, role
        self.recorded = days if recorded is None else recorded


def _date_of(disease, onset, abatement):
    """A malignancy is dated by the latest of onset and abatement, everything else by onset."""
    return abatement if ("malignancy", "include") in disease.bears else onset


def _abatement(person, days):
    return person.rng.randrange(1, days) if days > 2 else 0


def tell(person, disease, how, days):
    """Writes the record(s); answers a Telling, or None where nothing counts."""
    rng, paper = person.rng, person.paper
    text = rng.choice(list(disease.words.values())) if disease.words else None
    coded = paper.words(disease.codes, disease.words.get("en"))
    if how == "past":
        abatement = _abatement(person, days)
        paper.condition(coded, days, clinical=rng.choice(["resolved", "remission", "inactive"]), abatement=abatement)
        return Telling(present=False, days=_date_of(disease, days, abatement), recorded=days)
    if how == "past by abatement":
        abatement = _abatement(person, days)
        paper.condition(coded, days, clinical=None, abatement=abatement)
        return Telling(present=False, days=_date_of(disease, days, abatement), recorded=days)
    if how == "no status":
        paper.condition(coded, days, clinical=None)
    elif how == "no verification":
        paper.condition(coded, days, verification=None)
    elif how == "provisional":
        paper.condition(coded, days, verification=rng.choice(["provisional", "differential", "unconfirmed"]))
        return Telling(sure=False, days=days)
    elif how == "refuted":
        paper.condition(coded, days, verification="refuted")
        _refute(person, disease, days)
        return None
    elif how == "in error":
        paper.condition(coded, days, clinical=None, verification="entered-in-error")
        return None
    elif how == "in the future":
        paper.condition(coded, -rng.randrange(2, 40), keep=True)
        return None
    elif how == "corrected away":
        _two_versions(person, coded, code("ICD10 J06.9"), days)
        return None
    elif how == "corrected into":
        _two_versions(person, code("ICD10 J06.9"), coded, days)
    elif how == "refuted later":
        paper.condition(coded, days + 1)
        refuted = rng.randrange(1, days)
        paper.condition(paper.words(disease.codes), refuted, clinical=None, verification="refuted")
        _refute(person, disease, refuted)
        return Telling(days=days + 1)
    elif how == "partial date":
        years = rng.choice([7, 8] if disease is FIBROMYALGIA else [1, 2, 7, 8])
        year = person.today.year - years
        paper.condition(coded, 365 * years, onset=str(year) if rng.random() < 0.5 else "%d-%02d" % (year, rng.randrange(1, 13)))
        return Telling(days=365 * years)
    elif how == "no date":
        paper.condition(coded, 1, onset=False, recorded=False)
        person.undated |= {name for name, _ in disease.bears}
        return Telling(days=None)
    elif how in ("family member", "visit's reason", "unknown system"):
        return _elsewhere(person, disease, how, days)
    elif how.endswith("words"):
        return _in_words(person, disease, how, days)
    else:
        paper.condition(coded, days, clinical=rng.choices(["active", "recurrence", "relapse"], [8, 1, 1])[0])
    return Telling(days=days)


def _refute(person, disease, days):
    for name, _ in disease.bears:
        person.deeds[-1].refuted.append((name, days))


def _two_versions(person, earlier, later, days):
    """One record that was corrected; the versions stand in the files in either order."""
    paper = person.paper
    new = paper.condition(later, days, keep=True)
    old = {**new, "code": earlier, "meta": {"lastUpdated": "%sT05:00:00.000Z" % paper.date(days + 5)}}
    paper.resources.insert(person.rng.randrange(len(paper.resources) + 1), old)


def _elsewhere(person, disease, how, days):
    paper, rng = person.paper, person.rng
    if how == "family member":
        paper.add("FamilyMemberHistory", {"status": "completed", "relationship": code("SNOMED 72705000"),
                                          "condition": [{"code": paper.words(disease.codes)}]}, keep=True)
        return None
    if how == "visit's reason":
        age = 1500 if disease is FIBROMYALGIA else rng.randrange(20, 360)
        paper.add("Encounter", {"status": "finished", "class": {"system": paper_class(), "code": "AMB"}, "reasonCode": [concept(rng.choice(disease.codes))],
                                "period": {"start": paper.time(age), "end": paper.time(age, 10)}}, keep=True)
        return Telling(sure=False, days=age)
    icd10 = rng.choice([text for system, text in disease.codes if system == "ICD10" and len(text) <= 6])
    paper.condition({"coding": [{"system": "http://hospital.example/diagnoses", "code": icd10}]}, days)
    return Telling(days=days, role="review")


def paper_class():
    return "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def _in_words(person, disease, how, days):
    language, text = person.rng.choice(sorted(disease.words.items()))
    patterns = {"negated words": NEGATIONS, "family words": FAMILY, "screening words": SCREENINGS, "suspected words": SUSPICIONS,
                "historical words": HISTORIES}.get(how)
    written = patterns[language] % text if patterns else text
    person.paper.condition(concept(text=written), days)
    if how in SILENT_TELLINGS or (how == "suspected words" and disease is FIBROMYALGIA):
        return None
    return Telling(present=how != "historical words", sure=False, days=days)


def plan(person, criterion):
    """Draws a disease and a way of telling it, writes it, and claims what follows."""
    rng = person.rng
    disease = rng.choice(DISEASES[criterion])
    how = weighted(rng, possible_tellings(disease))
    if _untimely(person, disease, how):
        how = "sure"
    days = rng.randrange(5, 340) if "opioid_therapy" in {name for name, _ in disease.bears} else _age_of(person, disease)
    person.note(criterion, "%s %s" % (disease.codes[0][1], how))
    bear(person, disease, tell(person, disease, how, days))


def _untimely(person, disease, how):
    """Whether an undated record would meet a refuted one: which came first nobody could tell, and the criteria do not say."""
    if how == "no date":
        return any(name == refuted for name, _ in disease.bears for refuted, _ in person.refuted())
    return how in ("refuted", "refuted later") and any(name in person.undated for name, _ in disease.bears)


def _age_of(person, disease):
    """Days since the disease began; now and then on the very edge of a window."""
    rng = person.rng
    edges = [182, 183, 184, 185] if disease.kind == "acute" else [5 * 365 - 30, 5 * 365 + 30]
    if rng.random() < 0.3:
        return min(rng.choice(edges), person.oldest)
    return rng.randrange(10, max(11, min(5000, person.oldest)))


def bear(person, disease, told):
    """Turns what was told into claims on every criterion that the disease touches."""
    if told is None:
        return
    for name, role in disease.bears:
        if told.sure and told.recorded is not None:
            says = truth.disease_says(name, role, told.present, told.days, disease.kind)
            criteria = [criterion for criterion, said in says.items() if said != "no" or truth.decides(criterion, said)]
            person.deeds[-1].confirmed.append((name, told.recorded, criteria))
        if name == "hypertension":
            sure = told.sure and role == "include"
            person.deeds[-1].hypertension = "sure" if sure else "doubtful"
            continue
        for criterion, said in truth.disease_says(name, told.role or role, told.present, told.days, disease.kind).items():
            person.claim(criterion, said if told.sure else truth.weakened(criterion, said))


# ---- fibromyalgia


def plan_fibromyalgia(person, shares):
    """The entry criterion, and the ACR scores beside it."""
    rng, paper = person.rng, person.paper
    how = weighted(rng, shares)
    person.note("I2.fibromyalgia", how)
    days = min(rng.randrange(1500, 4000), person.oldest)
    if how == "review code":
        paper.condition(paper.words(FIBROSITIS.codes), days)
        person.claim("I2.fibromyalgia", "weak_evidence")
    elif how == "young diagnosis":
        paper.condition(paper.words(FIBROMYALGIA.codes), 600, keep=True)
        person.claim("I2.fibromyalgia", "yes")
        person.fm_days = 600
    else:
        told = tell(person, FIBROMYALGIA, how, days)
        bear(person, FIBROMYALGIA, told)
        if how in ("sure", "no status", "no verification"):
            person.fm_days = days
    person.fm_sure = person.claims().get("I2.fibromyalgia") == ["yes"] and how != "refuted later"
    person.fm_record = next((r["id"] for r in reversed(paper.resources) if r["resourceType"] == "Condition"), None)
    if person.fm_sure and rng.random() < 0.3:
        _acr_scores(person)


def _acr_scores(person):
    rng, paper = person.rng, person.paper
    widespread, severity = rng.choice([(12, 8), (7, 5), (5, 9), (4, 9), (6, 8), (3, 10), (8, 4), (2, 2)])
    days = rng.randrange(1, 300)
    for words, value in ((rng.choice(["WPI", "Widespread pain index", "弥漫性疼痛指数"]), widespread), (rng.choice(["SSS", "症状严重程度评分"]), severity)):
        paper.observation(concept(text=words), days, {"valueInteger": value})
    meets = (widespread >= 7 and severity >= 5) or (4 <= widespread <= 6 and severity >= 9)
    person.note("I2.fibromyalgia", "%s, scores %d/%d" % (person.plan["I2.fibromyalgia"], widespread, severity))
    if not meets:
        person.claim("I2.fibromyalgia", "conflicting")
