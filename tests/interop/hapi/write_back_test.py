"""What the agent writes into the EHR, on HAPI FHIR JPA, and by HL7's validator (as HAPI packs it, with R4's own definitions, offline). Usage:
write_back_test.py BINARY. Exit status 77 as hapi_test.py's."""
import json
import subprocess
import time
import unittest

import hapi
from jpa import BesideJpa, Jpa, with_servers
from rig import pregabalin_order
from world import CLEAN, FEW, OTHER
from written_back import TYPES, doubles, notify_keys, of_patient, set_status, versions, written_back


class Writing(Jpa):
    """Nobody is mailed."""

    def __init__(self, server, only, **options):
        super().__init__(server, only=list(only), notify=False, extra=notify_keys(), **options)

    def another_state(self, name):
        path = self.folder / "agent.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("state: {dir: state}", "state: {dir: %s}" % name), encoding="utf-8")


class WriteBack(BesideJpa):
    def counts(self, world):
        return {type_: len(written_back(world, type_)) for type_ in TYPES}

    def test_what_is_written_stands_once_whoever_writes_and_however_often(self):
        with Writing(self.server, [CLEAN, OTHER]) as world:
            self.cycle(world)
            once = {"ResearchStudy": 1, "ResearchSubject": 2, "Task": 2, "List": 1, "Communication": 2}
            self.assertEqual(self.counts(world), once)
            before = versions(world)
            self.cycle(world)
            self.assertEqual(versions(world), before)
            world.another_state("another")
            self.cycle(world)
            self.assertEqual(doubles(world), [])
            self.assertEqual(versions(world), before)
            self.assertEqual({flag["state"] for flag in world.flags().values()}, {"new"})
            self.assertIn("write Task: looked for by identifier, then created or changed by id, by conditional create and update", self.findings(world))

    def test_kill_9_between_two_writes_doubles_nothing(self):
        with Writing(self.server, [CLEAN, OTHER]) as world:
            for writes in (1, 3, 5, 6):
                agent = subprocess.Popen(world.command("run", "--once"), stderr=subprocess.DEVNULL)
                until = time.monotonic() + 60
                while sum(self.counts(world).values()) < writes and agent.poll() is None and time.monotonic() < until:
                    pass
                agent.kill()
                agent.wait()
            self.cycle(world)
            self.assertEqual(doubles(world), [])
            self.assertEqual(self.counts(world), {"ResearchStudy": 1, "ResearchSubject": 2, "Task": 2, "List": 1, "Communication": 2})

    def test_what_people_do_in_the_ehr_moves_the_flag(self):
        with Writing(self.server, [CLEAN, OTHER]) as world:
            self.cycle(world)
            set_status(world, of_patient(world, "Task", CLEAN), "completed")
            set_status(world, of_patient(world, "ResearchSubject", OTHER), "ineligible")
            self.cycle(world)
            self.assertEqual({p: f["state"] for p, f in world.flags().items()}, {CLEAN: "contacted", OTHER: "screen_failed"})
            before = versions(world)
            self.cycle(world)
            self.assertEqual(versions(world), before)
            self.assertEqual(world.run("log", "verify").returncode, 0)

    def test_every_written_resource_is_valid_and_a_flaw_would_be_found(self):
        for language in ("en", "zh", "de"):
            with self.subTest(language), Writing(self.server, FEW) as world:
                world.configure(site="{id: rig, name: Rig, language: %s}" % language)
                self.cycle(world)
                resources = [each for type_ in TYPES for each in written_back(world, type_)]
                world.run("flags", "set", world.flags()[OTHER]["code"], "enrolled")
                world.put(pregabalin_order(CLEAN))
                self.cycle(world)
                resources += [each for type_ in TYPES for each in written_back(world, type_)]
                statuses = {(each["resourceType"], each["status"]) for each in resources}
                self.assertLessEqual({("Task", "cancelled"), ("Task", "requested"), ("ResearchSubject", "on-study"), ("ResearchSubject", "ineligible")}, statuses)
                self.assertEqual(self.errors_of(world, resources), [])
                (spoilt,) = [dict(each) for each in resources if each["resourceType"] == "List"][:1]
                spoilt["mode"] = "draft"
                self.assertNotEqual(self.errors_of(world, [spoilt]), [])

    def errors_of(self, world, resources):
        path = world.folder / "written.ndjson"
        path.write_text("\n".join(json.dumps(each) for each in resources) + "\n", encoding="utf-8")
        done = hapi.run("FhirValidate", path)
        self.assertIn("%d resources" % len(resources), done.stdout, done.stderr)
        return [line for line in done.stdout.splitlines() if ": ERROR:" in line or ": FATAL:" in line]


if __name__ == "__main__":
    with_servers(unittest.main)
