"""One person: who, what of each criterion is planned, what is on file, and what is true."""

import random

from population import diseases, drugs, measures, people, truth
from population.palette import DISEASES, DRUGS, IMMATERIAL
from population.paper import Paper, code, concept
from population.truth import Label

# How much of a trial's concern lies on a record: mostly nothing, so that some pass.
BUSY = [0, 0, 0, 0.02, 0.05, 0.12, 0.3]
NAMES = [("Wang", "王芳"), ("Li", "李伟"), ("Zhang", "张敏"), ("Schmidt", "Anna Schmidt"), ("Smith", "Jane Smith"), ("Chen", "陳怡君"), ("Meier", "Jörg Meier")]


class Person:
    """`twin`: the number of an unlike person who bears the same ids in another hospital's file."""

    def __init__(self, seed, number, today, share_fm, twin=None):
        self.rng = random.Random("%s/%d" % (seed, number))
        self.id, self.today = "p%07d" % (number if twin is None else twin), today
        self.paper = Paper(self.rng, self.id, today)
        self.claims, self.plan = {}, {}
        self.facts = {"pressure": [], "bmi": [], "weight": [], "height": [], "neck": [], "hba1c": []}
        self.confirmed, self.refuted = {}, {}  # concept -> when records of it were written
        self.undated = set()  # concepts of records without any date
        self.scores, self.fm_days, self.fm_sure, self.delivered = [], None, False, False
        self.busy = self.rng.choice(BUSY)
        self.dead = self.inactive = False
        self._live(share_fm)

    def note(self, criterion, words):
        self.plan[criterion] = "; ".join(filter(None, [self.plan.get(criterion), words]))

    def claim(self, criterion, said):
        self.claims.setdefault(criterion, []).append(said)

    # ---- plans

    def _live(self, share_fm):
        family, name = self.rng.choice(NAMES)
        self.patient = {"resourceType": "Patient", "id": self.id, "meta": {"lastUpdated": "%sT06:00:00.000Z" % self.paper.date(1)}, "active": True,
                        "identifier": [{"system": "urn:oid:2.999.1", "value": "MRN-" + self.id}], "name": [{"text": name, "family": family}]}
        people.plan_gender(self)
        people.plan_age(self)
        self._fate()
        if self.rng.random() < share_fm:
            diseases.plan_fibromyalgia(self, diseases.FIBROMYALGIA_SHARES)
        self._measures()
        self._ills()
        self._drugs()
        people.plan_language(self)
        people.plan_pregnancy(self)
        people.plan_lactation(self)
        people.plan_allergy(self)
        if self._wants():
            people.plan_consent(self)
        self._daily_life()

    def _wants(self, weight=1.0):
        return self.rng.random() < self.busy * weight

    def _fate(self):
        fate = diseases.weighted(self.rng, {"lives": 955, "died": 15, "died, nobody knows when": 5, "inactive": 10, "merged": 15})
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
        measures.plan_pain(self)
        measures.plan_therapy(self)
        if self.rng.random() < 0.25:
            measures.plan_hba1c(self)
        measures.plan_pressure(self)
        if self.rng.random() < 0.05 + 0.5 * self.busy:
            measures.plan_hypertension(self)
        measures.plan_sleep(self)
        if self._wants():
            measures.plan_drug_screen(self)

    def _ills(self):
        for criterion in DISEASES:
            if criterion != "hypertension" and self._wants():
                diseases.plan(self, criterion)

    def _drugs(self):
        for name in ("pregabalin", "venlafaxine"):
            if self._wants():
                drugs.plan_excluding(self, name)
        for plan in (drugs.plan_naive, drugs.plan_ketamine, drugs.plan_interacting, drugs.plan_diabetes_drugs):
            if self._wants():
                plan(self)
        if self._wants(1.5):
            drugs.plan_antihypertensives(self)
        if self._wants(0.4):
            drugs.plan_unreadable(self)

    def _daily_life(self):
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

    def _weigh_refutations(self):
        """A disease that was refuted after the last record that confirms it is in conflict."""
        for name, written in self.confirmed.items():
            if any(days < min(recorded for recorded, _ in written) for days in self.refuted.get(name, [])):
                for criterion in {criterion for _, criteria in written for criterion in criteria}:
                    self.claim(criterion, "conflicting")
                if name == "hypertension":
                    self.facts["hypertension"] = "doubtful"

    def labels(self):
        for said in truth.refractory_says(self.facts):
            self.claim("E9.refractory_hypertension", said)
        self._weigh_refutations()
        labels = {criterion: truth.settle(criterion, self.claims.get(criterion, [])) for criterion in truth.CRITERIA}
        labels["E5.stop_bang"] = truth.stop_bang(self.facts, self.age, self.gender)
        if self.claims["E11.pregnant"] == ["absent"]:
            labels["E11.pregnant"] = Label("no", None, "absence")
        if self.claims["E11.lactating"] == ["settled"]:
            labels["E11.lactating"] = Label("no", None, None)
        return labels

    def record(self):
        """Every resource, and the line of truth."""
        labels = self.labels()
        line = {"patient": "Patient/" + self.id, "status": truth.status(labels, self.dead, self.inactive),
                "criteria": {criterion: label.row() for criterion, label in labels.items()}, "plan": self.plan}
        return [self.patient] + self.paper.resources, line
