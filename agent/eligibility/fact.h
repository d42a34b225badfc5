// What the records say, after mapping: one fact for each concept that a record touches. All views live as long as the chart and the tables.
// Times are still as recorded: whether a fact is visible, present or within a window is asked at a Moment.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "agent/base/time.h"

namespace trialflag::eligibility {

/// Index of a concept in the loaded tables.
using Concept = std::uint16_t;
inline constexpr Concept kNoConcept = 0xFFFF;

/// criteria.md 2.7; a trap is kept only where its attributes say something (a negative answer, an acute pain).
enum class Role : std::uint8_t { include, review, trap, evidence };

enum class Source : std::uint8_t { condition, reason, observation, answer, drug, allergy, procedure, service_request, care_plan };
inline constexpr std::size_t kSources = 9;

/// A recorded time in the site's days: an instant and its day, one day, or the first and last of those that a year or a month may mean.
/// Unknown unless it is set. Small, because a fact has five.
struct When {
  Instant instant{kNone};
  Day first{0}, last{-1};

  static When at(Instant instant, Day day) { return {instant, day, day}; }
  static When on(Day first, Day last) { return {Instant{kNone}, first, last}; }
  [[nodiscard]] bool known() const { return first <= last; }
  [[nodiscard]] bool is_instant() const { return instant.ms != kNone; }
  friend bool operator==(const When&, const When&) = default;

 private:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
};

/// A measured value as an interval in the concept's unit: a comparator opens one side (criteria.md 2.14).
struct Number {
  enum class Kind : std::uint8_t { none, valid, rejected };
  double low = 0, high = 0;
  Kind kind = Kind::none;
  bool low_open = false, high_open = false;
};

/// What a coded, boolean or worded value answers.
enum class Answer : std::uint8_t { none, positive, negative, unknown };

/// criteria.md 2.12: as recorded, before the clock is asked.
enum class Course : std::uint8_t {
  present,  ///< active, recurrence, relapse
  open,     ///< no clinicalStatus: present until an abatement
  past,     ///< inactive, remission, resolved
  refuted
};

/// Where the fact stands in the record, for evidence and for the rules that join facts of one record.
struct Origin {
  std::string_view type, id, version;
};

/// What the record itself says, for people.
struct Wording {
  std::string_view system, code;  ///< as recorded; by words: system empty, code = the text
  std::string_view display;       ///< what the record calls the code; may be empty
  std::string_view value;         ///< the value as recorded; may be empty
};

/// One statement of a record about one concept.
struct Fact {
  Concept concept_ = kNoConcept;
  Role role = Role::include;
  Source source = Source::condition;
  Course course = Course::open;
  bool weak = false;           ///< unconfirmed, weak status, text only, disagreeing codings (criteria.md 2.7, 2.8, 2.11)
  bool by_words = false;       ///< matched by text
  bool uncertain = false;      ///< the words doubt it (2.9)
  bool long_text = false;      ///< in a text of more than 200 characters (2.9)
  bool ended_undated = false;  ///< an abatement without a date
  Answer answer = Answer::none;
  When date;        ///< Condition: onset, else recorded; Observation: effective (period: its end), else issued; others: as 2.5
  When seen;        ///< visible from (2.5); unknown: always
  When end;         ///< abatement
  When dated;       ///< Condition: the latest of onset and abatement, recorded only if neither
  When value_time;  ///< a date as value (expected delivery)
  Number number;
  std::uint32_t record = 0;                                            ///< index into Facts::origins
  std::uint32_t exposure = std::numeric_limits<std::uint32_t>::max();  ///< index into Facts::exposures, for drugs
  std::uint32_t wording = 0;                                           ///< index into Facts::wordings
  std::string_view classes, kind, covers;
};

enum class Route : std::uint8_t { unknown, iv, nasal, other };

/// Why or in which context a drug was given.
struct Indication {
  Concept concept_ = kNoConcept;
  Role role = Role::include;
  bool by_words = false;    ///< not surely: by words, or by a record of weak standing
  bool own_reason = false;  ///< the drug record's own reason, not its encounter's or procedure's
  std::string_view kind;
};

/// Use of a drug: one per drug record, shared by its facts.
struct Exposure {
  enum class Form : std::uint8_t { request, statement, dispense, administration, procedure };
  Form form = Form::request;
  bool not_taken = false;  ///< MedicationStatement not-taken: no evidence by itself, but it contradicts (2.13)
  bool active = false;     ///< status active, on-hold or unknown (requests, statements), in-progress (administrations)
  Route route = Route::unknown;
  When start;  ///< authoredOn, effective start, whenHandedOver, dateAsserted
  When end;    ///< any explicit end: effective or validity period, supply, bounds; statements and administrations: at least their own date
  When supply_end;  ///< dispense: handed over + days' supply
  std::span<const Indication> indications;
};

/// An AllergyIntolerance as a whole; its facts are [first_fact, last_fact) of Facts::allergy_facts.
struct Allergy {
  std::uint32_t record = 0;
  bool weak = false;         ///< inactive, resolved, presumed
  bool intolerance = false;  ///< type intolerance
  bool food_or_environment_only = false;
  bool has_content = false;  ///< any code, text or substance
  When seen;
  std::span<const Fact> facts;
  Fact whole;  ///< the record as a whole, by its first coding or text: evidence of an allergy to another drug
};

/// A research consent.
struct Consent {
  std::uint32_t record = 0;
  bool active = false, rejected = false, deny = false, nested = false, nested_permit = false;
  bool names_a_study = false, names_this_study = false;
  When seen;
  std::string_view value_text;
};

/// The Patient resource.
struct Person {
  std::uint32_t record = 0;
  When birth;  ///< unknown when missing or unreadable
  RecordedTime birth_as_recorded;
  enum class Gender : std::uint8_t { unknown, female, male, other } gender = Gender::unknown;
  bool deceased = false;
  When deceased_on;
  bool inactive = false;
  bool prefers_inside = false, prefers_outside = false;  ///< preferred languages, inside and outside the trial's
};

/// Everything known of one patient, ready to be asked. Facts are grouped by concept. Immutable during evaluation.
struct Facts {
  Person person;
  std::vector<Origin> origins;        ///< [0] is the Patient
  std::vector<RecordedTime> times;    ///< per origin: the time shown as evidence
  std::vector<Wording> wordings;      ///< of facts; asked only for words, never to judge
  std::vector<Fact> facts;            ///< sorted by concept
  std::vector<std::uint32_t> begins;  ///< facts of concept c: [begins[c], begins[c+1])
  std::vector<Exposure> exposures;
  std::vector<Fact> unreadable_drugs;  ///< criteria.md 2.13; concept_ is kNoConcept
  std::vector<Fact> morphologies;      ///< ICD-O behaviour /3 or /6
  std::vector<Allergy> allergies;
  std::vector<Consent> consents;
  bool declined = false;         ///< the ledger's state
  std::uint32_t incomplete = 0;  ///< bit per resource type, see Criterion::reads

  [[nodiscard]] std::span<const Fact> of(Concept concept_) const {
    if (concept_ + 1U >= begins.size()) return {};
    return std::span<const Fact>(facts).subspan(begins[concept_], begins[concept_ + 1U] - begins[concept_]);
  }
};

}  // namespace trialflag::eligibility
