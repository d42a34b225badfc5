// A hospital in memory, as the cycle's source, with switches for what can go wrong; and a post office that remembers.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/app/resource_page.h"
#include "agent/base/ids.h"
#include "agent/json/value.h"
#include "agent/screening/ports.h"
#include "fhir/decode.h"

namespace trialflag::testing {

class PaperHospital final : public screening::PatientSource {
 public:
  // Switches.
  bool away = false;                                            ///< nobody answers
  bool reads_fail = false;                                      ///< polls work, reading one patient does not
  std::set<fhir::ResourceType> failing;                         ///< types that break after their first page
  std::map<std::string, ErrorCode> ill;                         ///< patients that cannot be read, though the others can
  std::function<void()> before_read;                            ///< runs before each patient is read
  int reads = 0;                                                ///< how many patients were read
  std::optional<Instant> clock;                                 ///< what its Date header says; none: it has none
  bool has_history = true;                                      ///< tells deletions
  std::set<std::string> unsearchable;                           ///< ids that no search shows and a read by id does
  std::set<std::string> unlisted;                               ///< ids that no search by patient shows; others and a read by id do
  std::set<std::string> unreadable_by_id;                       ///< ids under which the server says that nothing is there
  std::set<std::string> flawed;                                 ///< ids of records that are given and cannot be read
  std::map<std::string, std::string> lagging;                   ///< by id, what a search by patient still shows of a record
  std::set<fhir::ResourceType> broken;                          ///< types of which a search by patient fails
  std::set<fhir::ResourceType> by_category;                     ///< of which a search by patient is known to show some categories alone
  std::map<std::string, std::vector<screening::Visit>> visits;  ///< by patient
  int asked_by_id = 0;                                          ///< how many records
  bool visits_fail = false;
  std::function<void()> before_visits;              ///< runs before appointments are told
  int visits_asked = 0;                             ///< how often appointments were asked for
  bool shows_versions = false;                      ///< a poll shows what has been replaced since this was set, too, behind what holds now
  bool stamps = false;                              ///< a record's time is its meta.lastUpdated, as the agent reads it
  std::map<fhir::ResourceType, Instant> parts;      ///< types of which all until then is shown as a part of the whole
  std::vector<std::optional<Instant>> asked_since;  ///< with each of `asked`
  std::vector<fhir::ResourceType> asked;            ///< for what changed, in this order, since it was emptied
  std::optional<std::size_t> shows;                 ///< a poll shows so many of a type and no more, and calls that whole

  /// Writes a resource at that moment.
  void put(const std::string& json, Instant at) {
    json::Document document;
    if (!document.parse(json)) throw std::runtime_error("a test's resource is no JSON");
    const fhir::ResourceType type = fhir::resource_type(document.root()["resourceType"].string());
    const std::pair key(type, std::string(document.root()["id"].string()));
    if (const auto former = records_.find(key); shows_versions && former != records_.end()) versions_.emplace(key, former->second);
    records_[key] = {json, at};
  }
  void remove(fhir::ResourceType type, const std::string& id, Instant at) {
    records_.erase({type, id});
    deletions_.push_back({type, id, at});
  }

  /// As a server that has lost a record: no search shows it, no read finds it, nothing tells that it was deleted.
  void hide(fhir::ResourceType type, const std::string& id) { hidden_.insert(records_.extract({type, id})); }
  void show(fhir::ResourceType type, const std::string& id) { records_.insert(hidden_.extract({type, id})); }

  Result<void> greet() override {
    if (away) return fail(ErrorCode::unavailable, "nobody answers");
    return {};
  }
  [[nodiscard]] std::vector<fhir::ResourceType> types() const override {
    return {fhir::ResourceType::patient, fhir::ResourceType::condition, fhir::ResourceType::observation,
            fhir::ResourceType::medication_request, fhir::ResourceType::encounter};
  }

  [[nodiscard]] std::optional<Instant> now() const override { return clock; }

  Result<screening::Standing> ask_for(const screening::ResourceKey& key, std::span<const screening::PatientId> of, Arena& arena) override {
    ++asked_by_id;
    screening::Standing standing;
    const auto at = records_.find({key.type, key.id});
    if (at == records_.end() || unreadable_by_id.contains(key.id)) return standing;
    standing.given = true;
    const fhir::Record record = Decoded(at->second.json, arena).record;
    standing.there = std::any_of(of.begin(), of.end(), [&](const auto& id) { return record.subject.target == "Patient/" + id.value; });
    if (standing.there) standing.record = record;
    return standing;
  }

