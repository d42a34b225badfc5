"""Three suites of valid and invalid files, each file in a process of its own, against a table of what becomes of it: JSONTestSuite,
google/fhir's primitives (each as the value of an element), and the files of the FHIR validator's test cases, the latter also with the
patient that they name beside them.

    python3 tests/foreign/files_test.py --binary build/release/trialflag [--data DATA_FOLDER] [--every N] [--write]

A crash, a hang, a sanitizer's report and a file of which nothing is read and nothing is said are failures whatever the table holds.
--write puts the outcomes of today into the tables and keeps what they give as reasons; read the difference before it is committed.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import run_golden  # noqa: E402
import screening  # noqa: E402

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
SANITIZER = re.compile(r"Sanitizer|runtime error:")
LOST = re.compile(r"quarantined|cut off|malformed|the rest counts as missing|is empty|goes on after its end|names no resource to delete")
NO_JSON = re.compile(r"not valid JSON|malformed|cut off|invalid UTF-8")
AT_ONCE = 2  # processes
LONGEST = 60  # seconds

Case = collections.namedtuple("Case", "name said inputs")  # said: what the suite says of it
Run = collections.namedtuple("Run", "exit records messages")


def run_alone(binary, inputs):
    screened = screening.screen(binary, inputs, timeout=LONGEST)
    names = [str(pathlib.Path(i).parent) + "/" for i in inputs]
    messages = [m for m in screened.messages if not screening.COUNTS.match(m) and not m.startswith(("the input: ", "trialflag: no patient"))]
    for name in names:
        messages = [m.replace(name, "") for m in messages]
    return Run(screened.exit, screened.records, messages)


def outcome(run):
    """read: all of it; noted: all, with a remark; in_part; refused: nothing, with the reason; nobody: sound, but it holds no patient."""
    lost = any(LOST.search(m) for m in run.messages)
    if run.exit == 3:
        return "refused" if lost else "nobody"
    if run.exit == 1:
        return "in_part"
    return "noted" if run.messages else "read"


def wrongs(run):
    """What must never be, whatever the file."""
    if run.exit not in (0, 1, 3):
        yield f"exit {run.exit}: {run.messages[-1:]}"
    for message in run.messages:
        if SANITIZER.search(message):
            yield message
    if run.exit == 1 and not any(LOST.search(m) for m in run.messages):
        yield "exit 1, but nothing is said to be lost"
    if run.exit != 3 and not run.records:
        yield "exit 0 or 1, but nobody was screened"
    for record in run.records:
        yield from run_golden.invariants(record, "NCT07230171")


def resource_beside_its_patient(folder, name, resource):
    """A Bundle of a patient and `resource`, JSON text as it is; the file's name."""
    patient = '{"resource":{"resourceType":"Patient","id":"p","gender":"female"}}'
    file = folder / (name + ".json")
    file.write_bytes(b'{"resourceType":"Bundle","type":"collection","entry":[' + patient.encode() + b',{"resource":' + resource + b"}]}")
    return file


class JsonTestSuite:
    """Each text twice: as a file, and as the value of an element that screening leaves aside. By its prefix: y_ is JSON, n_ is none, i_ may
    be either; of the transform texts the suite says nothing."""

    table = "json-test-suite.tsv"

    def cases(self, data, folder):
        for path in sorted((data / "json-test-suite").glob("test_*/*.json")):
            said = {"y_": "valid", "n_": "invalid"}.get(path.name[:2], "either")
            yield Case("alone " + path.name, said, [path])
            condition = b'{"resourceType":"Condition","id":"c","extension":' + path.read_bytes() + b',"subject":{"reference":"Patient/p"}}'
            yield Case("inside " + path.name, said, [resource_beside_its_patient(folder, path.stem, condition)])

    def wrongs(self, case, run):
        if case.name.startswith("alone"):  # there is no FHIR resource in the whole suite
            if outcome(run) != "refused":
                yield "is no FHIR resource, but not refused"
            if case.said == "valid" and any(NO_JSON.search(m) for m in run.messages):
                yield "is JSON, but said to be none"
        elif outcome(run) != "read" and any(record["status"] == "not_a_candidate" for record in run.records):
            yield "a Condition was lost, but the patient counts as without the disease"
        elif case.said == "invalid" and outcome(run) == "read":
            yield "is no JSON, but was read"


