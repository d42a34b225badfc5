"""Hospital life after a population was made: each step first changes what is true of somebody, then writes the records that follow from it.

A script is one line of JSON a step: kind, words for people, the records to write and to delete (all at one moment), and the lines of truth of
the patients whom it touches, as they are from then on. The same people and seed give the same script.
"""

import json
import random

from population import truth
from population.diseases import weighted
from population.events import EVENTS, SHARES
from population.person import Person

# How often something happens to somebody on the list, to somebody with a record of fibromyalgia, and to anybody.
WHOM = {"listed": 60, "concerned": 20, "anybody": 20}


class Step:
    """`people`: those whose truth may have changed. `gone`: ids that are no patients of their own any more, or not yet."""

    def __init__(self, words, people, write=(), delete=(), gone=None):
        self.words, self.people, self.write, self.delete, self.gone = words, people, list(write), list(delete), gone or {}

    def line(self, number, kind):
        lines = [{"patient": "Patient/" + id_, "status": status} for id_, status in self.gone.items()]
        lines += [person.record()[1] for person in self.people]
        return json.dumps({"step": number, "kind": kind, "words": self.words, "write": self.write, "delete": self.delete, "truth": lines},
                          ensure_ascii=False, separators=(",", ":"))


class Life:
    """The people are those of generate.py with the same options; only those who matter or to whom something happens are in memory."""

    def __init__(self, seed, patients, as_of, share_fm, zone=0):
        self.options = (seed, as_of, share_fm, zone)
        self.rng = random.Random("%s/life" % seed)
        self.patients, self.registered = patients, 0
        self.people = {}  # number -> Person
        for number in range(patients):
            person = self._make(number)
            if "I2.fibromyalgia" in person.plan:
                self.people[number] = person
        self.concerned = sorted(self.people)

    def _make(self, number):
        seed, as_of, share_fm, zone = self.options
        return Person(seed, number, as_of, share_fm, zone=zone)

    def newcomer(self):
        """Somebody whom the hospital has not seen before, with a record of fibromyalgia or not."""
        number = self.patients + self.registered
        self.registered += 1
        seed, as_of, _, zone = self.options
        person = self.people[number] = Person(seed, number, as_of, 0.8, zone=zone)
        self.concerned.append(number)
        return person

    def _somebody(self, kind):
        whom = "anybody" if kind == "fibromyalgia found" else weighted(self.rng, WHOM)
        if whom == "anybody" or not self.concerned:
            number = self.rng.randrange(self.patients)
            if number not in self.people:
                self.people[number] = self._make(number)
            return self.people[number]
        for _ in range(20):
            person = self.people[self.rng.choice(self.concerned)]
            if whom == "concerned" or person.status() in truth.LISTED:
                break
        return person

    def steps(self, count):
        """The lines of a script."""
        for number in range(1, count + 1):
            kind, step = self._next()
            yield step.line(number, kind)

    def _next(self):
        while True:
            kind = weighted(self.rng, SHARES)
            person = self._somebody(kind)
            if person.settled_fate():
                continue
            step = EVENTS[kind](self, person)
            if step is not None:
                words, touched, changes = step
                return kind, Step(words, touched, **changes)
