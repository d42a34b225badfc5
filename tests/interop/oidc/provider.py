"""Puts oidc-provider into a build folder and runs it."""
import json
import pathlib
import sys
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))
import npm  # noqa: E402
from npm import Unreachable  # noqa: E402,F401
from rig import Server  # noqa: E402

FILES = ("package.json", "package-lock.json", "server.mjs")


def install(folder):
    """The folder with node, the provider and its server; nothing is done when all of it is there already."""
    return npm.install(HERE, FILES, folder)


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
