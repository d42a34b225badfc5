"""The patients of the test hospital: what each is the case of, and the records that make it so."""

from chart import Chart, concept, state

ELIGIBLE, REVIEW, INELIGIBLE, NO_CANDIDATE = "potentially_eligible", "needs_review", "ineligible", "not_a_candidate"
CASES = []


class Case:
    def __init__(self, id_, status, decides, about, change, **base):
        self.id, self.status, self.decides, self.about, self._change, self._base = id_, status, decides, about, change, base

    def build(self, today):
        chart = candidate(today, self.id, **self._base)
        self._change(chart)
        return chart


def candidate(today, id_, gender="female", years=44, name=None, diagnosis=("ICD10 M79.7",), text=None, days_short=0):
    """A clean candidate: a coded diagnosis, physiotherapy without relief, pain of 6, nothing that excludes."""
    chart = Chart(today, id_, gender, years, name or {"family": "Example", "given": [id_.split("-")[0].capitalize()]}, days_short)
    chart.condition(*diagnosis, text=text, days=1400)
    chart.procedure("SNOMED 91251008", days=200)
    chart.observation("LOINC 75893-8", 6, days=2, unit="{score}")
    chart.pressure(118, 76)
    chart.observation("LOINC 39156-5", 24.1, days=10, unit="kg/m2")
    chart.allergy("SNOMED 716186003")
    if gender == "female":
        chart.observation("LOINC 2106-3", "SNOMED 260385009", days=2)
    return chart


def case(id_, status, decides, about, **base):
    """Registers the decorated function as what makes this patient differ from the clean candidate."""
    def register(change):
        CASES.append(Case(id_, status, decides, about, change, **base))
        return change
    return register


def plain(id_, status, decides, about, change=lambda chart: None, **base):
    CASES.append(Case(id_, status, decides, about, change, **base))


# ---- candidates

plain("clean-icd10", ELIGIBLE, "-", "coded fibromyalgia, pain of 6 after physiotherapy, nothing that excludes")
plain("clean-snomed", ELIGIBLE, "-", "the diagnosis in SNOMED CT", diagnosis=("SNOMED 203082005",))
plain("clean-chinese", ELIGIBLE, "-", "a man whose record is Chinese, the diagnosis in the Chinese ICD-10", gender="male", years=38,
      name={"text": "张伟", "family": "张", "given": ["伟"]}, diagnosis=("ICD10CN M79.700",), text="纤维肌痛综合征")
plain("clean-german", ELIGIBLE, "-", "a German record, the diagnosis in ICD-10-GM", diagnosis=("ICD10GM M79.70",), text="Fibromyalgie")
plain("adult-today", ELIGIBLE, "-", "18 years old on this very day", years=18)


@case("daily-pain", ELIGIBLE, "-", "no weekly score, but daily ones of four days with a mean of 5")
def _(chart):
    chart.drop("Observation", "75893-8")
    for day, score in ((1, 4), (2, 6), (3, 5), (4, 5)):
        chart.observation("LOINC 72514-3", score, days=day, unit="{score}")


@case("stale-pain", ELIGIBLE, "-", "the last pain score is sixty days old: a question, no obstacle")
def _(chart):
    chart.drop("Observation", "75893-8")
    chart.observation("LOINC 75893-8", 7, days=60, unit="{score}")


@case("missing-data", ELIGIBLE, "-", "the diagnosis and nothing else: all is open, nothing fails")
def _(chart):
    for type_ in ("Procedure", "Observation", "AllergyIntolerance"):
        chart.drop(type_)


@case("merged-survivor", ELIGIBLE, "-", "the diagnosis stands under a record that was merged into this one")
def _(chart):
    old = "merged-old"
    for resource in chart.resources:
        if resource["resourceType"] == "Condition":
            resource["subject"] = {"reference": "Patient/" + old}
    chart.resources.append({"resourceType": "Patient", "id": old, "active": False, "gender": "female", "birthDate": chart.patient["birthDate"],
                            "link": [{"other": {"reference": "Patient/" + chart.id}, "type": "replaced-by"}]})


plain("denies-diabetes", ELIGIBLE, "-", "a Chinese note that denies hypertension and diabetes", lambda c: c.condition(text="否认高血压、糖尿病病史"))
plain("family-diabetes", ELIGIBLE, "-", "diabetes in the family", lambda c: c.condition(text="Family history of diabetes mellitus"))
plain("migraine-too", ELIGIBLE, "-", "migraine beside fibromyalgia: for the investigator to weigh", lambda c: c.condition("ICD10 G43.9"))
plain("never-took-it", ELIGIBLE, "-", "pregabalin is recorded as never taken", lambda c: c.statement("RXNORM 187832", status="not-taken"))
plain("cancelled-order", ELIGIBLE, "-", "an order of pregabalin that was cancelled", lambda c: c.order("RXNORM 187832", status="cancelled"))
plain("diabetes-in-error", ELIGIBLE, "-", "diabetes that was entered in error",
      lambda c: c.condition("ICD10 E11.9", verification="entered-in-error").pop("clinicalStatus"))


