"""What each criterion must say, from the facts of a plan. Written from the trial's criteria; it shares nothing with the program under test."""

CRITERIA = [
    "I1.age", "I1.cognition", "I1.language", "I2.fibromyalgia", "I3.nonpharmacological", "I3.drug_naive", "I4.pain_7day", "E1.refusal",
    "E2.consent_capacity", "E3.hypothyroidism", "E3.nutritional_deficiency", "E3.diabetes", "E3.connective_tissue", "E4.psychotic", "E4.bipolar",
    "E4.personality", "E5.sleep_apnoea", "E5.stop_bang", "E6.pregabalin", "E6.venlafaxine", "E7.iv_ketamine", "E8.rheumatic", "E8.other_pain",
    "E9.uncontrolled_diabetes", "E9.refractory_hypertension", "E9.malignancy", "E9.narrow_angle_glaucoma", "E9.hyperthyroidism",
    "E9.severe_cardiovascular", "E9.esketamine_contraindication", "E10.drug", "E10.alcohol", "E11.pregnant", "E11.lactating", "E12.allergy",
]
# Of several reasons for not knowing the first is told (1.2).
REASONS = ["conflicting", "weak_evidence", "incomplete_source", "judgement", "partial", "stale", "no_data", "needs_person"]
BASES = {"incomplete_source": "absence", "no_data": "absence", "needs_person": "person"}
LISTED = ("potentially_eligible", "needs_review")
DEMOTING = {"conflicting", "weak_evidence", "incomplete_source"}
# What a criterion says when nothing on file bears on it: holds or the reason of an unknown.
SILENT = {"I1.cognition": "needs_person", "I1.language": "needs_person", "I3.nonpharmacological": "no_data", "I3.drug_naive": "yes",
          "I4.pain_7day": "no_data", "E1.refusal": "needs_person", "E2.consent_capacity": "needs_person", "E12.allergy": "no_data"}


class Label:
    """`basis` None: the criteria leave it open."""

    def __init__(self, holds, reason=None, basis=None):
        self.holds, self.reason, self.basis = holds, reason, basis

    def row(self):
        return {"holds": self.holds, "reason": self.reason, "basis": self.basis}


def _unknown(reason):
    return Label("unknown", reason, BASES.get(reason, "evidence"))


def decides(criterion, said):
    """Whether a sure answer settles the statement by itself."""
    return said == "yes" or (said == "no" and criterion[0] == "I")


def settle(criterion, claims):
    """The label of a criterion from what each record says: "yes", "no" or the reason of an unknown."""
    if not claims:
        silent = SILENT.get(criterion, "no")
        return Label(silent, None, "absence") if silent in ("yes", "no") else _unknown(silent)
    if "conflicting" in claims:
        return _unknown("conflicting")
    for said in ("no", "yes"):
        if said in claims and decides(criterion, said):
            return Label(said, None, "evidence")
    unknown = [reason for reason in REASONS if reason in claims]
    return _unknown(unknown[0]) if unknown else Label("no", None, "evidence")


def status(labels, dead, inactive):
    """A patient's status (1.4), first that applies. Files are read whole, so nobody is left unscreened."""
    if dead or inactive or labels["I2.fibromyalgia"].holds == "no":
        return "not_a_candidate"
    if any(label.holds == ("no" if criterion[0] == "I" else "yes") for criterion, label in labels.items()):
        return "ineligible"
    if any(label.reason in DEMOTING for label in labels.values()):
        return "needs_review"
    return "potentially_eligible"


# ---- diseases (section 3, the rows that read conditions)

EVER = {"connective_tissue": "E3.connective_tissue", "psychotic": "E4.psychotic", "bipolar": "E4.bipolar", "personality": "E4.personality",
        "glaucoma": "E9.narrow_angle_glaucoma", "aneurysm": "E9.esketamine_contraindication", "drug_use": "E10.drug", "alcohol": "E10.alcohol"}
PRESENT = {"fibromyalgia": "I2.fibromyalgia", "hypothyroidism": "E3.hypothyroidism", "diabetes": "E3.diabetes", "osa": "E5.sleep_apnoea",
           "rheumatic": "E8.rheumatic"}
WEIGHED = {"hyperthyroidism": "E9.hyperthyroidism", "contraindication": "E9.esketamine_contraindication"}


def _malignancy(include, present, days):
    return "yes" if include and (present or days is None or days < 5 * 365) else "weak_evidence"


def _acute(present, days):
    if days is None:
        return "yes" if present else "weak_evidence"
    return "yes" if days <= 183 else "weak_evidence"


def disease_says(concept, role, present, days, kind):
    """What a sure record says: {criterion: answer}. `days`: its age, None where it has no date."""
    include = role == "include"
    if concept in EVER:
        return {EVER[concept]: "yes" if include else "weak_evidence"}
    if concept == "diabetes" and kind == "gestational" and not present:
        return {"E3.diabetes": "no"}
    if concept in PRESENT:
        return {PRESENT[concept]: "yes" if include and present else "weak_evidence"}
    if concept in WEIGHED:
        return {WEIGHED[concept]: "yes" if include and present else "judgement"}
    if concept == "cognition":
        sure = include and present
        return {"I1.cognition": "no" if sure else "judgement", "E2.consent_capacity": "yes" if sure else "judgement"}
    if concept == "nutritional_deficiency":
        return {"E3.nutritional_deficiency": "no" if not present else "yes" if include else "judgement"}
    if concept == "gout":
        return {"E8.rheumatic": "judgement"}
    if concept == "other_pain":
        return {"E8.other_pain": "no" if not present else "weak_evidence" if include else "judgement"}
    if concept == "uncontrolled":
        return {"E9.uncontrolled_diabetes": "yes" if present else "no"}
    if concept == "refractory":
        return {"E9.refractory_hypertension": "yes"} if present else {}
    if concept == "malignancy":
        return {"E9.malignancy": _malignancy(include, present, days)}
    if concept == "acute_cardiac":
        return {"E9.severe_cardiovascular": _acute(present, days)}
    if concept == "cardiac":
        return {"E9.severe_cardiovascular": "judgement" if not include else "yes" if present else "weak_evidence"}
    return {"E10.drug": "judgement"} if concept == "opioid_therapy" else {}


