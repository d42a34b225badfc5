"""Puts a peer that npm knows into a build folder. Node and npm are the benchmark's, by the same pins; the rest comes by the peer's lock file."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.error

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bench"))
sys.path.insert(0, str(ROOT / "tests/support"))
from harness import peers  # noqa: E402

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


def stamp(here, files):
    pins = {name: peers.PINS[name] for name in ("node", "npm")}
    return hashlib.sha256(json.dumps(pins).encode() + b"".join((here / name).read_bytes() for name in files)).hexdigest()


def install(here, files, folder):
    """The folder with node, `files` of `here`, and what their lock file names; nothing is done when all of it is there already."""
    done = folder / "done"
    if done.exists() and done.read_text() == stamp(here, files):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    node = unpack("node", folder / "node") / "bin/node"
    node.chmod(0o755)
    npm = unpack("npm", folder / "npm") / "bin/npm-cli.js"
    for name in files:
        shutil.copy(here / name, folder)
    environment = {**os.environ, "PATH": f"{node.parent}:{os.environ['PATH']}", "npm_config_cache": str(folder / "cache"), "npm_config_userconfig": os.devnull}
    installed = subprocess.run([node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if installed.returncode != 0:
        said = installed.stderr.strip()[-500:]
        raise (Unreachable if any(sign in said for sign in NO_NETWORK) else RuntimeError)("npm ci: " + said)
    shutil.rmtree(folder / "cache", ignore_errors=True)
    shutil.rmtree(folder / "npm", ignore_errors=True)
    done.write_text(stamp(here, files))
    return folder


def node(folder):
    return folder / "node/package/bin/node"
