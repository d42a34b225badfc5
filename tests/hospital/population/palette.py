"""What can be on a record: diseases and drugs, the codes and words that name them, and what each bears on.

`bears` says, for a code of the line, the concept and whether the code states it (include) or leaves it to a person (review). It was written
by reading the trial's terminology; nothing here is computed.
"""

SYSTEMS = {
    "SNOMED": "http://snomed.info/sct", "ICD10": "http://hl7.org/fhir/sid/icd-10", "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10CN": "urn:oid:2.16.156.10011.2.3.3.11", "ICD10GM": "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
    "ICD9CM": "http://hl7.org/fhir/sid/icd-9-cm", "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm", "ATC": "http://www.whocc.no/atc",
    "LOINC": "http://loinc.org", "UCUM": "http://unitsofmeasure.org", "LOCAL": "http://hospital.example/codes",
    "IPS": "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
}


class Disease:
    """`words`: texts of an include row, by language; a disease without words is never told in words alone."""

    def __init__(self, codes, bears, words=None, kind="chronic"):
        self.codes, self.words, self.kind = [tuple(code.split()) for code in codes], words or {}, kind
        self.bears = [tuple(item.split()) for item in bears]


FIBROMYALGIA = Disease(
    ["SNOMED 203082005", "SNOMED 95417003", "ICD10CM M79.7", "ICD10 M79.7", "ICD10CN M79.700", "ICD10GM M79.70"], ["fibromyalgia include"],
    {"en": "Fibromyalgia syndrome", "zh": "纤维肌痛综合征", "de": "Fibromyalgie-Syndrom"})
FIBROSITIS = Disease(["ICD9CM 729.1", "ICD10CN M79.701", "SNOMED 24693007"], ["fibromyalgia review"])