class Primitives:
    """Each value of each primitive type in an element of that type; where screening reads one of that type, in that one."""

    table = "google-fhir-primitives.tsv"
    CONDITION = '"resourceType":"Condition","subject":{"reference":"Patient/p"}'
    OBSERVATION = '"resourceType":"Observation","status":"final","subject":{"reference":"Patient/p"}'
    CARRIERS = {
        "base64_binary": '{%s,"id":"c","note":[{"extension":[{"url":"u","valueBase64Binary":VALUE}]}]}' % CONDITION,
        "boolean": '{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","doNotPerform":VALUE,'
                   '"subject":{"reference":"Patient/p"},"medicationCodeableConcept":{"text":"pregabalin"}}',
        "canonical": '{"resourceType":"QuestionnaireResponse","id":"q","status":"completed","questionnaire":VALUE,'
                     '"subject":{"reference":"Patient/p"}}',
        "code": '{"resourceType":"Observation","id":"o","status":VALUE,"code":{"text":"x"},"subject":{"reference":"Patient/p"}}',
        "date": '{"resourceType":"Patient","id":"q","birthDate":VALUE}',
        "date_time": '{%s,"id":"c","onsetDateTime":VALUE}' % CONDITION,
        "decimal": '{%s,"id":"o","code":{"text":"x"},"valueQuantity":{"value":VALUE}}' % OBSERVATION,
        "id": '{%s,"id":VALUE}' % CONDITION,
        "instant": '{%s,"id":"o","code":{"text":"x"},"issued":VALUE}' % OBSERVATION,
        "integer": '{%s,"id":"o","code":{"text":"x"},"valueInteger":VALUE}' % OBSERVATION,
        "markdown": '{%s,"id":"c","note":[{"text":VALUE}]}' % CONDITION,
        "oid": '{%s,"id":"c","extension":[{"url":"u","valueOid":VALUE}]}' % CONDITION,
        "positive_int": '{%s,"id":"c","extension":[{"url":"u","valuePositiveInt":VALUE}]}' % CONDITION,
        "reference": '{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"encounter":VALUE}',
        "string": '{%s,"id":"c","code":{"text":VALUE}}' % CONDITION,
        "time": '{%s,"id":"o","code":{"text":"x"},"valueTime":VALUE}' % OBSERVATION,
        "unsigned_int": '{%s,"id":"c","extension":[{"url":"u","valueUnsignedInt":VALUE}]}' % CONDITION,
        "uri": '{%s,"id":"c","code":{"coding":[{"system":VALUE,"code":"x"}]}}' % CONDITION,
        "url": '{%s,"id":"c","extension":[{"url":"u","valueUrl":VALUE}]}' % CONDITION,
        "uuid": '{%s,"id":"c","extension":[{"url":"u","valueUuid":VALUE}]}' % CONDITION,
        "xhtml": '{%s,"id":"c","text":{"status":"generated","div":VALUE}}' % CONDITION,
    }

    def cases(self, data, folder):
        for path in sorted((data / "google-fhir-primitives").glob("*.ndjson")):
            primitive, said, _ = path.name.split(".")
            for number, value in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                carrier = self.CARRIERS[primitive].replace("VALUE", value).encode()
                yield Case(f"{primitive} {value}", said, [resource_beside_its_patient(folder, f"{primitive}-{said}-{number}", carrier)])

    def wrongs(self, case, run):
        return []


