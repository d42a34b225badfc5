#include "agent/app/hospital_source.h"

#include <algorithm>
#include <utility>

#include "agent/app/resource_page.h"
#include "agent/app/type_reader.h"
#include "agent/base/log.h"
#include "agent/intake/probe.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

using fhir::ResourceType;
using screening::PatientId;
using screening::Reading;
using screening::TypeOutcome;

constexpr std::int64_t kBelieved = 24LL * 3600 * 1000;  ///< ms: so long what a server showed holds without being tried again

bool not_reached(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::timeout;
}

}  // namespace

const std::vector<ResourceType>& polled_types() {
  static const std::vector<ResourceType> kTypes = {
      ResourceType::patient,
      ResourceType::condition,
      ResourceType::observation,
      ResourceType::medication_request,
      ResourceType::medication_statement,
      ResourceType::medication_dispense,
      ResourceType::medication_administration,
      ResourceType::medication,
      ResourceType::allergy_intolerance,
      ResourceType::procedure,
      ResourceType::service_request,
      ResourceType::care_plan,
      ResourceType::encounter,
      ResourceType::consent,
      ResourceType::questionnaire_response,
  };
  return kTypes;
}

/// One patient being put together.
class HospitalSource::Whole {
 public:
  Whole(HospitalSource& source, const PatientId& patient, std::span<const PatientId> aliases, Arena& arena)
      : source_(source), arena_(arena) {
    ids_.push_back(patient.value);
    for (const PatientId& alias : aliases) ids_.push_back(alias.value);
  }

  Result<screening::WholePatient> read() {
    if (auto patient = read_patient(); !patient) return tl::unexpected(patient.error());
    for (const ResourceType type : polled_types()) {
      if (type == ResourceType::patient || type == ResourceType::medication) continue;
      if (auto records = read_type(type); !records) return tl::unexpected(records.error());
    }
    if (auto medications = read_medications(); !medications) return tl::unexpected(medications.error());
    return std::move(whole_);
  }

 private:
  Result<void> read_patient() {
    const auto text = source_.client_->read("Patient", ids_.front());
    if (!text) return tl::unexpected(text.error());
    json::Document document;
    if (!document.parse(*text) || document.root()["resourceType"].string() != "Patient")
      return fail(ErrorCode::malformed_data, "what the server gives as a Patient is none");
    if (is_subset(document.root())) return fail(ErrorCode::malformed_data, "the server gives the Patient in part only");
    fhir::Issues issues;
    whole_.chart.reference = "Patient/" + ids_.front();
    whole_.chart.patient = fhir::decode_patient(document.root(), arena_, issues);
    for (const fhir::PatientLink& link : whole_.chart.patient.links) {
      const auto other = fhir::target_of(link.other.target);
      if (link.type == "replaced-by" && other && other->type == "Patient") whole_.merged_into = {std::string(other->id)};
    }
    return {};
  }

  /// A type that this cycle's poll could not read is not asked for again patient by patient.
  bool skip(ResourceType type) {
    const auto at = source_.outcomes_.find(type);
    if (at == source_.outcomes_.end() || at->second.reading == Reading::whole) return false;
    if (at->second.reading == Reading::unsupported) return true;
    if (at->second.reading == Reading::incomplete && !at->second.unreachable) return false;
    lacks(type, at->second);
    return true;
  }

  void lacks(ResourceType type, const TypeOutcome& outcome) {
    whole_.chart.incomplete.add(type);
    if (outcome.reading == Reading::incomplete && !outcome.warned) whole_.retry.add(type);
    whole_.error = std::string(fhir::name_of(type)) + ": " + outcome.error;
  }

  Result<void> read_type(ResourceType type) {
    if (skip(type)) return {};
    const std::string name(fhir::name_of(type));
    for (const std::string& id : ids_) {
      const auto end = source_.client_->search(name, {{"patient", id}}, [&](const fhir::Found& found) { return take(type, found); });
      if (!end && (not_reached(end.error().code) || end.error().code == ErrorCode::internal)) return tl::unexpected(end.error());
      const bool is_listed = !source_.capability_ || source_.capability_->find(name) != nullptr;
      const TypeOutcome outcome = end ? TypeOutcome{end->whole ? Reading::whole : Reading::incomplete, end->shortfall, false, end->warned}
                                      : outcome_of(end.error(), is_listed);
      if (outcome.reading == Reading::incomplete || outcome.reading == Reading::not_granted) lacks(type, outcome);
    }
    return {};
  }

