#include "agent/store/quarantine.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "agent/store/forget.h"
#include "agent/store/rows.h"

namespace trialflag::store {
namespace {

constexpr std::int64_t kMost = 10000;

/// Of the ids of `sound` those that are kept; all of them when more are kept than it has.
std::vector<std::string> kept_among(Database& database, std::string_view type, const std::vector<std::string>& sound) {
  std::set<std::string> kept;
  const auto row = database.prepare("SELECT DISTINCT id FROM quarantine WHERE type = ? LIMIT ?");
  row->bind(type, static_cast<std::int64_t>(sound.size() + 1));
  while (row->step()) kept.insert(row->text(0));
  if (kept.size() > sound.size()) return sound;
  std::vector<std::string> among;
  std::copy_if(sound.begin(), sound.end(), std::back_inserter(among), [&](const std::string& id) { return kept.contains(id); });
  return among;
}

/// The oldest go when there are too many, and are counted.
void bound(Database& database) {
  std::int64_t count = 0;
  {
    const auto row = database.prepare("SELECT count(*) FROM quarantine");
    if (row->step()) count = row->integer(0);
  }
  if (count <= kMost) return;
  database.run("DELETE FROM quarantine WHERE rowid IN (SELECT rowid FROM quarantine ORDER BY last_at LIMIT ?)", count - kMost);
  set_meta(database, "quarantine_dropped", std::to_string(quarantine_dropped(database) + count - kMost));
}

}  // namespace

void keep_quarantine(Database& database, const screening::PageStep& step) {
  const std::string_view type = fhir::name_of(step.type);
  for (const std::string& id : kept_among(database, type, step.sound))
    if (!id.empty()) database.run("DELETE FROM quarantine WHERE type = ? AND id = ?", type, id);
  if (step.forget_flawed_before) database.run("DELETE FROM quarantine WHERE type = ? AND last_at < ?", type, *step.forget_flawed_before);
  for (const auto& flawed : step.flawed) {
    if (is_forgotten(database, flawed.patient.value)) continue;
    const std::int64_t mark = flawed.id.empty() ? flawed.fingerprint : 0;
    database.run(
        "INSERT INTO quarantine (type, id, mark, patient, reason, raw, first_at, last_at, times) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, "
        "1) "
        "ON CONFLICT (type, id, mark) DO UPDATE SET patient = excluded.patient, reason = excluded.reason, raw = excluded.raw, last_at = "
        "excluded.last_at, times = times + ?8",
        type, flawed.id, mark, flawed.patient.value, flawed.reason, Statement::Blob{flawed.raw}, step.at, flawed.again ? 0 : 1);
  }
  if (!step.flawed.empty()) bound(database);
}

std::vector<QuarantineCount> quarantine_counts(Database& database) {
  std::vector<QuarantineCount> counts;
  const auto row = database.prepare("SELECT type, count(*), min(first_at) FROM quarantine GROUP BY type ORDER BY type");
  while (row->step()) counts.push_back({row->text(0), static_cast<int>(row->integer(1)), row->instant(2)});
  return counts;
}

std::vector<Quarantined> quarantined(Database& database) {
  std::vector<Quarantined> all;
  const auto row = database.prepare("SELECT type, id, reason, raw, first_at, last_at, times FROM quarantine ORDER BY first_at, type, id");
  while (row->step()) {
    all.push_back(
        {row->text(0), row->text(1), row->text(2), row->text(3), row->instant(4), row->instant(5), static_cast<int>(row->integer(6))});
  }
  return all;
}

int quarantine_dropped(Database& database) {
  const std::string text = meta(database, "quarantine_dropped");
  return text.empty() ? 0 : std::stoi(text);
}

}  // namespace trialflag::store
