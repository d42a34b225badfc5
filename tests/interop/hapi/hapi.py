"""Builds the servers of src with Maven into a build folder and runs them: HAPI FHIR as others know it, nothing of it written here."""
import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
INSTALLED = ROOT / "build/interop/hapi"
sys.path.insert(0, str(ROOT / "tests/support"))
sys.path.insert(0, str(ROOT / "tests/interop"))
from rig import Server  # noqa: E402

NO_NETWORK = ("Unknown host", "Temporary failure in name resolution", "Connection refused", "connect timed out", "Connect timed out",
              "Connection timed out", "No route to host", "Network is unreachable")


class Unavailable(Exception):
    """There is no Java here to build with, or the registry cannot be reached; anything else that goes wrong is a failure."""


def sources():
    return [HERE / "pom.xml", *sorted((HERE / "src").rglob("*.java"))]


def stamp():
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources())).hexdigest()


def install(folder=INSTALLED):
    """The folder with the built servers; nothing is done when they are there already."""
    for command in ("java", "javac", "mvn"):
        if shutil.which(command) is None:
            raise Unavailable(f"there is no {command}")
    done = folder / "done"
    if done.exists() and done.read_text() == stamp():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    for path in sources():
        copy = folder / path.relative_to(HERE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    built = subprocess.run(["mvn", "-B", "-q", "package"], cwd=folder, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        said = built.stdout + built.stderr
        raise (Unavailable if any(sign in said for sign in NO_NETWORK) else RuntimeError)("mvn package: " + said.strip()[:1000])
    done.write_text(stamp())
    return folder


def start(main, memory, folder=INSTALLED, **settings):
    """A server on a free port of loopback; `ready` is its base. It logs into the folder."""
    return Server(*command(main, memory, folder, **settings))


def run(main, *words, memory="1g", folder=INSTALLED):
    """A program of src that ends by itself."""
    return subprocess.run([*command(main, memory, folder), *map(str, words)], capture_output=True, text=True, check=False)


def command(main, memory, folder, **settings):
    target = folder / "target"
    options = [f"-Xmx{memory}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
               f"-Dorg.slf4j.simpleLogger.logFile={folder / main}.log"]
    options += [f"-Dpeer.{name}={value}" for name, value in settings.items()]
    return ["java", *options, "-cp", f"{target / 'hapi-peers-1.jar'}:{target / 'lib'}/*", "peer." + main]