  Result<void> take(ResourceType type, const fhir::Found& found) {
    if (found.included) return {};
    if (!document_.parse(found.json) || document_.root()["resourceType"].string() != fhir::name_of(type)) return take_broken(type, found);
    fhir::Issues issues;
    fhir::Record record = fhir::decode_record(document_.root(), found.full_url, arena_, issues);
    if (is_of_others(record.subject.target)) return {};
    if (fhir::has_error(issues) || is_subset(document_.root())) {
      set_aside(type, std::string(record.id));
    } else if (!replace_older(record)) {
      whole_.chart.records.push_back(record);
    }
    return {};
  }

  Result<void> take_broken(ResourceType type, const fhir::Found& found) {
    if (!is_of_others(intake::named_subject(found.json).value_or(""))) set_aside(type, told_id(type, found.json, found.full_url));
    return {};
  }

  /// A server that ignores the parameter shows other people's records, too.
  [[nodiscard]] bool is_of_others(std::string_view reference) const {
    const auto subject = fhir::target_of(reference);
    return subject && std::find(ids_.begin(), ids_.end(), subject->id) == ids_.end();
  }

  /// A flawed record costs the patient its type, and is remembered, for it may be mended or deleted.
  void set_aside(ResourceType type, std::string id) {
    whole_.chart.incomplete.add(type);
    whole_.unread.push_back({type, std::move(id)});
  }

  /// Pages that shift while they are read may show a record twice.
  bool replace_older(const fhir::Record& record) {
    if (record.id.empty()) return false;
    for (fhir::Record& known : whole_.chart.records) {
      if (known.type != record.type || known.id != record.id) continue;
      known = record;
      return true;
    }
    return false;
  }

  Result<void> read_medications() {
    std::set<std::string, std::less<>> wanted;
    for (const fhir::Record& record : whole_.chart.records) want(record.medication, wanted);
    for (const fhir::Record& record : whole_.chart.records) want_ingredients(record, wanted);
    std::set<std::string, std::less<>> had;
    while (!wanted.empty()) {
      const std::string id = *wanted.begin();
      wanted.erase(wanted.begin());
      if (!had.insert(id).second) continue;
      if (auto read = read_medication(id, wanted); !read) return read;
    }
    return {};
  }

  static void want(const fhir::Reference& reference, std::set<std::string, std::less<>>& wanted) {
    const auto target = fhir::target_of(reference.target);
    if (target && target->type == "Medication") wanted.insert(std::string(target->id));
  }

  static void want_ingredients(const fhir::Record& record, std::set<std::string, std::less<>>& wanted) {
    for (const fhir::Drug& drug : record.contained_drugs)
      for (const fhir::Reference& ingredient : drug.ingredient_refs) want(ingredient, wanted);
  }

  /// One that is gone or refused leaves its drug records unreadable, which the screening judges.
  Result<void> read_medication(const std::string& id, std::set<std::string, std::less<>>& wanted) {
    auto at = source_.medications_.find(id);
    if (at == source_.medications_.end()) {
      auto text = source_.client_->read("Medication", id);
      if (!text && (not_reached(text.error().code) || text.error().code == ErrorCode::internal)) return tl::unexpected(text.error());
      // What cannot be parsed is remembered as something that is no Medication.
      const bool damaged = !text && text.error().code == ErrorCode::malformed_data;
      at = source_.medications_.emplace(id, text ? std::move(*text) : damaged ? "{}" : "").first;
    }
    fhir::Issues issues;
    if (at->second.empty() || !document_.parse(at->second)) return {};
    const fhir::Record record = fhir::decode_record(document_.root(), {}, arena_, issues);
    if (fhir::has_error(issues) || is_subset(document_.root())) {
      whole_.unread.push_back({ResourceType::medication, id});
      return {};
    }
    whole_.chart.medications.push_back(record);
    want_ingredients(record, wanted);
    return {};
  }

  HospitalSource& source_;
  Arena& arena_;
  std::vector<std::string> ids_;  ///< the patient's first, then those merged into it
  json::Document document_;
  screening::WholePatient whole_;
};

HospitalSource::HospitalSource(std::unique_ptr<fhir::Client> client, BulkSettings bulk, const Clock& clock, SourceMemory* memory,
                               const std::stop_token& stop)
    : client_(std::move(client)), clock_(clock), memory_(memory), bulk_(*client_, std::move(bulk), clock, stop) {}
HospitalSource::~HospitalSource() = default;

Result<void> HospitalSource::greet() {
  outcomes_.clear();
  medications_.clear();
  deleted_.clear();
  appointments_refused_ = false;
  auto capability = client_->capability();
  if (!capability) return tl::unexpected(capability.error());
  capability_ = std::move(*capability);
  tell_once(capability_->doubt);
  return recall_lore();
}

