"""Plans for the criteria that read numbers: pain, HbA1c, blood pressure, STOP-Bang, drug screens; in the units that hospitals use."""

from population.paper import code, concept
from population.palette import DISEASES
from population import diseases

WEEKLY = ["LOINC 75893-8", "LOINC 61583-1"]
DAILY = "LOINC 72514-3"


def score(person, loinc, days, value, hour=9):
    """A pain score in one of the ways of writing a number."""
    how = person.rng.choice(["quantity", "quantity", "integer", "string", "string of ten"])
    written = {"quantity": person.paper.quantity(value, "{score}"), "integer": {"valueInteger": value}, "string": {"valueString": str(value)},
               "string of ten": {"valueString": "%d/10" % value}}[how]
    status = person.rng.choices(["final", "amended", "corrected", "preliminary"], [8, 1, 1, 1])[0]
    person.paper.observation(code(loinc), days, written, status=status, hour=hour)


def plan_pain(person):
    """Scores of the week, of single days, or none; with what must not count beside them."""
    rng, paper = person.rng, person.paper
    kind = diseases.weighted(rng, {"weekly": 50, "weekly low": 6, "daily": 12, "few days": 8, "stale": 8, "ancient": 3, "none": 6, "other scales": 3, "impossible": 2,
                                   "in error": 2})
    person.note("I4.pain_7day", kind)
    weekly, daily = [], []
    if kind.startswith("weekly"):
        weekly.append((rng.choice([0, 1, 3, 6, 7]), rng.randrange(0, 4) if kind == "weekly low" else rng.randrange(4, 11)))
        if rng.random() < 0.5:
            weekly.append((rng.randrange(8, 80), rng.randrange(0, 11)))
        if rng.random() < 0.3:
            daily += [(days, rng.randrange(0, 11)) for days in rng.sample(range(0, 8), 4) if days != weekly[0][0]]
    elif kind in ("daily", "few days"):
        span = rng.sample(range(0, 8), rng.randrange(4, 7) if kind == "daily" else rng.randrange(1, 4))
        daily += [(days, rng.randrange(1, 10)) for days in span]
        if rng.random() < 0.4:
            daily.append((daily[0][0], rng.randrange(0, 11)))
        if rng.random() < 0.3:
            weekly.append((rng.randrange(8, 60), rng.randrange(0, 11)))
    elif kind in ("stale", "ancient"):
        days = rng.choice([8, 30, 89, 90]) if kind == "stale" else rng.choice([91, 200, 400, 500])
        (weekly if rng.random() < 0.5 else daily).append((days, rng.randrange(0, 11)))
    _write_pain(person, kind, weekly, daily)
    person.facts["weekly"], person.facts["daily"] = weekly, daily


def _write_pain(person, kind, weekly, daily):
    rng, paper = person.rng, person.paper
    item = rng.choice(WEEKLY)
    for days, value in weekly:
        score(person, item, days, value)
    hours = {}
    for days, value in daily:
        hours[days] = hours.get(days, 8) + 2
        score(person, DAILY, days, value, hours[days])
    if kind == "other scales":
        paper.observation(code(rng.choice(["LOINC 38214-3", "LOINC 75261-8"])), 2, paper.quantity(7, "{score}"))
        paper.observation(code("LOINC 75260-0"), 1, paper.quantity(8, "{score}"))
    if kind == "impossible":
        paper.observation(code(item), 2, paper.quantity(rng.choice([45, 62, 11]), "{score}"))
    if kind == "in error":
        paper.observation(code(item), 2, paper.quantity(7, "{score}"), status=rng.choice(["entered-in-error", "cancelled"]))


def plan_therapy(person):
    """Treatment without drugs, and whether pain stayed."""
    rng, paper = person.rng, person.paper
    kind = diseases.weighted(rng, {"procedure": 50, "order done": 10, "care plan": 8, "several": 10, "none": 14, "not done": 4, "only ordered": 4})
    if person.fm_days == 600 and rng.random() < 0.5:
        kind = "before the diagnosis"
    person.note("I3.nonpharmacological", kind)
    days = rng.choice([d for d in (15, 45, 95, 150, 260, 370, 410, 590) if d not in {s[0] for s in person.facts["weekly"] + person.facts["daily"]}])
    therapies = []
    therapy = code(rng.choice(["SNOMED 91251008", "SNOMED 229065009"]))
    if kind in ("procedure", "several"):
        paper.procedure(therapy, days)
        therapies.append(days)
    if kind in ("order done", "several"):
        later = days + 3 if kind == "several" else days
        paper.add("ServiceRequest", {"status": "completed", "intent": "order", "code": therapy, "authoredOn": paper.date(later), "occurrenceDateTime": paper.date(later)}, later)
        therapies.append(later)
    if kind == "care plan":
        paper.add("CarePlan", {"status": rng.choice(["active", "completed"]), "intent": "plan", "period": {"start": paper.date(days)},
                               "activity": [{"detail": {"status": "in-progress", "code": therapy}}]}, days)
        therapies.append(days)
    if kind == "not done":
        paper.procedure(therapy, days, status=rng.choice(["not-done", "entered-in-error", "preparation"]))
    if kind == "only ordered":
        paper.add("ServiceRequest", {"status": "active", "intent": "order", "code": therapy, "authoredOn": paper.date(days)}, days)
    if kind == "before the diagnosis":
        paper.procedure(therapy, 900)
    person.facts["therapies"] = therapies


