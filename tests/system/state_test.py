#!/usr/bin/python3
"""The state survives: backup, restore and forget beside a running agent and killed at any instant; a full disk and a damaged file are told
with their remedy; what cannot be read is in quarantine until it can.

    state_test.py BINARY
"""
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402

ONLY = {"clean-german", "clean-icd10", "clean-snomed", "adult-today", "cancelled-order"}
BINARY = None


def listing(world):
    return {patient: (flag["flag"], flag["status"], flag["reason"]) for patient, flag in world.flags().items()}


def open_rig(**options):
    return Rig(BINARY, **{"only": ONLY, **options})


def kill_within(world, seconds, *words):
    """Starts a command and kills it after that long; whether it was still running."""
    process = subprocess.Popen(world.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    running = process.poll() is None
    process.kill()
    process.wait()
    return running


class Agent:
    """The daemon, running as long as the block."""

    def __init__(self, world, **options):
        self.process = subprocess.Popen(world.command("run"), stderr=subprocess.PIPE, text=True, **options)
        while "cycle:" not in self.process.stderr.readline():
            if self.process.poll() is not None:
                raise RuntimeError("the agent ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


class StateTest(unittest.TestCase):
    def test_backup_and_restore_beside_an_agent(self):
        with open_rig() as world:
            backup = world.folder / "backup.db"
            with Agent(world):
                done = world.run("backup", backup)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(backup.stat().st_mode & 0o777, 0o600)
                self.assertEqual(world.run("backup", backup).returncode, 2)
                self.assertEqual(world.run("backup", "--key-file", "k", backup).returncode, 2)
                self.assertIn("in use", world.run("restore", backup).stderr)
            before = listing(world)
            told = len(world.mails())
            patient = sorted(before)[0]
            world.put(pregabalin_order(patient))
            self.assertEqual(world.once().returncode, 0)
            retractions = len(world.mails("retracted"))
            self.assertEqual(retractions, 1)
            after = listing(world)
            done = world.run("restore", backup)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(listing(world), before)
            self.assertTrue(list((world.folder / "state").glob("state.db.before-restore-*")))
            done = world.once()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(listing(world), after)
            self.assertEqual(len(world.mails()), told + retractions, "a notice went out without a person's release")
            world.run("notices", "release")
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(len(world.mails("digest")), 1)

    def test_w08_killed_commands_leave_the_former_state_or_the_new_one(self):
        chance = random.Random(4)
        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            before = listing(world)
            backup, whole = world.folder / "backup.db", world.folder / "whole.db"
            start = time.monotonic()
            self.assertEqual(world.run("backup", whole).returncode, 0)
            longest = time.monotonic() - start
            hits = 0
            for _ in range(12):
                hits += kill_within(world, chance.uniform(0, longest), "backup", "--force", backup)
                if backup.exists():
                    self.assertEqual(world.run("restore", backup).returncode, 0)
            for _ in range(12):
                hits += kill_within(world, chance.uniform(0, longest * 1.5), "restore", whole)
                self.assertEqual(listing(world), before)
            patients = sorted(before)
            for patient in patients[:3]:
                hits += kill_within(world, chance.uniform(0, longest), "forget", patient)
                flags = world.flags()
                self.assertIn(len(flags), (len(before),))
                self.assertEqual(world.run("forget", patient).returncode, 0)
                self.assertNotIn(patient, world.flags())
            self.assertGreater(hits, 0)
            self.assertIn(world.once().returncode, (0, 1))
            self.assertEqual({p for p in world.flags() if not p.startswith("forgotten-")}, set(patients[3:]))

    def test_forget_leaves_no_trace_and_the_next_full_reading_brings_nobody_back(self):
        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            patient = sorted(listing(world))[0]
            self.assertEqual(world.run("forget", "Patient/nobody").returncode, 2)
            done = world.run("forget", "Patient/" + patient)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(world.once("--reconcile").returncode, 0)
            self.assertNotIn(patient, world.flags())
            self.assertEqual(len(world.mails("retracted")), 1)
            for file in (world.folder / "state").iterdir():
                self.assertNotIn(patient.encode(), file.read_bytes(), file.name)
            self.assertEqual(world.run("forget", "--lift", patient).returncode, 0)
            self.assertEqual(world.once().returncode, 0)
            self.assertIn(patient, world.flags())

    def test_a_damaged_state_ends_the_agent_with_the_command_that_restores(self):
        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            backup = world.folder / "backup.db"
            world.run("backup", backup)
            before = listing(world)
            file = world.folder / "state" / "state.db"
            bytes_ = bytearray(file.read_bytes())
            for at in range(8192 + 4000, len(bytes_), 8192):
                bytes_[at] ^= 1
            file.write_bytes(bytes_)
            for words in (("run", "--once"), ("run",), ("flags", "list"), ("status",)):
                done = world.run(*words)
                self.assertEqual(done.returncode, 3, (words, done.stderr))
                self.assertIn("trialflag restore FILE", done.stderr)
                self.assertIn("state.db", done.stderr)
            self.assertEqual(world.run("restore", backup).returncode, 0)
            self.assertEqual(listing(world), before)

    def test_any_damaged_page_shows_in_status(self):
        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            file = world.folder / "state" / "state.db"
            sound = file.read_bytes()
            self.assertGreater(len(sound), 20 * 8192)
            for at in range(8192 + 4000, len(sound), 5 * 8192):
                bytes_ = bytearray(sound)
                bytes_[at] ^= 1
                file.write_bytes(bytes_)
                done = world.run("status")
                self.assertEqual(done.returncode, 3, (at, done.stderr))
                self.assertIn("trialflag restore FILE", done.stderr)
            file.write_bytes(sound)
            self.assertEqual(world.run("status").returncode, 0)

    def test_an_emptied_state_is_damaged_and_no_new_installation(self):
        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            backup = world.folder / "backup.db"
            world.run("backup", backup)
            before, told = listing(world), len(world.mails())
            (world.folder / "state" / "state.db").write_bytes(b"")
            for words in (("run", "--once"), ("run",), ("flags", "list"), ("notices", "list"), ("log",), ("log", "verify"), ("status",),
                          ("backup", world.folder / "other.db")):
                done = world.run(*words)
                self.assertEqual(done.returncode, 3, (words, done.stderr))
                self.assertIn("state.db is damaged (it is empty)", done.stderr)
                self.assertIn("trialflag restore FILE", done.stderr)
            self.assertEqual(len(world.mails()), told)
            self.assertEqual(world.run("restore", backup).returncode, 0)
            self.assertEqual(listing(world), before)

    def test_w08_a_first_start_killed_at_any_instant_is_begun_anew(self):
        chance = random.Random(9)
        with open_rig() as world:
            state, begun = world.folder / "state", 0
            before = time.monotonic()
            self.assertEqual(world.once().returncode, 0)
            whole = time.monotonic() - before
            for _ in range(40):
                shutil.rmtree(state, ignore_errors=True)
                kill_within(world, chance.uniform(0, whole), "run", "--once")
                begun += state.exists()
                done = world.run("flags", "list")
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertGreater(begun, 0)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(set(world.flags()), {p for p, s in world.screened().items() if s in ("potentially_eligible", "needs_review")})
            self.assertEqual(list(state.glob("state.db.new*")), [])

    def test_a_state_that_this_user_may_not_read_is_told_with_who_may(self):
        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            state = world.folder / "state"
            # Whom permissions bind, root too.
            bound = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
            state.chmod(0)
            try:
                for words in (("flags", "list"), ("flags", "list", "--format", "ndjson"), ("notices", "list"), ("log",), ("log", "verify"),
                              ("status",), ("backup", world.folder / "backup.db")):
                    done = subprocess.run([*bound, *world.command(*words)], capture_output=True, text=True, timeout=60, check=False)
                    self.assertEqual(done.returncode, 3, (words, done.stderr))
                    self.assertIn(f"state.dir {state} may not be read by this user", done.stderr)
                    self.assertIn("sudo -u trialflag trialflag", done.stderr)
            finally:
                state.chmod(0o700)

    def test_a_backup_never_replaces_the_state_that_an_agent_runs_on(self):
        with open_rig() as world:
            state = world.folder / "state"
            with Agent(world) as agent:
                before, file = listing(world), (state / "state.db").stat().st_ino
                for name in ("state.db", "state.db-wal", "state.db-shm", "../state/state.db"):
                    done = world.run("backup", "--force", state / name)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn("is the state itself", done.stderr)
                self.assertIsNone(agent.process.poll())
                self.assertEqual((state / "state.db").stat().st_ino, file)
                self.assertEqual(listing(world), before)

    def test_a_backup_that_cannot_be_written_does_not_blame_the_state(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300 * 1024, 300 * 1024))

        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            for path, prepare, told in ((world.folder / "none/b.db", None, "No such file"), (world.folder / "b.db", limit, "is full")):
                done = subprocess.run(world.command("backup", path), capture_output=True, text=True, check=False, preexec_fn=prepare)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f"the backup {path}", done.stderr)
                self.assertIn(told, done.stderr)
                self.assertNotIn("restore", done.stderr)
                self.assertNotIn("state.db", done.stderr)
            self.assertEqual([], list(world.folder.glob("b.db*")))

    def test_a_state_that_is_taken_away_ends_the_agent(self):
        with open_rig() as world, Agent(world) as agent:
            (world.folder / "state").rename(world.folder / "elsewhere")
            self.assertEqual(agent.process.wait(30), 3)
            self.assertIn("was removed or replaced", agent.process.stderr.read())
            (world.folder / "elsewhere").rename(world.folder / "state")
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(len(world.mails()), len({mail["Message-ID"] for mail in world.mails()}))

    def test_a_full_disk_ends_the_agent_and_loses_nothing(self):
        with open_rig() as world:
            full = 300 * 1024

            def limit():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (full, full))

            done = subprocess.run(world.command("run"), capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("disk is full", done.stderr)
            self.assertIn("state.db", done.stderr)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(set(world.flags()), {p for p, s in world.screened().items() if s in ("potentially_eligible", "needs_review")})

    def test_t14_what_cannot_be_read_is_in_quarantine_until_it_can(self):
        with open_rig() as world:
            self.assertEqual(world.once().returncode, 0)
            patient = sorted(listing(world))[0]
            path = world.diagnosis(patient)
            sound = world.get(path)
            world.put({**sound, "code": 7})
            done = world.once()
            self.assertEqual(done.returncode, 1)
            self.assertNotIn(sound["id"], done.stderr)
            lines = [line for line in world.list("status") if line["kind"] == "quarantine"]
            self.assertEqual([(line["type"], line["count"]) for line in lines], [("Condition", 1)])
            (row,) = world.list("status", "--quarantine", "--raw")
            self.assertEqual((row["type"], row["id"], row["times"]), ("Condition", sound["id"], 1))
            self.assertTrue(row["reason"].startswith("Condition.code"), row["reason"])
            self.assertIn('"code":7', row["raw"].replace(" ", ""))
            world.put(sound)
            self.assertEqual(world.once().returncode, 0)
            self.assertEqual(world.list("status", "--quarantine"), [])


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main(verbosity=1)
