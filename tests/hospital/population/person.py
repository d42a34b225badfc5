"""One person: who, what of each criterion is planned, what is on file, and what is true."""

import random

from population import diseases, drugs, measures, people, truth
from population.palette import DISEASES, DRUGS, IMMATERIAL
from population.paper import Paper, code, concept
from population.shares import BUSY, FATES, FIBROMYALGIA_TOLD
from population.truth import Label

NAMES = [("Wang", "王芳"), ("Li", "李伟"), ("Zhang", "张敏"), ("Schmidt", "Anna Schmidt"), ("Smith", "Jane Smith"), ("Chen", "陳怡君"), ("Meier", "Jörg Meier")]


class Deed:
    """What one plan put on file, and what its records say. While it is undone it says nothing."""

    def __init__(self, name):
        self.name, self.records, self.claims, self.undone = name, [], [], False
        self.confirmed, self.refuted = [], []  # (concept, days since it was written, criteria that it bears on)
        self.hypertension = None
        self.told = []  # what was noted of it


class Person:
    """`twin`: the number of an unlike person who bears the same ids in another hospital's file. `zone`: hours from UTC of the hospital's days."""

    def __init__(self, seed, number, today, share_fm, twin=None, zone=0):
        self.rng = random.Random("%s/%d" % (seed, number))
        self.id, self.today = "p%07d" % (number if twin is None else twin), today
        self.paper = Paper(self.rng, self.id, today, zone)
        self.plan, self.deeds = {}, [Deed("who it is")]
        self.facts = {name: [] for name in ("pressure", "bmi", "weight", "height", "neck", "hba1c", "weekly", "daily", "therapies")}
        self.undated = set()  # concepts of records without any date
        self.fm_days, self.fm_sure, self.delivered = None, False, False
        self.elsewhere, self.second = None, False  # the deed that lies on a second record of the same person, until the two are merged; whether there is one
        self.busy = self.rng.choice(BUSY)
        self.dead = self.inactive = False
        self._live(share_fm)

    def note(self, criterion, words):
        self.plan[criterion] = "; ".join(filter(None, [self.plan.get(criterion), words]))
        self.deeds[-1].told.append(words)

    def act(self, name, plan, *rest):
        """Carries a plan out as one deed, and answers that."""
        self.paper.written = []
        self.deeds.append(Deed(name))
        plan(self, *rest)
        self.deeds[-1].records = self.paper.written
        return self.deeds[-1]

    def claim(self, criterion, said):
        self.deeds[-1].claims.append((criterion, said))

    def standing(self):
        return [deed for deed in self.deeds if not deed.undone]

    def claims(self):
        """Criterion -> what each record says."""
        found = {}
        for deed in self.standing():
            for criterion, said in deed.claims:
                found.setdefault(criterion, []).append(said)
        return found

    # ---- plans

    def _live(self, share_fm):
        family, name = self.rng.choice(NAMES)
        self.patient = {"resourceType": "Patient", "id": self.id, "meta": {"lastUpdated": "%sT06:00:00.000Z" % self.paper.date(1)}, "active": True,
                        "identifier": [{"system": "urn:oid:2.999.1", "value": "MRN-" + self.id}], "name": [{"text": name, "family": family}]}
        people.plan_gender(self)
        people.plan_age(self)
        self._fate()
        if self.rng.random() < share_fm:
            self.act("I2.fibromyalgia", diseases.plan_fibromyalgia, FIBROMYALGIA_TOLD)
        self._measures()
        self._ills()
        self._drugs()
        self.act("I1.language", people.plan_language)
        self.act("E11.pregnant", people.plan_pregnancy)
        self.act("E11.lactating", people.plan_lactation)
        self.act("E12.allergy", people.plan_allergy)
        if self._wants():
            self.act("E1.refusal", people.plan_consent)
        self.act("daily life", Person.daily_life)

    def _wants(self, weight=1.0):
        return self.rng.random() < self.busy * weight

    def _fate(self):
        fate = diseases.weighted(self.rng, FATES)
        if fate != "lives":
            self.note("fate", fate)
        if fate.startswith("died"):
            self.dead = True
            self.patient.update({"deceasedDateTime": self.paper.date(self.rng.randrange(1, 300))} if fate == "died" else {"deceasedBoolean": True})
        elif fate == "inactive":
            self.inactive = True
            self.patient["active"] = False
        elif fate == "merged":
            self.paper.former = self.id + "-old"
            former = {key: value for key, value in self.patient.items() if key not in ("id", "active")}
            link = [{"other": {"reference": "Patient/" + self.id}, "type": "replaced-by"}]
            self.paper.resources.append({**former, "id": self.paper.former, "active": False, "link": link})

    def _measures(self):
        self.act("I4.pain_7day", measures.plan_pain)
        self.act("I3.nonpharmacological", measures.plan_therapy)
        if self.rng.random() < 0.25:
            self.act("HbA1c", measures.plan_hba1c)
        self.act("blood pressure", measures.plan_pressure)
        if self.rng.random() < 0.05 + 0.5 * self.busy:
            self.act("hypertension", measures.plan_hypertension)
        self.act("E5.stop_bang", measures.plan_sleep)
        if self._wants():
            self.act("drug screen", measures.plan_drug_screen)

    def _ills(self):
        for criterion in DISEASES:
            if criterion != "hypertension" and self._wants():
                self.act(criterion, diseases.plan, criterion)

    def _drugs(self):
        for name in ("pregabalin", "venlafaxine"):
            if self._wants():
                self.act("E6." + name, drugs.plan_excluding, name)
        for name, plan in (("I3.drug_naive", drugs.plan_naive), ("E7.iv_ketamine", drugs.plan_ketamine), ("interacting drugs", drugs.plan_interacting),
                           ("diabetes drugs", drugs.plan_diabetes_drugs)):
            if self._wants():
                self.act(name, plan)
        if self._wants(1.5):
            self.act("antihypertensives", drugs.plan_antihypertensives)
        if self._wants(0.4):
            self.act("unreadable drug", drugs.plan_unreadable)

    def daily_life(self):
        """Visits, results, illnesses and drugs that no criterion asks about."""
        rng, paper = self.rng, self.paper
        for _ in range(rng.randrange(1, 4)):
            days = rng.randrange(1, 900)
            paper.add("Encounter", {"status": "finished", "class": {"system": diseases.paper_class(), "code": "AMB"},
                                    "period": {"start": paper.time(days), "end": paper.time(days, 10)}}, days)
        for _ in range(rng.randrange(0, 3)):
            illness, words = rng.choice(IMMATERIAL)
            paper.condition(code(illness, words), rng.randrange(10, 390))
        for _ in range(rng.randrange(0, 3)):
            drug = DRUGS[rng.choice(["paracetamol", "omeprazole", "ibuprofen"])]
            # With words always: an RxNorm code that no table knows would otherwise be unreadable.
            paper.drug("MedicationRequest", {**paper.words(drug.codes), "text": rng.choice(list(drug.words.values()))}, rng.randrange(1, 390), "completed")
        for _ in range(rng.randrange(0, 4)):
            loinc, unit, low, high = rng.choice([("LOINC 8867-4", "/min", 55, 95), ("LOINC 8310-5", "Cel", 36, 38), ("LOINC 718-7", "g/dL", 11, 16)])
            paper.observation(code(loinc), rng.randrange(1, 390), paper.quantity(rng.randrange(low, high), unit))
        if rng.random() < 0.1:
            paper.procedure(concept(text="Chest X-ray"), rng.randrange(1, 390))

    # ---- truth

    def refuted(self):
        """The concepts that somebody refuted, each with how many days ago."""
        return [entry for deed in self.standing() for entry in deed.refuted]

    def _contested(self):
        """The concepts that were refuted after the last record that confirms them, each with the criteria that it bears on."""
        written = {}
        for deed in self.standing():
            for name, days, criteria in deed.confirmed:
                written.setdefault(name, []).append((days, criteria))
        for name, records in written.items():
            if any(days < min(recorded for recorded, _ in records) for of, days in self.refuted() if of == name):
                yield name, {criterion for _, criteria in records for criterion in criteria}

    def labels(self):
        claims, facts = self.claims(), dict(self.facts)
        marks = {deed.hypertension for deed in self.standing()} - {None}
        facts["hypertension"] = "sure" if "sure" in marks else "doubtful" if marks else None
        said = {criterion: [answer] for criterion, answer in truth.hba1c_says(facts["hba1c"]).items()}
        said["I4.pain_7day"] = truth.pain_says(facts["weekly"], facts["daily"])
        said["I3.nonpharmacological"] = truth.relief_says(facts["therapies"], facts["weekly"] + facts["daily"])
        said["E9.refractory_hypertension"] = truth.refractory_says(facts)
        for criterion, answers in said.items():
            claims.setdefault(criterion, []).extend(answers)
        for name, criteria in self._contested():
            for criterion in criteria:
                claims.setdefault(criterion, []).append("conflicting")
            if name == "hypertension":
                facts["hypertension"] = "doubtful"
        return self._settled(claims, facts)

    def _settled(self, claims, facts):
        labels = {criterion: truth.settle(criterion, claims.get(criterion, [])) for criterion in truth.CRITERIA}
        labels["E5.stop_bang"] = truth.stop_bang(facts, self.age, self.gender)
        # Of pregnancy and lactation the last word alone counts.
        last = {criterion: claims[criterion][-1] for criterion in ("E11.pregnant", "E11.lactating")}
        for criterion, word in last.items():
            labels[criterion] = truth.settle(criterion, [word])
        if last["E11.pregnant"] == "absent":
            labels["E11.pregnant"] = Label("no", None, "absence")
        if last["E11.lactating"] == "settled":
            labels["E11.lactating"] = Label("no", None, None)
        return labels

    def status(self):
        return truth.status(self.labels(), self.dead, self.inactive)

    def settled_fate(self):
        """Whether somebody died, is inactive or was merged: nothing more is told of them."""
        return "fate" in self.plan

    def record(self):
        """Every resource, and the line of truth."""
        labels = self.labels()
        line = {"patient": "Patient/" + self.id, "status": truth.status(labels, self.dead, self.inactive),
                "criteria": {criterion: label.row() for criterion, label in labels.items()}, "plan": self.plan}
        return [self.patient] + self.paper.resources, line