def weakened(criterion, said):
    """What a doubtful record says where a sure one would say `said` (2.7)."""
    return "weak_evidence" if decides(criterion, said) else said


# ---- numbers


def stop_bang(facts, age, gender):
    """(label) of the eight items and a recorded total; `facts` as measures.py fills them."""
    items = [facts.get("snoring"), facts.get("tired"), facts.get("observed"), _pressure_item(facts), _bmi_item(facts),
             None if age is None else age >= 51, _neck_item(facts, gender), {"male": True, "female": False}.get(gender)]
    low = sum(item is True for item in items)
    high = low + sum(item is None for item in items)
    total = facts.get("total")
    if total is not None:
        if total >= 3:
            return Label("yes", None, "evidence")
        return _unknown("conflicting") if low >= 3 else Label("no", None, "evidence")
    if low >= 3:
        return Label("yes", None, "evidence")
    return Label("no", None, None) if high < 3 else _unknown("partial")


def _pressure_item(facts):
    if facts.get("hypertension") == "sure":
        return True
    if facts.get("hypertension") == "doubtful" or facts.get("classes"):
        return None
    readings = [reading for reading in facts["pressure"] if reading[0] <= 365]
    if not readings:
        return None
    _, systolic, diastolic = min(readings)
    return False if systolic < 140 and diastolic < 90 else None


def _bmi_item(facts):
    recorded = [value for days, value in facts["bmi"] if days <= 365]
    if recorded:
        return recorded[0] > 35
    weight = [value for days, value in facts["weight"] if days <= 365]
    if not weight or not facts["height"]:
        return None
    return weight[0] / (facts["height"][0][1] / 100) ** 2 > 35


def _neck_item(facts, gender):
    recent = [value for days, value in facts["neck"] if days <= 365]
    if not recent:
        return None
    if recent[0] <= 40:
        return False
    bound = 41 if gender == "female" else 43
    return True if recent[0] >= bound else None


def pressure_high(facts):
    """Whether the mean of the last two days with readings within 90 days is high."""
    last = sorted(reading for reading in facts["pressure"] if reading[0] <= 90)[:2]
    if not last:
        return False
    return sum(r[1] for r in last) / len(last) >= 140 or sum(r[2] for r in last) / len(last) >= 90


def refractory_says(facts):
    """The claims of pressure and drugs on E9.refractory_hypertension."""
    claims, classes = [], facts.get("classes", set())
    high = pressure_high(facts)
    if (high and len(classes) >= 3 and "thiazide" in classes) or len(classes) >= 4:
        claims.append("weak_evidence")
    recent = [reading for reading in facts["pressure"] if reading[0] <= 90]
    if recent and (min(recent)[1] >= 180 or min(recent)[2] >= 110):
        claims.append("weak_evidence" if min(recent)[0] <= 30 else "stale")
    if high and facts.get("unreadable"):
        claims.append("incomplete_source")
    return claims


def hba1c_says(values):
    """{criterion: claim} of HbA1c in per cent, [(days, value)]; a value of None was measured but cannot be true."""
    says = {}
    year, half = [v for v in values if v[0] <= 365], [v for v in values if v[0] <= 180]
    valid_year, valid_half = [v for v in year if v[1] is not None], [v for v in half if v[1] is not None]
    older = [v for v in values if v[1] is not None and v[0] <= 730]
    if any(value >= 6.5 for _, value in valid_year):
        says["E3.diabetes"] = "weak_evidence"
    elif year and not valid_year:
        says["E3.diabetes"] = "incomplete_source"
    elif not year and older:
        says["E3.diabetes"] = "stale"
    if valid_half:
        latest = min(valid_half)[1]
        if latest >= 8:
            says["E9.uncontrolled_diabetes"] = "yes" if latest >= 9 else "judgement"
    elif half:
        says["E9.uncontrolled_diabetes"] = "incomplete_source"
    elif older and min(older)[1] >= 8:
        says["E9.uncontrolled_diabetes"] = "stale"
    return says


def pain_says(weekly, daily):
    """Claims of I4 from [(days, value)] of weekly items and daily scores."""
    recent = [score for score in weekly if score[0] <= 7]
    if recent:
        return ["yes" if min(recent)[1] >= 4 else "no"]
    by_day = {}
    for days, value in daily:
        if days <= 7:
            by_day.setdefault(days, []).append(value)
    if len(by_day) >= 4:
        means = [sum(values) / len(values) for values in by_day.values()]
        return ["yes" if sum(means) / len(means) >= 4 else "no"]
    if by_day:
        return ["partial"]
    return ["stale"] if any(days <= 90 for days, _ in weekly + daily) else []


def relief_says(therapies, scores):
    """Claims of I3.nonpharmacological; `scores` as (days, value), the last of a day last."""
    if not therapies:
        return []
    after = [score for score in scores if score[0] < min(therapies)]
    if not after:
        return ["partial"]
    days = min(score[0] for score in after)
    if days > 365:
        return ["stale"]
    return ["yes" if [score[1] for score in after if score[0] == days][-1] >= 4 else "judgement"]
