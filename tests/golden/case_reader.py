"""Reads golden cases: text blocks of a patient, records and expected verdicts (README.md tells the format)."""
import re
from dataclasses import dataclass, field
from pathlib import Path

CRITERIA = """I1.age I1.cognition I1.language I2.fibromyalgia I3.nonpharmacological I3.drug_naive I4.pain_7day E1.refusal
E2.consent_capacity E3.hypothyroidism E3.nutritional_deficiency E3.diabetes E3.connective_tissue E4.psychotic E4.bipolar
E4.personality E5.sleep_apnoea E5.stop_bang E6.pregabalin E6.venlafaxine E7.iv_ketamine E8.rheumatic E8.other_pain
E9.uncontrolled_diabetes E9.refractory_hypertension E9.malignancy E9.narrow_angle_glaucoma E9.hyperthyroidism
E9.severe_cardiovascular E9.esketamine_contraindication E10.drug E10.alcohol E11.pregnant E11.lactating E12.allergy""".split()
DEFAULT_TRIAL = "NCT07230171"
CRITERIA_OF = {DEFAULT_TRIAL: CRITERIA, "NCT04657003": "I1.age I2.diabetes I3.hba1c I4.bmi E1.incretins E2.insulin".split()}
ENTRY_OF = {DEFAULT_TRIAL: "I2.fibromyalgia", "NCT04657003": "I2.diabetes"}

REASON_BASIS = {"conflicting": "evidence", "weak_evidence": "evidence", "incomplete_source": "absence", "judgement": "evidence",
                "partial": "evidence", "stale": "evidence", "no_data": "absence", "needs_person": "person"}
STATUSES = ("not_a_candidate", "not_screened", "ineligible", "needs_review", "potentially_eligible")
BASES = ("evidence", "absence", "person", "any")
EFFECTS = ("pass", "fail", "open")
DEFAULT_AS_OF = "2026-11-22T00:00:00Z"


class CaseError(Exception):
    """A case that cannot be read; the text says file and line."""


@dataclass
class Expectation:
    """What one criterion must say. None: not stated, not compared."""
    line: int
    criterion: str
    holds: str
    reason: str | None
    basis: str | None
    effect: str
    evidence: list[str] | None = None
    without: list[str] = field(default_factory=list)
    revisit: str | None = None
    ask: str | None = None
    summary: str | None = None


@dataclass
class RecordLine:
    line: int
    kind: str
    name: str
    text: str


@dataclass
class Case:
    file: str
    line: int
    title: str
    key: str
    rules: list[str] = field(default_factory=list)
    trial: str = DEFAULT_TRIAL
    as_of: str = DEFAULT_AS_OF
    timezone: str = "UTC"
    incomplete: str = ""
    base: str = ""
    bundle: str = ""
    manifest: str = ""
    exit: int = 0
    reference: str = "Patient/CASE"
    patient: str = "female born 1985-05-05"
    records: list[RecordLine] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)
    status: str | None = None
    listed: bool = True
    revisit: str | None = None
    question: str | None = None
    note: str = ""

    def where(self, line=None):
        return f"{self.file}:{line or self.line}"

    def run_key(self):
        """Cases of one key share one run of the program; what concerns a whole input runs alone."""
        files = any(record.kind == "file" for record in self.records)
        alone = self.key if (self.bundle or self.manifest or self.exit or files) else ""
        return (self.as_of, self.timezone, self.incomplete, self.trial, alone)


def tokens(text):
    """(word, quoted) of a line; quoted words may hold blanks."""
    return [(m.group(1), True) if m.group(1) is not None else (m.group(2), False)
            for m in re.finditer(r'"([^"]*)"|(\S+)', text)]


def effect_of(criterion, holds):
    """criteria.md 1.3."""
    if holds == "unknown":
        return "open"
    return "pass" if (criterion[0] == "I") == (holds == "yes") else "fail"


