// A trial as the engine reads it: criteria made of rules, each rule a named operator whose parameters hold every concept and number.
// Built by agent/settings from a trial file; immutable afterwards; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/eligibility/fact.h"
#include "agent/eligibility/text.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::eligibility {

/// What one record, or one rule, says of the statement.
enum class Outcome : std::uint8_t {
  nothing,
  yes,
  no,  ///< a cited no: basis evidence
  conflicting,
  weak_evidence,
  incomplete_source,
  judgement,
  partial,
  stale,
  no_data,
  needs_person
};

/// A bound on a number: ">=4" and the like.
struct Bound {
  enum class Op : std::uint8_t { at_least, above, below, at_most } op = Op::at_least;
  double limit = 0;
};

/// An indication that a drug case asks for.
struct IndicationTest {
  std::vector<Concept> concepts;
  Role role = Role::include;
  std::string kind;              ///< only rows of that kind; empty: any
  std::optional<bool> by_words;  ///< absent: either
  bool own_reason = false;       ///< only the drug record's own reason
};

/// One line of a decision table: every condition given must hold; the first line that applies gives the outcome.
struct Case {
  std::vector<Concept> concepts;  ///< empty: any of the rule's
  std::optional<Role> role;
  std::optional<bool> present;      ///< state: present (true) or past (false)
  std::optional<int> within_days;   ///< by the fact's date
  std::optional<int> within_years;  ///< by the fact's latest date (onset, abatement)
  bool undated = false;
  std::string kind;
  std::vector<std::string> only_classes;  ///< every class of the row is one of these
  std::vector<std::string> with_classes;  ///< some class of the row is one of these
  // drugs
  std::vector<Route> routes;
  std::vector<IndicationTest> indications;  ///< any of them
  std::optional<int> recent_days;           ///< on, or begun or ended within so many days
  std::optional<int> on_or_ended_days;      ///< on, or ended within so many days
  std::optional<int> open_ended_days;       ///< no end known and begun within so many days
  Outcome then = Outcome::nothing;
};

/// Conditions (and reasons) of some concepts, each judged by a decision table (criteria.md 2.7, 2.10, 2.12).
struct RecordsRule {
  std::vector<Concept> concepts;
  std::array<bool, kSources> from{};  ///< which sources count
  std::optional<int> reason_days;     ///< a reason counts so long ("now" rows); absent: ever
  std::vector<Concept> except;        ///< skip a record that also touches one of these
  std::vector<Case> cases;
};

/// Drug records, each judged by a decision table (2.13); also allergies to the drug where `from` has them.
struct DrugsRule {
  std::vector<Concept> concepts;
  bool unreadable = false;  ///< an unreadable drug makes incomplete_source
  bool procedures = false;  ///< codes in Procedure.code count too
  std::vector<Case> cases;
};

/// Allergies to some drugs as a hint of past treatment.
struct AllergyHintRule {
  std::vector<Concept> concepts;
  std::vector<std::string> covers;  ///< rows of `hint` with this attribute
  Concept hint = kNoConcept;
  Outcome then = Outcome::weak_evidence;
};

struct ValueCase {
  std::optional<Bound> bound;
  Outcome then = Outcome::nothing;
};

/// Measured values of some concepts within a window.
struct ValuesRule {
  enum class Pick : std::uint8_t { latest, any };
  std::vector<Concept> concepts;
  std::vector<Role> roles;  ///< which rows count
  Pick pick = Pick::latest;
  int times = 1;  ///< with `any`: so many records must have such a value
  int within_days = 0;
  std::vector<ValueCase> cases;   ///< first bound that holds; none: nothing
  std::optional<int> older_days;  ///< no valid value in the window but an older one within so many days …
  std::vector<ValueCase> older;   ///< … is judged by this
  Text text = Text::value;
};

/// The mean of the days' means over enough days (I4).
struct DailyMeanRule {
  std::vector<Concept> concepts;
  int within_days = 7;
  int least_days = 4;
  Bound bound;
};

/// Age on the as-of date.
struct AgeRule {
  int at_least = 18;
  std::optional<int> at_most;  ///< until the day before the next birthday
};

/// Preferred languages against the trial's.
struct LanguageRule {};

/// A refusal to take part in research (E1).
struct ConsentRule {};

/// A coded, worded or interpreted result (urine drug screen, smoking status).
struct ResultRule {
  bool latest = false;  ///< only the latest answer counts; otherwise any does
  std::vector<Concept> concepts;
  Answer answer = Answer::positive;
  int within_days = 365;
  Outcome then = Outcome::judgement;
};

/// Two scores of one day against a definition; contradicts a yes (I2).
struct ScorePairRule {
  Concept widespread = kNoConcept, severity = kNoConcept;
  struct Arm {
    double widespread_low, widespread_high, severity_low;
  };
  std::vector<Arm> arms;
};

