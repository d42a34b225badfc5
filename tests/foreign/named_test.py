"""Records that nobody here wrote: the patients with fibromyalgia by name, and other versions refused by name.
Usage: named_test.py --binary build/release/trialflag [--data DATA_FOLDER]"""

import argparse
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import run_golden  # noqa: E402
import screening  # noqa: E402

PARSER = argparse.ArgumentParser()
PARSER.add_argument("--binary", required=True)
PARSER.add_argument("--data")
OPTIONS, REST = PARSER.parse_known_args()
DATA = screening.data_folder(OPTIONS.data)


def one(folder, part, **options):
    """The record of the one patient whose reference has the part, and the run."""
    run = screening.screen(OPTIONS.binary, [DATA / folder], **options)
    (record,) = [r for r in run.records if part in r["patient"]]
    return record, run


class Named(unittest.TestCase):
    def expect(self, record, **expected):
        verdicts = screening.verdicts(record)
        for name, word in expected.items():
            verdict = verdicts[name.replace("_", ".", 1)]
            self.assertEqual(word, verdict["reason"] or verdict["holds"], verdict)


class PatientsWithFibromyalgia(Named):
    def test_suzi_bechtelar_has_one_daily_score_in_the_week(self):
        record, run = one("synthea-r4-smart-original", "", as_of="2020-12-22")
        self.assertEqual((0, "potentially_eligible"), (run.exit, record["status"]))
        self.expect(record, I2_fibromyalgia="yes", I4_pain_7day="partial", E11_pregnant="no_data")
        pain = screening.verdicts(record)["I4.pain_7day"]
        self.assertIn("mean so far 0.5", pain["summary"])
        self.assertEqual(["2020-12-22T00:24:54Z"], [item["time"] for item in pain["evidence"]])

    def test_suzi_bechtelar_s_old_scores_are_of_no_use_later(self):
        for as_of, word in (("2021-02-01", "stale"), ("2026-11-22", "no_data")):
            record, _ = one("synthea-r4-smart-original", "", as_of=as_of)
            self.expect(record, I4_pain_7day=word)

    def test_brenda_jackson_had_duloxetine_and_has_other_pain(self):
        record, _ = one("ahrq-pain-mgmt", "brenda_jackson")
        self.assertEqual("needs_review", record["status"])
        self.expect(record, I2_fibromyalgia="yes", I3_drug_naive="weak_evidence", E8_other_pain="judgement", E6_pregabalin="no", E10_drug="no")

    def test_brenda_jackson_s_seven_day_item_counts_in_its_week(self):
        record, _ = one("ahrq-pain-mgmt", "brenda_jackson", as_of="2023-01-26")
        verdict = screening.verdicts(record)["I4.pain_7day"]
        self.assertEqual(["http://loinc.org|75893-8"], [item["code"] for item in verdict["evidence"]])

    def test_a_positive_urine_screen_is_for_the_investigator_only_within_a_year(self):
        record, _ = one("ahrq-pain-mgmt", "brenda_jackson")
        self.expect(record, E10_drug="no")

    def test_darth_vader_and_padme_have_opioids_but_no_recommended_drug(self):
        for patient, pregnant in (("da127456", "no"), ("e01b6b02", "no")):
            record, _ = one("ahrq-pain-mgmt", patient)
            self.expect(record, I2_fibromyalgia="yes", I3_drug_naive="yes", E8_other_pain="judgement", E11_pregnant=pregnant)

    def test_an_unconfirmed_diagnosis_is_weak_and_diabetes_excludes(self):
        record, run = one("athena-ips-fibromyalgia", "")
        self.assertEqual((0, "ineligible"), (run.exit, record["status"]))
        self.expect(record, I2_fibromyalgia="weak_evidence", E3_diabetes="yes", E12_allergy="no")


class OtherVersions(unittest.TestCase):
    def test_are_refused_file_by_file_and_by_name(self):
        for folder, version, files in (("ahrq-pain-mgmt", "DSTU2", 9), ("smart-stu3-selected", "STU3", 7)):
            with self.subTest(folder):
                run = screening.screen(OPTIONS.binary, [DATA / folder])
                refused = [m for m in run.messages if f": is {version}, not R4; none of its resources is read" in m]
                self.assertEqual(files, len(refused))
                self.assertNotEqual(0, run.exit)
                self.assertFalse([r for r in run.records if version.lower() in r["patient"].lower()])


class EverySet(unittest.TestCase):
    def test_gives_records_that_follow_the_rules_of_all_records(self):
        for folder in sorted(p for p in DATA.iterdir() if p.is_dir()):
            with self.subTest(folder.name):
                run = screening.screen(OPTIONS.binary, [folder])
                self.assertIn(run.exit, (0, 1, 3), run.messages[-3:])
                self.assertEqual(sorted(r["patient"] for r in run.records), [r["patient"] for r in run.records])
                for record in run.records:
                    self.assertEqual([], list(run_golden.invariants(record, "NCT07230171")), record["patient"])

    def test_of_valid_resources_is_read_whole(self):
        for folder in ("athena-ips-fibromyalgia", "ecqm-qicore-2025", "mii-kds-2026", "tw-core-examples-zh", "us-core-examples", "synthea-bulk-10",
                       "synthea-r4-smart-original", "synthea-r4-smart-slim", "perf"):
            with self.subTest(folder):
                run = screening.screen(OPTIONS.binary, [DATA / folder])
                self.assertEqual(0, run.exit, [m for m in run.messages if "quarantined" in m])


if __name__ == "__main__":
    if DATA is None:
        print("skipped: no folder of foreign records (give --data or TRIALFLAG_DATA)")
        sys.exit(screening.SKIPPED)
    unittest.main(argv=[sys.argv[0], *REST])
