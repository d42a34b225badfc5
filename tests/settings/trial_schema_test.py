"""The JSON Schema of trial files names every key that the reader takes and every key that the shipped trials use."""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def property_names(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties":
                yield from value
            yield from property_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from property_names(value)


SCHEMA = set(property_names(json.loads((ROOT / "config/trial.schema.json").read_text(encoding="utf-8"))))


class TrialSchema(unittest.TestCase):
    def test_names_every_key_that_the_reader_takes(self):
        taken = set()
        for name in ("trial_file.cpp", "trial_rules.cpp", "trial_operators.cpp"):
            text = (ROOT / "agent/settings" / name).read_text(encoding="utf-8")
            taken |= set(re.findall(r'(?:map|arm)\.(?:node|text|texts|required_text|boolean|integer|number|choice|has)\("(\w+)"', text))
            taken |= set(re.findall(r'(?:named|whole|days)\(map, "(\w+)"', text))
        self.assertGreater(len(taken), 40)
        self.assertEqual(set(), taken - SCHEMA)

    def test_names_every_key_of_the_shipped_trials(self):
        for file in sorted((ROOT / "config/trials").glob("*.yaml")):
            lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not re.match(r"\s*(#|cite:|title:)", line)]
            keys = set()
            for line in lines:
                keys |= set(re.findall(r"(?:^\s*(?:- )?|[{,] ?)([a-z][a-z_]*):(?: |$)", re.sub(r'"[^"]*"', '""', line)))
            self.assertGreater(len(keys), 10)
            self.assertEqual(set(), keys - SCHEMA - {"en", "zh", "de"}, file.name)

    def test_every_sentence_of_the_shipped_trials_is_told_in_every_language(self):
        for file in sorted((ROOT / "config/trials").glob("*.yaml")):
            lines = file.read_text(encoding="utf-8").splitlines()
            sentences = 0
            for number, line in enumerate(lines):
                if re.match(r"  (label|cite|ask|ask_if_absent|ask_if_yes):", line):
                    told = line if "{" in line else " ".join(re.sub(r"^\s+(\w+:).*", r"\1", text) for text in lines[number + 1:number + 4])
                elif re.match(r"\s*(- )?en: ", line):
                    told = "en: " + " ".join(re.sub(r"^\s+(\w+:).*", r"\1", text) for text in lines[number + 1:number + 3])
                else:
                    continue
                sentences += 1
                self.assertEqual(["en", "zh", "de"], re.findall(r"(?<![\w])(en|zh|de):", told), f"{file.name}:{number + 1}")
            self.assertGreater(sentences, 20)


if __name__ == "__main__":
    unittest.main()