def read_expectation(where, line, criteria, criterion, text):
    if criterion not in criteria:
        raise CaseError(f"{where}: no criterion is called {criterion}")
    words = tokens(text)
    holds = words.pop(0)[0]
    if holds not in ("yes", "no", "unknown"):
        raise CaseError(f"{where}: expected yes, no or unknown, not {holds}")
    result = Expectation(line, criterion, holds, None, None, effect_of(criterion, holds))
    if holds == "unknown":
        result.reason = words.pop(0)[0]
        if result.reason not in REASON_BASIS:
            raise CaseError(f"{where}: {result.reason} is no reason")
        result.basis = REASON_BASIS[result.reason]
    if words and words[0][0] in BASES:
        basis = words.pop(0)[0]
        if holds == "unknown" and basis != result.basis:
            raise CaseError(f"{where}: the basis of {result.reason} is {result.basis}, not {basis}")
        result.basis = None if basis == "any" else basis
    elif holds != "unknown":
        raise CaseError(f"{where}: yes and no need a basis")
    if words and words[0][0] in EFFECTS:
        effect = words.pop(0)[0]
        if effect != result.effect:
            raise CaseError(f"{where}: {holds} of {criterion} is {result.effect}, not {effect}")
    read_details(where, result, words)
    return result


def read_details(where, result, words):
    while words:
        word = words.pop(0)[0]
        if word == "evidence:":
            result.evidence = []
            while words and not words[0][0].endswith(":"):
                result.evidence.append(words.pop(0)[0])
        elif word == "without:":
            result.without.append(words.pop(0)[0])
        elif word in ("revisit:", "ask:", "summary:"):
            setattr(result, word[:-1], words.pop(0)[0])
        else:
            raise CaseError(f"{where}: {word} is not understood")


def set_header(case, name, value, where):
    if name == "rules":
        case.rules += value.split()
    elif name in ("as-of", "timezone", "incomplete", "base", "bundle", "manifest", "patient", "question", "reference"):
        setattr(case, name.replace("-", "_"), value)
    elif name == "trial":
        if value not in CRITERIA_OF or case.expectations:
            raise CaseError(f"{where}: a trial of {', '.join(CRITERIA_OF)}, before what is expected")
        case.trial = value
    elif name == "exit":
        case.exit = int(value)
    elif name == "note":
        case.note += value
    elif name == "revisit":
        case.revisit = value
    elif name == "status":
        if value != "not listed" and value not in STATUSES:
            raise CaseError(f"{where}: {value} is no status")
        case.listed = value != "not listed"
        case.status = value if case.listed else None
    else:
        return False
    return True


def read_line(case, number, line):
    where = case.where(number)
    head, colon, rest = line.partition(":")
    words = head.split()
    if not colon or not words:
        raise CaseError(f"{where}: expected NAME: …")
    rest = rest.strip()
    if words[0] == "expect" and len(words) == 2:
        case.expectations.append(read_expectation(where, number, CRITERIA_OF[case.trial], words[1], rest))
    elif words[0] in ("json", "raw", "extra"):
        case.records.append(RecordLine(number, words[0], "", rest))
    elif len(words) == 2:
        case.records.append(RecordLine(number, words[0], words[1], rest))
    elif not set_header(case, words[0], rest, where):
        raise CaseError(f"{where}: {words[0]} is not understood")


def read_cases(path):
    """All cases of one file. A case opens with `== title`."""
    path = Path(path)
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("=="):
            cases.append(Case(path.name, number, line[2:].strip(), f"{path.stem.replace('_', '-')}-{len(cases) + 1}"))
        elif not cases:
            raise CaseError(f"{path.name}:{number}: a case opens with == and its title")
        else:
            read_line(cases[-1], number, line)
    return cases


def read_rules(path):
    """Rule id → its text, of rules.txt (one a line: id, blank, text)."""
    rules = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, text = line.strip().partition(" ")
            rules[name] = text.strip()
    return rules
