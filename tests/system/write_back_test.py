"""The agent's binary writes flags into the EHR and reads back what people do to them there. Usage: write_back_test.py BINARY"""
import json
import pathlib
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402
from written_back import TYPES, doubles, identifier_of, notify_keys, of_patient, set_status, versions, written_back  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
CLEAN, OTHER = "adult-today", "daily-pain"


class World(Rig):
    """Two candidates, and nobody to be mailed."""

    def __init__(self, only=(CLEAN, OTHER), write="[ResearchSubject, List, Task, Communication]", **options):
        super().__init__(BINARY, only=list(only), notify=False, extra=notify_keys(write), **options)


class WriteBack(unittest.TestCase):
    def cycle(self, world, status=0):
        done = world.once()
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def history(self, world, patient):
        return world.run("flags", "show", world.flags()[patient]["code"]).stdout

    def statuses(self, world, type_):
        return sorted(each["status"] for each in written_back(world, type_))

    def listed(self, world):
        (found,) = written_back(world, "List")
        return [entry["item"]["reference"] for entry in found.get("entry", [])]

    # ------------------------------------------------------------------------------------------------------- writing

    def test_a_flag_stands_in_the_ehr_once_and_a_repeat_changes_nothing(self):
        with World() as world:
            self.cycle(world)
            self.assertEqual({type_: len(written_back(world, type_)) for type_ in TYPES},
                             {"ResearchStudy": 1, "ResearchSubject": 2, "Task": 2, "List": 1, "Communication": 2})
            flags = world.flags()
            subject, task = of_patient(world, "ResearchSubject", CLEAN), of_patient(world, "Task", CLEAN)
            (study,) = written_back(world, "ResearchStudy")
            self.assertEqual(subject["status"], "candidate")
            self.assertEqual(subject["study"]["reference"], "ResearchStudy/" + study["id"])
            self.assertIn({"system": "https://clinicaltrials.gov", "value": "NCT07230171"}, study["identifier"])
            self.assertEqual((task["status"], task["focus"]["reference"]), ("requested", "ResearchSubject/" + subject["id"]))
            self.assertEqual(identifier_of(subject), flags[CLEAN]["flag"])
            self.assertEqual(identifier_of(of_patient(world, "Communication", CLEAN)), flags[CLEAN]["flag"] + "-1")
            self.assertEqual(sorted(self.listed(world)), sorted("ResearchSubject/" + each["id"] for each in written_back(world, "ResearchSubject")))
            self.assertEqual([(n["recipient"], n["channel"], n["kind"], n["state"]) for n in flags[CLEAN]["notices"]], [("ehr", "fhir", "opened", "sent")])
            before = versions(world)
            self.cycle(world)
            self.assertEqual(versions(world), before)
            self.assertEqual({flag["state"] for flag in world.flags().values()}, {"new"})

    def test_what_decides_is_told_in_the_words_of_the_sites_language(self):
        for language, word in (("zh", "待定"), ("de", "Offen:"), ("en", "Open:")):
            with self.subTest(language), World(only=[CLEAN]) as world:
                world.configure(site="{id: rig, language: %s}" % language)
                self.cycle(world)
                self.assertIn(word, of_patient(world, "Task", CLEAN)["description"])
                self.assertIn(word, of_patient(world, "Communication", CLEAN)["payload"][0]["contentString"])

    def test_a_retraction_takes_back_subject_task_and_list_and_is_communicated(self):
        with World() as world:
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "ineligible")
            task = of_patient(world, "Task", CLEAN)
            self.assertEqual(task["status"], "cancelled")
            self.assertIn("taken back", task["statusReason"]["text"])
            told = [each for each in written_back(world, "Communication") if CLEAN in json.dumps(each)]
            self.assertEqual(len(told), 2)
            self.assertIn("pregabalin", told[1]["payload"][0]["contentString"].lower())
            self.assertEqual(self.listed(world), ["ResearchSubject/" + of_patient(world, "ResearchSubject", OTHER)["id"]])
            world.change("MedicationRequest/new-order", status="entered-in-error")
            self.cycle(world)
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "candidate")
            task = of_patient(world, "Task", CLEAN)
            self.assertEqual((task["status"], task.get("statusReason")), ("requested", None))
            self.assertEqual(len(self.listed(world)), 2)

    def test_the_last_candidate_leaves_an_empty_list_that_says_so(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            (found,) = written_back(world, "List")
            self.assertNotIn("entry", found)
            self.assertEqual(found["emptyReason"]["coding"][0]["code"], "nilknown")

    def test_all_that_was_set_between_two_cycles_is_written_in_one(self):
        with World() as world:
            self.cycle(world)
            for state in ("acknowledged", "contacted", "screening", "contacted", "screening", "enrolled"):
                world.run("flags", "set", world.flags()[CLEAN]["code"], state)
            self.cycle(world)
            self.assertEqual([notice["state"] for notice in world.list("notices", "list") if notice["state"] not in ("sent", "suppressed")], [])
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "on-study")

    def test_what_a_person_sets_here_is_written(self):
        with World() as world:
            self.cycle(world)
            for patient, state, subject, task in ((CLEAN, "contacted", "candidate", "completed"), (CLEAN, "screening", "screening", "completed"),
                                                  (CLEAN, "enrolled", "on-study", "completed"), (OTHER, "declined", "not-registered", "completed")):
                world.run("flags", "set", world.flags()[patient]["code"], state)
                self.cycle(world)
                self.assertEqual((of_patient(world, "ResearchSubject", patient)["status"], of_patient(world, "Task", patient)["status"]), (subject, task))
                self.assertEqual(world.flags()[patient]["state"], state)
            self.assertEqual(self.listed(world), [])
            self.assertEqual(len(written_back(world, "Communication")), 2)

    def test_what_people_there_added_stays(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            task = of_patient(world, "Task", CLEAN)
            label = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
            world.change("Task/" + task["id"], meta=label, owner={"display": "Nurse"}, note=[{"text": "call at noon"}],
                         identifier=task["identifier"] + [{"system": "urn:oid:1.2.3", "value": "7"}])
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            after = of_patient(world, "Task", CLEAN)
            self.assertEqual((after["status"], after["owner"]["display"], after["note"]), ("cancelled", "Nurse", [{"text": "call at noon"}]))
            self.assertIn({"system": "urn:oid:1.2.3", "value": "7"}, after["identifier"])
            self.assertEqual(after["meta"]["security"], label["security"])

    def test_an_answer_of_success_that_does_not_show_the_record_is_not_believed(self):
        for type_, before in (("ResearchSubject", 2), ("List", 1)):  # what is read back, and the search before it, are answered
            for body, content_type in (("", "application/fhir+json"), ("<html>Sign in</html>", "text/html")):
                with self.subTest(type_ + content_type), World() as world:
                    self.cycle(world)
                    world.put(pregabalin_order(CLEAN))
                    world.fault(kind="body", type=type_, skip=before, body=body, content_type=content_type)
                    done = self.cycle(world, status=1)
                    self.assertIn(type_ + ": the server took it by its answer, and keeps it as it was", done.stderr)
                    self.assertEqual((self.statuses(world, "ResearchSubject"), len(self.listed(world))),
                                     (["candidate", "candidate"] if before == 2 else ["candidate", "ineligible"], 2))
                    world.run("notices", "retry", "--all")
                    self.cycle(world)
                    self.assertEqual((self.statuses(world, "ResearchSubject"), len(self.listed(world))), (["candidate", "ineligible"], 1))

    def test_only_what_is_asked_for_is_written(self):
        with World(write="[Task]") as world:
            self.cycle(world)
            self.assertEqual({type_: len(written_back(world, type_)) for type_ in TYPES},
                             {"ResearchStudy": 0, "ResearchSubject": 0, "Task": 2, "List": 0, "Communication": 0})
            self.assertNotIn("focus", of_patient(world, "Task", CLEAN))

    # -------------------------------------------------------------------------------------------------- what holds it

    def test_shadow_writes_nothing_and_the_flood_brake_holds_until_a_release(self):
        with World() as world:
            world.configure(mode="shadow")
            self.cycle(world)
            self.assertEqual(versions(world), {})
            world.configure(extra=world.extra.replace("flood: 100", "flood: 1"))
            self.cycle(world)
            self.assertEqual(versions(world), {})
            world.run("notices", "release")
            self.cycle(world)
            self.assertEqual(len(written_back(world, "ResearchSubject")), 2)
            self.assertEqual(len(self.listed(world)), 2)

    def test_who_must_not_be_approached_is_not_written_and_is_taken_back(self):
        with World() as world:
            (world.folder / "do_not_contact.csv").write_text(f"patient,reason,until\n{CLEAN},asked,\n", encoding="utf-8")
            self.cycle(world)
            self.assertEqual(self.statuses(world, "ResearchSubject"), ["candidate"])
            (world.folder / "do_not_contact.csv").write_text(f"patient,reason,until\n{OTHER},asked,\n", encoding="utf-8")
            self.cycle(world)
            self.assertEqual(of_patient(world, "ResearchSubject", OTHER)["status"], "withdrawn")
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "candidate")

    def test_a_restored_state_writes_nothing_and_leaves_the_list_until_a_person_releases(self):
        with World() as world:
            self.cycle(world)
            self.assertEqual(world.run("backup", world.folder / "kept").returncode, 0)
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            before = versions(world)
            world.run("restore", world.folder / "kept", "--yes")
            self.cycle(world)
            self.assertEqual(versions(world), before)
            world.run("notices", "release")
            self.cycle(world)
            self.assertEqual(len(self.listed(world)), 1)
            self.assertEqual(doubles(world), [])

    def test_who_is_forgotten_is_taken_back_without_being_named(self):
        with World() as world:
            self.cycle(world)
            code = world.flags()[CLEAN]["code"]
            self.assertEqual(world.run("forget", CLEAN, "--yes").returncode, 0)
            self.cycle(world)
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "withdrawn")
            self.assertEqual(of_patient(world, "Task", CLEAN)["status"], "cancelled")
            self.assertNotIn("forgotten-" + code, json.dumps([written_back(world, type_) for type_ in TYPES]))

    # ------------------------------------------------------------------------------------------------------- refusals

    def test_a_server_that_refuses_costs_one_trouble_and_no_mail(self):
        with Rig(BINARY, only=[CLEAN, OTHER]) as world:
            world.configure(write="[ResearchSubject, Task]")
            world.fault(kind="status", status=403, type="ResearchStudy", times=10000)
            done = self.cycle(world, status=1)
            self.assertEqual(len(world.mails()), 2)
            self.assertIn("system/ResearchStudy", done.stderr)
            self.assertEqual(done.stderr.count("not accepted yet"), 1)
            world.mend()
            world.run("notices", "retry", "--all")
            self.cycle(world)
            self.assertEqual(len(written_back(world, "Task")), 2)
            self.assertEqual(len(world.mails()), 2)

    def test_one_that_is_refused_for_what_it_is_gets_stuck_and_the_others_go(self):
        with World() as world:
            world.fault(kind="status", status=422, type="Task", skip=1)  # the search before it is answered
            done = world.once()
            self.assertIn("Task", done.stderr)
            self.assertIn("422", done.stderr)
            self.assertEqual(sorted(n["state"] for n in world.list("notices", "list")), ["sent", "stuck"])
            self.assertEqual(len(written_back(world, "Task")), 1)

    # ------------------------------------------------------------------------------------------------------ read-back

    def test_a_completed_task_and_a_moved_subject_move_the_flag(self):
        with World() as world:
            self.cycle(world)
            set_status(world, of_patient(world, "Task", CLEAN), "completed")
            set_status(world, of_patient(world, "ResearchSubject", OTHER), "on-study")
            self.cycle(world)
            self.assertEqual({p: f["state"] for p, f in world.flags().items()}, {CLEAN: "contacted", OTHER: "enrolled"})
            self.assertIn("EHR", self.history(world, CLEAN))
            self.assertIn("Task completed", self.history(world, CLEAN))
            self.assertEqual(of_patient(world, "ResearchSubject", OTHER)["status"], "on-study")
            before, flags = versions(world), world.flags()
            self.cycle(world)
            self.cycle(world)
            self.assertEqual(versions(world), before)
            self.assertEqual({p: f["changed_at"] for p, f in world.flags().items()}, {p: f["changed_at"] for p, f in flags.items()})
            self.assertEqual(world.run("log", "verify").returncode, 0)

    def test_a_rejected_task_declines_with_the_reason_as_given(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            set_status(world, of_patient(world, "Task", CLEAN), "rejected", statusReason={"text": "moved away"})
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["state"], "declined")
            self.assertIn("moved away", self.history(world, CLEAN))
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "not-registered")
            self.assertEqual(of_patient(world, "Task", CLEAN)["status"], "rejected")
            self.assertEqual(self.listed(world), [])

    def test_a_conflict_is_shown_and_not_guessed_until_a_person_sets_the_state(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            code = world.flags()[CLEAN]["code"]
            world.run("flags", "set", code, "screen_failed", "--reason", "E6.pregabalin")
            set_status(world, of_patient(world, "ResearchSubject", CLEAN), "on-study")
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["state"], "screen_failed")
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "on-study")
            self.assertEqual(world.flags()[CLEAN]["conflicts"], [{"resource": "ResearchSubject", "status": "on-study", "means": "enrolled"}])
            self.assertIn("Conflict", self.history(world, CLEAN))
            self.assertEqual(world.run("status").returncode, 1)
            self.assertIn("conflicts with the EHR", world.run("status").stdout)
            world.run("flags", "set", code, "screen_failed", "--reason", "E6.pregabalin")
            self.cycle(world)
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "ineligible")
            self.assertNotIn("conflicts", world.flags()[CLEAN])
            self.assertEqual(world.run("status").returncode, 0)

    def test_a_status_that_somebody_gave_it_is_not_overwritten_by_the_engine(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            set_status(world, of_patient(world, "ResearchSubject", CLEAN), "eligible")
            set_status(world, of_patient(world, "Task", CLEAN), "in-progress")
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["state"], "screening")
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "eligible")
            self.assertEqual(of_patient(world, "Task", CLEAN)["status"], "cancelled")

    def test_what_somebody_takes_back_in_the_ehr_is_taken_back_here(self):
        with World() as world:
            self.cycle(world)
            set_status(world, of_patient(world, "ResearchSubject", CLEAN), "ineligible")
            set_status(world, of_patient(world, "Task", OTHER), "rejected")
            self.cycle(world)
            self.assertEqual({p: f["state"] for p, f in world.flags().items()}, {CLEAN: "screen_failed", OTHER: "declined"})
            set_status(world, of_patient(world, "ResearchSubject", CLEAN), "candidate")
            set_status(world, of_patient(world, "Task", OTHER), "requested")
            self.cycle(world)
            self.assertEqual({p: f["state"] for p, f in world.flags().items()}, {CLEAN: "new", OTHER: "new"})
            self.cycle(world)
            self.assertEqual([of_patient(world, "ResearchSubject", patient)["status"] for patient in (CLEAN, OTHER)], ["candidate", "candidate"])
            self.assertEqual([of_patient(world, "Task", patient)["status"] for patient in (CLEAN, OTHER)], ["requested", "requested"])
            self.assertEqual(len(self.listed(world)), 2)
            set_status(world, of_patient(world, "ResearchSubject", CLEAN), "ineligible")  # and once more
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["state"], "screen_failed")

    def test_a_replica_that_lags_takes_nothing_back(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            set_status(world, of_patient(world, "Task", CLEAN), "rejected")
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["state"], "declined")
            world.fault(kind="stale", seconds=1, type="Task", times=1)
            self.cycle(world)
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["state"], "declined")
            self.assertNotIn("reopened", self.history(world, CLEAN))

    def test_a_failure_of_which_the_ehr_names_no_criterion_speaks_against_none(self):
        with World() as world:
            self.cycle(world)
            set_status(world, of_patient(world, "ResearchSubject", CLEAN), "ineligible")
            self.cycle(world)
            rows = world.list("log", "--quality")
            self.assertEqual([(row["kind"], row["settled"], row["disagreed"]) for row in rows],
                             [("flags", 1, 1), ("not_listed", 0, 0), ("unnamed", 1, 1)])
            world.run("flags", "set", world.flags()[OTHER]["code"], "screen_failed", "--reason", "E6.pregabalin")
            rows = {row["criterion"]: row["disagreed"] for row in world.list("log", "--quality") if row["kind"] == "criterion"}
            self.assertEqual((rows["E6.pregabalin"], rows["I1.age"]), (1, 0))

    def test_what_is_set_here_after_the_flag_fell_is_written(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "ineligible")
            world.run("flags", "set", world.flags()[CLEAN]["code"], "enrolled")
            self.cycle(world)
            self.assertEqual((of_patient(world, "ResearchSubject", CLEAN)["status"], of_patient(world, "Task", CLEAN)["status"]), ("on-study", "completed"))

    def test_what_stands_in_part_is_taken_back_with_its_flag(self):
        with World(only=[CLEAN]) as world:
            world.fault(kind="status", status=403, type="Task", times=10000)
            self.cycle(world, status=1)
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "candidate")
            world.put(pregabalin_order(CLEAN))
            world.once()
            world.mend()
            world.run("notices", "retry", "--all")
            self.cycle(world)
            self.assertEqual(of_patient(world, "ResearchSubject", CLEAN)["status"], "ineligible")

    def test_what_a_search_no_longer_shows_is_taken_back_by_its_id(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            for type_ in TYPES:
                world.fault(kind="stale", seconds=600, type=type_, times=10000)
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)
            world.mend()
            self.assertEqual((of_patient(world, "ResearchSubject", CLEAN)["status"], of_patient(world, "Task", CLEAN)["status"]), ("ineligible", "cancelled"))
            self.assertEqual(doubles(world), [])

    def test_what_neither_a_search_nor_its_id_shows_is_looked_for_until_it_is_surely_gone(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)

            def hide():
                for type_ in ("ResearchSubject", "Task"):
                    world.fault(kind="stale", seconds=600, type=type_, times=10000)
                    world.fault(kind="status", status=404, type=type_, method="GET", times=10000)
            world.put(pregabalin_order(CLEAN))
            hide()
            self.assertIn("neither by a search nor by its id", self.cycle(world, status=1).stderr)
            world.mend()
            world.run("notices", "retry", "--all")
            self.cycle(world)
            self.assertEqual((of_patient(world, "ResearchSubject", CLEAN)["status"], of_patient(world, "Task", CLEAN)["status"]), ("ineligible", "cancelled"))
            world.change("MedicationRequest/new-order", status="entered-in-error")
            self.cycle(world)
            world.change("MedicationRequest/new-order", status="active")
            hide()
            for wait in (0, 240, 120, 0, 360):  # the ResearchSubject, then the Task
                with sqlite3.connect(world.folder / "state/state.db") as state:
                    state.execute("UPDATE meta SET value = value - ? WHERE key LIKE 'note:missed:%'", (wait * 1000,))
                world.run("notices", "retry", "--all")
                done = world.once()
            self.assertNotIn("neither by a search", done.stderr)
            self.assertEqual([], [each for each in world.list("notices", "list") if each["state"] == "waiting"])

    def test_what_was_deleted_there_needs_no_taking_back(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            world.delete("ResearchSubject/" + of_patient(world, "ResearchSubject", CLEAN)["id"])
            world.delete("Task/" + of_patient(world, "Task", CLEAN)["id"])
            world.put(pregabalin_order(CLEAN))
            self.cycle(world)

    def test_a_list_that_names_what_was_deleted_there_is_written_without_it(self):
        with World() as world:
            self.cycle(world)
            world.delete("ResearchSubject/" + of_patient(world, "ResearchSubject", CLEAN)["id"])
            world.put(pregabalin_order(OTHER))
            world.fault(kind="status", status=409, type="List", method="PUT", times=1)
            self.assertIn("names what is there no more", self.cycle(world, status=1).stderr)
            self.cycle(world)
            self.assertEqual(self.listed(world), ["Patient/" + CLEAN])

    def test_without_the_second_identifier_nobody_is_guessed_to_have_acted(self):
        with World(only=[CLEAN]) as world:
            self.cycle(world)
            subject = of_patient(world, "ResearchSubject", CLEAN)
            world.change("ResearchSubject/" + subject["id"], status="ineligible", identifier=subject["identifier"][:1])
            self.cycle(world)
            self.assertEqual(world.flags()[CLEAN]["state"], "new")
            world.put(pregabalin_order(CLEAN))
            self.assertIn("urn:trialflag:written", world.once().stderr)
            self.assertEqual(len(of_patient(world, "ResearchSubject", CLEAN)["identifier"]), 1, "nothing is written over it")

    def test_where_the_second_identifier_is_dropped_all_of_the_flag_is_written(self):
        for type_ in TYPES:
            with self.subTest(type_), World(only=[CLEAN]) as world:
                world.fault(kind="forgetful", systems=["urn:trialflag:written"], type=type_, method="POST", times=9)
                self.cycle(world)
                self.assertEqual({each: len(written_back(world, each)) for each in TYPES}, {each: 1 for each in TYPES})
                before = versions(world)
                self.cycle(world)
                self.assertEqual(versions(world), before)

    def test_where_no_identifier_is_kept_nothing_is_written_again(self):
        for type_ in ("ResearchStudy", "Task"):
            with self.subTest(type_), World(only=[CLEAN]) as world:
                world.fault(kind="forgetful", systems=["urn:trialflag:written", "urn:trialflag:id"], type=type_, method="POST", times=99)
                for _ in range(4):
                    self.assertIn("keeps no identifier", self.cycle(world, status=1).stderr)
                    world.run("notices", "retry", "--all")
                self.assertEqual(1, sum(each["method"] == "POST" and each["path"].endswith(type_) for each in world.ask("GET", "requests")))

    # ------------------------------------------------------------------------------------------------- never two of one

    def test_two_agents_with_states_of_their_own_write_each_once(self):
        with World() as world:
            self.cycle(world)
            before = versions(world)
            world.configure(extra=world.extra.replace("notify:", "#\nnotify:", 1))
            text = (world.folder / "agent.yaml").read_text(encoding="utf-8").replace("state: {dir: state}", "state: {dir: another}")
            (world.folder / "agent.yaml").write_text(text, encoding="utf-8")
            self.cycle(world)
            self.assertEqual(doubles(world), [])
            self.assertEqual(set(versions(world)), set(before))
            self.assertEqual({flag["state"] for flag in world.flags().values()}, {"new"})

    def test_kill_9_amid_the_writes_doubles_nothing_and_loses_nothing(self):
        with World() as world:
            for wait in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3):
                agent = subprocess.Popen(world.command("run", "--once"), stderr=subprocess.DEVNULL)
                until = time.monotonic() + 20
                while not self.wrote(world, wait) and agent.poll() is None and time.monotonic() < until:
                    time.sleep(0.002)
                agent.kill()
                agent.wait()
            self.cycle(world)
            self.assertEqual(doubles(world), [])
            self.assertEqual({type_: len(written_back(world, type_)) for type_ in TYPES},
                             {"ResearchStudy": 1, "ResearchSubject": 2, "Task": 2, "List": 1, "Communication": 2})
            self.assertEqual({flag["state"] for flag in world.flags().values()}, {"new"})

    @staticmethod
    def wrote(world, wait):
        """As many writes as make one kill fall after another of them."""
        return sum(each["method"] in ("POST", "PUT") for each in world.ask("GET", "requests")) >= wait * 20

    # --------------------------------------------------------------------------------------------------------- doctor

    def test_doctor_tells_how_it_will_be_written(self):
        with World() as world:
            told = {row["check"]: row for row in map(json.loads, world.run("doctor", "--format", "ndjson").stdout.splitlines())}
            self.assertIn("conditional create and update", told["write Task"]["what"])
            self.assertIn("write ResearchStudy", told)


if __name__ == "__main__":
    unittest.main()