@case("ketamine-for-surgery", ELIGIBLE, "-", "intravenous ketamine as part of a general anaesthesia")
def _(chart):
    surgery = chart.procedure("SNOMED 50697003", days=700)
    chart.add("MedicationAdministration", status="completed", medicationCodeableConcept=concept("RXNORM 6130"),
              effectiveDateTime=chart.time(700), dosage={"route": concept("SNOMED 47625008"), "dose": {"value": 50, "unit": "mg"}},
              partOf=[{"reference": "Procedure/" + surgery["id"]}])


# ---- no candidates

plain("child", INELIGIBLE, "I1.age", "eighteen tomorrow", years=18, days_short=1)
plain("deceased", NO_CANDIDATE, "-", "a clean candidate who has died", lambda c: c.patient.update(deceasedDateTime=c.date(30)))
plain("closed-record", NO_CANDIDATE, "-", "a record that is no longer in use", lambda c: c.patient.update(active=False))
plain("other-pain-only", NO_CANDIDATE, "I2.fibromyalgia", "migraine, no fibromyalgia", diagnosis=("ICD10 G43.9",))
plain("myalgia-only", NO_CANDIDATE, "I2.fibromyalgia", "myalgia, which is not fibromyalgia", diagnosis=("ICD10 M79.1",))


@case("refuted", NO_CANDIDATE, "I2.fibromyalgia", "fibromyalgia was considered and refuted")
def _(chart):
    chart.drop("Condition")
    chart.condition("ICD10 M79.7", verification="refuted")


# ---- for review

plain("words-german", REVIEW, "I2.fibromyalgia", "fibromyalgia in German words, without a code", diagnosis=(), text="Fibromyalgie-Syndrom")
plain("words-chinese", REVIEW, "I2.fibromyalgia", "fibromyalgia in Chinese words, without a code", diagnosis=(), text="纤维肌痛综合征")


@case("provisional", REVIEW, "I2.fibromyalgia", "fibromyalgia as a provisional diagnosis")
def _(chart):
    chart.drop("Condition")
    chart.condition("ICD10 M79.7", verification="provisional")


@case("resolved", REVIEW, "I2.fibromyalgia", "fibromyalgia that is recorded as resolved")
def _(chart):
    chart.drop("Condition")
    chart.condition("ICD10 M79.7", clinical="resolved", days=1400)["abatementDateTime"] = chart.date(300)


plain("duloxetine-unclear", REVIEW, "I3.drug_naive", "duloxetine without a word on what for", lambda c: c.order("RXNORM 72625"))
plain("pregabalin-words", REVIEW, "E6.pregabalin", "pregabalin in Chinese words, without a code", lambda c: c.statement(text="普瑞巴林胶囊"))


@case("pregabalin-contradicted", REVIEW, "E6.pregabalin", "pregabalin was ordered, and later said to be never taken")
def _(chart):
    chart.order("RXNORM 187832", days=300)
    chart.statement("RXNORM 187832", days=200, status="not-taken")


plain("levothyroxine-only", REVIEW, "E3.hypothyroidism", "levothyroxine without a diagnosis", lambda c: c.order("RXNORM 10582", status="active", days=60))
plain("high-hba1c", REVIEW, "E3.diabetes", "HbA1c of 7.1 % without a diagnosis", lambda c: c.observation("LOINC 4548-4", 7.1, days=90, unit="%"))
plain("mao-inhibitor", REVIEW, "E9.esketamine_contraindication", "tranylcypromine at present",
      lambda c: c.order("RXNORM 10734", status="active", days=40))
plain("old-apnoea", REVIEW, "E5.sleep_apnoea", "sleep apnoea that is recorded as resolved", lambda c: c.condition("ICD10CM G47.33", clinical="resolved"))

# ---- excluded, one for each reason


@case("little-pain", INELIGIBLE, "I4.pain_7day", "a weekly pain score of 2")
def _(chart):
    chart.drop("Observation", "75893-8")
    chart.observation("LOINC 75893-8", 2, days=2, unit="{score}")


plain("duloxetine-for-fm", INELIGIBLE, "I3.drug_naive", "duloxetine for fibromyalgia", lambda c: c.order("RXNORM 72625", reason="ICD10 M79.7"))
plain("pregabalin", INELIGIBLE, "E6.pregabalin", "pregabalin, years ago", lambda c: c.order("RXNORM 187832", days=1500))