class ValidatorCases:
    """What the Java validator finds at severity error makes a file invalid in the suite's own words. Where a file is one resource that names
    a patient, it is also read with that patient beside it: only then is it decoded."""

    table = "fhir-test-cases-validator.tsv"

    def cases(self, data, folder):
        base = data / "fhir-test-cases-validator"
        said = self.said(base)
        for path in sorted(p for part in ("input", "r4-examples", "r4-top") for p in (base / part).rglob("*") if p.suffix in (".json", ".ndjson")):
            name = path.relative_to(base).as_posix()
            yield Case(name, said.get(name, "not said"), [path])
            patient = self.patient_of(path)
            if patient:
                beside = folder / (name.replace("/", "-") + ".patient.json")
                beside.write_text(json.dumps({"resourceType": "Patient", "id": patient, "gender": "female"}), encoding="utf-8")
                yield Case(name + " + Patient", said.get(name, "not said"), [path, beside])

    @staticmethod
    def said(base):
        said = {}
        for case in json.loads((base / "manifest-r4-json-subset.json").read_text(encoding="utf-8")):
            found = base / "outcomes" / case["java"] if isinstance(case.get("java"), str) else None
            if found is None or not found.is_file():
                continue
            told = json.loads(found.read_text(encoding="utf-8"))
            issues = told.get("outcome", told).get("issue", [])
            invalid = any(issue["severity"] in ("error", "fatal") for issue in issues)
            name = "input/" + case["file"]
            said[name] = "invalid" if invalid or said.get(name) == "invalid" else "valid"
        return said

    @staticmethod
    def patient_of(path):
        try:
            resource = json.loads(path.read_bytes())
            reference = (resource.get("subject") or resource.get("patient"))["reference"]
        except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
            return None
        return reference.partition("Patient/")[2] if isinstance(reference, str) and reference.startswith("Patient/") else None

    def wrongs(self, case, run):
        return []


def read_table(name):
    """name → (said, outcome, why)."""
    file = EXPECTED / name
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {row[0]: tuple((row + ["", "", ""])[1:4]) for row in rows[1:]}


def write_table(name, found):
    file = EXPECTED / name
    old = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    head = [line for line in old if line.startswith("#")]
    why = {case: row[2] for case, row in read_table(name).items()}
    rows = ["\t".join([case, said, word, why.get(case, "")]).rstrip("\t") for case, (said, word) in found.items()]
    file.write_text("\n".join([*head, "file\tsuite\toutcome\twhy", *rows]) + "\n", encoding="utf-8")


def needs_reason(said, word):
    """An outcome that is not the suite's needs one: invalid but taken, valid but refused."""
    taken = word in ("read", "noted", "nobody")
    return (said == "invalid" and taken) or (said == "valid" and word in ("in_part", "refused"))


def run_suite(suite, data, binary, folder, every):
    """The outcome of each so many-th case, and what is wrong with it."""
    cases = list(suite.cases(data, folder))[::every]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        runs = list(pool.map(lambda case: run_or_hang(binary, case.inputs), cases))
    found, wrong = {}, []
    for case, run in zip(cases, runs):
        if run is None:
            wrong.append(f"{case.name}: no end within {LONGEST} s")
            continue
        found[case.name] = (case.said, outcome(run))
        wrong += [f"{case.name}: {problem}" for problem in (*wrongs(run), *suite.wrongs(case, run))]
    return found, wrong


def run_or_hang(binary, inputs):
    try:
        return run_alone(binary, inputs)
    except subprocess.TimeoutExpired:
        return None


def differences(expected, found, whole):
    for case, (said, word) in found.items():
        want = expected.get(case)
        if want is None:
            yield f"{case}: is not in the table; it is {word}"
        elif want[:2] != (said, word):
            yield f"{case}: {said}, {word}; the table has {want[0]}, {want[1]}"
        elif needs_reason(said, word) and not want[2]:
            yield f"{case}: {said}, {word}, and the table gives no reason"
    for case in expected.keys() - found.keys() if whole else ():
        yield f"{case}: is in the table, but not in the suite"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data")
    parser.add_argument("--every", type=int, default=1, help="only each so many-th file")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write and options.every != 1:
        parser.error("--write needs every file")
    data = screening.data_folder(options.data)
    if data is None:
        print("skipped: no folder of foreign records (give --data or TRIALFLAG_DATA)")
        return screening.SKIPPED
    failed = False
    for suite in (JsonTestSuite(), Primitives(), ValidatorCases()):
        with tempfile.TemporaryDirectory() as folder:
            found, wrong = run_suite(suite, data, options.binary, pathlib.Path(folder), options.every)
        if options.write:
            write_table(suite.table, found)
        problems = wrong + list(differences(read_table(suite.table), found, options.every == 1))
        counts = collections.Counter(found.values())
        print(f"{suite.table}: {len(found)} cases; " + ", ".join(f"{said} {word} {n}" for (said, word), n in sorted(counts.items())))
        print("\n".join("  " + problem for problem in problems), end="\n" if problems else "")
        failed = failed or bool(problems) or not found
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
