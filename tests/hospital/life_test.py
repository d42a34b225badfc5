#!/usr/bin/env python3
"""A made hospital goes on living while the agent polls it; afterwards every flag and every verdict must be what the script holds true, each
opening and each fall must have been told once, and nobody else may have been flagged.

    life_test.py --binary trialflag [--patients 2000] [--steps 120] [--seed 1] [--offline]

--offline: no server and no agent; the records as the script leaves them are screened from files. Exit 0: all agree.
"""

import argparse
import collections
import datetime
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from generate import generate  # noqa: E402
from labels_test import Tally, hold  # noqa: E402
from population.truth import CRITERIA, DEMOTING, LISTED  # noqa: E402
from records import Records  # noqa: E402
from rig import Rig  # noqa: E402
from zone import afternoon  # noqa: E402


def lines(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


class Expected:
    """What is true of each patient, and what ever was."""

    def __init__(self, truth):
        self.now, self.ever, self.blind = {}, collections.defaultdict(list), set()
        for line in truth:
            self.take(line)

    def take(self, line):
        patient = line["patient"].removeprefix("Patient/")
        self.now[patient] = line
        if line["status"] == "needs_review":
            doubts = {label["reason"] for label in line["criteria"].values()} & DEMOTING
            if doubts == {"incomplete_source"}:  # listed, and nobody is woken for it
                self.blind.add(patient)
        if self.ever[patient][-1:] != [line["status"]]:
            self.ever[patient].append(line["status"])

    def listed_once(self):
        """The patients that have a flag, each with the flag's status."""
        as_flag = {"merged": "withdrawn", "not_a_candidate": "ineligible"}
        return {patient: as_flag.get(self.now[patient]["status"], self.now[patient]["status"])
                for patient, statuses in self.ever.items() if set(statuses) & set(LISTED)}

    def turns(self, patient):
        """How often they came onto the list, and how often they left it other than by a merge."""
        listed = [False] + [status in LISTED for status in self.ever[patient] if status != "merged"]
        changes = list(zip(listed, listed[1:]))
        return changes.count((False, True)), changes.count((True, False))


def offline(options):
    """The records as the script leaves them, screened from files."""
    today = datetime.date(2026, 11, 22)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        generate(out, options.patients, options.seed, today, options.share_fm, steps=options.steps)
        records, expected = Records(), Expected(lines(out / "truth.ndjson"))
        records.load(out / "records")
        for step in lines(out / "life.ndjson"):
            records.apply(step["write"], step["delete"])
            for line in step["truth"]:
                expected.take(line)
        left = out / "left" / "records"
        left.mkdir(parents=True)
        with open(left / "all.ndjson", "wb") as file:
            for type_ in records.types:
                for version in records.all_current(type_):
                    file.write(version.body + b"\n")
        with open(out / "left" / "truth.ndjson", "w", encoding="utf-8") as file:
            for _, line in sorted(expected.now.items(), key=lambda item: "Patient/" + item[0]):
                if "criteria" in line:
                    file.write(json.dumps(line) + "\n")
        strangers = [patient for patient, line in expected.now.items() if "criteria" not in line and line["status"] != "merged"]
        tally = Tally(20)
        status, surplus = hold(options.binary, "NCT07230171", out / "left", today, tally)
        tally.report()
        return 1 if status or sum(tally.differ.values()) or surplus != len(strangers) else 0


class LivingRig(Rig):
    """The hospital that options ask for, in a zone where it is afternoon."""

    def __init__(self, options):
        super().__init__(options.binary, flood=10000)
        self.options = options
        self.zone, self.zone_name, self.today = afternoon()

    def make_hospital(self):
        made = self.folder / "made"
        generate(made, self.options.patients, self.options.seed, self.today, self.options.share_fm, zone=self.zone, steps=self.options.steps)
        (made / "records").rename(self.folder / "hospital")
        self.hospital_options = ["--life", made / "life.ndjson"]
        return Expected(lines(made / "truth.ndjson"))

    def configure(self, **changes):
        super().configure(site="{id: rig, name: Rig Hospital, timezone: %s}" % self.zone_name, **changes)

    def live(self):
        """Plays one step; False when the script is over."""
        step = self.ask("POST", "life")
        for line in (step or {}).get("truth", []):
            self.expected.take(line)
        return step is not None


class Findings:
    def __init__(self):
        self.told = []

    def hold(self, true, *words):
        if not true:
            self.told.append(" ".join(map(str, words)))


def compare_flags(world, findings):
    """Statuses and the verdict of each criterion against the truth."""
    flags, wanted = world.flags(), world.expected.listed_once()
    for patient in sorted(set(flags) | set(wanted)):
        got, want = flags.get(patient, {}).get("status"), wanted.get(patient)
        # Who came and went while the agent was reading may never have been seen.
        fleeting = got is None and want not in LISTED and patient not in world.first
        findings.hold(fleeting or got == want, patient, "expected", want, "got", got, "after", world.expected.ever[patient])
        true_now = world.expected.now[patient]
        if got is None or got != want or "criteria" not in true_now:
            continue
        if true_now["status"] == "not_a_candidate":  # nothing more is kept or read of them
            findings.hold(flags[patient]["reason"] in ("I2.fibromyalgia", "deceased"), patient, "fell for", flags[patient]["reason"])
            continue
        said = {entry["id"]: entry for entry in flags[patient]["criteria"]}
        for name in CRITERIA:
            label, entry = true_now["criteria"][name], said[name]
            same = (label["holds"], label["reason"]) == (entry["holds"], entry["reason"]) and label["basis"] in (None, entry["basis"])
            findings.hold(same, patient, name, "expected", label, "got", entry["holds"], entry["reason"], entry["basis"], entry["summary"])
    return flags


def turns_of(kinds):
    """A merge opens the other record's flag, and may end the old one, by a letter of kind changed to whoever was told."""
    turns = []
    for kind in kinds:
        if kind == "changed" and turns[-1:] != ["opened"]:
            kind = "opened"
        if kind in ("opened", "retracted"):
            turns.append(kind)
    return turns


def compare_mails(world, flags, findings):
    """Openings and falls take turns, none is told twice, and the last word is what holds now."""
    of_flag = collections.defaultdict(list)
    for mail in world.mails():
        of_flag[mail["X-Trialflag-Flag"]].append(mail)
    ids = [mail["Message-ID"] for mails in of_flag.values() for mail in mails]
    findings.hold(len(ids) == len(set(ids)), "a letter was sent twice")
    for patient, flag in flags.items():
        kinds = [mail["X-Trialflag-Kind"] for mail in of_flag.pop(flag["flag"], [])]
        turns = turns_of(kinds)
        opened, fell = world.expected.turns(patient)
        fell += flag["status"] == "withdrawn"  # merged into a record that is no candidate
        right = all(kind == ("opened", "retracted")[at % 2] for at, kind in enumerate(turns)) and turns.count("opened") <= opened and turns.count("retracted") <= fell
        findings.hold(right, patient, "was told of as", kinds, "after", world.expected.ever[patient])
        findings.hold(len(flag["notices"]) == len(kinds) + sum(notice["state"] == "suppressed" for notice in flag["notices"]), patient, "notices and letters differ")
        # A merge moves what was told to the other record by a letter of kind changed.
        if flag["status"] != "withdrawn" and not patient.endswith("-new") and (turns or patient not in world.expected.blind):
            findings.hold(turns[-1:] == (["opened"] if flag["status"] in LISTED else ["retracted"]), patient, flag["status"], "was told as", kinds)
    findings.hold(not of_flag, "letters about no flag:", len(of_flag))


def live(options):
    with LivingRig(options) as world:
        started = time.monotonic()
        with open(world.folder / "agent.log", "w", encoding="utf-8") as log:
            daemon = subprocess.Popen(world.command("run"), stderr=log)
            try:
                wait(world, "the first load", 240)
                loaded, world.first = time.monotonic(), set(world.flags())
                while world.live():
                    time.sleep(options.pace)
                played = time.monotonic()
                # What differs still is told below, with everything else that does.
                wait(world, None, 120)
                time.sleep(2.5)
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(timeout=30)
        findings = Findings()
        findings.hold(daemon.returncode == 0, "the agent ended with", daemon.returncode)
        flags = compare_flags(world, findings)
        compare_mails(world, flags, findings)
        falls = sum(world.expected.turns(patient)[1] for patient in world.expected.now)
        findings.hold(falls >= options.steps // 20, "the script makes only", falls, "flags fall")
        print("%d patients, %d steps, seed %s: loaded in %.1f s, played in %.1f s" % (options.patients, options.steps, options.seed, loaded - started, played - loaded))
        print("%d flags, %d falls, %d mails (%s)" % (len(flags), falls, len(world.mails()), ", ".join(
            "%d %s" % (count, kind) for kind, count in sorted(collections.Counter(mail["X-Trialflag-Kind"] for mail in world.mails()).items()))))
        print("\n".join(findings.told[:50]))
        print("%d differences" % len(findings.told))
        if findings.told:
            print((world.folder / "agent.log").read_text(encoding="utf-8")[-2000:])
        return 1 if findings.told else 0


def wait(world, what, seconds):
    """Until flags and letters are what is expected."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        flags = world.flags()
        wanted = world.expected.listed_once()
        if all(flags.get(patient, {}).get("status") == status for patient, status in wanted.items() if patient in flags or status in LISTED):
            if flags and all(notice["state"] in ("sent", "suppressed") for flag in flags.values() for notice in flag["notices"]):
                return
        time.sleep(0.5)
    if what:
        raise SystemExit("waited in vain for %s; %d flags, %d expected" % (what, len(world.flags()), len(world.expected.listed_once())))


def main():
    parser = argparse.ArgumentParser(description="A hospital that lives while it is screened.")
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--pace", type=float, default=0.1, help="seconds between two steps")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--share-fm", type=float, default=0.04)
    parser.add_argument("--offline", action="store_true")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    return offline(options) if options.offline else live(options)


if __name__ == "__main__":
    sys.exit(main())
