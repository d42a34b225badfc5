"""The rows of the table: each runs its phases, alternating with its peer, and gives a ratio with what it was made of."""
import dataclasses
import gzip
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

from harness import measure, peers
from harness.gate import Gate
from harness.measure import alternate, median, run, said_cpu
from harness.whole_export import write_whole

INDEX = "2021-04-01"
PATIENT = re.compile('"reference":"Patient/([^"]*)"')
TAKES_ID = re.compile('"id":"([^"]*)"')
MADE = re.compile(rb'"id":"p([0-9]{7})')
AS_OF_MADE = "2026-11-22T00:00:00Z"


@dataclasses.dataclass
class Row:
    """One line of the report. `ratio` is None where a figure is refused; `why` says so."""

    number: str
    what: str
    ratio: float | None
    must: float
    aim: float
    parts: str
    why: str = ""
    lower_is_better: bool = False

    def verdict(self):
        if self.ratio is None:
            return "refused"
        met = (lambda bound: self.ratio <= bound) if self.lower_is_better else (lambda bound: self.ratio >= bound)
        return "aim" if met(self.aim) else "must" if met(self.must) else "missed"


def take_patients(packed, target, count):
    """The NDJSON of the first `count` patients (0: of all), whose lines come before those of their records."""
    with gzip.open(packed, "rt", encoding="utf-8") as lines, open(target, "w", encoding="utf-8") as out:
        chosen = set()
        for line in lines:
            id_ = json.loads(line)["id"] if line.startswith('{"resourceType":"Patient"') else None
            if id_ and (not count or len(chosen) < count):
                chosen.add(id_)
                out.write(line)
            elif id_ is None and (not count or PATIENT.search(line).group(1) in chosen):
                out.write(line)


