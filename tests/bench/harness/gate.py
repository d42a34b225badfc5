"""Same answers first: three tables of patient × criterion, and every difference among them, of the answers and of what they rest on."""
import collections

# When two latest results of one code bear one time, "the latest" has no meaning: ours says so, the others take one of the two.
TIE = "c"
MOST_TIE_PATIENTS = 0.01  # of all; more would be a habit of calling things conflicting


def read(path):
    """The criteria, and by patient the letters and, where the engine tells them, the records that each answer rests on."""
    head, *rows = path.read_text().splitlines()
    letters, evidence = {}, {}
    for row in rows:
        patient, letters[patient], *rest = row.split("\t")
        if rest:
            evidence[patient] = rest[0].split(";")
    return head.split(), letters, evidence


def is_tie(answers):
    """Ours calls it conflicting, and the others took one of the two results: none of them knows nothing."""
    return answers["ours"] == TIE and all(answer in "TF" for name, answer in answers.items() if name != "ours")


class Gate:
    """Compares what every engine said. `ours` is among the names. same_time(ids) tells whether the records of those ids bear one time: of two
    latest results of one time, which say the same, one engine may name one and another the other."""

    def __init__(self, tables, same_time=lambda ids: False):
        self.same_time = same_time
        read_tables = {name: read(path) for name, path in tables.items()}
        self.criteria = read_tables["ours"][0]
        self.rows = {name: rows for name, (_, rows, _) in read_tables.items()}
        self.evidence = {name: evidence for name, (_, _, evidence) in read_tables.items() if evidence}
        self.patients = sorted(self.rows["ours"])
        self.problems = [f"{name} has other criteria or patients" for name, (criteria, rows, _) in read_tables.items()
                         if criteria != self.criteria or set(rows) != set(self.patients)]
        self.compared, self.ties, self.others = 0, [], []
        self.evidence_compared, self.evidence_ties, self.evidence_others = 0, 0, []
        if not self.problems:
            self._compare()

    def _compare(self):
        for patient in self.patients:
            for at, criterion in enumerate(self.criteria):
                answers = {name: rows[patient][at] for name, rows in self.rows.items()}
                self.compared += 1
                if len(set(answers.values())) > 1:
                    (self.ties if is_tie(answers) else self.others).append((patient, criterion, answers))
                else:
                    self._compare_evidence(patient, at)

    def _compare_evidence(self, patient, at):
        if len(self.evidence) < 2:
            return
        records = {name: rows[patient][at] for name, rows in self.evidence.items()}
        self.evidence_compared += 1
        if len(set(records.values())) == 1:
            return
        if all("," not in each and each for each in records.values()) and self.same_time(set(records.values())):
            self.evidence_ties += 1
        else:
            self.evidence_others.append((patient, self.criteria[at], records))

    @property
    def passed(self):
        few_ties = self.tie_patients() <= max(1, MOST_TIE_PATIENTS * len(self.patients))
        return not self.problems and not self.others and not self.evidence_others and self.compared > 0 and few_ties

    def tie_patients(self):
        return len({patient for patient, _, _ in self.ties})

    def counts(self):
        """How often each criterion was true, false, unknown: a question that nobody answers with yes compares nothing."""
        found = {}
        for at, criterion in enumerate(self.criteria):
            letters = collections.Counter(row[at] for row in self.rows["ours"].values())
            found[criterion] = [letters["T"], letters["F"], sum(letters.values()) - letters["T"] - letters["F"]]
        return found

    def told(self):
        lines = [f"{self.compared} answers of {len(self.patients)} patients compared: {len(self.others)} differ, {len(self.ties)} more are ties of {self.tie_patients()} patients"]
        lines.append(f"{self.evidence_compared} lists of the records that an answer rests on compared: "
                     f"{len(self.evidence_others)} differ, {self.evidence_ties} more name another of two results of one time")
        lines += self.problems
        for patient, criterion, answers in self.ties + self.others + self.evidence_others:
            lines.append(f"{patient} {criterion}: " + ", ".join(f"{name} {letter}" for name, letter in answers.items()))
        return lines
