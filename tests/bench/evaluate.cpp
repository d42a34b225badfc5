// Stored charts → verdicts with their evidence; a digest says that two runs said the same.
#include "agent/eligibility/evaluate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <set>

#include "agent/screening/facts_blob.h"
#include "agent/store/desk.h"
#include "tests/bench/measure.h"

namespace trialflag::bench {
namespace {

using eligibility::Decision;
using eligibility::Judgement;

/// What was decided and on which records, in a number.
class Digest {
 public:
  void add(std::string_view patient, screening::StoredFacts& stored, const Judgement& judgement) {
    add(patient);
    add(static_cast<std::uint64_t>(judgement.status));
    for (std::size_t i = 0; i < judgement.decisions.size(); ++i) {
      const Decision& decision = judgement.decisions[i];
      add(static_cast<std::uint64_t>(decision.holds) << 8U | static_cast<std::uint64_t>(decision.reason));
      for (const eligibility::Cited& cited : judgement.evidence(i)) add(stored.origin(cited.record).id);
    }
  }
  [[nodiscard]] std::string hex() const {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value_));
    return text.data();
  }

 private:
  void add(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x9E3779B97F4A7C15U;
    value_ ^= value_ >> 29U;
  }
  void add(std::string_view text) {
    for (; text.size() > sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) add(word_of(text));
    add(word_of(text));
    add(text.size());
  }
  static std::uint64_t word_of(std::string_view text) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), std::min(text.size(), sizeof word));
    return word;
  }
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

/// T and F; n: nothing on file says; c: two records of one time contradict each other; u: open for another reason.
char letter_of(const Decision& decision) {
  if (decision.holds == eligibility::Truth::yes) return 'T';
  if (decision.holds == eligibility::Truth::no) return 'F';
  if (decision.reason == eligibility::Reason::no_data) return 'n';
  return decision.reason == eligibility::Reason::conflicting ? 'c' : 'u';
}

/// The letters, and of each criterion the records that it rests on, in the order of their ids.
void write_row(std::ofstream& table, std::string_view id, screening::StoredFacts& stored, const Judgement& judgement) {
  std::string letters, evidence;
  for (std::size_t i = 0; i < judgement.decisions.size(); ++i) {
    letters += letter_of(judgement.decisions[i]);
    std::set<std::string> records;
    for (const eligibility::Cited& cited : judgement.evidence(i)) records.emplace(stored.origin(cited.record).id);
    std::string list;
    for (const std::string& record : records) list.append(list.empty() ? "" : ",").append(record);
    evidence.append(i == 0 ? "" : ";").append(list);
  }
  table << id << '\t' << letters << '\t' << evidence << '\n';
}

void write_head(std::ofstream& table, const eligibility::Trial& trial) {
  std::string names;
  for (const eligibility::Criterion& criterion : trial.criteria) names.append(names.empty() ? "" : " ").append(criterion.id);
  table << names << '\n';
}

/// Everything that an evaluation of the whole state counts.
struct Round {
  Digest digest;
  std::array<std::uint64_t, 5> of_status{};
  std::uint64_t patients = 0, criteria = 0;
  std::ofstream table;
};

/// Judges stored patients on what their charts say, as a rehearsal of a trial file does.
class Judge {
 public:
  Judge(const screening::Screener& screener, Instant at) : screener_(screener), sitting_(screener), at_(at) {}

  /// The judgement lives until the next call.
  Result<const Judgement*> take(std::string_view mapped_under, std::string_view judged) {
    if (mapped_under != screener_.mapped_under()) return fail(ErrorCode::storage, "a stored chart was mapped otherwise");
    if (auto read = stored_.decode_judged(judged, screener_.tables().concept_count()); !read) return tl::unexpected(read.error());
    sitting_.judge(stored_.facts, at_, judgement_);
    return &judgement_;
  }
  [[nodiscard]] screening::StoredFacts& stored() { return stored_; }

 private:
  const screening::Screener& screener_;
  screening::Sitting sitting_;
  Instant at_;
  screening::StoredFacts stored_;
  Judgement judgement_;
};

Result<void> take(Judge& judge, const screening::StoredPatient& patient, Round& round) {
  const auto judgement = judge.take(patient.mapped_under, patient.judged);
  if (!judgement) return tl::unexpected(judgement.error());
  ++round.patients;
  round.digest.add(patient.patient, judge.stored(), **judgement);
  ++round.of_status[static_cast<std::size_t>((*judgement)->status)];
  round.criteria += (*judgement)->decisions.size();
  if (round.table.is_open()) write_row(round.table, patient.patient, judge.stored(), **judgement);
  return {};
}

}  // namespace

Result<void> evaluate(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  const auto desk = store::Desk::open(wish.state);
  if (!desk) return tl::unexpected(desk.error());
  std::vector<double> cpu;
  std::string digest;
  Round round;
  for (int i = 0; i < wish.repeats; ++i) {
    round = {};
    if (!wish.table.empty()) {
      round.table.open(wish.table);
      write_head(round.table, (*screener)->trial());
    }
    const double before = cpu_seconds();
    Judge judge(**screener, *at);
    const screening::TrialId trial{(*screener)->trial().id};
    const auto done = (*desk)->each_patient(trial, [&](const screening::StoredPatient& patient) { return take(judge, patient, round); });
    if (!done) return done;
    cpu.push_back(cpu_seconds() - before);
    if (!digest.empty() && digest != round.digest.hex()) return fail(ErrorCode::internal, "two runs over one state differ");
    digest = round.digest.hex();
  }
  Line line;
  line.add("patients", round.patients).add("decisions", round.criteria).add("digest", digest);
  for (std::size_t i = 0; i < round.of_status.size(); ++i)
    line.add(eligibility::name_of(static_cast<eligibility::Status>(i)), round.of_status[i]);
  line.add("cpu_s", cpu).add("peak_mb", peak_memory_mb()).print();
  return {};
}

Result<void> first_decision(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  if (wish.input.empty()) return fail(ErrorCode::not_found, "name a patient");
  const auto kept = (*state)->facts({(*screener)->trial().id}, {wish.input.front()});
  if (!kept || !*kept) return fail(ErrorCode::storage, "what a stored chart says cannot be read");
  Judge judge(**screener, *at);
  const auto judgement = judge.take((*kept)->mapped_under, (*kept)->bytes.judged);
  if (!judgement) return tl::unexpected(judgement.error());
  Line()
      .add("decisions", static_cast<std::uint64_t>((*judgement)->decisions.size()))
      .add("cpu_s", std::vector{cpu_seconds()})
      .add("peak_mb", peak_memory_mb())
      .print();
  return {};
}

}  // namespace trialflag::bench
