// Whom to screen, where that is not everybody: who joins is read whole, who leaves is taken out; a roster that cannot be read, or suddenly
// shows far fewer, changes nothing.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {
namespace {

using Ids = std::unordered_set<std::string>;

Ids ids_of(const std::vector<PatientId>& patients) {
  Ids ids;
  for (const PatientId& patient : patients) ids.insert(patient.value);
  return ids;
}

std::vector<PatientId> without(const std::vector<PatientId>& patients, const Ids& others) {
  std::vector<PatientId> rest;
  for (const PatientId& patient : patients)
    if (!others.contains(patient.value)) rest.push_back(patient);
  return rest;
}

/// Old members stay; an operator is told why.
void hold(CycleWork& work, const std::string& why) {
  work.report.roster_unread = true;
  work.report.problems.push_back("roster: " + why);
}

/// Two records of one human: if either is on the roster, both are.
Result<void> add_merged(CycleWork& work) {
  const auto merges = work.store.merges();
  if (!merges) return tl::unexpected(merges.error());
  std::unordered_multimap<std::string, std::string> beside;
  std::vector<std::string> members;
  for (const auto& [alias, record] : *merges) {
    beside.emplace(alias.value, record.value);
    beside.emplace(record.value, alias.value);
    for (const std::string& id : {alias.value, record.value})
      if (work.members.contains(id)) members.push_back(id);
  }
  while (!members.empty()) {
    const auto [first, last] = beside.equal_range(std::exchange(members.back(), {}));
    members.pop_back();
    for (auto other = first; other != last; ++other)
      if (work.members.insert(other->second).second) members.push_back(other->second);
  }
  return {};
}

/// What the roster shows now against what is kept; nullopt: nothing is to be changed.
std::optional<RosterStep> step_of(CycleWork& work, const std::optional<KeptRoster>& kept, const std::vector<PatientId>& members) {
  RosterStep step;
  step.name = work.roster->name();
  if (!kept) {
    step.anew = true;
    step.joined = members;
    return step;
  }
  step.joined = without(members, ids_of(kept->members));
  step.left = without(kept->members, ids_of(members));
  if (is_implausible(step.left.size(), kept->members.size(), kept->held_since ? std::optional(kept->held_missing) : std::nullopt)) {
    const Instant since = kept->held_since.value_or(work.started);
    if (work.started.ms - since.ms < work.settings.stale_after.count()) {
      hold(work, std::to_string(step.left.size()) + " of " + std::to_string(kept->members.size()) +
                     " members are no longer on it; they stay until it shows them again, or has shown this for ehr.stale_after");
      const std::size_t missing = step.left.size();
      step.left.clear();
      step.held_since = since;
      step.held_missing = kept->held_since ? kept->held_missing : static_cast<std::int64_t>(missing);
    }
  }
  if (step.joined.empty() && step.left.empty() && step.held_since == kept->held_since) return std::nullopt;
  return step;
}

}  // namespace

bool is_implausible(std::size_t vanished, std::size_t known, std::optional<std::int64_t> missing_when_held) {
  const bool as_then = missing_when_held && static_cast<std::int64_t>(vanished) >= *missing_when_held;
  return vanished > 0 && (as_then || vanished == known || (vanished > 20 && vanished * 20 > known));
}

Result<void> follow_roster(CycleWork& work) {
  if (work.roster == nullptr) return work.store.forget_roster();
  auto kept = work.store.roster();
  if (!kept) return tl::unexpected(kept.error());
  if (*kept && (*kept)->name != work.roster->name()) kept->reset();
  Result<std::vector<PatientId>> members = fail(ErrorCode::unavailable, "the EHR could not be read");
  if (!work.source_down) members = work.roster->members();
  if (!members) {
    if (!work.source_down) hold(work, members.error().message);
    if (!*kept) {
      // Before it was read once nobody is known to be on it, and nobody to be off it.
      work.source_down = work.report.roster_unread = true;
      work.roster = nullptr;
      return {};
    }
  } else {
    if (const std::string remark = work.roster->remark(); !remark.empty()) work.report.problems.push_back("roster: " + remark);
    if (const auto step = step_of(work, *kept, *members)) {
      if (auto done = work.store.commit(*step); !done) return done;
      auto renewed = work.store.roster();
      if (!renewed) return tl::unexpected(renewed.error());
      *kept = std::move(*renewed);
    }
  }
  if (*kept) work.members = ids_of((*kept)->members);
  return add_merged(work);
}

}  // namespace trialflag::screening
