#!/usr/bin/python3
"""Mails to the hospital's IT: when a mapping table cannot be used, and when it can again; once each.

    it_notice_test.py BINARY [unittest options]
"""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig  # noqa: E402

BINARY = sys.argv.pop(1)
BAD = "system,code,concept,use\nICD10,M79.7,nonsense,include\n"
GOOD = "system,code,concept,use\n"


class ItNotice(unittest.TestCase):
    def told(self, world):
        return [mail for mail in world.mails() if "edv@hospital.example" in mail["To"]]

    def world(self):
        return Rig(BINARY, only={"adult-today"})

    def begin(self, world):
        (world.folder / "site").mkdir()
        (world.folder / "site/codes.csv").write_text(GOOD, encoding="utf-8")
        world.extra += "\nmappings: [site]"
        world.configure()
        config = world.folder / "agent.yaml"
        config.write_text(config.read_text(encoding="utf-8").replace("notify:\n", "notify:\n  it: [edv@hospital.example]\n"), encoding="utf-8")
        self.assertEqual(world.once().returncode, 0)
        self.assertEqual(self.told(world), [])

    def test_a_bad_table_is_told_once_and_its_end_once(self):
        with self.world() as world:
            self.begin(world)
            for table, status, subjects in ((BAD, 1, ["cannot be used"]), (BAD, 1, ["cannot be used"]), (GOOD, 0, ["cannot be used", "in use again"]),
                                            (BAD, 1, ["cannot be used", "in use again", "cannot be used"])):
                (world.folder / "site/codes.csv").write_text(table, encoding="utf-8")
                done = world.once()
                self.assertEqual(done.returncode, status, done.stderr)
                told = self.told(world)
                self.assertEqual(len(told), len(subjects))
                for subject in subjects:
                    self.assertTrue(any(subject in mail["Subject"] for mail in told))
                self.assertEqual(len({mail["Message-ID"] for mail in told}), len(told))
            self.assertIn("codes.csv:2: ", told[0].as_string())
            self.assertNotIn("adult-today", "".join(mail.as_string() for mail in told))

    def test_a_mail_server_that_is_down_is_tried_again(self):
        with self.world() as world:
            self.begin(world)
            (world.folder / "site/codes.csv").write_text(BAD, encoding="utf-8")
            config = world.folder / "agent.yaml"
            text = config.read_text(encoding="utf-8")
            config.write_text(text.replace("port: " + world.smtp.ready, "port: 1"), encoding="utf-8")
            done = world.once()
            self.assertIn("notify.it: a letter was not accepted", done.stderr)
            config.write_text(text, encoding="utf-8")
            world.once()
            self.assertEqual(len(self.told(world)), 1)


if __name__ == "__main__":
    unittest.main()
