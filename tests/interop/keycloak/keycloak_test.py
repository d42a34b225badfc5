"""By option, for it fetches 180 MB: the agent signs in to Keycloak by SMART Backend Services. Usage: keycloak_test.py BINARY. Needs Java and Maven."""
import base64
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from passage import Passage  # noqa: E402
from world import BINARY, CLEAN, ROOT  # noqa: E402
from rig import Rig  # noqa: E402

VERSION = "26.7.3"
INSTALLED = ROOT / "build/interop/keycloak"
HOME = INSTALLED / f"keycloak-{VERSION}"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
SCOPE = "system/*.read"


def install():
    if (INSTALLED / "done").exists():
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mvn", "-B", "-q", COPY, f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip", "-DoutputDirectory=."], cwd=INSTALLED, check=True)
    with zipfile.ZipFile(INSTALLED / f"keycloak-quarkus-dist-{VERSION}.zip") as archive:
        archive.extractall(INSTALLED)
    (HOME / "bin/kc.sh").chmod(0o755)
    subprocess.run([HOME / "bin/kc.sh", "build", "--db=dev-mem", "--cache=local"], check=True)
    (INSTALLED / "done").touch()


def client(name, algorithm, jwks):
    return {"clientId": name, "enabled": True, "publicClient": False, "standardFlowEnabled": False, "directAccessGrantsEnabled": False,
            "serviceAccountsEnabled": True, "clientAuthenticatorType": "client-jwt", "defaultClientScopes": [], "optionalClientScopes": [SCOPE],
            "attributes": {"use.jwks.string": "true", "jwks.string": json.dumps(jwks), "token.endpoint.auth.signing.alg": algorithm}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Keycloak:
    """With the realm `hospital` and these clients."""

    def __init__(self, clients):
        scope = {"name": SCOPE, "protocol": "openid-connect", "attributes": {"include.in.token.scope": "true", "display.on.consent.screen": "false"}}
        realm = {"realm": "hospital", "enabled": True, "sslRequired": "none", "accessTokenLifespan": 120, "clientScopes": [scope], "clients": clients}
        (HOME / "data/import").mkdir(parents=True, exist_ok=True)
        (HOME / "data/import/hospital-realm.json").write_text(json.dumps(realm))
        port = free_port()
        self.realm = f"http://127.0.0.1:{port}/realms/hospital"
        self.token_url = self.realm + "/protocol/openid-connect/token"
        # Without --cache=local it would open ports to the world.
        command = [HOME / "bin/kc.sh", "start", "--optimized", "--cache=local", "--http-enabled=true", "--hostname-strict=false",
                   "--http-host=127.0.0.1", f"--http-port={port}", "--import-realm"]
        options = "-Xmx512m -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true"
        with open(INSTALLED / "keycloak.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "JAVA_OPTS_APPEND": options}, start_new_session=True)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 300
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.realm, timeout=5).close()
                return
            except OSError:
                time.sleep(0.5)
        self.stop()
        raise RuntimeError("Keycloak did not start: see " + str(INSTALLED / "keycloak.log"))

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # the script and its Java, a group of their own
        self.process.wait()


class SignedInByKeycloak(unittest.TestCase):
    def setUp(self):
        self.rig = Rig(BINARY, only=[CLEAN])
        self.rig.__enter__()
        self.addCleanup(self.rig.__exit__)
        self.tokens = set()
        self.passage = Passage(self.rig.base, lambda _, headers: self.tokens.add(headers.get("Authorization", "").removeprefix("Bearer ")))
        self.addCleanup(self.passage.stop)

    def new_key(self, algorithm):
        made = self.rig.run("keys", "new", self.rig.folder / f"{algorithm}.pem", "--algorithm", algorithm)
        self.assertEqual(made.returncode, 0, made.stderr)
        return json.loads(made.stdout)

    def sign_in_as(self, algorithm, key, keycloak):
        auth = f"kind: smart_backend, client_id: agent-{algorithm}, key_file: {key}.pem, token_url: {keycloak.token_url}, scopes: '{SCOPE}'"
        self.rig.configure(base=self.passage.ready, ehr=f", auth: {{{auth}}}, allowed_origins: []")
        return self.rig.once()

    def test_with_either_algorithm_the_hospital_is_read_and_with_a_key_that_is_not_registered_it_is_not(self):
        keycloak = Keycloak([client("agent-" + algorithm, algorithm, self.new_key(algorithm)) for algorithm in ("ES384", "RS384")])
        self.addCleanup(keycloak.stop)
        for algorithm in ("ES384", "RS384"):
            self.tokens.clear()
            done = self.sign_in_as(algorithm, algorithm, keycloak)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.rig.statuses(), {CLEAN: "potentially_eligible"})
            (token,) = self.tokens
            body = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            self.assertEqual((claims["iss"], claims["azp"], claims["scope"]), (keycloak.realm, "agent-" + algorithm, SCOPE))
        (self.rig.folder / "ES384.pem").unlink()
        self.new_key("ES384")
        refused = self.sign_in_as("ES384", "ES384", keycloak)
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("does not believe our signature", refused.stderr)


if __name__ == "__main__":
    install()
    unittest.main()