# Criterion -> the diseases that its plans draw from. What else a disease touches stands in `bears`.
DISEASES = {
    "E3.hypothyroidism": [
        Disease(["SNOMED 40930008", "ICD10CM E03.9", "ICD10 E03.9", "ICD10CN E03.900", "ICD9CM 244.9"], ["hypothyroidism include"],
                {"en": "Hypothyroidism", "zh": "甲状腺功能减退", "de": "Hypothyreose"}),
        Disease(["ICD10 E02", "ICD10CM E06.3", "ICD9CM 245.2"], ["hypothyroidism review"]),
    ],
    "E3.nutritional_deficiency": [
        Disease(["ICD10 E43", "ICD10CM E46", "ICD10CN E46.x00", "ICD9CM 263.9"], ["nutritional_deficiency include"],
                {"en": "Protein-energy malnutrition", "zh": "蛋白质-能量营养不良", "de": "Mangelernährung"}),
        Disease(["ICD10 E55.9", "ICD10CM E53.8", "ICD10CN E55.900", "SNOMED 34713006"], ["nutritional_deficiency review"]),
    ],
    "E3.diabetes": [
        Disease(["SNOMED 44054006", "ICD10CM E11.9", "ICD10 E11.9", "ICD10CN E11.900", "ICD9CM 250.00"], ["diabetes include"],
                {"en": "Type 2 diabetes mellitus", "zh": "2型糖尿病", "de": "Diabetes mellitus Typ 2"}),
        Disease(["SNOMED 11687002"], ["diabetes review"], kind="gestational"),
    ],
    "E3.connective_tissue": [
        Disease(["SNOMED 55464009", "ICD10CM M32.9", "ICD10 M32.9", "ICD10CN M32.900", "ICD9CM 710.0"], ["connective_tissue include"],
                {"en": "SLE", "zh": "干燥综合征", "de": "Kollagenose"}),
        Disease(["ICD10 I73.0", "ICD10CM L93.0", "ICD9CM 443.0"], ["connective_tissue review"]),
    ],
    "E4.psychotic": [
        Disease(["SNOMED 58214004", "ICD10CM F20.9", "ICD10 F20.0", "ICD10CN F20.900", "ICD9CM 295.90"], ["psychotic include"],
                {"en": "Delusional disorder", "zh": "妄想性障碍", "de": "Schizophrenie"}),
        Disease(["ICD10 F32.3", "ICD10CM F33.3"], ["psychotic review"]),
    ],
    "E4.bipolar": [
        Disease(["SNOMED 13746004", "ICD10CM F31.9", "ICD10 F31.1", "ICD10CN F31.900"], ["bipolar include"],
                {"en": "Bipolar II disorder", "zh": "双相情感障碍", "de": "bipolare affektive Störung"}),
        Disease(["ICD10 F34.0", "SNOMED 76105009"], ["bipolar review"]),
    ],
    "E4.personality": [
        Disease(["SNOMED 20010003", "ICD10CM F60.3", "ICD10 F60.5", "ICD10CN F60.300"], ["personality include"],
                {"en": "Borderline personality disorder", "zh": "边缘型人格障碍", "de": "Persönlichkeitsstörung"}),
        Disease(["ICD10 F69", "ICD10 F07.0"], ["personality review"]),
    ],
    "E5.sleep_apnoea": [
        Disease(["SNOMED 78275009", "ICD10CM G47.33", "ICD10CN G47.301", "ICD9CM 327.23"], ["osa include"],
                {"en": "Obstructive sleep apnea syndrome", "zh": "阻塞性睡眠呼吸暂停综合征", "de": "obstruktives Schlafapnoe-Syndrom"}),
        Disease(["ICD10 G47.3", "ICD10CM G47.30", "ICD10CN G47.300"], ["osa review"]),
    ],
    "E8.rheumatic": [
        Disease(["SNOMED 69896004", "ICD10CM M05.9", "ICD10 M06.9", "ICD10CN M06.900", "ICD9CM 714.0"], ["rheumatic include"],
                {"en": "ANCA-associated vasculitis", "zh": "反应性关节炎", "de": "Morbus Bechterew"}),
        Disease(["ICD10 M13.9", "ICD10CM M12.2"], ["rheumatic review"]),
        Disease(["SNOMED 90560007", "ICD10CM M10.9", "ICD10 M10.0", "ICD10CN M10.900"], ["gout include"]),
    ],
    "E8.other_pain": [
        Disease(["ICD10 M17.9", "ICD10CM G43.909", "ICD10CN M17.900", "ICD9CM 346.90", "SNOMED 396275006"], ["other_pain review"]),
        Disease(["ICD10CM G89.3", "ICD9CM 338.3"], ["other_pain include", "malignancy include"]),
    ],
    "E9.uncontrolled_diabetes": [
        Disease(["ICD10CM E11.65", "ICD10 E11.1", "ICD10CN E11.600x051"], ["uncontrolled include", "diabetes include"]),
    ],
    "E9.refractory_hypertension": [
        Disease(["ICD10CM I1A.0", "ICD10CN I10.x12"], ["refractory include", "hypertension include"]),
    ],
    "E9.malignancy": [
        Disease(["SNOMED 254837009", "ICD10CM C50.911", "ICD10 C50.9", "ICD10CN C50.900", "ICD9CM 174.9"], ["malignancy include"],
                {"en": "Adenocarcinoma", "zh": "恶性肿瘤", "de": "Leukämie"}),
        Disease(["ICD10 D05.1", "ICD10CM C44.91", "ICD10CM Z85.3"], ["malignancy review"]),
    ],
    "E9.narrow_angle_glaucoma": [
        Disease(["ICD10CM H40.20X0", "ICD10 H40.2", "ICD10CN H40.200x001", "ICD9CM 365.20", "SNOMED 392291006"], ["glaucoma include"],
                {"en": "Angle-closure glaucoma", "zh": "原发性闭角型青光眼", "de": "Engwinkelglaukom"}),
        Disease(["ICD10 H40.9", "ICD10CM H40.9", "SNOMED 23986001"], ["glaucoma review"]),
    ],
    "E9.hyperthyroidism": [
        Disease(["SNOMED 34486009", "ICD10CM E05.90", "ICD10 E05.0", "ICD10CN E05.900", "ICD9CM 242.90"], ["hyperthyroidism include"],
                {"en": "Hyperthyroidism", "zh": "甲状腺功能亢进", "de": "Hyperthyreose"}),
        Disease(["ICD10 E06.2", "ICD10CN E05.905"], ["hyperthyroidism review"]),
    ],
    "E9.severe_cardiovascular": [
        Disease(["SNOMED 84114007", "ICD10CM I50.9", "ICD10 I50.0", "ICD10CN I50.900", "ICD9CM 428.0"], ["cardiac include"],
                {"en": "Cardiogenic shock", "zh": "室性心动过速", "de": "Herzinsuffizienz"}),
        Disease(["SNOMED 57054005", "ICD10CM I21.9", "ICD10 I21.9", "ICD10CN I21.900"], ["acute_cardiac include"], kind="acute"),
        Disease(["ICD10CM I48.91", "ICD10 I48.9", "ICD10CN I63.900"], ["cardiac review"]),
    ],
    "E9.esketamine_contraindication": [
        Disease(["ICD10CM I67.1", "ICD10 I61.9", "ICD10CN I72.900"], ["aneurysm include"],
                {"en": "Aortic aneurysm", "zh": "主动脉瘤", "de": "Subarachnoidalblutung"}),
        Disease(["ICD10CM G93.2", "ICD10 G93.2"], ["contraindication include"]),
        Disease(["ICD10 K72.9", "ICD10CM K72.90", "SNOMED 59927004"], ["contraindication include"]),
        Disease(["ICD10 K74.6", "ICD10CM K76.6"], ["contraindication review"]),
        Disease(["ICD10 I77.0", "ICD10CM Q27.3"], ["aneurysm review"]),
    ],
    "E10.drug": [
        Disease(["ICD10CM F11.20", "ICD10 F12.2", "ICD10CN F11.200", "ICD9CM 304.00", "SNOMED 26416006"], ["drug_use include"],
                {"en": "Cannabis dependence", "zh": "大麻依赖", "de": "Drogenabhängigkeit"}),
        Disease(["ICD10CM F12.90", "ICD10 F11.0", "ICD10 Z72.2"], ["drug_use review"]),
        Disease(["ICD10CM Z79.891"], ["opioid_therapy include"]),
    ],
    "E10.alcohol": [
        Disease(["SNOMED 66590003", "ICD10CM F10.20", "ICD10 F10.2", "ICD10CN F10.200", "ICD9CM 303.90"], ["alcohol include"],
                {"en": "Alcohol dependence", "zh": "酒依赖", "de": "Alkoholabhängigkeit"}),
        Disease(["ICD10CM F10.90", "ICD10 F10.0", "ICD10 Z72.1"], ["alcohol review"]),
    ],
    "cognition": [
        Disease(["SNOMED 52448006", "ICD10CM G30.9", "ICD10 F03", "ICD10CN F01.900"], ["cognition include"],
                {"en": "Dementia", "zh": "中度精神发育迟滞", "de": "Demenz"}),
        Disease(["ICD10 F06.7", "ICD10CM G31.84", "SNOMED 386805003"], ["cognition review"]),
    ],
    "hypertension": [
        Disease(["SNOMED 38341003", "ICD10CM I10", "ICD10 I10", "ICD10CN I10.x00", "ICD9CM 401.9"], ["hypertension include"],
                {"en": "Essential hypertension", "zh": "原发性高血压", "de": "arterielle Hypertonie"}),
    ],
}

