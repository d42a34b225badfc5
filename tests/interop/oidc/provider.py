"""Puts oidc-provider into a build folder and runs it. Node and npm are the benchmark's, by the same pins; the rest comes by the lock file."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests/bench"))
sys.path.insert(0, str(ROOT / "tests/support"))
from harness import peers  # noqa: E402
from rig import Server  # noqa: E402

FILES = ("package.json", "package-lock.json", "server.mjs")
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ERR_SOCKET_TIMEOUT")


class Unreachable(Exception):
    """The registry cannot be reached from here; anything else that goes wrong is a failure."""


def unpack(name, folder):
    try:
        return peers.unpack(name, folder)
    except peers.Unavailable as error:
        if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, urllib.error.HTTPError):
            raise Unreachable(str(error)) from error
        raise


def stamp():
    pins = {name: peers.PINS[name] for name in ("node", "npm")}
    return hashlib.sha256(json.dumps(pins).encode() + b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()


def install(folder):
    """The folder with node, the provider and its server; nothing is done when all of it is there already."""
    done = folder / "done"
    if done.exists() and done.read_text() == stamp():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    node = unpack("node", folder / "node") / "bin/node"
    node.chmod(0o755)
    npm = unpack("npm", folder / "npm") / "bin/npm-cli.js"
    for name in FILES:
        shutil.copy(HERE / name, folder)
    environment = {**os.environ, "PATH": f"{node.parent}:{os.environ['PATH']}", "npm_config_cache": str(folder / "cache"), "npm_config_userconfig": os.devnull}
    installed = subprocess.run([node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if installed.returncode != 0:
        said = installed.stderr.strip()[-500:]
        raise (Unreachable if any(sign in said for sign in NO_NETWORK) else RuntimeError)("npm ci: " + said)
    shutil.rmtree(folder / "cache", ignore_errors=True)
    shutil.rmtree(folder / "npm", ignore_errors=True)
    done.write_text(stamp())
    return folder


class Authority:
    """The provider with some clients, before a hospital (its FHIR base). Use as a context manager."""

    def __init__(self, installed, work, hospital, **settings):
        self.installed, self.hospital, self.file = installed, hospital, work / "clients.json"
        self.file.write_text(json.dumps(settings))

    def __enter__(self):
        self.server = Server(self.installed / "node/package/bin/node", self.installed / "server.mjs", self.hospital, self.file)
        self.fhir = self.server.ready
        self.origin = self.fhir.removesuffix("/fhir")
        return self

    def __exit__(self, *_):
        self.server.stop()

    def tokens(self):
        """Every token request so far, as server.mjs lists them."""
        return self.control("tokens")

    def refused(self):
        """How many requests for records had no token that is good."""
        return self.control("refused")

    def control(self, what):
        with urllib.request.urlopen(self.origin + "/control/" + what, timeout=10) as answer:
            return json.load(answer)

    def post_token(self, form):
        """The status and the body of a token request of one's own."""
        try:
            with urllib.request.urlopen(self.origin + "/token", data=form.encode(), timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
