#include "agent/screening/rehearsal.h"

#include <algorithm>

#include "agent/eligibility/trial.h"
#include "agent/screening/chart_blob.h"

namespace trialflag::screening {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

std::size_t place_of(const eligibility::Trial& trial, const std::string& id) {
  const auto found = std::find_if(trial.criteria.begin(), trial.criteria.end(), [&](const auto& criterion) { return criterion.id == id; });
  return found == trial.criteria.end() ? kNowhere : static_cast<std::size_t>(found - trial.criteria.begin());
}

}  // namespace

Rehearsal::Rehearsal(const Screener& now, const Screener& amended, const TypeSet& blind, Instant as_of)
    : now_(now),
      amended_(amended),
      blind_(static_cast<std::uint32_t>(blind.to_bits())),
      as_of_(as_of),
      sitting_now_(now),
      sitting_amended_(amended) {
  for (const auto& criterion : now.trial().criteria) {
    const std::size_t there = place_of(amended.trial(), criterion.id);
    criteria_.push_back({criterion.id, there == kNowhere ? "now" : "", {}});
    places_.emplace_back(place_of(now.trial(), criterion.id), there);
  }
  for (const auto& criterion : amended.trial().criteria) {
    if (place_of(now.trial(), criterion.id) != kNowhere) continue;
    criteria_.push_back({criterion.id, "amended", {}});
    places_.emplace_back(kNowhere, kNowhere);
  }
}

Result<bool> Rehearsal::take(const StoredPatient& patient) {
  if (auto judged = judge(now_, sitting_now_, patient, judged_now_); !judged) return tl::unexpected(judged.error());
  if (auto judged = judge(amended_, sitting_amended_, patient, judged_amended_); !judged) return tl::unexpected(judged.error());
  ++patients_;
  ++statuses_[static_cast<std::size_t>(judged_now_.status)][static_cast<std::size_t>(judged_amended_.status)];
  for (std::size_t i = 0; i < criteria_.size(); ++i) {
    const auto [now, amended] = places_[i];
    if (now == kNowhere || amended == kNowhere) continue;
    ++criteria_[i].effects[static_cast<std::size_t>(judged_now_.decisions[now].effect)]
                          [static_cast<std::size_t>(judged_amended_.decisions[amended].effect)];
  }
  return judged_now_.status != judged_amended_.status;
}

Result<void> Rehearsal::judge(const Screener& screener, Sitting& sitting, const StoredPatient& patient, eligibility::Judgement& judgement) {
  if (auto filled = fill(screener, sitting, patient); !filled) return filled;
  stored_.facts.declined = patient.declined;
  stored_.facts.incomplete |= blind_;
  sitting.judge(stored_.facts, as_of_, judgement);
  return {};
}

// Through the stored form in every case, so that what is rehearsed is what a screening would judge.
Result<void> Rehearsal::fill(const Screener& screener, Sitting& sitting, const StoredPatient& patient) {
  const std::size_t concepts = screener.tables().concept_count();
  if (patient.mapped_under == screener.mapped_under() && stored_.decode_judged(patient.judged, concepts)) return {};
  const auto bytes = patient.chart();
  if (!bytes) return tl::unexpected(bytes.error());
  arena_.reset();
  const auto chart = decode_chart(*bytes, arena_);
  if (!chart) return tl::unexpected(chart.error());
  remarks_.clear();
  const auto& mapped = sitting.map(*chart, false, remarks_);
  fact_bytes_ = encode_facts(mapped, mapped.incomplete);
  return stored_.decode_judged(fact_bytes_.judged, concepts);
}

}  // namespace trialflag::screening