@case("venlafaxine", INELIGIBLE, "E6.venlafaxine", "venlafaxine was dispensed for depression")
def _(chart):
    chart.add("MedicationDispense", status="completed", medicationCodeableConcept=concept("ATC N06AX16"), whenHandedOver=chart.time(800))


@case("ketamine-for-pain", INELIGIBLE, "E7.iv_ketamine", "ketamine infusions for chronic pain")
def _(chart):
    chart.add("MedicationAdministration", status="completed", medicationCodeableConcept=concept("RXNORM 6130"),
              effectiveDateTime=chart.time(500), dosage={"route": concept("SNOMED 47625008"), "dose": {"value": 25, "unit": "mg"}},
              reasonCode=[concept("SNOMED 82423001")])


@case("refuses", INELIGIBLE, "E1.refusal", "a rejected research consent that names this trial")
def _(chart):
    chart.add("Consent", status="rejected", scope=state("consentscope", "research"), category=[state("consentcategorycodes", "research")],
              dateTime=chart.date(5), identifier=[{"system": "https://clinicaltrials.gov", "value": "NCT07230171"}],
              policy=[{"uri": "https://clinicaltrials.gov/study/NCT07230171"}])


@case("stop-bang-four", INELIGIBLE, "E5.stop_bang", "a man of 58 with hypertension and a BMI of 38: four of eight", gender="male", years=58)
def _(chart):
    chart.condition("ICD10 I10")
    chart.drop("Observation", "39156-5")
    chart.observation("LOINC 39156-5", 38.2, days=10, unit="kg/m2")


@case("pregnant", INELIGIBLE, "E11.pregnant", "pregnant, status of ten days ago")
def _(chart):
    chart.drop("Observation", "2106-3")
    chart.observation("LOINC 82810-3", "LOINC LA15173-0", days=10)


@case("ketamine-allergy", INELIGIBLE, "E12.allergy", "a confirmed allergy to ketamine")
def _(chart):
    chart.drop("AllergyIntolerance")
    chart.allergy("SNOMED 373464007")


plain("breastfeeding", INELIGIBLE, "E11.lactating", "breastfeeding, status of twenty days ago",
      lambda c: c.observation("LOINC 63895-7", "LOINC LA29252-6", days=20))

# One coded condition each: patient, criterion, code, what it is.
for _id, _criterion, _code, _about in (
        ("dementia", "E2.consent_capacity", "ICD10 F03", "dementia"),
        ("hypothyroid", "E3.hypothyroidism", "ICD10 E03.9", "hypothyroidism"),
        ("malnourished", "E3.nutritional_deficiency", "ICD10 E43", "severe malnutrition"),
        ("diabetic", "E3.diabetes", "ICD10 E11.9", "type 2 diabetes"),
        ("lupus", "E3.connective_tissue", "ICD10 M32.9", "systemic lupus erythematosus"),
        ("schizophrenia", "E4.psychotic", "ICD10 F20.0", "schizophrenia"),
        ("bipolar", "E4.bipolar", "ICD10 F31.9", "bipolar disorder"),
        ("borderline", "E4.personality", "ICD10 F60.3", "borderline personality disorder"),
        ("apnoea", "E5.sleep_apnoea", "ICD10CM G47.33", "obstructive sleep apnoea"),
        ("rheumatoid", "E8.rheumatic", "ICD10 M06.9", "rheumatoid arthritis"),
        ("sugar-out-of-hand", "E9.uncontrolled_diabetes", "ICD10CM E11.65", "type 2 diabetes with hyperglycaemia"),
        ("resistant-pressure", "E9.refractory_hypertension", "ICD10CM I1A.0", "resistant hypertension"),
        ("breast-cancer", "E9.malignancy", "ICD10 C50.9", "breast cancer"),
        ("narrow-angle", "E9.narrow_angle_glaucoma", "ICD10 H40.2", "angle-closure glaucoma"),
        ("graves", "E9.hyperthyroidism", "ICD10 E05.0", "Graves' disease"),
        ("heart-failure", "E9.severe_cardiovascular", "ICD10 I50.0", "heart failure"),
        ("aneurysm", "E9.esketamine_contraindication", "ICD10 I67.1", "cerebral aneurysm"),
        ("opioid-dependent", "E10.drug", "ICD10 F11.2", "opioid dependence"),
        ("alcohol-dependent", "E10.alcohol", "ICD10 F10.2", "alcohol dependence")):
    plain(_id, INELIGIBLE, _criterion, _about, lambda chart, code=_code: chart.condition(code))

# The code of the pain states the neoplasm too.
plain("cancer-pain", INELIGIBLE, "E9.malignancy", "pain from a neoplasm", lambda c: c.condition("ICD10CM G89.3"))
plain("infarction", INELIGIBLE, "E9.severe_cardiovascular", "a heart attack sixty days ago", lambda c: c.condition("ICD10 I21.9", days=60))