# ---- HbA1c


def plan_hba1c(person):
    rng = person.rng
    kind = diseases.weighted(rng, {"normal": 60, "raised": 10, "high": 8, "very high": 6, "old": 6, "half-year old": 5, "impossible": 3, "ancient": 2})
    person.note("HbA1c", kind)
    values = {"normal": [(rng.randrange(1, 180), rng.choice([5.1, 5.6, 6.0]))], "raised": [(rng.randrange(1, 180), rng.choice([6.5, 7.0, 7.7]))],
              "high": [(rng.choice([5, 100, 180]), rng.choice([8.0, 8.4]))], "very high": [(rng.choice([5, 100, 180]), rng.choice([9.0, 10.2]))],
              "old": [(rng.choice([366, 500, 730]), rng.choice([5.4, 8.1, 9.5]))], "half-year old": [(rng.choice([181, 300, 365]), rng.choice([5.2, 8.8]))],
              "impossible": [(rng.randrange(1, 180), None)], "ancient": [(rng.choice([731, 1200]), 9.0)]}[kind]
    if kind in ("raised", "high", "very high") and rng.random() < 0.4:
        values.append((values[0][0] + rng.randrange(30, 150), 6.1))
    person.facts["hba1c"] = [write_hba1c(person, days, value) for days, value in values]


def write_hba1c(person, days, value):
    rng, paper = person.rng, person.paper
    if value is None:
        paper.observation(code("LOINC 4548-4"), days, paper.quantity(rng.choice([48, 65]), "%"))
        return days, None
    if rng.random() < 0.25 and value not in (6.5, 8.0, 9.0):
        millimoles = round((value - 2.152) / 0.09148)
        paper.observation(code("LOINC 59261-8"), days, paper.quantity(millimoles, "mmol/mol"))
        return days, millimoles * 0.09148 + 2.152
    written = {"valueQuantity": {"value": value}} if rng.random() < 0.15 else paper.quantity(value, "%")
    paper.observation(code("LOINC 4548-4"), days, written)
    return days, value


# ---- blood pressure

PRESSURES = {"normal": ((106, 132), (64, 84)), "high": ((146, 172), (92, 106)), "severe": ((184, 200), (112, 118))}


def plan_pressure(person):
    rng = person.rng
    kind = diseases.weighted(rng, {"normal": 74, "high": 16, "severe": 3, "none": 4, "old": 3})
    person.note("blood pressure", kind)
    if kind == "none":
        return
    first = rng.choice([366, 500]) if kind == "old" else rng.choice([0, 3, 20, 29, 31, 60, 88])
    (low_s, high_s), (low_d, high_d) = PRESSURES[kind if kind in PRESSURES else "normal"]
    for days in (first, first + 1, first + 40):
        _write_pressure(person, days, rng.randrange(low_s, high_s), rng.randrange(low_d, high_d))


def plan_reading(person, kind):
    """One reading of today."""
    (low_s, high_s), (low_d, high_d) = PRESSURES[kind]
    _write_pressure(person, 0, person.rng.randrange(low_s, high_s), person.rng.randrange(low_d, high_d))


def _write_pressure(person, days, systolic, diastolic):
    rng, paper = person.rng, person.paper
    kilopascal = rng.random() < 0.1

    def part(loinc, value):
        return {"code": code(loinc), **(paper.quantity(round(value / 7.50062, 1), "kPa") if kilopascal else paper.quantity(value, "mmHg", "mm[Hg]"))}
    if rng.random() < 0.85:
        paper.observation(code("LOINC 85354-9"), days, {}, component=[part("LOINC 8480-6", systolic), part("LOINC 8462-4", diastolic)])
    else:
        for loinc, value in (("LOINC 8480-6", systolic), ("LOINC 8462-4", diastolic)):
            single = part(loinc, value)
            paper.observation(single.pop("code"), days, single)
    if kilopascal:
        systolic, diastolic = round(systolic / 7.50062, 1) * 7.50062, round(diastolic / 7.50062, 1) * 7.50062
    person.facts["pressure"].append((days, systolic, diastolic))


# ---- STOP-Bang


