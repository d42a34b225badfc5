"""Puts the peers into a build folder: Node and npm from the registry by URL and hash, the rest by npm ci and its lock file."""
import base64
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import urllib.request
import zipfile

PEERS = pathlib.Path(__file__).resolve().parent.parent / "peers"
PINS = json.loads((PEERS / "pins.json").read_text())


class Unavailable(Exception):
    """The peers cannot be had here; says why."""


def fetch(name):
    """The bytes of a pinned file; what is not the pinned file is refused."""
    pin = PINS[name]
    try:
        with urllib.request.urlopen(pin["url"], timeout=120) as answer:
            content = answer.read()
    except OSError as error:
        raise Unavailable(f"{pin['url']}: {error}") from error
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != pin["integrity"]:
        raise Unavailable(f"{pin['url']} is not the file that was pinned")
    return content


def unpack(name, folder):
    with tarfile.open(fileobj=io.BytesIO(fetch(name))) as archive:
        archive.extractall(folder)  # its hash was checked: it holds what it held when it was pinned
    return folder / "package"


def take_out(name, member, target):
    with zipfile.ZipFile(io.BytesIO(fetch(name))) as archive:
        target.write_bytes(archive.read(member))


def stamp():
    """Changes when anything of the peers does."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(PEERS.iterdir()))).hexdigest()


def install(folder, question):
    """The folder with node, the peers' programs, and the question as ELM; nothing is done when all of it is there already."""
    done = folder / "done"
    wanted = stamp() + hashlib.sha256((question / "Trial20.cql").read_bytes()).hexdigest()
    if done.exists() and done.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    node = unpack("node", folder / "node") / "bin/node"
    node.chmod(0o755)
    npm = unpack("npm", folder / "npm") / "bin/npm-cli.js"
    for file in PEERS.iterdir():
        shutil.copy(file, folder)
    environment = {**os.environ, "PATH": f"{node.parent}:{os.environ['PATH']}", "npm_config_cache": str(folder / "cache"), "npm_config_userconfig": os.devnull}
    installed = subprocess.run([node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if installed.returncode != 0:
        raise Unavailable("npm ci: " + installed.stderr.strip()[-500:])
    shutil.rmtree(folder / "cache", ignore_errors=True)
    shutil.rmtree(folder / "npm", ignore_errors=True)
    take_out("system-model", "org/hl7/elm/r1/system-modelinfo.xml", folder / "system-modelinfo.xml")
    take_out("fhir-helpers", "org/hl7/fhir/FHIRHelpers-4.0.1.cql", folder / "FHIRHelpers.cql")
    subprocess.run([node, "translate.mjs", question / "Trial20.cql", ".", "elm"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    done.write_text(wanted)
    return folder


def node_of(folder):
    return str(folder / "node/package/bin/node")


def versions():
    lock = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    names = ("cql-execution", "cql-exec-fhir", "@cqframework/cql", "@duckdb/node-api")
    found = {name: lock[f"node_modules/{name}"]["version"] for name in names}
    return {"node": PINS["node"]["url"].rsplit("-", 1)[1].removesuffix(".tgz"), **found}
