"""Plans for the criteria that read drugs: statuses, ways of naming a drug, indications, routes, and what each makes true."""

from population.diseases import weighted
from population.palette import DRUGS
from population.paper import code, concept
from population.shares import DRUG_TOLD

STATUSES = {
    "MedicationRequest": (["active", "completed", "stopped"], ["cancelled", "draft", "entered-in-error"], ["on-hold", "unknown", "ordered"]),
    "MedicationStatement": (["active", "completed", "stopped"], ["not-taken", "intended", "entered-in-error"], ["on-hold", "unknown"]),
    "MedicationDispense": (["completed", "in-progress"], ["cancelled", "declined", "entered-in-error", "preparation"], ["on-hold", "stopped", "unknown"]),
    "MedicationAdministration": (["completed", "in-progress", "stopped"], ["not-done", "entered-in-error"], ["on-hold", "unknown"]),
}
ROUTES = {"vein": "SNOMED 47625008", "mouth": "SNOMED 26643006", "nose": "SNOMED 46713006", "muscle": "SNOMED 78421000"}


def told_drug(person, name, how=None, days=None, types=None, **more):
    """Writes one record of a drug. Answers "sure", "weak", "conflicting" or None where nothing counts."""
    rng, paper = person.rng, person.paper
    drug = DRUGS[name]
    how = how or weighted(rng, DRUG_TOLD)
    type_ = rng.choice(types or list(STATUSES))
    counts, ignored, weak = STATUSES[type_]
    days = days or rng.randrange(1, max(2, min(3000, person.oldest)))
    medication = paper.words(drug.codes, drug.words.get("en"))
    if how == "words":
        paper.drug(type_, concept(text=rng.choice(list(drug.words.values()))), days, rng.choice(counts), **more)
        return "weak"
    if how == "unknown code, words":
        paper.drug(type_, concept(("LOCAL", "m-77"), text=drug.words["en"]), days, rng.choice(counts), **more)
        return "weak"
    if how == "does not count":
        return _ignored(person, type_, medication, days, ignored, more)
    if how == "weak":
        if type_ == "MedicationRequest" and rng.random() < 0.3:
            paper.drug(type_, medication, days, "completed", intent=None, **more)
        else:
            paper.drug(type_, medication, days, rng.choice(weak), **more)
        return "weak"
    if how == "no status":
        paper.drug(type_, medication, days, None, **more)
        return "weak"
    if how == "contradicted":
        paper.drug("MedicationRequest", medication, days + 10, "completed", **more)
        paper.drug("MedicationStatement", paper.words(drug.codes), days, "not-taken")
        return "conflicting"
    if how == "corrected away":
        new = paper.drug(type_, medication, days, "entered-in-error", **more)
        old = {**new, "status": counts[0], "meta": {"lastUpdated": "%sT05:00:00.000Z" % paper.date(days + 5)}}
        paper.resources.insert(rng.randrange(len(paper.resources) + 1), old)
        return None
    if how == "in the future":
        paper.drug(type_, medication, -rng.randrange(2, 30), counts[0], **more)
        return None
    paper.drug(type_, medication, days, rng.choice(counts), **more)
    return "sure"


def _ignored(person, type_, medication, days, ignored, more):
    rng, paper = person.rng, person.paper
    if type_ == "MedicationRequest" and rng.random() < 0.5:
        if rng.random() < 0.5:
            paper.drug(type_, medication, days, "active", intent=rng.choice(["proposal", "plan", "option"]), **more)
        else:
            paper.drug(type_, medication, days, "active", doNotPerform=True, **more)
    else:
        paper.drug(type_, medication, days, rng.choice(ignored), **more)
    return None


def plan_excluding(person, name, days=None):
    """Pregabalin and venlafaxine: excluded ever, for any disease."""
    criterion = "E6." + name
    if name == "venlafaxine" and person.rng.random() < 0.15:
        told = told_drug(person, "desvenlafaxine", "counts")
        person.note(criterion, "desvenlafaxine")
        person.claim(criterion, "weak_evidence")
        return
    how = weighted(person.rng, DRUG_TOLD)
    told = told_drug(person, name, how, days)
    person.note(criterion, how)
    if told:
        person.claim(criterion, {"sure": "yes", "weak": "weak_evidence", "conflicting": "conflicting"}[told])
        if name == "pregabalin":
            person.claim("I3.drug_naive", {"sure": "no", "weak": "weak_evidence", "conflicting": "conflicting"}[told])