/// What a server showed is believed for a day, and no longer than its software stays the same.
Result<void> HospitalSource::recall_lore() {
  const auto text = memory_ == nullptr ? Result<std::string>() : memory_->recall();
  if (!text) return tl::unexpected(text.error());
  if (memory_ != nullptr) lore_ = Lore::from_text(*text);
  const Instant now = capability_->server_time.value_or(clock_.now());
  const std::string software = capability_->software + " " + capability_->version;
  if (!lore_.software.empty() && lore_.software != software)
    log_info("the EHR's software was \"" + lore_.software + "\" and is \"" + software + "\"; what was learnt of it is tried anew");
  if (lore_.software == software && now.ms - lore_.at.ms < kBelieved && lore_.at <= now) return {};
  lore_ = Lore{software, now, {}};
  return keep_lore();
}

Result<void> HospitalSource::keep_lore() {
  return memory_ == nullptr ? Result<void>() : memory_->remember(lore_.to_text());
}

std::optional<Instant> HospitalSource::now() const {
  return capability_ ? capability_->server_time : std::nullopt;
}

void HospitalSource::tell_once(const std::string& remark) {
  if (!remark.empty() && told_.insert(remark).second) log_warning(remark);
}

bool HospitalSource::begin_reading(bool sweep_wanted, bool first_load) {
  return capability_ ? bulk_.begin(*capability_, polled_types(), sweep_wanted, first_load) : sweep_wanted;
}

std::vector<ResourceType> HospitalSource::types() const {
  return polled_types();
}

Result<TypeOutcome> HospitalSource::changed(ResourceType type, std::optional<Instant> since, const OnPage& on_page) {
  if (auto exported = since ? std::nullopt : bulk_.read(type, on_page)) {
    if (!*exported) return *exported;
    // What was written since the export is neither unseen nor vanished.
    if (const auto after = bulk_.catch_up_from(**exported)) {
      const auto caught_up = changed(type, after, on_page);
      if (!caught_up) return caught_up;
      if (caught_up->reading == Reading::whole) (*exported)->as_of.reset();
    }
    outcomes_[type] = **exported;
    return *exported;
  }
  TypeReader reader(*client_, capability_ ? &*capability_ : nullptr, memory_, type);
  Learnt learnt = lore_.types[type];
  const auto outcome = reader.read(since, on_page, learnt);
  if (!outcome) return outcome;
  if (const bool news = std::exchange(lore_.types[type], learnt) != learnt; news)
    if (auto kept = keep_lore(); !kept) return tl::unexpected(kept.error());
  if (reader.unlinked()) tell_once("the server names no next pages; the agent reads on by _offset, or by windows of _lastUpdated");
  if (auto deleted = reader.deleted()) deleted_[type] = std::move(*deleted);
  outcomes_[type] = *outcome;
  return outcome;
}

Result<std::vector<std::string>> HospitalSource::deleted(ResourceType type, Instant since) {
  if (const auto told = deleted_.find(type); told != deleted_.end()) return told->second;
  const std::string name(fhir::name_of(type));
  const auto* listed = capability_ ? capability_->find(name) : nullptr;
  if (listed == nullptr || !plan_of(listed, type, lore_.types[type]).deletions)
    return fail(ErrorCode::not_found, "the server has no history");
  const auto history = client_->deleted_since(name, since);
  if (!history && history.error().code == ErrorCode::invalid_config) return fail(ErrorCode::not_found, "the server has no history");
  if (!history) return tl::unexpected(history.error());
  std::vector<std::string> ids;
  for (const fhir::Deleted& deleted : history->deleted) ids.push_back(deleted.id);
  return ids;
}

Result<bool> HospitalSource::still_holds(const screening::ResourceKey& record, std::span<const PatientId> of) {
  const auto text = client_->read(fhir::name_of(record.type), record.id);
  if (!text && (not_reached(text.error().code) || text.error().code == ErrorCode::internal)) return tl::unexpected(text.error());
  if (!text) return false;
  const std::string reference = intake::named_subject(*text).value_or("");
  const auto subject = fhir::target_of(reference);
  return !subject || std::any_of(of.begin(), of.end(), [&](const PatientId& id) { return id.value == subject->id; });
}

Result<screening::WholePatient> HospitalSource::read(const PatientId& patient, std::span<const PatientId> aliases, Arena& arena) {
  return Whole(*this, patient, aliases, arena).read();
}

}  // namespace trialflag::app