def take_first(records, folder, count):
    """The export as it is when only the first `count` people are made: a person's records bear the person's number."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in records.glob("*.ndjson"):
        with open(file, "rb") as lines, open(folder / file.name, "wb") as out:
            out.writelines(line for line in lines if int(MADE.search(line).group(1)) < count)


def same_time_in(data):
    """Do records of the NDJSON bear one effectiveDateTime?"""
    def same_time(ids):
        found = {}
        with open(data, encoding="utf-8") as lines:
            for line in lines:
                record = TAKES_ID.search(line)
                if record and record.group(1) in ids:
                    found[record.group(1)] = json.loads(line).get("effectiveDateTime")
        return set(found) == set(ids) and None not in found.values() and len(set(found.values())) == 1
    return same_time


class Bench:
    """Where everything lies, and how each engine is called."""

    def __init__(self, root, build, peers_folder, question, data, work, size):
        self.root, self.build, self.peers, self.question, self.work, self.size = root, build, peers_folder, question, work, size
        self.program, self.trialflag = build / "trialflag_bench", build / "trialflag"
        self.packed, self.data = work / "six-types.ndjson.gz", work / "six-types.ndjson"
        self.node = peers.node_of(peers_folder)
        take_patients(data, self.data, size.patients)
        with open(self.data, "rb") as plain, gzip.GzipFile(self.packed, "wb", compresslevel=6, mtime=0) as packed:
            shutil.copyfileobj(plain, packed)
        self.facts, self.rows, self.gate = {}, [], None

    def ours(self, phase, *words, trial="trial20", state="state"):
        where = self.root / "tests/bench/trial20"
        tables, file, instant = (where / "tables", where / "trial.yaml", f"{INDEX}T00:00:00Z") if trial == "trial20" else (
            self.root / "mappings/tables", self.root / "config/trials/NCT07230171.yaml", AS_OF_MADE)
        return [self.program, phase, "--tables", tables, "--trial", file, "--as-of", instant, "--state", self.work / state, *words]

    def cql(self, phase, patients, *words, data=None):
        valuesets = self.question / "trial20-vs.json"
        return [self.node, self.peers / "cql.mjs", phase, self.peers / "elm", valuesets, data or self.data, "--patients", patients,
                "--index", f"{INDEX}T00:00:00.000+00:00", *words]

    def duck(self, phase, database, *words):
        return [self.node, self.peers / "duckdb.mjs", phase, database, "--index", f"{INDEX} 00:00:00", *words]

    def fresh(self, *names):
        for name in names:
            for path in self.work.glob(name + "*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def note(self, text):
        print(text, file=sys.stderr, flush=True)

    # ---- same answers, and what reading costs

    def answers(self):
        """Ingest by both, evaluation by all three, and the gate. Ingest is measured here, because it has to be done anyway."""
        self.note("ingest, ours and DuckDB's, and a bare pass")
        ours, ducks, bare, checked = [], [], [], []
        for _ in range(self.size.repeats):
            self.fresh("state", "duck.db")
            ours.append(run(self.ours("ingest", self.data)))
            ducks.append(run(self.duck("ingest", self.work / "duck.db", "--data", self.data)))
            bare.append(run([self.program, "pass", self.data]))
            checked.append(run([self.program, "pass-checked", self.data]))
        megabytes = self.data.stat().st_size / 1e6
        speed = {name: megabytes / median(said_cpu(costs)) for name, costs in (("ours", ours), ("duckdb", ducks), ("rapidjson", bare), ("rapidjson_checked", checked))}
        self.facts["ingest_mb_per_s"] = speed
        self.facts["ingest_peak_mb"] = max(cost.peak_mb for cost in ours)
        self.rows.append(Row("5", "ingest to committed state vs DuckDB read_json into tables, six types", speed["ours"] / speed["duckdb"], 0.8, 3,
                             f"{speed['ours']:.0f} MB/s, {speed['duckdb']:.0f} MB/s"))
        self.whole_export(ours[0].said, speed)
        mapped = run(self.ours("map")).said
        self.facts["screen_stored_charts_per_s"] = mapped["patients"] / mapped["cpu_s"][0]
        self.note("same answers?")
        tables = {name: self.work / f"{name}.tsv" for name in ("ours", "duckdb", "cql")}
        run(self.ours("evaluate", "--table", tables["ours"]))
        run(self.duck("evaluate", self.work / "duck.db", "--table", tables["duckdb"]))
        run(self.cql("evaluate", 0, "--table", tables["cql"], "--tuned"))
        self.gate = Gate(tables, same_time_in(self.data))
        return self.gate.passed

    def whole_export(self, of_six, speed):
        """The same patients as an export has them, with what is not read: of that only the six types may end in the state."""
        self.note("ingest of an export that holds other types too, and a bare pass")
        whole = self.work / "whole.ndjson"
        write_whole(self.data, whole)
        ours, bare = [], []
        for _ in range(self.size.repeats):
            self.fresh("wholestate")
            ours.append(run(self.ours("ingest", whole, state="wholestate")))
            bare.append(run([self.program, "pass", whole]))
        for what in ("patients", "records", "chart_bytes"):
            if ours[0].said[what] != of_six[what]:
                raise measure.Failed(f"of the export with other types {ours[0].said[what]} {what} are kept, of the six types alone {of_six[what]}")
        megabytes = whole.stat().st_size / 1e6
        rates = [megabytes / median(said_cpu(costs)) for costs in (ours, bare)]
        self.facts["ingest_whole_mb_per_s"] = {"ours": rates[0], "rapidjson": rates[1], "megabytes": megabytes}
        self.fresh("wholestate")
        whole.unlink()
        self.rows.append(Row("6", "ingest vs a bare RapidJSON SAX pass of the same file, an export", rates[0] / rates[1], 0.5, 1.2,
                             f"{rates[0]:.0f} MB/s, {rates[1]:.0f} MB/s",
                             f"three fifths of this file are made resources of types that are not read (harness/whole_export.py): each of them is asked for its resourceType, and "
                             f"passed over when R4 has it. Of the six types alone, each parsed and checked whole: {speed['ours'] / speed['rapidjson']:.2f} ({speed['ours']:.0f} MB/s, "
                             f"{speed['rapidjson']:.0f} MB/s; {speed['rapidjson_checked']:.0f} MB/s where the pass also checks strings for valid UTF-8, as ours does)"))

    # ---- evaluation

    def evaluation(self):
        self.note("evaluation, ours and cql-execution's")
        wanted = self.size.cql_patients
        shipped, ours = alternate(self.size.repeats, self.cql("evaluate", wanted), self.ours("evaluate", "--repeats", "3"))
        tuned = run(self.cql("evaluate", wanted, "--tuned"))
        rate = lambda costs: costs[0].said["patients"] / median(said_cpu(costs))
        self.facts["cql_patients_per_s"], self.facts["cql_tuned_patients_per_s"] = rate(shipped), rate([tuned])
        self.facts["cql_rss_mb"] = max(cost.peak_mb for cost in shipped)
        self.rows.append(Row("1", "evaluate patients/s vs cql-execution as shipped", rate(ours) / rate(shipped), 1000, 50000,
                             f"{rate(ours):,.0f}/s, {rate(shipped):.1f}/s (tuned: {rate([tuned]):.1f}/s)",
                             "cql-execution does the whole of CQL and UCUM; this ratio alone says little"))
        self.note(f"evaluation, ours and DuckDB's, {self.size.copies} copies")
        self.fresh("big", "bigduck.db")
        shutil.copytree(self.work / "state", self.work / "big")
        shutil.copy(self.work / "duck.db", self.work / "bigduck.db")
        run(self.ours("copy", "--copies", self.size.copies, state="big"))
        run(self.duck("copy", self.work / "bigduck.db", "--copies", self.size.copies))
        measure.forget(self.work / "big/state.db")
        cold = run(self.ours("evaluate", state="big"))
        duck = self.duck("evaluate", self.work / "bigduck.db", "--repeats", "3")
        ours, ducks, alone = alternate(self.size.repeats, self.ours("evaluate", "--repeats", "3", state="big"), duck, [*duck, "--question", "verdicts"])
        best = lambda costs: costs[0].said["patients"] / median([min(cost.said["cpu_s"]) for cost in costs])
        duck_rate, alone_rate = best(ducks), best(alone)
        patients = ours[0].said["patients"]
        self.facts["evaluate"] = {"patients": patients, "cold_per_s": rate([cold]), "cold_wall_s": cold.wall if measure.quiet() else None, "ours_per_s": best(ours),
                                  "duckdb_per_s": duck_rate, "duckdb_without_evidence_per_s": alone_rate, "digest": ours[0].said["digest"]}
        self.rows.append(Row("2", f"evaluate patients/s, evidence ids included, vs DuckDB at {patients:,} patients", best(ours) / duck_rate, 2, 10,
                             f"{best(ours):,.0f}/s, {duck_rate:,.0f}/s (of both the best of three warm runs)",
                             f"DuckDB asked for the verdicts alone, without evidence: {alone_rate:,.0f}/s, {best(ours) / alone_rate:.2f} of it"))
        memory = [max(cost.peak_mb for cost in costs) for costs in (ours, ducks)]
        self.rows.append(Row("8", f"peak RSS of re-screening {patients:,} stored patients, DuckDB / ours", memory[1] / memory[0], 20, 200,
                             f"{memory[0]:.0f} MB, {memory[1]:.0f} MB", "both from their database file; DuckDB within Node"))

    # ---- one new record

    def update(self):
        self.note("one new Observation")
        self.fresh("some", "someduck.db")
        shutil.copytree(self.work / "state", self.work / "some")
        shutil.copy(self.work / "duck.db", self.work / "someduck.db")
        run(self.ours("copy", "--indexed", "--copies", self.size.update_copies, state="some"))
        run(self.duck("copy", self.work / "someduck.db", "--copies", self.size.update_copies, "--order", "pid, code"))
        cql = self.cql("one", self.size.cql_patients)
        duck = self.duck("update", self.work / "someduck.db", "--rounds", self.size.rounds)
        costs = alternate(1, cql, self.ours("update", "--rounds", self.size.rounds, state="some"), duck)
        said = {name: cost[0].said for name, cost in zip(("cql", "ours", "duckdb"), costs)}
        self.facts["update"] = {name: {key: value for key, value in each.items() if "ms" in key} for name, each in said.items()}
        quiet = measure.quiet()
        key = "p50_ms" if quiet else "p50_cpu_ms"
        why = "waiting for the disk included" if quiet else "processor time; the wall clock is refused, the machine is busy"
        for number, name, must, aim in (("3", "cql", 100, 1000), ("4", "duckdb", 50, 800)):
            what = {"cql": "cql-execution evaluating again", "duckdb": "DuckDB insert and query"}[name]
            self.rows.append(Row(number, f"new Observation to durable decision, vs {what}, p50", said[name][key] / said["ours"][key], must, aim,
                                 f"{said['ours'][key]:.2f} ms, {said[name][key]:.1f} ms", why))

    # ---- the store

    def upserts(self):
        self.note("state upserts and bare blob upserts")
        said = run(self.ours("upsert", "--rounds", self.size.rounds, "--repeats", self.size.repeats, state="some")).said
        rates = [said["upserts"] / median(said[key]) for key in ("cpu_s", "bare_cpu_s")]
        self.facts["upserts_per_s"] = {"ours": rates[0], "bare_sqlite": rates[1], "bytes_each": said["bytes_each"]}
        self.rows.append(Row("7", "state upserts/s vs bare SQLite blob upserts of that size", rates[0] / rates[1], 0.5, 0.9,
                             f"{rates[0]:,.0f}/s, {rates[1]:,.0f}/s of {said['bytes_each']:,} bytes, one durable transaction each"))

    # ---- start

    def start(self):
        self.note("process start to first decision")
        first = self.work / "first.ndjson"
        id_ = self.gate.patients[0]
        with open(self.data, encoding="utf-8") as lines:
            first.write_text("".join(line for line in lines if id_ in line), encoding="utf-8")
        cql, ours, duck = alternate(self.size.repeats, self.cql("evaluate", 1, data=first), self.ours("one", id_), self.duck("one", self.work / "duck.db"))
        cpu = [median([cost.cpu for cost in costs]) for costs in (ours, cql, duck)]
        self.facts["start_cpu_ms"] = {"ours": 1000 * cpu[0], "cql": 1000 * cpu[1], "duckdb": 1000 * cpu[2]}
        self.rows.append(Row("9", "process start to first decision, cql-execution / ours", cpu[1] / cpu[0], 20, 40,
                             f"{1000 * cpu[0]:.1f} ms, {1000 * cpu[1]:.0f} ms of processor time (DuckDB {1000 * cpu[2]:.0f} ms)"))

    # ---- cycles

    def cycles(self):
        self.note("cycles")
        self.fresh("cycle")
        shutil.copytree(self.work / "state", self.work / "cycles")
        said = run(self.ours("cycle", "--copies", self.size.copies, state="cycles")).said
        cost = {k: said[f"k{k}_cpu_s"][0] for k in (0, 10, 100, 1000)}
        self.facts["cycle"] = {"patients": said["patients"], "first_s": said["first_cpu_s"][0], **{f"k{k}_ms": 1000 * s for k, s in cost.items()},
                               **{f"k{k}_screened": said[f"k{k}_screened"] for k in cost}}
        each = [1000 * cost[k] / k for k in (10, 100, 1000)]
        spread = max(each) / min(each)
        self.rows.append(Row("10", f"work of a cycle in which k of {said['patients']:,} changed: most / least work for each of the k", spread, 2, 1.2,
                             f"{each[0]:.2f}, {each[1]:.2f}, {each[2]:.2f} ms each at k = 10, 100, 1,000; an empty cycle {1000 * cost[0]:.1f} ms",
                             "1.0 is strictly proportional", lower_is_better=True))

    # ---- the command line

    def screen(self):
        self.note("screen, and gzip -dc")
        screen = [self.trialflag, "screen", "--trial", "NCT07230171", "--as-of", f"{INDEX}T00:00:00Z", "--timezone", "UTC", "--format", "ndjson", self.data]
        unzip = ["gzip", "-dc", self.packed]
        ours, other = [], []
        for _ in range(self.size.repeats):
            ours.append(run(screen, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            other.append(run(unzip, stdout=subprocess.DEVNULL))
        seconds = [median([cost.cpu for cost in costs]) for costs in (ours, other)]
        memory = max(cost.rss_mb for cost in ours)
        self.facts["screen"] = {"cpu_s": seconds[0], "gzip_cpu_s": seconds[1], "rss_mb": memory}
        self.rows.append(Row("11", "screen of the same patients as NDJSON, processor time / that of gzip -dc", seconds[0] / seconds[1], 2.0, 1.2,
                             f"{seconds[0]:.2f} s, {seconds[1]:.2f} s; RSS {memory:.0f} MB (at most 64)", lower_is_better=True))

    # ---- the first trial, and a first load

    def first_loads(self):
        sizes = self.size.loads
        self.note(f"first loads of {', '.join(map(str, sizes))} made patients")
        loads = []
        made = self.work / "made"
        subprocess.run([sys.executable, self.root / "tests/hospital/generate.py", "--patients", str(max(sizes)), "--seed", "1", "--share-fm", "0.2",
                        "--out", made], check=True, stdout=subprocess.DEVNULL)
        for number in sizes:
            folder = self.work / "load"
            take_first(made / "records", folder / "records", number)
            self.fresh("madestate")
            said = run(self.ours("ingest", folder / "records", state="madestate")).said
            files = list((folder / "records").iterdir())
            megabytes = sum(path.stat().st_size for path in files) / 1e6
            resources = sum(path.read_bytes().count(b"\n") for path in files)
            loads.append({"patients": said["patients"], "resources_each": resources / said["patients"], "peak_mb": said["peak_mb"],
                          "cpu_s": said["cpu_s"][0], "patients_per_s": said["patients"] / said["cpu_s"][0], "mb_per_s": megabytes / said["cpu_s"][0]})
        self.facts["first_load"] = loads
        mapped = run(self.ours("map", trial="first", state="madestate")).said
        costs = [run(self.ours("evaluate", trial="first", state="madestate")) for _ in range(self.size.repeats)]
        said = costs[0].said
        candidates = said["patients"] - said["not_a_candidate"]
        self.facts["nct07230171"] = {"patients": said["patients"], "from_charts_per_s": mapped["patients"] / mapped["cpu_s"][0], "fibromyalgia_percent": 100 * candidates / said["patients"],
                                     "patients_per_s": said["patients"] / median(said_cpu(costs)), "decisions_per_s": said["decisions"] / median(said_cpu(costs)),
                                     "digest": said["digest"], "rss_mb": max(cost.peak_mb for cost in costs)}

    def lookups(self):
        self.note("look-ups")
        said = run([self.program, "lookup", "--tables", self.root / "mappings/tables", "--state", self.work / "manycodes", "--rounds",
                    self.size.lookups, "--repeats", self.size.repeats]).said
        rate = lambda key: said["lookups"] / statistics.median(said[key]) / 1e6
        self.facts["lookup"] = {"codes": said["codes"], "load_ms": 1000 * said["load_s"], "million_per_s": rate("cpu_s"),
                                "unordered_map_million_per_s": rate("unordered_map_cpu_s"), "sqlite_million_per_s": rate("sqlite_cpu_s")}

    PHASES = ("evaluation", "update", "upserts", "start", "cycles", "screen", "first_loads", "lookups")

    def all(self, only=()):
        """Everything, the gate first. False when the answers differ: then nothing was timed."""
        if not self.answers():
            self.rows.clear()
            return False
        for phase in self.PHASES:
            if not only or phase in only:
                getattr(self, phase)()
        self.rows.sort(key=lambda row: int(row.number))
        return True


@dataclasses.dataclass
class Size:
    """How much of everything. cql_patients of 60 as its memory and patience want."""

    patients: int = 0  # of the data; 0: all
    copies: int = 160
    update_copies: int = 33
    cql_patients: int = 60
    repeats: int = 3
    rounds: int = 300
    lookups: int = 5000
    loads: tuple = (10000, 30000, 100000)


SMOKE = Size(patients=20, copies=2, update_copies=2, cql_patients=2, repeats=1, rounds=5, lookups=10, loads=(50,))


def packed_data(folder):
    found = sorted(pathlib.Path(folder).glob("*.ndjson.gz"))
    return found[0] if found else None