def plan_naive(person):
    """A drug that is recommended for fibromyalgia, for it, for another reason, or for none that is told."""
    rng = person.rng
    if rng.random() < 0.2:
        name = rng.choice(["gabapentin", "mirogabalin"])
        person.note("I3.drug_naive", name)
        if told_drug(person, name, "counts"):
            person.claim("I3.drug_naive", "judgement")
        return
    name = rng.choice(["duloxetine", "amitriptyline", "tramadol", "milnacipran", "cyclobenzaprine"])
    reason = rng.choice(["fibromyalgia" if person.fm_sure else "other", "other", None])
    how = weighted(rng, DRUG_TOLD)
    more = {}
    types = ["MedicationRequest", "MedicationStatement", "MedicationAdministration"] if reason else None
    if reason:
        more["reasonCode"] = [code(rng.choice(["ICD10 M79.7", "SNOMED 203082005"]) if reason == "fibromyalgia" else "ICD10 F41.1")]
        if reason == "fibromyalgia" and rng.random() < 0.5:
            more = {"reasonReference": [{"reference": "Condition/" + person.fm_record}]}
    told = told_drug(person, name, how, types=types, **more)
    person.note("I3.drug_naive", "%s for %s, %s" % (name, {"other": "another reason", None: "no stated reason"}.get(reason, reason), how))
    if told == "sure":
        person.claim("I3.drug_naive", "no" if reason == "fibromyalgia" else "weak_evidence")
    elif told:
        person.claim("I3.drug_naive", "weak_evidence" if told == "weak" else "conflicting")


def plan_unreadable(person):
    """A drug record that nobody can read: it may be any drug."""
    rng, paper = person.rng, person.paper
    kind = rng.choice(["dangling reference", "local code", "does not count"])
    person.note("unreadable drug", kind)
    days = rng.randrange(20, 900)
    if kind == "dangling reference":
        paper.drug("MedicationRequest", None, days, "completed", medicationReference={"reference": "Medication/%s-none" % paper.id})
    else:
        paper.drug("MedicationRequest", concept(("LOCAL", "m-%d" % rng.randrange(100, 999))), days, "completed" if kind == "local code" else "cancelled")
    if kind == "does not count":
        return
    person.facts["unreadable"] = True
    for criterion in ("I3.drug_naive", "E6.pregabalin", "E6.venlafaxine", "E7.iv_ketamine", "E9.esketamine_contraindication"):
        person.claim(criterion, "incomplete_source")


