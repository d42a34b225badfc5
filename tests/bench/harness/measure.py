"""Runs one program on one core and says what it cost: processor time and memory by wait4, and the JSON line that it printed."""
import json
import os
import statistics
import subprocess
import time

CORES = {max(os.sched_getaffinity(0))}


class Failed(Exception):
    """A program that was to be measured failed; says which and how."""


class Cost:
    """What a child process cost as a whole, and what it said of itself."""

    def __init__(self, usage, wall, output):
        self.cpu = usage.ru_utime + usage.ru_stime
        self.wall = wall
        self.rss_mb = usage.ru_maxrss / 1024
        self.output = output

    @property
    def peak_mb(self):
        """The most memory that it had: as it says of itself, else by the kernel's count, which begins with that of this process."""
        return self.said.get("peak_mb", self.rss_mb)

    @property
    def said(self):
        return json.loads(self.output.strip().splitlines()[-1])


def use_any_core():
    """For a run that only shows that everything works: one busy core must not hold it up."""
    CORES.update(os.sched_getaffinity(0))


def run(command, **options):
    """Runs `command` pinned to one core. The child's own usage is taken, whatever else runs."""
    command = [str(word) for word in command]
    began = time.monotonic()
    options.setdefault("stdout", subprocess.PIPE)
    with subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, CORES), text=True, **options) as child:  # pylint: disable=subprocess-popen-preexec-fn
        output = child.stdout.read() if child.stdout else ""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit status {child.returncode}")
    return Cost(usage, time.monotonic() - began, output)


def alternate(repeats, *commands):
    """A B A B …: the costs of each command, so that what disturbs the machine disturbs all alike."""
    costs = [[] for _ in commands]
    for _ in range(repeats):
        for each, command in zip(costs, commands):
            each.append(run(command))
    return costs


def said_cpu(costs):
    """Processor seconds of the phase, as the programs measured it in themselves."""
    return [seconds for cost in costs for seconds in cost.said["cpu_s"]]


def median(values):
    return statistics.median(values)


def forget(file):
    """Lets the kernel drop the file from its cache, so that the next run reads the disk."""
    with open(file, "rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def quiet():
    """Is the machine idle enough that a wall clock says something?"""
    return os.getloadavg()[0] <= 1.5