def plan_sleep(person):
    """Body measures of everyone; answers and totals of some."""
    rng, paper, facts = person.rng, person.paper, person.facts
    heavy = rng.random() < 0.12
    height = rng.randrange(155, 186)
    bmi = rng.choice([36.5, 38.0, 41.2]) if heavy else rng.choice([20.4, 23.9, 27.5, 31.0])
    if rng.random() < 0.75:
        _body(person, height, bmi)
    if rng.random() < 0.12 * (1 + 3 * person.busy):
        value, days = rng.choice([34, 37, 40, 42, 44, 46]), rng.choice([10, 300, 365, 366])
        written = paper.quantity(value, "cm") if rng.random() < 0.8 else paper.quantity(value * 10, "mm")
        paper.observation(code(rng.choice(["LOINC 56074-8", "SNOMED 420236003"])), days, written)
        facts["neck"].append((days, value))
    if rng.random() < 0.3:
        _answers(person)
    if rng.random() < 0.08:
        value, days = rng.randrange(0, 8), rng.choice([20, 365, 366])
        named = code("SNOMED 1367635004") if rng.random() < 0.5 else concept(text=rng.choice(["STOP-Bang score", "STOP-Bang评分", "STOP-Bang-Score"]))
        paper.observation(named, days, {"valueInteger": value})
        if days <= 365:
            facts["total"] = value
        person.note("E5.stop_bang", "total %d, %d days ago" % (value, days))


def _body(person, height, bmi):
    rng, paper, facts = person.rng, person.paper, person.facts
    days = rng.choice([5, 100, 365, 366, 700])
    if rng.random() < 0.6:
        paper.observation(code("LOINC 39156-5"), days, paper.quantity(bmi, "kg/m2"))
        facts["bmi"].append((days, bmi))
        return
    kilograms = round(bmi * (height / 100) ** 2, 1)
    paper.observation(code("LOINC 8302-2"), 900, paper.quantity(height, "cm") if rng.random() < 0.7 else paper.quantity(height / 100, "m"))
    facts["height"].append((900, height))
    if rng.random() < 0.3:
        pounds = round(kilograms / 0.45359237)
        paper.observation(code("LOINC 29463-7"), days, paper.quantity(pounds, "lb", "[lb_av]"))
        kilograms = pounds * 0.45359237
    else:
        paper.observation(code("LOINC 29463-7"), days, paper.quantity(kilograms, "kg"))
    facts["weight"].append((days, kilograms))


ANSWERS = {"snoring": ["Loud snoring", "大声打鼾", "lautes Schnarchen"], "tired": ["STOP-Bang tired", "STOP-Bang疲劳"],
           "observed": ["Witnessed apnea", "睡眠中呼吸暂停", "beobachtete Atemaussetzer"]}


def _answers(person):
    """Answers to the first questions, as Observations or as a form; or snoring as a diagnosis."""
    rng, paper, facts = person.rng, person.paper, person.facts
    kind = rng.choice(["observations", "form", "diagnosis", "fatigue"])
    person.note("E5.stop_bang", kind)
    if kind == "diagnosis":
        paper.condition(paper.words([("SNOMED", "72863001"), ("ICD10CM", "R06.83"), ("ICD10CN", "R06.501")]), 200)
        facts["snoring"] = True
    elif kind == "fatigue":
        paper.condition(paper.words([("ICD10CM", "R53.83"), ("ICD10", "R53")]), 200)
    elif kind == "form":
        answer = rng.random() < 0.5
        paper.add("QuestionnaireResponse", {"status": rng.choice(["completed", "amended"]), "authored": paper.time(90),
                                            "item": [{"linkId": "/72863001", "text": "Snoring", "answer": [{"valueBoolean": answer}]}]}, 90, keep=True)
        facts["snoring"] = answer
    else:
        for name, texts in ANSWERS.items():
            if rng.random() < 0.7:
                facts[name] = rng.random() < 0.5
                paper.observation(concept(text=rng.choice(texts)), 60, {"valueBoolean": facts[name]})


def plan_hypertension(person):
    disease = DISEASES["hypertension"][0]
    how = diseases.weighted(person.rng, {name: share for name, share in diseases.possible_tellings(disease).items()})
    person.note("hypertension", how)
    diseases.bear(person, disease, diseases.tell(person, disease, how, min(800, person.oldest)))


def plan_drug_screen(person):
    rng, paper = person.rng, person.paper
    days, kind = rng.choice([20, 365, 366, 500]), rng.choice(["positive", "positive words", "interpretation", "negative"])
    person.note("E10.drug", "drug screen %s, %d days ago" % (kind, days))
    value = {"positive": {"valueCodeableConcept": code("SNOMED 10828004")}, "positive words": {"valueString": rng.choice(["positive", "阳性", "detected"])},
             "interpretation": {"interpretation": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "POS"}]}]},
             "negative": {"valueCodeableConcept": code("SNOMED 260385009")}}[kind]
    paper.observation(code("LOINC 19659-2"), days, value)
    if kind != "negative" and days <= 365:
        person.claim("E10.drug", "judgement")
