"""The agent signs in to a real authorisation server, oidc-provider, with keys of its own making: what the provider takes and refuses.
Usage: oidc_test.py BINARY. Exit status 77 when the package registry cannot be reached, so that there is no provider."""
import base64
import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest
import urllib.parse

import provider
from rig import Rig

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
CLEAN = "adult-today"
SKIPPED = 77
TYPES = ("Patient Condition Observation MedicationRequest MedicationStatement MedicationDispense MedicationAdministration Medication AllergyIntolerance "
         "Procedure ServiceRequest CarePlan Encounter Consent QuestionnaireResponse").split()
SCOPES = [f"system/{type_}.rs" for type_ in TYPES]
INSTALLED = provider.ROOT / "build/interop/oidc"


def part_of(assertion, number):
    text = assertion.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class World:
    """A hospital whose records are behind the provider, and an agent that is registered there as the client `trialflag`."""

    def __init__(self, algorithm="ES384", registered="ES384", scopes=None, **settings):
        self.rig = Rig(BINARY, only=[CLEAN])
        self.algorithm, self.registered, self.scopes, self.settings = algorithm, registered, scopes or SCOPES, settings

    def __enter__(self):
        self.rig.__enter__()
        key = self.rig.folder / "agent.key.pem"
        made = self.rig.run("keys", "new", key, "--algorithm", self.algorithm, "--key-id", "agent/1")
        assert made.returncode == 0, made.stderr
        self.jwks = json.loads(made.stdout)
        client = {"client_id": "trialflag", "jwks": self.jwks, "scope": " ".join(self.scopes)}
        if self.registered == self.algorithm:
            client["token_endpoint_auth_signing_alg"] = self.algorithm
        self.authority = provider.Authority(INSTALLED, self.rig.folder, self.rig.base, clients=[client], scopes=SCOPES, **self.settings)
        self.authority.__enter__()
        self.rig.configure(base=self.authority.fhir, ehr=f", auth: {{kind: smart_backend, client_id: trialflag, key_file: {key}, key_id: agent/1}}")
        return self

    def __exit__(self, *_):
        self.authority.__exit__()
        self.rig.__exit__()