# What a hospital is full of and this trial does not ask about.
IMMATERIAL = [
    ("ICD10 J06.9", "Acute upper respiratory infection"), ("ICD10CM J45.909", "Asthma"), ("ICD10 K21.9", "Reflux"), ("ICD10CN J20.900", "急性支气管炎"),
    ("ICD10GM L20.9", "Atopisches Ekzem"), ("ICD10 E78.0", "Hypercholesterolaemia"), ("ICD10CM H52.13", "Myopia"), ("ICD10CN K29.500", "慢性胃炎"),
]
SCREENINGS = {"en": "Screening for %s", "zh": "%s筛查", "de": "Screening auf %s"}
NEGATIONS = {"en": "No evidence of %s", "zh": "否认%s", "de": "kein Hinweis auf %s"}
FAMILY = {"en": "Family history of %s", "zh": "家族史：%s", "de": "Familienanamnese: %s"}
SUSPICIONS = {"en": "Suspected %s", "zh": "疑似%s", "de": "Verdacht auf %s"}
HISTORIES = {"en": "History of %s", "zh": "既往%s", "de": "Zustand nach %s"}


class Drug:
    def __init__(self, codes, words):
        self.codes, self.words = [tuple(code.split()) for code in codes], words


DRUGS = {
    "pregabalin": Drug(["RXNORM 187832", "ATC N02BF02", "ATC N03AX16", "SNOMED 415160008"], {"en": "Lyrica 75 mg", "zh": "普瑞巴林胶囊", "de": "Pregabador 75 mg"}),
    "venlafaxine": Drug(["RXNORM 39786", "ATC N06AX16", "SNOMED 372490001"], {"en": "Effexor XR 75 mg", "zh": "盐酸文拉法辛缓释胶囊", "de": "Venlafaxin 75 mg"}),
    "desvenlafaxine": Drug(["RXNORM 734064", "ATC N06AX23"], {"en": "desvenlafaxine", "zh": "去甲文拉法辛"}),
    "duloxetine": Drug(["RXNORM 72625", "ATC N06AX21", "SNOMED 407032004"], {"en": "duloxetine 30 mg", "zh": "度洛西汀"}),
    "amitriptyline": Drug(["RXNORM 704", "ATC N06AA09", "SNOMED 372726002"], {"en": "amitriptyline 10 mg", "zh": "阿米替林"}),
    "tramadol": Drug(["RXNORM 10689", "ATC N02AX02", "SNOMED 386858008"], {"en": "tramadol 50 mg", "zh": "曲马多"}),
    "milnacipran": Drug(["RXNORM 588250", "ATC N06AX17"], {"en": "milnacipran", "zh": "米那普仑"}),
    "cyclobenzaprine": Drug(["RXNORM 21949", "ATC M03BX08"], {"en": "cyclobenzaprine", "zh": "环苯扎林"}),
    "gabapentin": Drug(["RXNORM 25480", "ATC N02BF01", "SNOMED 386845007"], {"en": "gabapentin 300 mg", "zh": "加巴喷丁"}),
    "mirogabalin": Drug(["ATC N02BF03"], {"en": "mirogabalin", "zh": "米洛巴林"}),
    "levothyroxine": Drug(["RXNORM 10582", "ATC H03AA01", "SNOMED 710809001"], {"en": "Synthroid", "zh": "优甲乐"}),
    "metformin": Drug(["RXNORM 6809", "ATC A10BA02"], {"en": "metformin", "zh": "二甲双胍"}),
    "insulin": Drug(["ATC A10AB01", "ATC A10AE04"], {"en": "insulin glargine", "zh": "胰岛素"}),
    "sulfonylurea": Drug(["RXNORM 4821", "ATC A10BB12"], {"en": "glimepiride", "zh": "格列美脲"}),
    "mao": Drug(["RXNORM 10734", "ATC N06AF04"], {"en": "tranylcypromine"}),
    "xanthine": Drug(["RXNORM 10438", "ATC R03DA04"], {"en": "theophylline", "zh": "茶碱"}),
    "thiazide": Drug(["RXNORM 5487", "ATC C03AA03"], {"en": "hydrochlorothiazide"}),
    "ccb": Drug(["RXNORM 17767", "ATC C08CA01"], {"en": "amlodipine"}),
    "ace": Drug(["RXNORM 29046", "ATC C09AA03"], {"en": "lisinopril"}),
    "arb": Drug(["RXNORM 52175", "ATC C09CA01"], {"en": "losartan"}),
    "beta": Drug(["RXNORM 6918", "ATC C07AB02"], {"en": "metoprolol"}),
    "ketamine": Drug(["RXNORM 6130", "ATC N01AX03", "SNOMED 373464007"], {"en": "ketamine", "zh": "氯胺酮"}),
    "esketamine": Drug(["RXNORM 2119365", "ATC N01AX14", "SNOMED 785816006"], {"en": "esketamine", "zh": "艾司氯胺酮"}),
    "paracetamol": Drug(["RXNORM 161", "ATC N02BE01"], {"en": "paracetamol 500 mg", "zh": "对乙酰氨基酚"}),
    "omeprazole": Drug(["RXNORM 7646", "ATC A02BC01"], {"en": "omeprazole 20 mg", "zh": "奥美拉唑"}),
    "ibuprofen": Drug(["RXNORM 5640", "ATC M01AE01"], {"en": "ibuprofen 400 mg", "zh": "布洛芬"}),
}
