"""The gate of the benchmark refuses what it must; a child's cost is its own; the made export is what it says."""
import collections
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import measure, rows, whole_export  # noqa: E402
from harness.gate import Gate  # noqa: E402


def gate_of(**tables):
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, lines in tables.items():
            paths[name] = pathlib.Path(folder) / name
            paths[name].write_text("I01 E01\n" + "".join(f"{id_}\t{letters}\n" for id_, letters in lines.items()))
        return Gate(paths, same_time=lambda ids: ids == {"o1", "o2"})


class TheGate(unittest.TestCase):
    def test_passes_equal_tables(self):
        gate = gate_of(ours={"a": "TF", "b": "Fn"}, cql={"a": "TF", "b": "Fn"}, duckdb={"a": "TF", "b": "Fn"})
        self.assertTrue(gate.passed)
        self.assertEqual(4, gate.compared)
        self.assertEqual({"I01": [1, 1, 0], "E01": [0, 1, 1]}, gate.counts())

    def test_refuses_one_other_answer_of_anybody(self):
        gate = gate_of(ours={"a": "TF"}, cql={"a": "TF"}, duckdb={"a": "TT"})
        self.assertFalse(gate.passed)
        self.assertIn("a E01: ours F, cql F, duckdb T", gate.told())

    def test_holds_false_and_unknown_apart(self):
        self.assertFalse(gate_of(ours={"a": "Tn"}, cql={"a": "TF"}).passed)
        self.assertFalse(gate_of(ours={"a": "Tu"}, cql={"a": "Tn"}).passed)

    def test_counts_a_tie_and_passes(self):
        gate = gate_of(ours={"a": "Tc"}, cql={"a": "TF"}, duckdb={"a": "TT"})
        self.assertTrue(gate.passed)
        self.assertEqual(1, gate.tie_patients())

    def test_takes_no_conflict_for_a_tie_where_another_found_nothing(self):
        self.assertFalse(gate_of(ours={"a": "Tc"}, cql={"a": "Tn"}).passed)

    def test_refuses_many_ties(self):
        self.assertFalse(gate_of(ours={"a": "Tc", "b": "Tc"}, cql={"a": "TF", "b": "TF"}).passed)

    def test_refuses_other_patients_and_nobody_at_all(self):
        self.assertFalse(gate_of(ours={"a": "TF"}, cql={"b": "TF"}).passed)
        self.assertFalse(gate_of(ours={}, cql={}).passed)

    def test_refuses_another_record_as_the_reason(self):
        self.assertTrue(gate_of(ours={"a": "TF\tp,q;"}, cql={"a": "TF"}, duckdb={"a": "TF\tp,q;"}).passed)
        gate = gate_of(ours={"a": "TF\tp,q;"}, cql={"a": "TF"}, duckdb={"a": "TF\tp;"})
        self.assertFalse(gate.passed)
        self.assertIn("a I01: ours p,q, duckdb p", gate.told())

    def test_takes_another_record_of_the_same_time_for_a_tie(self):
        gate = gate_of(ours={"a": "TF\to1;"}, duckdb={"a": "TF\to2;"})
        self.assertTrue(gate.passed)
        self.assertEqual(1, gate.evidence_ties)
        self.assertFalse(gate_of(ours={"a": "TF\to1;"}, duckdb={"a": "TF\to3;"}).passed)


class AWholeExport(unittest.TestCase):
    def test_begins_with_the_six_types_and_goes_on_with_the_others_at_their_shares(self):
        with tempfile.TemporaryDirectory() as folder:
            six, whole, again = (pathlib.Path(folder) / name for name in ("six", "whole", "again"))
            lines = [{"resourceType": "Patient", "id": "a"}, *({"resourceType": "Observation", "id": f"o{i}", "note": "x" * 500} for i in range(2000))]
            six.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
            whole_export.write_whole(six, whole)
            whole_export.write_whole(six, again)
            self.assertEqual(whole.read_bytes(), again.read_bytes())
            self.assertTrue(whole.read_bytes().startswith(six.read_bytes()))
            of_type = collections.Counter()
            for line in whole.read_text().splitlines()[len(lines):]:
                of_type[json.loads(line)["resourceType"]] += len(line) + 1
            self.assertEqual(set(whole_export.SHARES), set(of_type))
            of_six = six.stat().st_size
            for type_ in ("ExplanationOfBenefit", "Claim"):
                self.assertAlmostEqual(whole_export.SHARES[type_][0] / whole_export.SIX, of_type[type_] / of_six, delta=0.15)


class Measuring(unittest.TestCase):
    def test_gives_each_child_its_own_cost(self):
        lazy = measure.run([sys.executable, "-c", "print('{}')"])
        busy = measure.run([sys.executable, "-c", "x = bytearray(80_000_000)\nfor i in range(10_000_000): pass\nprint('{\"a\": 1}')"])
        self.assertGreater(busy.cpu, lazy.cpu)
        self.assertGreater(busy.rss_mb, lazy.rss_mb + 50)
        self.assertEqual({"a": 1}, busy.said)

    def test_fails_when_a_child_does(self):
        with self.assertRaises(measure.Failed):
            measure.run([sys.executable, "-c", "raise SystemExit(3)"])


class ARow(unittest.TestCase):
    def test_is_met_from_the_right_side(self):
        self.assertEqual("must", rows.Row("1", "", 5, 2, 10, "").verdict())
        self.assertEqual("missed", rows.Row("1", "", 1, 2, 10, "").verdict())
        self.assertEqual("aim", rows.Row("11", "", 1.1, 2, 1.2, "", lower_is_better=True).verdict())
        self.assertEqual("missed", rows.Row("11", "", 3, 2, 1.2, "", lower_is_better=True).verdict())
        self.assertEqual("refused", rows.Row("3", "", None, 2, 10, "").verdict())


if __name__ == "__main__":
    unittest.main()
