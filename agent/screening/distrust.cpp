#include "agent/screening/distrust.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/screening/carry_over.h"
#include "agent/screening/chart_blob.h"
#include "agent/screening/version_order.h"

namespace trialflag::screening {
namespace {

using fhir::Record;
using fhir::ResourceType;

constexpr int kMostAsked = 20;  ///< records of a type that the reading does not show and that are there

/// One reading.
class Doubt {
 public:
  /// `arrived`: what polls have brought since the last reading.
  Doubt(CycleWork& work, std::vector<PatientId> of, bool stranger, bool doubted, const Chart& arrived, WholePatient& whole, Arena& arena)
      : work_(work), of_(std::move(of)), stranger_(stranger), doubted_(doubted), whole_(whole), arena_(arena) {
    for (const Record& record : arrived.records) arrived_.insert(key_of(record));
    for (std::size_t i = 0; i < whole.chart.records.size(); ++i) shown_.emplace(key_of(whole.chart.records[i]), i);
    for (const auto* keys : {&whole.unread, &whole.in_part})
      for (const ResourceKey& key : *keys) flawed_.insert({key.type, key.id});
  }

  Result<void> compare(const Record& known) {
    if (known.id.empty() || flawed_.contains(key_of(known))) return {};
    const auto shown = shown_.find(key_of(known));
    const bool failed = whole_.retry.has(known.type);
    if (failed && !stranger_) return {};
    if (shown == shown_.end()) return failed ? keep(known) : look_for(known);
    if (failed || !is_former(whole_.chart.records[shown->second], known)) return {};
    return look_for_newer(known, whole_.chart.records[shown->second]);
  }

  /// A Patient that polls have shown and that is newer than the one read counts: a death must not be forgotten.
  void compare(const fhir::Patient& known) {
    if (known.id.empty() || !known.links.empty() || !is_former(whole_.chart.patient, known)) return;
    whole_.chart.patient = known;
    doubt(ResourceType::patient, ": the server gives an older version by its id than it has shown");
  }

 private:
  using Key = std::pair<ResourceType, std::string_view>;
  static Key key_of(const Record& record) { return {record.type, record.id}; }

  Result<void> look_for(const Record& known) {
    const ResourceKey key{known.type, std::string(known.id)};
    const bool held = work_.is_held(key);
    if (work_.told_gone.contains({key.type, key.id})) return {};
    if (held || found_[key.type] >= kMostAsked) return keep(known, held);
    const auto standing = work_.source.ask_for(key, of_, arena_);
    if (!standing) return tl::unexpected(standing.error());
    if (!standing->there) return standing->given || is_gone(known) ? Result<void>() : keep(known);
    ++found_[key.type];
    const bool newer = standing->record && !is_former(*standing->record, known);
    return keep(newer ? *standing->record : known);
  }

  /// Whether what neither a reading nor the record's id shows is gone: the source says so, or shows all but that; or nothing speaks against
  /// it, neither what a poll has shown since nor that the source would have told.
  [[nodiscard]] bool is_gone(const Record& known) const {
    if (work_.swept.has(known.type)) return work_.vanished.contains({known.type, std::string(known.id)});
    return !doubted_ && !arrived_.contains(key_of(known)) && !work_.tells_deletions.has(known.type);
  }

  Result<void> look_for_newer(const Record& known, Record& shown) {
    const auto standing = work_.source.ask_for({known.type, std::string(known.id)}, of_, arena_);
    if (!standing) return tl::unexpected(standing.error());
    if (!standing->there || !standing->record) return {};
    if (is_former(shown, *standing->record)) shown = *standing->record;
    if (!is_former(*standing->record, known)) doubt(known.type, ": a search shows records as they were before");
    return {};
  }

  /// It is there, though the reading does not show it.
  Result<void> keep(const Record& record, bool held = false) {
    whole_.chart.records.push_back(record);
    if (whole_.by_category.has(record.type)) return {};
    const char* why = held ? "" : ": a search does not show records that are there, or of which the server does not say that they are gone";
    doubt(record.type, why);
    return {};
  }

  void doubt(ResourceType type, std::string_view why) {
    whole_.doubted.add(type);
    if (stranger_) whole_.chart.incomplete.add(type);
    if (!why.empty()) whole_.error = std::string(fhir::name_of(type)) + std::string(why);
  }

  CycleWork& work_;
  const std::vector<PatientId> of_;
  const bool stranger_, doubted_;
  WholePatient& whole_;
  Arena& arena_;
  std::map<Key, std::size_t> shown_;  ///< places in the chart
  std::set<Key> flawed_, arrived_;
  std::map<ResourceType, int> found_;
};

}  // namespace

Result<void> distrust(CycleWork& work, const PatientId& patient, std::span<const PatientId> aliases, WholePatient& whole, Arena& arena) {
  const auto bytes = work.store.chart(patient);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto arrivals = work.store.arrivals(patient);
  if (!arrivals) return tl::unexpected(arrivals.error());
  const auto decoded = *bytes ? decode_chart(**bytes, arena) : Result<Chart>(Chart());
  const Chart former = decoded ? *decoded : Chart();
  keep_whole(former, whole);
  std::vector<PatientId> of(aliases.begin(), aliases.end());
  of.push_back(patient);
  const auto doubted = work.store.is_doubted(patient);
  if (!doubted) return tl::unexpected(doubted.error());
  Doubt doubt(work, std::move(of), !bytes->has_value(), *doubted, latest_known(Chart(), *arrivals, arena), whole, arena);
  const Chart known = latest_known(former, *arrivals, arena);
  for (const Record& record : known.records)
    if (auto compared = doubt.compare(record); !compared) return compared;
  doubt.compare(known.patient);
  if (decoded) find_misdated(former, whole.chart, work.misdated);
  if (!whole.doubted.none()) keep_medications(former, whole.chart);
  const bool stranger = !bytes->has_value();
  for (const ResourceType type : work.source.types())
    if ((whole.doubted.has(type) && former.incomplete.has(type)) || (stranger && work.held.has(type))) whole.chart.incomplete.add(type);
  return {};
}

}  // namespace trialflag::screening
