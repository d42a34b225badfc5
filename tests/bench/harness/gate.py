"""Same answers first: three tables of patient × criterion, and every difference among them."""
import collections

# When two latest results of one code bear one time, "the latest" has no meaning: ours says so, the others take one of the two.
TIE = "c"


def read(path):
    head, *rows = path.read_text().splitlines()
    return head.split(), dict(row.split("\t") for row in rows)


def is_tie(answers):
    """Ours calls it conflicting. Whatever the others took is one of the two results."""
    return answers["ours"] == TIE


class Gate:
    """Compares what every engine said. `ours` is among the names."""

    def __init__(self, tables):
        read_tables = {name: read(path) for name, path in tables.items()}
        self.criteria = read_tables["ours"][0]
        self.rows = {name: rows for name, (_, rows) in read_tables.items()}
        self.patients = sorted(self.rows["ours"])
        self.problems = [f"{name} has other criteria or patients" for name, (criteria, rows) in read_tables.items()
                         if criteria != self.criteria or not set(rows) <= set(self.patients)]
        self.compared, self.ties, self.others = 0, [], []
        if not self.problems:
            self._compare()

    def _compare(self):
        for patient in self.patients:
            answered = {name: rows[patient] for name, rows in self.rows.items() if patient in rows}
            for at, criterion in enumerate(self.criteria):
                answers = {name: letters[at] for name, letters in answered.items()}
                self.compared += 1
                if len(set(answers.values())) > 1:
                    (self.ties if is_tie(answers) else self.others).append((patient, criterion, answers))

    @property
    def passed(self):
        return not self.problems and not self.others and self.compared > 0

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
        lines += self.problems
        for patient, criterion, answers in self.ties + self.others:
            lines.append(f"{patient} {criterion}: " + ", ".join(f"{name} {letter}" for name, letter in answers.items()))
        return lines
