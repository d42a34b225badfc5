// Stored charts → verdicts with their evidence; a digest says that two runs said the same.
#include "agent/eligibility/evaluate.h"

#include <array>
#include <fstream>

#include "agent/screening/facts_blob.h"
#include "tests/bench/measure.h"

namespace trialflag::bench {
namespace {

using eligibility::Decision;
using eligibility::Judgement;

/// FNV-1a over what was decided and on which records.
class Digest {
 public:
  void add(const std::string& patient, const eligibility::Facts& facts, const Judgement& judgement) {
    add(patient);
    add(eligibility::name_of(judgement.status));
    for (std::size_t i = 0; i < judgement.decisions.size(); ++i) {
      const Decision& decision = judgement.decisions[i];
      add(static_cast<unsigned char>(decision.holds));
      add(static_cast<unsigned char>(decision.reason));
      for (const eligibility::Cited& cited : judgement.evidence(i)) add(facts.origins[cited.record].id);
    }
  }
  [[nodiscard]] std::string hex() const {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value_));
    return text.data();
  }

 private:
  void add(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001B3U; }
  void add(std::string_view text) {
    for (const char each : text) add(static_cast<unsigned char>(each));
    add(static_cast<unsigned char>(0));
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

void write_row(std::ofstream& table, const std::string& id, const Judgement& judgement) {
  std::string letters;
  for (const Decision& each : judgement.decisions) letters += letter_of(each);
  table << id << '\t' << letters << '\n';
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
  std::uint64_t criteria = 0;
  std::ofstream table;
};

/// Judges stored patients on what their charts say, as the agent does when the clock or another trial file calls them up.
class Judge {
 public:
  Judge(const screening::Screener& screener, store::State& state, Instant at)
      : screener_(screener), sitting_(screener), state_(state), at_(at), trial_{screener.trial().id} {}

  /// The judgement lives until the next call.
  Result<const Judgement*> take(const std::string& id) {
    auto kept = state_.facts(trial_, {id});
    if (!kept || !*kept || (*kept)->mapped_under != screener_.mapped_under())
      return fail(ErrorCode::storage, "what a stored chart says cannot be read, or was mapped otherwise");
    bytes_ = std::move((*kept)->bytes);
    if (auto read = stored_.decode(bytes_, screener_.tables().concept_count()); !read) return tl::unexpected(read.error());
    sitting_.judge(stored_.facts, at_, judgement_);
    return &judgement_;
  }
  [[nodiscard]] const eligibility::Facts& facts() const { return stored_.facts; }

 private:
  const screening::Screener& screener_;
  screening::Sitting sitting_;
  store::State& state_;
  Instant at_;
  screening::TrialId trial_;
  std::string bytes_;
  screening::StoredFacts stored_;
  Judgement judgement_;
};

Result<void> evaluate_all(Judge& judge, const std::vector<std::string>& ids, Round& round) {
  for (const std::string& id : ids) {
    const auto judgement = judge.take(id);
    if (!judgement) return tl::unexpected(judgement.error());
    round.digest.add(id, judge.facts(), **judgement);
    ++round.of_status[static_cast<std::size_t>((*judgement)->status)];
    round.criteria += (*judgement)->decisions.size();
    if (round.table.is_open()) write_row(round.table, id, **judgement);
  }
  return {};
}

}  // namespace

Result<void> evaluate(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  std::vector<double> cpu;
  std::string digest;
  Round round;
  std::size_t patients = 0;
  for (int i = 0; i < wish.repeats; ++i) {
    round = {};
    if (!wish.table.empty()) {
      round.table.open(wish.table);
      write_head(round.table, (*screener)->trial());
    }
    const double before = cpu_seconds();
    const auto ids = (*state)->ids_of(fhir::ResourceType::patient);
    if (!ids) return tl::unexpected(ids.error());
    Judge judge(**screener, **state, *at);
    if (auto done = evaluate_all(judge, *ids, round); !done) return done;
    cpu.push_back(cpu_seconds() - before);
    patients = ids->size();
    if (!digest.empty() && digest != round.digest.hex()) return fail(ErrorCode::internal, "two runs over one state differ");
    digest = round.digest.hex();
  }
  Line line;
  line.add("patients", static_cast<std::uint64_t>(patients)).add("decisions", round.criteria).add("digest", digest);
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
  Judge judge(**screener, **state, *at);
  const auto judgement = judge.take(wish.input.front());
  if (!judgement) return tl::unexpected(judgement.error());
  Line()
      .add("decisions", static_cast<std::uint64_t>((*judgement)->decisions.size()))
      .add("cpu_s", std::vector{cpu_seconds()})
      .add("peak_mb", peak_memory_mb())
      .print();
  return {};
}

}  // namespace trialflag::bench
