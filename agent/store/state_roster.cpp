// Whom to screen, and who is filed under whom.
#include <utility>

#include "agent/store/forget.h"
#include "agent/store/rows.h"
#include "agent/store/state.h"

namespace trialflag::store {
namespace {

constexpr const char* kName = "roster";
constexpr const char *kHeldSince = "roster_held_since", *kHeldMissing = "roster_held_missing";

}  // namespace

Result<std::optional<screening::KeptRoster>> State::roster() {
  return guarded("reading the roster", [&]() -> std::optional<screening::KeptRoster> {
    screening::KeptRoster kept;
    kept.name = meta(database_, kName);
    if (kept.name.empty()) return std::nullopt;
    const std::string held = meta(database_, kHeldSince);
    if (!held.empty()) kept.held_since = Instant{std::stoll(held)};
    if (const std::string missing = meta(database_, kHeldMissing); !missing.empty()) kept.held_missing = std::stoll(missing);
    const auto row = database_.prepare("SELECT patient FROM roster");
    while (row->step()) kept.members.push_back({row->text(0)});
    return kept;
  });
}

Result<void> State::commit(const screening::RosterStep& step) {
  return guarded("keeping the roster", [&] {
    Transaction transaction(database_);
    if (step.anew) database_.execute("DELETE FROM roster");
    for (const auto& patient : step.joined) {
      if (is_forgotten(database_, patient.value)) continue;
      database_.run("INSERT INTO roster (patient) VALUES (?) ON CONFLICT DO NOTHING", patient.value);
      database_.run("INSERT INTO patients (id, pending) VALUES (?, 2) ON CONFLICT (id) DO UPDATE SET pending = 2", patient.value);
    }
    for (const auto& patient : step.left) {
      database_.run("DELETE FROM roster WHERE patient = ?", patient.value);
      database_.run("UPDATE patients SET pending = max(pending, 1) WHERE id = ?", patient.value);
    }
    if (step.anew)
      database_.execute(
          "UPDATE patients SET pending = max(pending, 1) WHERE id IN (SELECT patient FROM charts EXCEPT SELECT patient FROM roster)");
    set_meta(database_, kName, step.name);
    set_meta(database_, kHeldSince, step.held_since ? std::to_string(step.held_since->ms) : std::string());
    set_meta(database_, kHeldMissing, step.held_since ? std::to_string(step.held_missing) : std::string());
    transaction.commit();
  });
}

Result<void> State::forget_roster() {
  return guarded("forgetting the roster", [&] {
    if (meta(database_, kName).empty()) return;
    Transaction transaction(database_);
    database_.execute("DELETE FROM roster");
    database_.execute("UPDATE patients SET pending = 2 WHERE id IN (SELECT patient FROM charts EXCEPT SELECT patient FROM verdicts)");
    set_meta(database_, kName, {});
    set_meta(database_, kHeldSince, {});
    transaction.commit();
  });
}

Result<std::vector<std::pair<screening::PatientId, screening::PatientId>>> State::merges() {
  return guarded("reading the merges", [&] {
    std::vector<std::pair<screening::PatientId, screening::PatientId>> merges;
    const auto row = database_.prepare("SELECT alias, patient FROM aliases ORDER BY alias");
    while (row->step()) merges.emplace_back(screening::PatientId{row->text(0)}, screening::PatientId{row->text(1)});
    return merges;
  });
}

Result<void> State::mark_all_for_reading() {
  return guarded("marking for reading", [&] {
    Transaction transaction(database_);
    database_.execute("UPDATE patients SET pending = 2 WHERE id IN (SELECT patient FROM charts)");
    database_.execute(
        "INSERT INTO patients (id, pending) SELECT alias, 2 FROM aliases WHERE true ON CONFLICT (id) DO UPDATE SET pending = 2");
    transaction.commit();
  });
}

}  // namespace trialflag::store
