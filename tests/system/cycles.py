#!/usr/bin/python3
"""Many cycles in one process on a clock that a minute passes in each: threads, descriptors, memory and the state must not grow, while a few
records change all the time, an order comes and goes, and every so often the EHR fails.

    cycles.py PROGRAM [--cycles 300]        PROGRAM: trialflag_cycles; 10000 for the report
"""
import argparse
import json
import pathlib
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from steps import PATIENTS, Player  # noqa: E402
from world import World  # noqa: E402

CHARACTER = {"history": True, "snapshot": True, "page_size": 20, "retry_for": "10s"}


def trickle(world, player, cycle):
    """What happens in the hospital before a cycle: the same again and again, so that nothing has a reason to grow but the histories."""
    player.play({"do": "order", "patient": PATIENTS[cycle // 3 % 12], "pick": cycle})
    for number in (1, 5):
        patient = PATIENTS[(cycle * number) % 20]
        record = player.picked({"patient": patient, "pick": cycle})
        if record:
            player.records.put(record)
    if cycle % 10 == 7:  # a request fails and is asked again
        world.hospital.faults.add({"kind": "status", "status": 503, "type": "Observation", "retry_after": 0})
    if cycle % 10 == 4:
        world.hospital.faults.add({"kind": "drop", "type": "Condition"})


def state_size(world):
    return sum(path.stat().st_size for path in (world.folder / "agent-state").glob("state.db*"))


# What is kept for ever: an event, what it says, the chart that it was decided on, and whom it was told.
HISTORIES = ("flag_events", "event_payloads", "snapshots", "notices", "notices_sent")


def contents(world):
    """How many events there are, and the bytes in the rows of the histories and of all other tables."""
    with sqlite3.connect("file:%s?mode=ro" % (world.folder / "agent-state" / "state.db"), uri=True) as state:
        sizes = [0, 0]
        for (table,) in state.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
            columns = [row[1] for row in state.execute("PRAGMA table_info(%s)" % table)]
            total = " + ".join("coalesce(length(CAST(%s AS BLOB)), 0)" % column for column in columns)
            sizes[table not in HISTORIES] += state.execute("SELECT coalesce(sum(%s), 0) FROM %s" % (total, table)).fetchone()[0]
        return [state.execute("SELECT count(*) FROM flag_events").fetchone()[0], *sizes]


def run(options):
    with World("/bin/true", CHARACTER) as world:
        player = Player(world)
        begin = world.now()
        agent = subprocess.Popen([str(options.program), str(world.folder / "agent.yaml"), str(int(begin * 1000)), str(options.cycles)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        rows, held, started = [], [], time.monotonic()
        for line in agent.stdout:
            words = line.split()
            if words[0] == "cycle":
                # This computer's clock goes on meanwhile; the hospital's must be where the agent's is.
                world.ahead = begin + int(words[1]) * 60 - time.time()
                if int(words[1]) == options.cycles // 2:
                    held.append(contents(world))
                trickle(world, player, int(words[1]))
                agent.stdin.write("go\n")
                agent.stdin.flush()
                world.hospital.requests.clear()
            else:
                rows.append([*map(int, words[1:]), state_size(world)])
                if len(rows) % max(1, options.cycles // 10) == 1:
                    print("%5d  %7d  %11d  %7d  %11d  %9d" % (len(rows) - 1, *rows[-1][:4], rows[-1][4] // 1024), flush=True)
        status = agent.wait()
        held.append(contents(world))
        return status, rows, held, time.monotonic() - started, len(list(world.mail.glob("*.eml")))


# ehr.max_connections, of which as many are kept as answers were waited for at once, and that of what was written last, which has its own.
MOST_CONNECTIONS = 5 + 1


def judge(rows):
    """The last tenth against the second one: by then what is kept from cycle to cycle is there."""
    tenth = max(1, len(rows) // 10)
    early, late = rows[tenth:2 * tenth], rows[-tenth:]
    problems = []
    for column, what, allowed in ((0, "threads", 0), (1, "descriptors", 1), (2, "KiB of memory", 4096)):
        before, after = max(row[column] for row in early), max(row[column] for row in late)
        if after > before + allowed:
            problems.append("%s grow from %d to %d" % (what, before, after))
    most = max(row[3] for row in rows)
    return problems + (["%d connections are open at once" % most] if most > MOST_CONNECTIONS else [])


def judge_state(held):
    """What grew in the second half: the histories, by what an event costs, and nothing else."""
    (events, histories, others), (events_then, histories_then, others_then) = held[0], held[-1]
    each = (histories_then - histories) / max(1, events_then - events)
    print("%d events, %.1f KB each; everything else %d bytes at half time, %d at the end" % (events_then, each / 1000, others, others_then))
    problems = ["an event costs %d bytes" % each] if each > 20000 else []
    if others_then > others + 32768:
        problems.append("what is no history grows from %d to %d bytes" % (others, others_then))
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--cycles", type=int, default=300)
    options = parser.parse_args()
    print("cycle  threads  descriptors  RSS KiB  connections  state KiB")
    status, rows, held, seconds, mails = run(options)
    if not rows:
        raise SystemExit("no cycle was run; the program ended with %d" % status)
    print("%5d  %7d  %11d  %7d  %11d  %9d" % (len(rows) - 1, *rows[-1][:4], rows[-1][4] // 1024))
    print("%d cycles, each a minute, in %.0f s; %d letters" % (len(rows), seconds, mails))
    problems = judge(rows) + judge_state(held) + (["the program ended with %d after %d cycles" % (status, len(rows))] if status else [])
    print("\n".join("FAILED: " + problem for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
