"""Every share of a made hospital, in one place: how people are, how their records tell things, how untidy they are; and what of that a reader
finds in the output, which shares_test.py counts there."""

# How much of a trial's concern lies on a record: mostly nothing, so that some pass.
BUSY = [0, 0, 0, 0.02, 0.05, 0.12, 0.3]

# How people are, of every thousand or hundred.
FATES = {"lives": 955, "died": 15, "died, nobody knows when": 5, "inactive": 10, "merged": 15}
BIRTH_DATES = {"whole": 86, "bound": 5, "child": 2, "year only": 3, "month only": 2, "missing": 1, "turning 18 this year": 1}
GENDERS = {"female": 58, "male": 38, "other": 2, "unknown": 1, None: 1}
# Of every hundred people with an odd number (as Bundles): they bear the ids of the one before, as two hospitals' files may.
TWINS = 1

# Of every hundred records, how many are untidy in this way. None of these may change a truth.
RECORDS = {"second coding": 12, "with text": 40, "system with version or slash": 4, "display": 30, "doubled in the file": 2, "corrected": 3,
          "id shared with another type": 1, "under the number before a merge": 50, "contained medication": 10, "referenced medication": 10,
          "versioned or absolute reference": 3, "zone other than UTC": 6, "period or issued": 4}

# How a disease is told, of every hundred times. The four last ones, and those in words, need words or an ICD-10 code.
DISEASE_TOLD = {"sure": 40, "past": 10, "past by abatement": 3, "no status": 4, "provisional": 6, "no verification": 4, "refuted": 4, "in error": 4,
                "in the future": 2, "corrected away": 3, "corrected into": 2, "refuted later": 3, "partial date": 3, "no date": 2,
                "family member": 2, "visit's reason": 2, "unknown system": 3,
                "words": 5, "negated words": 3, "family words": 2, "screening words": 1, "suspected words": 2, "historical words": 2}
FIBROMYALGIA_TOLD = {"sure": 66, "no status": 4, "no verification": 4, "young diagnosis": 4, "past": 2, "provisional": 3, "review code": 3, "refuted": 2,
                     "in error": 1, "in the future": 1, "corrected away": 1, "corrected into": 1, "refuted later": 1, "partial date": 2, "no date": 1,
                     "unknown system": 1, "visit's reason": 1, "words": 2, "negated words": 1, "family words": 1, "suspected words": 1,
                     "historical words": 1, "family member": 1}
# How a drug is told, of every hundred times.
DRUG_TOLD = {"counts": 52, "does not count": 16, "weak": 12, "no status": 4, "words": 6, "contradicted": 3, "corrected away": 3, "in the future": 2, "unknown code, words": 2}

# What of all this lies in the output (2,000 people or more, a share of 4 % with fibromyalgia), in per cent.
IN_THE_OUTPUT = {
    "people with a record of fibromyalgia": 4, "people who died": 2, "people inactive": 1, "people merged": 1.5, "people with a family history": 3,
    "people with year or month of birth alone": 6, "people without a birth date": 1,
    "records doubled": 1.95, "conditions and drugs corrected": 4.85,
    "conditions coded in SNOMED": 10.5, "conditions coded in ICD10": 33.5, "conditions coded in ICD10CM": 28.5, "conditions coded in ICD10CN": 20,
    "conditions coded in ICD9CM": 5.4, "conditions with several codings": 12.5, "conditions in words alone": 3.2,
    "conditions with a Chinese text": 10, "conditions with a German text": 1,
    "conditions without clinical status": 7, "conditions entered in error": 2.3, "conditions refuted": 3, "conditions with a partial date": 1.65,
    "drugs without status": 0.43, "drugs entered in error": 1, "drugs in words alone": 1, "drugs that nobody can read": 1.35,
    "drugs as a contained Medication": 10, "drugs as a Medication of its own": 8.7,
    "results in another unit": 8, "results without unit": 0.43, "results dated by period or issue": 4, "results in another time zone": 5.8,
}