class SignedIn(unittest.TestCase):
    def cycle(self, world, status=0):
        done = world.rig.once()
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertNotIn("eyJ", done.stderr)  # how every assertion begins
        return done

    def state_of(self, world, type_):
        return {line["name"]: line["state"] for line in world.rig.list("status") if line["kind"] == "type"}[type_]

    def test_with_either_algorithm_the_whole_hospital_is_read_on_one_token(self):
        for algorithm in ("ES384", "RS384"):
            with self.subTest(algorithm), World(algorithm, algorithm) as world:
                self.assertEqual(world.rig.run("check").returncode, 0)
                self.cycle(world)
                self.assertEqual(world.rig.statuses(), {CLEAN: "potentially_eligible"})
                tokens = world.authority.tokens()
                self.assertEqual([None], [each["error"] for each in tokens])
                self.assertEqual(sorted(SCOPES), sorted(tokens[0]["granted"].split()))
                self.assertEqual({"alg": algorithm, "kid": "agent/1", "typ": "JWT"}, part_of(tokens[0]["assertion"], 0))
                claims = part_of(tokens[0]["assertion"], 1)
                self.assertEqual({"iss", "sub", "aud", "exp", "jti"}, set(claims))
                self.assertEqual(world.authority.origin + "/token", claims["aud"])
                self.assertLessEqual(claims["exp"] - time.time(), 300)

    def test_an_assertion_that_was_seen_is_refused_and_the_agent_never_sends_it_again(self):
        with World() as world:
            self.cycle(world)
            self.cycle(world)
            tokens = world.authority.tokens()
            self.assertEqual(2, len({part_of(each["assertion"], 1)["jti"] for each in tokens}))
            form = {"grant_type": "client_credentials", "scope": SCOPES[0], "client_assertion": tokens[0]["assertion"],
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
            status, said = world.authority.post_token(urllib.parse.urlencode(form))
            self.assertIn(status, (400, 401))
            self.assertEqual("invalid_client", said["error"])

    def test_a_daemon_renews_its_token_before_it_ends(self):
        with World(ttl=2) as world, subprocess.Popen(world.rig.command("run"), stderr=subprocess.PIPE, text=True) as daemon:
            deadline = time.monotonic() + 60
            while len(world.authority.tokens()) < 4 and time.monotonic() < deadline:
                time.sleep(0.1)
            daemon.send_signal(signal.SIGTERM)
            said = daemon.communicate(timeout=20)[1]
            self.assertEqual(0, daemon.returncode, said)
            self.assertNotIn("401", said)
            tokens = world.authority.tokens()
            self.assertGreaterEqual(len(tokens), 4)
            self.assertEqual({None}, {each["error"] for each in tokens})
            self.assertEqual(world.rig.statuses(), {CLEAN: "potentially_eligible"})

    def test_a_token_that_is_taken_away_early_is_replaced_in_the_middle_of_a_cycle(self):
        with World(uses=7) as world:
            self.cycle(world)
            self.assertEqual(world.rig.statuses(), {CLEAN: "potentially_eligible"})
            self.assertGreater(len(world.authority.tokens()), 2)
            # Each refusal cost one more token, or none, where questions asked at once were refused together.
            self.assertLessEqual(len(world.authority.tokens()) - 1, world.authority.refused())

    def test_a_scope_that_the_client_does_not_have_costs_its_type_alone(self):
        without = [scope for scope in SCOPES if "Consent" not in scope]
        with World(scopes=without) as world:
            done = self.cycle(world, status=1)
            self.assertIn("Consent", done.stderr)
            self.assertEqual("not_granted", self.state_of(world, "Consent"))
            self.assertEqual("ok", self.state_of(world, "Condition"))
            tokens = world.authority.tokens()
            self.assertEqual("invalid_scope", tokens[0]["error"])
            self.assertEqual(sorted(without), sorted(tokens[-1]["granted"].split()))

    def test_a_key_that_is_not_registered_is_exit_4_after_two_attempts(self):
        with World() as world:
            (world.rig.folder / "agent.key.pem").unlink()
            self.assertEqual(world.rig.run("keys", "new", "--key-id", "agent/1").returncode, 0)  # the configuration names the file
            done = self.cycle(world, status=4)
            self.assertIn("does not believe our signature", done.stderr)
            self.assertIn("trialflag keys jwks", done.stderr)
            self.assertEqual(["invalid_client"] * 2, [each["error"] for each in world.authority.tokens()])

    def test_while_keys_are_changed_the_set_of_both_lets_each_sign_in(self):
        with World("RS384", "RS384") as world:
            old, new = world.rig.folder / "agent.key.pem", world.rig.folder / "new.key.pem"
            self.assertEqual(0, world.rig.run("keys", "new", new, "--algorithm", "ES384").returncode)
            shown = world.rig.run("keys", "jwks", old, new)
            self.assertEqual(0, shown.returncode, shown.stderr)
            both = json.loads(shown.stdout)["keys"]
            self.assertEqual(["agent/1", "RS384", "ES384"], [both[0]["kid"], both[0]["alg"], both[1]["alg"]])
            client = {"client_id": "trialflag", "jwks": {"keys": both}, "scope": " ".join(SCOPES)}
            with provider.Authority(INSTALLED, world.rig.folder, world.rig.base, clients=[client], scopes=SCOPES) as authority:
                for key, more in ((old, ", key_id: agent/1"), (new, "")):
                    world.rig.configure(base=authority.fhir, ehr=f", auth: {{kind: smart_backend, client_id: trialflag, key_file: {key}{more}}}")
                    self.cycle(world)
                heads = [part_of(each["assertion"], 0) for each in authority.tokens()]
                self.assertEqual([(each["kid"], each["alg"]) for each in both], [(head["kid"], head["alg"]) for head in heads])

    def test_check_refuses_a_key_that_others_may_read_by_file_and_line(self):
        with World() as world:
            (world.rig.folder / "agent.key.pem").chmod(0o644)
            for words in (("check",), ("run", "--once")):
                done = world.rig.run(*words)
                self.assertEqual(2, done.returncode)
                self.assertIn("agent.yaml:3: ehr.auth.key_file: the key file may be read by others", done.stderr)
            self.assertEqual([], world.authority.tokens())


if __name__ == "__main__":
    try:
        provider.install(INSTALLED)
    except provider.Unreachable as error:
        print(f"oidc: no provider to be had: {error}", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
