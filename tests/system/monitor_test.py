#!/usr/bin/python3
"""The running agent as others see it: metrics, health, one line in the log at a change of state, files taken up while it runs, and hints."""
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402
from rig import Rig, in_error  # noqa: E402

BINARY = None
PATIENT = "adult-today"
SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "config/trials/NCT07230171.yaml"


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


class Agent:
    """`trialflag run` beside a rig."""

    def __init__(self, rig, port):
        self.port, self.log = port, rig.folder / "agent.log"
        self.file = open(self.log, "a", encoding="utf-8")
        self.process = subprocess.Popen(rig.command("run"), stderr=self.file, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.file.close()

    def get(self, path):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metrics(self):
        text = self.get("/metrics")[1]
        return {(s.name, *sorted(s.labels.values())): s.value for f in text_string_to_metric_families(text) for s in f.samples}

    def value(self, *key):
        return self.metrics().get(key)

    def lines(self, pattern):
        return re.findall(pattern, self.log.read_text(encoding="utf-8"))

    def until(self, what, seconds=40):
        """Waits until `what` holds; whatever it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            got = what()
            if got:
                return got
            time.sleep(0.05)
        raise AssertionError("not within %d s; the log:\n%s" % (seconds, self.log.read_text(encoding="utf-8")))

    def cycles(self, more):
        now = self.value("trialflag_cycles_total") or 0
        self.until(lambda: (self.value("trialflag_cycles_total") or 0) >= now + more)


class Monitor(unittest.TestCase):
    def rig(self, **options):
        self.port = free_port()
        options.setdefault("extra", "metrics: {listen: '127.0.0.1:%d'}" % self.port)
        return Rig(BINARY, only=[PATIENT], **options)

    def status(self, rig, kind):
        return [line for line in rig.list("status") if line["kind"] == kind]

    def test_shows_what_it_does_and_that_it_is_well(self):
        with self.rig() as rig, Agent(rig, self.port) as agent:
            agent.until(lambda: agent.get("/readyz")[0] == 200)
            self.assertEqual((200, "ok\n"), agent.get("/healthz"))
            metrics = agent.metrics()
            self.assertEqual(1, metrics["trialflag_type_state", "Condition", "ok"])
            self.assertEqual(1, metrics["trialflag_flags", "NCT07230171", "potentially_eligible"])
            self.assertEqual(1, metrics["trialflag_notices_sent_total",])
            self.assertGreater(metrics["trialflag_ehr_answers_total", "2xx"], 10)
            self.assertGreater(metrics["trialflag_ehr_received_bytes_total",], 1000)
            self.assertLess(abs(metrics["trialflag_ehr_clock_ahead_seconds",]), 30)
            self.assertGreater(metrics["trialflag_records_touched_total", "Condition"], 0)
            self.assertEqual(404, agent.get("/")[0])
            self.assertNotIn(PATIENT, agent.get("/metrics")[1])
            self.assertNotIn(PATIENT, agent.log.read_text())

    def test_r04_an_outage_is_one_alarm_and_one_recovery(self):
        with self.rig() as rig, Agent(rig, self.port) as agent:
            agent.until(lambda: agent.get("/readyz")[0] == 200)
            rig.fault(kind="status", status=503, times=100000)
            agent.until(lambda: agent.value("trialflag_ehr_up") == 0)
            agent.cycles(4)
            self.assertEqual((503, "the EHR could not be read\n"), agent.get("/readyz"))
            self.assertEqual(200, agent.get("/healthz")[0])
            self.assertEqual(1, rig.run("status").returncode)
            self.assertEqual(["EHR"], [line["name"] for line in self.status(rig, "trouble")])
            rig.mend()
            agent.until(lambda: agent.get("/readyz")[0] == 200)
            self.assertEqual(1, len(agent.lines("the EHR could not be read")))
            self.assertEqual(1, len(agent.lines(r"the EHR is read again \(after")))
            self.assertEqual([], agent.lines("Condition was not read whole"))
            self.assertEqual([], self.status(rig, "trouble"))
            self.assertGreater(agent.value("trialflag_ehr_answers_total", "5xx"), 0)

    def test_a_type_that_fails_is_said_when_it_begins_and_when_it_is_over(self):
        with self.rig() as rig, Agent(rig, self.port) as agent:
            agent.until(lambda: agent.get("/readyz")[0] == 200)
            rig.fault(kind="status", status=403, type="Encounter", times=100000)
            agent.until(lambda: agent.value("trialflag_type_state", "Encounter", "not_granted"))
            agent.cycles(2)
            self.assertIn("Encounter: the EHR does not let us read it\n", agent.get("/readyz")[1])
            rig.mend()
            agent.until(lambda: agent.value("trialflag_type_state", "Encounter", "ok"))
            agent.until(lambda: agent.lines("Encounter is read whole again"))
            self.assertEqual(1, len(agent.lines("Encounter was not read whole")))

    def test_w07_records_that_changed_without_a_later_date_are_said_once_with_their_number(self):
        with self.rig() as rig:
            self.assertEqual(0, rig.once().returncode)
            diagnosis = rig.diagnosis(PATIENT)
            former = rig.get(diagnosis)["meta"]["lastUpdated"]
            rig.change(diagnosis, verificationStatus={"coding": [{"code": "refuted"}]})
            rig.fault(kind="replace", type="Condition", times=1000, find=rig.get(diagnosis)["meta"]["lastUpdated"], **{"with": former})
            done = rig.once()
            self.assertEqual("ineligible", rig.statuses()[PATIENT])
            self.assertEqual(1, done.stderr.count("Condition: 1 record changed without a later meta.lastUpdated than before"), done.stderr)
            self.assertNotIn(PATIENT, done.stderr)
            self.assertNotIn("lastUpdated", rig.once().stderr)

    def test_w05_a_clock_that_is_off_is_said_once(self):
        with self.rig() as rig:
            rig.control("POST", "clock", {"ahead_s": 86400})
            with Agent(rig, self.port) as agent:
                agent.until(lambda: (agent.value("trialflag_ehr_clock_ahead_seconds") or 0) > 86000)
                agent.cycles(2)
                self.assertEqual(1, len(agent.lines("EHR's clock is 2[34] h .* ahead of this machine's")))
                self.assertEqual(["clock"], [line["name"] for line in self.status(rig, "trouble")])

    def own_files(self, rig):
        """The site's trial file and its folder of mappings, in use."""
        trial, site = rig.folder / "trial.yaml", rig.folder / "site"
        site.mkdir()
        trial.write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
        (site / "codes.csv").write_text("system,code,concept,use\n")
        rig.extra += "\nmappings: [site]"
        rig.configure(trials="[trial.yaml]")
        return trial, site

    def test_takes_up_changed_files_and_keeps_the_old_ones_when_they_are_bad(self):
        with self.rig() as rig:
            trial, site = self.own_files(rig)
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.get("/readyz")[0] == 200)
                (site / "codes.csv").write_text("system,code,concept,use\nICD10,M79.7,nonsense,include\n")
                agent.until(lambda: agent.value("trialflag_mappings_kept_old") == 1)
                agent.cycles(2)
                self.assertEqual(1, len(agent.lines("those before them stay in use: .*codes.csv:2: ")))
                self.assertIn("have flaws", agent.get("/readyz")[1])
                row, = self.status(rig, "mappings")
                self.assertEqual("kept_old", row["state"])
                self.assertIn("codes.csv:2: ", row["error"])
                self.assertEqual("potentially_eligible", rig.statuses()[PATIENT])
            # A restart finds no sound files, but the last ones in the store.
            once = rig.once()
            self.assertEqual(1, once.returncode, once.stderr)
            self.assertEqual("potentially_eligible", rig.statuses()[PATIENT])
            trial.write_text("id: NCT07230171\n", encoding="utf-8")
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.value("trialflag_mappings_kept_old") == 1)
                (site / "codes.csv").write_text("system,code,concept,use\nICD10,Z99.9,drug_pregabalin,ignore\n")
                trial.write_text(SHIPPED.read_text(encoding="utf-8").replace("at_least: 18", "at_least: 95", 1), encoding="utf-8")
                agent.until(lambda: agent.value("trialflag_mappings_kept_old") == 0)
                agent.until(lambda: agent.lines("sound again and in use"))
                agent.until(lambda: rig.statuses()[PATIENT] == "ineligible")

    def test_a_hangup_does_not_end_it(self):
        with self.rig() as rig, Agent(rig, self.port) as agent:
            agent.until(lambda: agent.get("/readyz")[0] == 200)
            agent.process.send_signal(signal.SIGHUP)
            agent.until(lambda: agent.lines("SIGHUP: .* needs a restart"))
            agent.cycles(1)
            self.assertIsNone(agent.process.poll())

    def test_goes_on_without_a_folder_or_trial_file_that_is_away(self):
        with self.rig() as rig:
            trial, site = self.own_files(rig)
            self.assertEqual(0, rig.once().returncode)
            for path in (site, trial):
                with self.subTest(path.name):
                    away = path.rename(path.with_suffix(".away"))
                    with Agent(rig, self.port) as agent:
                        agent.until(lambda: agent.value("trialflag_mappings_kept_old") == 1)
                        row, = self.status(rig, "mappings")
                        self.assertEqual("kept_old", row["state"])
                        self.assertIn(path.name, row["error"])
                        told = rig.run("status").stdout  # the table has no room for it, so that it follows
                        self.assertIn("".join(row["error"].split()), "".join(told.split()))
                        self.assertLessEqual(max(len(line) for line in told.splitlines()), 80)
                        self.assertEqual("potentially_eligible", rig.statuses()[PATIENT])
                        away.rename(path)
                        agent.until(lambda: agent.value("trialflag_mappings_kept_old") == 0)
                        away = path.rename(path.with_suffix(".away"))
                    once = rig.once()
                    self.assertEqual(1, once.returncode, once.stderr)
                    check = subprocess.run(rig.command("check"), capture_output=True, text=True)
                    self.assertEqual(2, check.returncode)
                    self.assertRegex(check.stderr, path.name + r"(:\d+)?: ")
                    away.rename(path)

    def test_without_any_sound_files_run_is_refused(self):
        with self.rig() as rig:
            (rig.folder / "site").mkdir()
            (rig.folder / "site/codes.csv").write_text("system,code,concept,use\nICD10,M79.7,nonsense,include\n")
            rig.extra += "\nmappings: [site]"
            rig.configure()
            once = rig.once()
            self.assertEqual(2, once.returncode, once.stderr)
            self.assertIn("codes.csv:2: ", once.stderr)

    def test_a_port_that_is_taken_costs_the_view_not_the_agent(self):
        with self.rig() as rig, socket.socket() as line:
            line.bind(("127.0.0.1", self.port))
            line.listen()
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.lines("metrics.listen: nobody can listen"))
                agent.until(lambda: PATIENT in rig.statuses())
                line.close()
                agent.until(lambda: agent.get("/healthz")[0] == 200)
                agent.until(lambda: agent.lines("can be listened at again"))

    def test_once_opens_no_port_and_subscribes_to_nothing(self):
        with self.rig(hospital=("--subscriptions",)) as rig, socket.socket() as line:
            line.bind(("127.0.0.1", self.port))
            line.listen()
            rig.configure(ehr=", subscribe: true")
            self.assertEqual(0, rig.once().returncode)
            self.assertEqual(0, rig.get("Subscription")["total"])

    def test_a_hint_brings_the_next_cycle_forward_and_nothing_else(self):
        with self.rig(hospital=("--subscriptions",)) as rig:
            hint = free_port()
            subscribe = ", subscribe: {listen: '127.0.0.1:%d', at_most_every: 1s}" % hint
            rig.configure(ehr=subscribe, poll="{every: 1h}")
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.value("trialflag_subscribed") == 1)
                found = [entry["resource"] for entry in rig.get("Subscription?_count=100")["entry"]]
                self.assertEqual({1}, {sum(s["criteria"] == other["criteria"] for other in found) for s in found})
                self.assertIn("Condition?", {s["criteria"] for s in found})
                endpoint, = {s["channel"]["endpoint"] for s in found}
                self.assertNotIn(endpoint.rsplit("/", 1)[1], agent.log.read_text(), "the secret stays out of the log")

                # A true one: the flag falls long before the next poll.
                self.assertEqual("potentially_eligible", rig.statuses()[PATIENT])
                rig.change(rig.diagnosis(PATIENT), **in_error())
                agent.until(lambda: rig.statuses()[PATIENT] == "ineligible")

                # A forged one is nothing; a flood of the endpoint's own is early cycles a second apart, and changes nothing.
                flags = rig.flags()
                mails = len(rig.mails())
                hints = agent.value("trialflag_hints_total")
                for path in ("/hint/forged", "/hint/", "/"):
                    with self.assertRaises(urllib.error.HTTPError):
                        urllib.request.urlopen("http://127.0.0.1:%d%s" % (hint, path), data=b"{}", timeout=5)
                early = agent.value("trialflag_early_cycles_total")
                begun = time.monotonic()
                for _ in range(300):
                    urllib.request.urlopen(endpoint, data=b"{}", timeout=5).close()
                agent.until(lambda: (agent.value("trialflag_hints_total") or 0) >= hints + 300)
                self.assertLessEqual(agent.value("trialflag_early_cycles_total") - early, time.monotonic() - begun + 1)
                self.assertEqual(flags, rig.flags())
                self.assertEqual(mails, len(rig.mails()))
            # After a restart the same Subscriptions serve: none is made twice.
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.value("trialflag_subscribed") == 1)
                self.assertEqual(len(found), rig.get("Subscription?_count=100")["total"])

    def test_lost_hints_cost_latency_alone(self):
        with self.rig() as rig:  # a server without Subscriptions
            rig.configure(ehr=", subscribe: {listen: '127.0.0.1:%d'}" % free_port())
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.lines("the EHR gives no hints, so changes are found by polling alone"))
                rig.change(rig.diagnosis(PATIENT), **in_error())
                agent.until(lambda: rig.statuses().get(PATIENT, "ineligible") == "ineligible")
                agent.cycles(2)
                self.assertEqual(1, len(agent.lines("the EHR gives no hints")))

    @staticmethod
    def asked(rig, method):
        return [r["path"] for r in rig.ask("GET", "requests") if r["method"] == method and "/Subscription" in r["path"]]

    def test_subscriptions_that_are_refused_are_not_asked_for_in_every_cycle(self):
        with self.rig(hospital=("--subscriptions",)) as rig:
            rig.configure(ehr=", subscribe: {listen: '127.0.0.1:%d'}" % free_port())
            rig.fault(kind="status", status=422, type="Subscription", method="POST", times=1000)
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.lines("the EHR gives no hints"))
                posts = len(self.asked(rig, "POST"))
                self.assertGreater(posts, 5)
                agent.cycles(4)
                self.assertEqual(posts, len(self.asked(rig, "POST")))
                self.assertEqual(1, len(agent.lines("the EHR gives no hints")))

    def test_subscriptions_that_the_ehr_has_ended_are_told_once_and_put_back_ever_later(self):
        with self.rig(hospital=("--subscriptions",)) as rig:
            rig.configure(ehr=", subscribe: {listen: '127.0.0.1:%d'}" % free_port())
            with Agent(rig, self.port) as agent:
                agent.until(lambda: agent.value("trialflag_subscribed") == 1)

                def end():
                    for entry in rig.get("Subscription?_count=100")["entry"]:
                        rig.put({**entry["resource"], "status": "error"})
                    rig.control("DELETE", "requests")

                end()
                agent.until(lambda: agent.lines("the EHR has set Subscriptions to error or off.*ehr.subscribe.url"))
                put = self.asked(rig, "PUT")
                self.assertEqual(len(set(put)), len(put))
                self.assertEqual(0, agent.value("trialflag_subscribed"))
                end()
                time.sleep(13)  # the next look is after ten seconds, the next attempt after twenty
                self.assertEqual([], self.asked(rig, "PUT"))
                self.assertTrue(self.asked(rig, "GET"))
                self.assertEqual(1, len(agent.lines("the EHR gives no hints")))


if __name__ == "__main__":
    BINARY = pathlib.Path(sys.argv.pop(1))
    unittest.main()