  Result<screening::TypeOutcome> changed(fhir::ResourceType type, std::optional<Instant> since, const OnPage& on_page,
                                         const OnPart& on_part) override {
    std::size_t shown = 0;
    asked.push_back(type);
    asked_since.push_back(since);
    std::multimap<Key, Stored> all(records_.begin(), records_.end());
    all.insert(versions_.begin(), versions_.end());
    for (const auto& [key, stored] : all) {
      if (key.first != type || (since && stored.at < *since) || unsearchable.contains(key.second)) continue;
      if (shows && shown++ >= *shows) break;
      Arena arena;
      const Decoded decoded(stored.json, arena);
      screening::Touched touched;
      touched.patient = type == fhir::ResourceType::patient ? &decoded.patient : nullptr;
      touched.record = type == fhir::ResourceType::patient ? nullptr : &decoded.record;
      touched.readable = !flawed.contains(key.second);
      touched.fingerprint = fingerprint({stored.json, std::to_string(stored.at.ms)});
      touched.updated = !stamps           ? stored.at
                        : touched.patient ? app::instant_of(decoded.patient.updated)
                                          : app::instant_of(decoded.record.updated);
      if (auto taken = on_page({&touched, 1}); !taken) return tl::unexpected(taken.error());
      if (failing.contains(type) && !parts.contains(type)) break;
    }
    if (const auto part = parts.find(type); part != parts.end())
      if (auto kept = on_part(part->second); !kept) return tl::unexpected(kept.error());
    if (failing.contains(type)) return screening::TypeOutcome{screening::Reading::incomplete, "broken off", false, false};
    return screening::TypeOutcome{};
  }

  Result<std::vector<std::string>> deleted(fhir::ResourceType type, Instant since) override {
    std::vector<std::string> ids;
    if (!has_history) return fail(ErrorCode::not_found, "no history");
    for (const auto& deletion : deletions_)
      if (deletion.type == type && deletion.at >= since) ids.push_back(deletion.id);
    return ids;
  }

  Result<std::vector<screening::Visit>> appointments(const screening::PatientId& patient, std::span<const screening::PatientId> aliases,
                                                     Instant) override {
    if (before_visits) before_visits();
    ++visits_asked;
    if (visits_fail) return fail(ErrorCode::unavailable, "nobody answers");
    std::vector<screening::Visit> found = visits[patient.value];
    for (const screening::PatientId& alias : aliases) found.insert(found.end(), visits[alias.value].begin(), visits[alias.value].end());
    return found;
  }

  Result<screening::WholePatient> read(const screening::PatientId& patient, std::span<const screening::PatientId> aliases,
                                       Arena& arena) override {
    if (before_read) before_read();
    if (away || reads_fail) return fail(ErrorCode::unavailable, "nobody answers");
    if (const auto sick = ill.find(patient.value); sick != ill.end()) return fail(sick->second, "not this one");
    ++reads;
    const auto at = records_.find({fhir::ResourceType::patient, patient.value});
    if (at == records_.end()) return fail(ErrorCode::not_found, "gone");
    screening::WholePatient whole;
    whole.chart.reference = "Patient/" + patient.value;
    whole.chart.patient = Decoded(at->second.json, arena).patient;
    for (const fhir::PatientLink& link : whole.chart.patient.links)
      if (link.type == "replaced-by") whole.merged_into = {std::string(fhir::target_of(link.other.target)->id)};
    std::set<std::string, std::less<>> ids = {whole.chart.reference};
    for (const screening::PatientId& alias : aliases) ids.insert("Patient/" + alias.value);
    for (const auto& [key, stored] : records_) {
      if (key.first == fhir::ResourceType::patient || unsearchable.contains(key.second) || unlisted.contains(key.second)) continue;
      const auto former = lagging.find(key.second);
      const fhir::Record record = Decoded(former == lagging.end() ? stored.json : former->second, arena).record;
      if (!ids.contains(record.subject.target) || broken.contains(key.first)) continue;
      if (!flawed.contains(key.second)) {
        whole.chart.records.push_back(record);
        continue;
      }
      whole.chart.incomplete.add(key.first);
      whole.unread.push_back({key.first, key.second});
    }
    for (const fhir::ResourceType type : broken) {
      whole.chart.incomplete.add(type);
      whole.retry.add(type);
    }
    for (const fhir::ResourceType type : by_category) whole.by_category.add(type);
    return whole;
  }

 private:
  using Key = std::pair<fhir::ResourceType, std::string>;
  struct Stored {
    std::string json;
    Instant at;
  };
  struct Deletion {
    fhir::ResourceType type;
    std::string id;
    Instant at;
  };
  struct Decoded {
    Decoded(const std::string& json, Arena& arena) {
      json::Document document;
      fhir::Issues issues;
      if (!document.parse(json)) return;
      if (document.root()["resourceType"].string() == "Patient") {
        patient = fhir::decode_patient(document.root(), arena, issues);
      } else {
        record = fhir::decode_record(document.root(), {}, arena, issues);
      }
    }
    fhir::Patient patient;
    fhir::Record record;
  };

  std::map<Key, Stored> records_, hidden_;
  std::multimap<Key, Stored> versions_;  ///< former ones
  std::vector<Deletion> deletions_;
};

class PostOffice final : public screening::Sender {
 public:
  screening::Delivery answer = screening::Delivery::accepted;
  std::map<std::string, screening::Delivery> answers;  ///< by the recipient's id, before `answer`
  bool unreached = false;
  std::function<void()> meanwhile;  ///< done while a letter is under way
  int asked = 0;
  std::vector<screening::Letter> taken;

  screening::DeliveryOutcome send(const screening::Letter& letter) override {
    ++asked;
    if (meanwhile) meanwhile();
    const auto own = answers.find(letter.to.recipient);
    const auto said = own == answers.end() ? answer : own->second;
    if (said == screening::Delivery::accepted) taken.push_back(letter);
    return {said, said == screening::Delivery::accepted ? "" : "as told", std::chrono::milliseconds(0), unreached};
  }
};

}  // namespace trialflag::testing