/// Relief after therapy: therapies after a condition's first date, then a pain score after the latest (I3).
struct ReliefRule {
  Concept therapy = kNoConcept;
  Concept since = kNoConcept;
  std::vector<Concept> pain;
  Bound bound;
  int stale_days = 365;
};

/// STOP-Bang (E5): a recorded total, else eight items each true, false or unknown.
struct StopBangRule {
  Concept total = kNoConcept, snoring = kNoConcept, tired = kNoConcept, observed = kNoConcept, hypertension = kNoConcept,
          antihypertensives = kNoConcept, systolic = kNoConcept, diastolic = kNoConcept, bmi = kNoConcept, weight = kNoConcept,
          height = kNoConcept, neck = kNoConcept;
  int window_days = 365;
  int threshold = 3;
  int age = 51;
  double bmi_above = 35, systolic_below = 140, diastolic_below = 90;
  double neck_false_to = 40, neck_true_male = 43, neck_true_female = 41;
};

/// Pressure above goal on many drug classes (E9).
struct PressureRule {
  Concept systolic = kNoConcept, diastolic = kNoConcept, drugs = kNoConcept;
  double systolic_high = 140, diastolic_high = 90, systolic_crisis = 180, diastolic_crisis = 110;
  int window_days = 90, crisis_days = 30;
  int classes_with_diuretic = 3, classes_any = 4;
  std::vector<std::string> diuretics;
};

/// A state that lasts and ends: pregnancy (E11).
struct PregnancyRule {
  Concept pregnancy = kNoConcept, test = kNoConcept, end = kNoConcept;
  int lasts_days = 294, overdue_days = 21, negative_days = 14, over_age = 56;
  double positive_from = 25, weak_from = 5;
  std::vector<Concept> quantities;  ///< concepts whose number is an hCG level
};

/// Lactation (E11).
struct LactationRule {
  Concept lactation = kNoConcept, end = kNoConcept;
  std::string delivery_kind;
  int lasts_days = 183, delivery_days = 365, over_age = 56;
};

/// Allergy to a study drug (E12).
struct AllergyRule {
  std::vector<Concept> study_drugs;     ///< include: yes
  std::vector<Concept> possible_drugs;  ///< weak_evidence
  Concept study_allergy = kNoConcept;   ///< include rows: study drug; review rows: weak_evidence
  Concept unspecified = kNoConcept, none_known = kNoConcept, no_information = kNoConcept, food_environment = kNoConcept;
};

/// ICD-O morphologies of malignant behaviour (E9).
struct MorphologyRule {
  Outcome then = Outcome::weak_evidence;
};

using SimpleRule =
    std::variant<RecordsRule, DrugsRule, AllergyHintRule, ValuesRule, DailyMeanRule, AgeRule, LanguageRule, ConsentRule, ResultRule,
                 ScorePairRule, ReliefRule, StopBangRule, PressureRule, PregnancyRule, LactationRule, AllergyRule, MorphologyRule>;

/// One or more rules in order; with `first_only` the first that finds anything ends the list.
struct Clause {
  bool first_only = false;
  std::vector<SimpleRule> rules;
};

struct Criterion {
  std::string id;
  Kind kind = Kind::inclusion;
  std::string cite;                 ///< the protocol's words
  std::string label;                ///< for people
  std::vector<std::string> ask;     ///< what would settle it, should it be open
  std::string ask_if_absent;        ///< asked even for a pass by absence (1.6)
  std::string ask_if_yes;           ///< asked beside a yes without scores (I2)
  std::uint32_t reads = 0;          ///< bit per resource type whose lack makes incomplete_source (2.15)
  std::uint32_t reads_if_high = 0;  ///< those that count only where a rule says that drugs matter
  bool uncertain_counts = true;     ///< false: doubtful words and long texts say nothing (I2)
  std::vector<Clause> clauses;
  Outcome none = Outcome::no;  ///< when nothing is found: no or yes (basis absence), no_data, needs_person
};

struct Trial {
  std::string id, version, title;
  std::string file_hash;               ///< SHA-256 of the file as loaded
  std::string file_text;               ///< the file itself, so that a verdict can be reached again under it
  std::string entry;                   ///< id of the entry criterion
  std::vector<std::string> languages;  ///< primary subtags
  std::vector<Concept> full_words;     ///< concepts whose words say fully what was measured (2.9)
  Concept routes = kNoConcept;         ///< the concept of routes of administration
  Concept answers = kNoConcept;        ///< the concept of coded answers (positive, negative, yes, no)
  std::vector<std::string> sponsor_questions;
  std::vector<Criterion> criteria;
  std::size_t entry_index = 0;
  std::vector<std::string> concept_names;   ///< by Concept, for evidence
  std::vector<std::string> concept_labels;  ///< the same for people, in the trial's language
  std::string language = "en";              ///< of all that people read: one of kLanguages
  Texts texts;
};

}  // namespace trialflag::eligibility
