"""trialflag keys: a key pair is made for its owner alone, never over another, and its public half is shown as the EHR wants it.
Usage: keys_test.py BINARY"""
import base64
import hashlib
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()


def thumbprint(key):
    """RFC 7638."""
    names = ("crv", "kty", "x", "y") if key["kty"] == "EC" else ("e", "kty", "n")
    text = json.dumps({name: key[name] for name in names}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


class Keys(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="trialflag-keys-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.file = self.folder / "key.pem"

    def run_keys(self, *words, status=0):
        environment = {name: value for name, value in os.environ.items() if name != "TRIALFLAG_CONFIG"}
        done = subprocess.run([BINARY, "keys", *words], capture_output=True, text=True, env=environment, umask=0, check=False)
        self.assertEqual(status, done.returncode, done.stderr)
        self.assertNotIn("PRIVATE", done.stdout + done.stderr)
        return done

    def key_of(self, done):
        return json.loads(done.stdout)["keys"][0]

    def configure(self, **auth):
        config = self.folder / "agent.yaml"
        config.write_text(json.dumps({"ehr": {"auth": {"kind": "smart_backend", **auth}}}))
        return "--config", config

    def test_new_makes_a_file_that_its_owner_alone_may_read_and_prints_what_is_public(self):
        done = self.run_keys("new", self.file)
        self.assertEqual(0o600, stat.S_IMODE(self.file.stat().st_mode))
        key = self.key_of(done)
        self.assertEqual(("EC", "P-384", "ES384", "sig"), (key["kty"], key["crv"], key["alg"], key["use"]))
        self.assertEqual({"kty", "crv", "x", "y", "kid", "use", "alg"}, set(key))
        self.assertEqual(thumbprint(key), key["kid"])
        self.assertIn("key_id: " + key["kid"], done.stderr)
        self.assertIn("administrator", done.stderr)

    def test_jwks_prints_the_same_again(self):
        made = self.run_keys("new", self.file)
        self.assertEqual(made.stdout, self.run_keys("jwks", self.file).stdout)

    def test_an_rsa_key_is_made_when_it_is_asked_for(self):
        key = self.key_of(self.run_keys("new", self.file, "--algorithm", "RS384", "--key-id", "agent/1"))
        self.assertEqual({"kty", "n", "e", "kid", "use", "alg"}, set(key))
        self.assertEqual(("RSA", "RS384", "agent/1"), (key["kty"], key["alg"], key["kid"]))
        self.assertGreaterEqual(len(key["n"]), 342)  # 2048 bits

    def test_a_file_that_is_there_is_never_overwritten(self):
        self.run_keys("new", self.file)
        before = self.file.read_bytes()
        self.assertIn("never overwritten", self.run_keys("new", self.file, status=2).stderr)
        self.assertEqual(before, self.file.read_bytes())
        link, target = self.folder / "link.pem", self.folder / "target"
        link.symlink_to(target)
        self.run_keys("new", link, status=2)
        self.assertFalse(target.exists())

    def test_a_folder_that_is_not_there_is_told(self):
        self.assertIn("check the folder", self.run_keys("new", self.folder / "none" / "key.pem", status=1).stderr)

    def test_the_configuration_names_the_file_the_algorithm_and_the_key_id_unless_the_command_does(self):
        config = self.configure(key_file="key.pem", key_id="k1", algorithm="RS384")
        key = self.key_of(self.run_keys("new", *config))
        self.assertEqual(("k1", "RS384"), (key["kid"], key["alg"]))
        self.assertEqual(key, self.key_of(self.run_keys("jwks", *config)))
        self.assertEqual("k1", self.key_of(self.run_keys("jwks", self.file, *config))["kid"])
        other = self.key_of(self.run_keys("new", self.folder / "other.pem", "--algorithm", "ES384", *config))
        self.assertEqual((thumbprint(other), "ES384"), (other["kid"], other["alg"]))

    def test_several_files_are_one_set(self):
        first = self.key_of(self.run_keys("new", self.file))
        second = self.key_of(self.run_keys("new", self.folder / "b.pem"))
        self.assertEqual([first, second], json.loads(self.run_keys("jwks", self.file, self.folder / "b.pem").stdout)["keys"])
        self.run_keys("jwks", self.file, self.folder / "b.pem", "--key-id", "k", status=2)

    def test_wrong_use_is_told_with_what_to_do(self):
        self.assertIn("ehr.auth.key_file", self.run_keys("new", *self.configure(), status=2).stderr)
        self.assertIn("cannot be read", self.run_keys("jwks", self.file, status=2).stderr)
        self.assertIn("agent.yaml:1", self.run_keys("new", *self.configure(algorithm="HS256"), status=2).stderr)
        self.run_keys("new", self.file, "--algorithm", "HS256", status=2)
        self.run_keys(status=2)
        for command in ("new", "jwks"):
            self.assertIn("Example: trialflag keys", self.run_keys(command, "--help").stdout)


if __name__ == "__main__":
    unittest.main()
