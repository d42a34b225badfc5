"""The report of a run: Markdown for people, JSON for programs, an SVG chart for the README."""
import datetime
import json
import math
import os
import platform
import subprocess

from harness import peers


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")), platform.machine())
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(gigabytes), "kernel": platform.release(), "load": [round(each, 1) for each in os.getloadavg()]}


def commit(root):
    told = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def collect(bench, root, before):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    gate = bench.gate
    return {"at": now, "commit": commit(root), "machine": {**machine(), "load_before": before}, "peers": peers.versions(),
            "gate": {"passed": gate.passed, "answers": gate.compared, "differences": len(gate.others), "ties": len(gate.ties),
                     "evidence_lists": gate.evidence_compared, "evidence_differences": len(gate.evidence_others), "evidence_ties": gate.evidence_ties,
                     "patients_with_ties": gate.tie_patients(), "true_false_unknown": gate.counts() if not gate.problems else {}},
            "rows": [{"row": row.number, "what": row.what, "ratio": row.ratio, "must": row.must, "aim": row.aim, "met": row.verdict(),
                      "lower_is_better": row.lower_is_better, "parts": row.parts, "note": row.why} for row in bench.rows],
            "facts": bench.facts}


def number(value):
    if value is None:
        return "—"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(results):
    lines = ["| # | what | ratio | must | aim | met | ours, theirs | note |", "|---|---|--:|--:|--:|---|---|---|"]
    for row in results["rows"]:
        sign = "≤ " if row["lower_is_better"] else ""
        lines.append(f"| {row['row']} | {row['what']} | **{number(row['ratio'])}** | {sign}{row['must']:,} | {sign}{row['aim']:,} | {row['met']} | {row['parts']} | {row['note']} |")
    return lines


def facts(found):
    lines = []
    if "evaluate" in found:
        judged = found["evaluate"]
        wall = f", {judged['cold_wall_s']:.1f} s by the clock" if judged["cold_wall_s"] else ""
        lines.append(f"- Twenty criteria over {judged['patients']:,} stored patients with a cold cache: {judged['cold_per_s']:,.0f} patients/s of processor time{wall}; digest `{judged['digest']}`.")
    if "nct07230171" in found:
        trial = found["nct07230171"]
        lines.append(f"- NCT07230171, every criterion with evidence, from stored charts: {trial['patients_per_s']:,.0f} patients/s ({trial['decisions_per_s']:,.0f} decisions/s) "
                     f"a core on what they say, {trial['from_charts_per_s']:,.0f}/s when each is mapped anew, told in words and kept; over {trial['patients']:,} made patients, {trial['fibromyalgia_percent']:.0f} % with or in doubt of fibromyalgia; RSS {trial['rss_mb']:.0f} MB; digest `{trial['digest']}`.")
    for load in found.get("first_load", []):
        lines.append(f"- First load of {load['patients']:,} made patients ({load['resources_each']:.1f} resources each) from files to committed state: "
                     f"{load['patients_per_s']:,.0f} patients/s, {load['mb_per_s']:.0f} MB/s, RSS {load['peak_mb']:.0f} MB.")
    if "lookup" in found:
        look = found["lookup"]
        lines.append(f"- Code look-up among {look['codes']:,} codes: {look['million_per_s']:.1f} million/s (std::unordered_map {look['unordered_map_million_per_s']:.1f}, "
                     f"SQLite {look['sqlite_million_per_s']:.1f}); loading the tables {look['load_ms']:.0f} ms.")
    if "cycle" in found:
        cycle = found["cycle"]
        lines.append(f"- Cycles over {cycle['patients']:,} patients: the first, which reads all, {cycle['first_s']:.1f} s; then " +
                     ", ".join(f"k = {k}: {cycle[f'k{k}_ms']:.1f} ms" for k in (0, 10, 100, 1000)) + ".")
    return lines


def markdown(results):
    gate, of = results["gate"], results["machine"]
    return "\n".join([
        "# Benchmark", "",
        f"{results['at']}, commit `{results['commit']}`, {of['cpu']}, {of['cores']} cores, {of['memory_gb']} GB, Linux {of['kernel']}; load {of['load_before'][0]} before, {of['load'][0]} after.",
        "Peers: " + ", ".join(f"{name} {version}" for name, version in results["peers"].items()) + ".",
        "One pinned core, processor time unless it says otherwise, medians of alternating runs.", "",
        f"Same answers first: {gate['answers']:,} answers compared, {gate['differences']} differ. {gate['ties']} more, of {gate['patients_with_ties']} patients, are ties: two latest "
        "results of one code at one time, conflicting here, one of the two elsewhere.",
        f"Of trialflag and DuckDB also the records that each answer rests on: {gate['evidence_lists']:,} lists compared, {gate['evidence_differences']} differ; {gate['evidence_ties']} more name "
        "another of two results of one time that say the same.", "",
        *table(results), "", *facts(results["facts"]), ""])


def chart(results):
    """Each ratio as a bar from its floor, on a logarithmic scale where 1 is the must."""
    rows = [row for row in results["rows"] if row["ratio"]]
    height, width, left, scale = 26, 900, 490, 90
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height * len(rows) + 50}" font-family="sans-serif" font-size="12">',
             f'<rect width="100%" height="100%" fill="white"/><text x="{left}" y="18" text-anchor="middle">must</text>']
    for at, row in enumerate(rows):
        better = row["must"] / row["ratio"] if row["lower_is_better"] else row["ratio"] / row["must"]
        aim = row["must"] / row["aim"] if row["lower_is_better"] else row["aim"] / row["must"]
        x = lambda value: left + max(-100, min(330, scale * math.log10(value)))
        y, colour = 30 + at * height, {"aim": "#1a7f37", "must": "#2f6fb3", "missed": "#c0392b"}[row["met"]]
        parts = row["what"].split(", ")
        what = " ".join([parts[0], *(part for part in parts[1:] if part.startswith("vs "))])
        begin, end = sorted((left, x(better)))
        lines.append(f'<rect x="{begin:.0f}" y="{y}" width="{max(1, end - begin):.0f}" height="16" fill="{colour}"/>'
                     f'<line x1="{x(aim):.0f}" y1="{y - 3}" x2="{x(aim):.0f}" y2="{y + 19}" stroke="black" stroke-dasharray="2 2"/>'
                     f'<text x="8" y="{y + 12}">{row["row"]}. {what if len(what) <= 60 else what[:59] + "…"}</text><text x="{max(end, x(aim)) + 6:.0f}" y="{y + 12}">{number(row["ratio"])}</text>')
    bottom = 30 + len(rows) * height
    lines.append(f'<line x1="{left}" y1="24" x2="{left}" y2="{bottom}" stroke="black"/>'
                 f'<text x="8" y="{bottom + 14}">Ratio to the peer, as a multiple of the least that is asked (logarithmic); dashed: the aim. {results["at"]}</text></svg>')
    return "\n".join(lines) + "\n"


def write(results, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "bench.md").write_text(markdown(results), encoding="utf-8")
    (out / "bench.svg").write_text(chart(results), encoding="utf-8")