def plan_interacting(person):
    """A drug that must not meet esketamine: at present, lately, long ago, or with an end that nobody wrote."""
    rng, paper = person.rng, person.paper
    medication = paper.words(DRUGS[rng.choice(["mao", "xanthine"])].codes)
    kind = rng.choice(["active order", "active statement", "statement ended lately", "statement ended before", "order without end", "old order without end",
                       "supply reaches today", "supply ended", "cancelled"])
    person.note("E9.esketamine_contraindication", kind)
    says = {"active order": "weak_evidence", "active statement": "weak_evidence", "statement ended lately": "weak_evidence", "order without end": "judgement",
            "supply reaches today": "weak_evidence"}
    if kind == "active order":
        paper.drug("MedicationRequest", medication, rng.randrange(1, 600), "active")
    elif kind == "active statement":
        paper.drug("MedicationStatement", medication, rng.randrange(1, 600), "active")
    elif kind == "statement ended lately":
        paper.drug("MedicationStatement", medication, rng.randrange(1, 15), "completed")
    elif kind == "statement ended before":
        paper.drug("MedicationStatement", medication, rng.randrange(15, 200), "completed")
    elif kind == "order without end":
        paper.drug("MedicationRequest", medication, rng.randrange(20, 360), rng.choice(["completed", "stopped"]))
    elif kind == "old order without end":
        paper.drug("MedicationRequest", medication, rng.randrange(370, 900), rng.choice(["completed", "stopped"]))
    elif kind.startswith("supply"):
        length = {"value": 30, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
        paper.drug("MedicationDispense", medication, rng.randrange(1, 25) if kind == "supply reaches today" else rng.randrange(60, 200), "completed", daysSupply=length)
    else:
        paper.drug("MedicationRequest", medication, rng.randrange(1, 300), "cancelled")
    if kind in says:
        person.claim("E9.esketamine_contraindication", says[kind])


def plan_antihypertensives(person):
    """Drugs for the blood pressure, some of them stopped."""
    rng, paper = person.rng, person.paper
    classes = rng.sample(["thiazide", "ccb", "ace", "arb", "beta"], rng.choice([1, 1, 2, 2, 3, 3, 4, 5]))
    on = person.facts.setdefault("classes", set())
    for name in classes:
        if rng.random() < 0.1:
            paper.drug("MedicationRequest", paper.words(DRUGS[name].codes), rng.randrange(400, 900), "stopped")
            continue
        type_ = rng.choice(["MedicationRequest", "MedicationStatement"])
        paper.drug(type_, paper.words(DRUGS[name].codes, DRUGS[name].words["en"]), rng.randrange(1, 400), "active")
        on.add(name)
    person.note("E9.refractory_hypertension", "drugs: " + " ".join(sorted(on)))


def plan_diabetes_drugs(person):
    rng, paper = person.rng, person.paper
    name = rng.choice(["metformin", "insulin", "sulfonylurea", "old insulin", "levothyroxine"])
    if name == "levothyroxine":
        told = told_drug(person, name)
        person.note("E3.hypothyroidism", "levothyroxine")
        if told:
            person.claim("E3.hypothyroidism", "conflicting" if told == "conflicting" else "weak_evidence")
        return
    person.note("E3.diabetes", name)
    if name == "old insulin":
        paper.drug("MedicationRequest", paper.words(DRUGS["insulin"].codes), rng.randrange(366, 900), "completed")
        return
    paper.drug("MedicationRequest", paper.words(DRUGS[name].codes), rng.randrange(1, 366), rng.choice(["active", "completed"]))
    person.claim("E3.diabetes", "judgement" if name == "metformin" else "weak_evidence")


# ---- ketamine (E7)

KETAMINE = {  # plan: (route, indication, how it is told, what follows)
    "vein for chronic pain": ("vein", "chronic", "counts", "yes"), "vein for chronic pain, weak": ("vein", "chronic", "weak", "weak_evidence"),
    "vein for chronic pain, in words": ("vein", "chronic", "words", "weak_evidence"), "vein for chronic pain, cancelled": ("vein", "chronic", "does not count", None),
    "vein in an anaesthesia": ("vein", "anaesthesia", "counts", "no"), "vein, anaesthesia in words": ("vein", "anaesthesia words", "counts", "judgement"),
    "vein for acute pain": ("vein", "acute", "counts", "no"), "vein for depression": ("vein", "depression", "counts", "weak_evidence"),
    "vein, nobody says why": ("vein", None, "counts", "weak_evidence"), "nobody says how or why": (None, None, "counts", "weak_evidence"),
    "no route, chronic pain": (None, "chronic", "counts", "weak_evidence"), "mouth for chronic pain": ("mouth", "chronic", "counts", "judgement"),
    "muscle, nobody says why": ("muscle", None, "counts", "no"), "nose": ("nose", None, "counts", "judgement"),
}
INDICATIONS = {"chronic": "SNOMED 82423001", "acute": "SNOMED 274663001", "depression": "ICD10 F32.9"}


def plan_ketamine(person):
    rng, paper = person.rng, person.paper
    kind = rng.choice(list(KETAMINE))
    route, indication, how, said = KETAMINE[kind]
    type_ = "MedicationAdministration" if route == "vein" and rng.random() < 0.7 else "MedicationRequest"
    more = {}
    if route:
        more["dosage" if type_ == "MedicationAdministration" else "dosageInstruction"] = {"route": code(ROUTES[route])}
        if type_ == "MedicationRequest":
            more["dosageInstruction"] = [more["dosageInstruction"]]
    if indication in INDICATIONS:
        more["reasonCode"] = [code(INDICATIONS[indication])]
    elif indication == "anaesthesia words":
        more["reasonCode"] = [concept(text=rng.choice(["General anaesthesia", "全身麻醉", "Narkose"]))]
    elif indication == "anaesthesia":
        type_ = "MedicationAdministration"
        more = {"dosage": {"route": code(ROUTES[route])}}
        surgery = paper.procedure(code("SNOMED 50697003"), 500)
        more["partOf"] = [{"reference": "Procedure/" + surgery["id"]}]
    name = "esketamine" if kind == "nose" else rng.choice(["ketamine", "esketamine"])
    drug = DRUGS[name]
    counts, ignored, weak = STATUSES[type_]
    status = rng.choice({"does not count": ignored, "weak": weak}.get(how, counts))
    codes = [pair for pair in drug.codes if pair[0] != "ATC"]
    medication = concept(text=rng.choice(list(drug.words.values()))) if how == "words" else concept(rng.choice(codes))
    paper.drug(type_, medication, 500, status, **more)
    person.note("E7.iv_ketamine", kind)
    if said:
        person.claim("E7.iv_ketamine", said)
