#include "agent/app/hospital_source.h"

#include <algorithm>
#include <list>
#include <system_error>
#include <utility>

#include "agent/app/reading_aside.h"
#include "agent/app/resource_page.h"
#include "agent/base/log.h"
#include "agent/intake/probe.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

using fhir::ResourceType;
using screening::PatientId;
using screening::Reading;
using screening::TypeOutcome;

/// More would not be faster: what they find goes through one thread.
constexpr std::size_t kTypesAtOnce = 2;

constexpr std::int64_t kBelieved = 24LL * 3600 * 1000;  ///< ms: so long what a server showed holds without being tried again

}  // namespace

const std::vector<ResourceType>& polled_types() {
  static const std::vector<ResourceType> kTypes = {
      ResourceType::patient,
      ResourceType::condition,
      ResourceType::observation,
      ResourceType::diagnostic_report,  // after what it names; it is in no chart
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

HospitalSource::HospitalSource(std::unique_ptr<fhir::Client> client, int connections, BulkSettings bulk, const Clock& clock,
                               SourceMemory* memory, const std::stop_token& stop)
    : client_(std::move(client)),
      clock_(clock),
      memory_(memory),
      connections_(connections),
      stop_(stop),
      bulk_(*client_, std::move(bulk), clock, stop),
      patients_(*client_, connections, capability_, outcomes_, wording_, memory) {}
HospitalSource::~HospitalSource() = default;

Result<void> HospitalSource::greet() {
  patients_.begin_cycle();
  outcomes_.clear();
  if (!reads_reports_)
    outcomes_[ResourceType::diagnostic_report] = {Reading::unsupported, std::string("ehr.reports is never; ") + kNoReports};
  gone_.clear();
  deleted_.clear();
  allowances_.clear();
  shows_none_.clear();
  appointments_refused_ = false;
  auto capability = client_->capability();
  if (!capability) return tl::unexpected(capability.error());
  capability_ = std::move(*capability);
  tell_once(capability_->doubt);
  if (auto recalled = recall_lore(); !recalled) return recalled;
  wording_.begin_cycle();
  for (const ResourceType type : polled_types()) {
    const PatientWords known = words_of(capability_->find(fhir::name_of(type)), lore_.types[type]);
    if (!wording_.of(type).settled) wording_.set(type, known);
  }
  patients_.medication_lists().set_singly(lore_.types[ResourceType::medication].refuses_ids);
  patients_.observation_lists().set_singly(lore_.types[ResourceType::observation].refuses_ids);
  return {};
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
  Lore anew{software, now, {}};
  // How long a type takes is no property that wears off: a reading that needs more than a day must come to its end.
  for (const auto& [type, learnt] : lore_.types) {
    if (lore_.software == software) anew.types[type].slow = learnt.slow;
    anew.types[type].untold = learnt.untold;
  }
  lore_ = std::move(anew);
  wording_.clear();
  return keep_lore();
}

Result<void> HospitalSource::keep_wording() {
  bool news = patients_.medication_lists().singly() && !std::exchange(lore_.types[ResourceType::medication].refuses_ids, true);
  news = (patients_.observation_lists().singly() && !std::exchange(lore_.types[ResourceType::observation].refuses_ids, true)) || news;
  for (const ResourceType type : polled_types()) {
    const Learnt before = lore_.types[type];
    keep_words(wording_.of(type), capability_ ? capability_->find(fhir::name_of(type)) : nullptr, lore_.types[type]);
    news = news || before != lore_.types[type];
  }
  return news ? keep_lore() : Result<void>();
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
  std::vector<ResourceType> exported = polled_types();
  if (!reads_reports_) std::erase(exported, ResourceType::diagnostic_report);
  return capability_ ? bulk_.begin(*capability_, exported, sweep_wanted, first_load) : sweep_wanted;
}

std::vector<ResourceType> HospitalSource::types() const {
  std::vector<ResourceType> types = polled_types();
  std::stable_partition(types.begin(), types.end(), [this](ResourceType type) {
    const auto learnt = lore_.types.find(type);
    return learnt == lore_.types.end() || learnt->second.slow == 0;
  });
  return types;
}

TypeReader::Whom HospitalSource::whom() const {
  if (memory_ == nullptr) return {};
  return [memory = memory_](ResourceType type) { return memory->whom(type); };
}

fhir::Allowance& HospitalSource::begin_allowance(ResourceType type) {
  return allowances_.insert_or_assign(type, allowance_of(lore_.types[type], client_->longest_silence())).first->second;
}

std::optional<Result<TypeOutcome>> HospitalSource::without_search(const screening::TypeReading& wanted) {
  if (wanted.type == ResourceType::diagnostic_report && !reads_reports_) return outcomes_[wanted.type];
  if (wanted.since) return std::nullopt;
  begin_allowance(wanted.type);
  auto exported = bulk_.read(wanted.type, wanted.on_page);
  if (!exported || !*exported) return exported;
  // What was written since the export is neither unseen nor vanished.
  if (const auto after = bulk_.catch_up_from(**exported)) {
    const auto caught_up = changed(wanted.type, after, wanted.on_page, {});
    if (!caught_up) return caught_up;
    if (caught_up->reading == Reading::whole) (*exported)->as_of.reset();
  }
  outcomes_[wanted.type] = **exported;
  return exported;
}

Result<TypeOutcome> HospitalSource::changed(ResourceType type, std::optional<Instant> since, const OnPage& on_page, const OnPart& on_part) {
  const screening::TypeReading wanted{type, since, on_page, on_part, {}};
  if (auto outcome = without_search(wanted)) return *outcome;
  Learnt learnt = lore_.types[type];
  TypeReader reader(*client_, capability(), whom(), type, &begin_allowance(type));
  auto outcome = reader.read(since, on_page, learnt, on_part);
  if (!outcome) return outcome;
  if (auto kept = learn(wanted, reader, learnt, *outcome); !kept) return tl::unexpected(kept.error());
  return outcome;
}

Result<void> HospitalSource::read_types(const NextReading& next) {
  const NextReading watched = [&] {
    auto wanted = next();
    if (!wanted) return wanted;
    wanted->on_page = [this, type = wanted->type, take = std::move(wanted->on_page)](std::span<const screening::Touched> page) {
      if (!page.empty()) shows_none_[type] = false;
      return take(page);
    };
    return wanted;
  };
  if (connections_ < 2) return PatientSource::read_types(watched);
  Handover handover;
  std::list<ReadingAside> under_way;
  // Whoever is under way when something fails is let go, and then waited for.
  struct Closing {
    Handover& handover;
    std::list<ReadingAside>& under_way;
    ~Closing() {
      handover.close();
      for (ReadingAside& reading : under_way) reading.let_go();
    }
  } const closing{handover, under_way};
  const auto end = [&](const screening::TypeReading& wanted, Result<TypeOutcome> outcome) -> Result<void> {
    if (!outcome) return tl::unexpected(outcome.error());
    return wanted.on_end(std::move(*outcome));
  };
  while (true) {
    while (under_way.size() < kTypesAtOnce) {
      auto wanted = watched();
      if (!wanted) break;
      if (auto outcome = without_search(*wanted)) {
        if (auto ended = end(*wanted, std::move(*outcome)); !ended) return ended;
        continue;
      }
      const ResourceType type = wanted->type;
      try {
        under_way.emplace_back(handover, *wanted,
                               ReadingAside::With{*client_, capability(), whom(), begin_allowance(type), lore_.types[type], stop_});
      } catch (const std::system_error&) {  // too many threads
        auto outcome = changed(type, wanted->since, wanted->on_page, wanted->on_part);
        if (auto ended = end(*wanted, std::move(outcome)); !ended) return ended;
      }
    }
    if (under_way.empty()) return {};
    handover.serve();
    for (const ReadingAside& reading : under_way)
      if (reading.failure()) return tl::unexpected(*reading.failure());
    const auto done = std::find_if(under_way.begin(), under_way.end(), [](const ReadingAside& reading) { return reading.ended(); });
    if (done == under_way.end()) continue;
    auto outcome = done->take_outcome();
    if (outcome)
      if (auto kept = learn(done->wanted(), done->reader(), done->learnt(), *outcome); !kept) return kept;
    if (auto ended = end(done->wanted(), std::move(outcome)); !ended) return ended;
    under_way.erase(done);
  }
}

/// A server that has shown records of a type does not come to keep none: its statement or a gateway is ill, and what is on file counts.
Result<void> HospitalSource::doubt_absence(ResourceType type, Learnt& learnt, TypeOutcome& outcome) const {
  if (outcome.reading != Reading::unsupported || type == ResourceType::diagnostic_report || memory_ == nullptr) return {};
  const auto shown = memory_->has_shown(type);
  if (!shown) return tl::unexpected(shown.error());
  if (!*shown) return {};
  learnt.absent = false;
  outcome.reading = Reading::incomplete;
  outcome.unreachable = true;  // nor is it asked for patient by patient
  outcome.error = "the server says that it keeps no such records, and has shown some; what is on file counts until it does so again";
  return {};
}

Result<void> HospitalSource::learn(const screening::TypeReading& wanted, const TypeReader& reader, Learnt learnt, TypeOutcome& outcome) {
  const ResourceType type = wanted.type;
  if (auto doubted = doubt_absence(type, learnt, outcome); !doubted) return doubted;
  // A gateway in trouble answers 404, too: only what the server states, and of what nothing was read, is believed for longer than a cycle.
  if (wanted.since || !capability_ || !capability_->stated) learnt.absent = false;
  learnt.slow = slowness_after(lore_.types[type], allowances_.at(type));
  learnt.untold = lore_.types[type].untold;  // between parts deletions are asked for
  wording_.set(type, words_of(capability_ ? capability_->find(fhir::name_of(type)) : nullptr, learnt));
  if (const Learnt before = std::exchange(lore_.types[type], learnt); before != learnt) {
    if (learnt.absent && !before.absent)
      log_info(std::string(fhir::name_of(type)) + ": the server keeps no such records; it is asked for them again in a day");
    if (auto kept = keep_lore(); !kept) return kept;
  }
  // Who refuses everything is told of by what was refused first.
  const auto observations = outcomes_.find(ResourceType::observation);
  const bool aid = type == ResourceType::diagnostic_report && capability_ && capability_->find(fhir::name_of(type)) != nullptr;
  if (aid && outcome.reading == Reading::unsupported && observations != outcomes_.end() && observations->second.reading == Reading::whole)
    tell_once(outcome.error);
  if (reader.unlinked()) tell_once("the server names no next pages; the agent reads on by _offset, or by windows of _lastUpdated");
  if (reader.met_unreadable_time())
    tell_once(std::string(fhir::name_of(type)) +
              ": records bear a meta.lastUpdated that is no FHIR instant; they are read as if they bore none, until the EHR's "
              "administrator mends "
              "it");
  if (auto deleted = reader.deleted()) deleted_[type] = std::move(*deleted);
  outcomes_[type] = outcome;
  return {};
}

namespace {

/// A reconciliation finds what was deleted before.
constexpr std::int64_t kLongestUntold = 2LL * 24 * 60 * 60 * 1000;

/// A history that is not to be had. What is refused may be granted again, and then tells what it did not meanwhile.
bool is_refused(ErrorCode code) {
  return code == ErrorCode::invalid_config || code == ErrorCode::not_found || code == ErrorCode::unauthorized;
}

}  // namespace

/// There is a history, and it cannot be had: as soon as it can it is asked for what was deleted since then.
Result<std::vector<std::string>> HospitalSource::untold(ResourceType type, Instant since) {
  if (lore_.types[type].untold == 0) {
    lore_.types[type].untold = since.ms;
    if (auto kept = keep_lore(); !kept) return tl::unexpected(kept.error());
  }
  return fail(ErrorCode::not_found, "the server has no history");
}

Result<std::vector<std::string>> HospitalSource::deleted(ResourceType type, Instant since) {
  if (const auto told = deleted_.find(type); told != deleted_.end()) {
    gone_[type].insert(told->second.begin(), told->second.end());
    return told->second;
  }
  const std::string name(fhir::name_of(type));
  const auto* listed = capability_ ? capability_->find(name) : nullptr;
  if (listed == nullptr || !listed->interactions.contains("history-type")) return fail(ErrorCode::not_found, "the server has no history");
  if (!plan_of(listed, type, lore_.types[type]).deletions) return untold(type, since);
  Instant from = since;
  if (const std::int64_t untold = lore_.types[type].untold; untold > 0)
    from.ms = std::min(since.ms, std::max(untold, since.ms - kLongestUntold));
  const auto history = client_->deleted_since(name, from, &allowances_.at(type));
  if (!history && is_refused(history.error().code)) {
    if (history.error().code == ErrorCode::unauthorized)
      tell_once(history.error().message + "; deletions are found by reconciliation until that is mended");
    return untold(type, since);
  }
  if (!history) return tl::unexpected(history.error());
  std::vector<std::string> ids;
  for (const fhir::Deleted& deleted : history->deleted) ids.push_back(deleted.id);
  gone_[type].insert(ids.begin(), ids.end());
  if (history->whole) {
    if (std::exchange(lore_.types[type].untold, 0) == 0) return ids;
    if (auto kept = keep_lore(); !kept) return tl::unexpected(kept.error());
    return ids;
  }
  // What it told is true all the same; the rest is for a reconciliation, and so is whatever comes until it is tried again.
  lore_.types[type].refuses_history = true;
  tell_once(name +
            ": the server's history counts more entries than it shows, so that deletions are found by reconciliation alone for a day");
  if (auto kept = keep_lore(); !kept) return tl::unexpected(kept.error());
  return ids;
}

bool HospitalSource::said_gone(const screening::ResourceKey& record) const {
  const auto gone = gone_.find(record.type);
  return gone != gone_.end() && gone->second.contains(record.id);
}

Result<screening::Standing> HospitalSource::ask_for(const screening::ResourceKey& key, std::span<const PatientId> of, Arena& arena) {
  screening::Standing standing;
  if (said_gone(key)) return standing;
  const auto text = client_->read(fhir::name_of(key.type), key.id);
  if (!text && text.error().code == ErrorCode::not_found) return standing;
  if (!text && (not_reached(text.error().code) || text.error().code == ErrorCode::internal)) return tl::unexpected(text.error());
  standing.there = true;
  if (!text) return standing;  // a refusal does not say that it is gone
  standing.given = true;
  const std::string reference = intake::named_subject(*text).value_or("");
  const auto subject = fhir::target_of(reference);
  standing.there = !subject || std::any_of(of.begin(), of.end(), [&](const PatientId& id) { return id.value == subject->id; });
  json::Document document;
  if (!subject || !standing.there || !document.parse(*text) || is_subset(document.root())) return standing;
  fhir::Issues issues;
  const fhir::Record record = fhir::decode_record(document.root(), {}, arena, issues);
  if (!fhir::has_error(issues) && record.type == key.type && record.id == key.id) standing.record = record;
  return standing;
}

Result<std::map<std::string, PatientId>> HospitalSource::whose(const std::set<std::string>& observations) {
  auto owners = patients_.whose(observations);
  if (auto kept = keep_wording(); !kept) return tl::unexpected(kept.error());
  return owners;
}

void HospitalSource::read_ahead(const PatientId& patient, std::span<const PatientId> aliases) {
  patients_.read_ahead(patient, aliases);
}

void HospitalSource::forget_ahead() {
  patients_.forget_ahead();
}

namespace {

/// As search for a Patient's id: nobody, or no answer to the question.
bool finds_nobody(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::conflict;
}

}  // namespace

Result<screening::WholePatient> HospitalSource::read(const PatientId& patient, std::span<const PatientId> aliases, Arena& arena) {
  auto whole = patients_.read(patient, aliases, arena);
  // A node that lags says that nobody is there, and a server that knows no reading by id says it of everybody.
  if (!whole && whole.error().code == ErrorCode::not_found && !said_gone({ResourceType::patient, patient.value}))
    whole = patients_.read_as_shown(patient, aliases, arena);
  // Where searches are granted and readings are not, or not known, a search that shows nobody says nothing. Who is refused stays unread.
  const bool not_granted = !whole && whole.error().code == ErrorCode::unauthorized && !client_->may(fhir::Access::read, "Patient");
  if (not_granted || (!whole && whole.error().code == ErrorCode::invalid_config))
    if (auto shown = patients_.read_as_shown(patient, aliases, arena); shown || !finds_nobody(shown.error().code)) whole = std::move(shown);
  if (auto kept = keep_wording(); !kept) return tl::unexpected(kept.error());
  if (auto doubted = whole ? doubt_nothing(*whole) : Result<void>(); !doubted) return tl::unexpected(doubted.error());
  return whole;
}

Result<bool> HospitalSource::shows_none(ResourceType type) {
  if (const auto known = shows_none_.find(type); known != shows_none_.end()) return known->second;
  const std::string name(fhir::name_of(type));
  const Mode mode = plan_of(capability_ ? capability_->find(name) : nullptr, type, lore_.types[type]).mode;
  const auto shown = memory_ == nullptr ? Result<bool>(false) : memory_->has_shown(type);
  if (!shown) return tl::unexpected(shown.error());
  bool any = true;
  if (*shown && mode != Mode::per_patient && mode != Mode::none) {
    any = false;
    const auto end = client_->search(name, {}, [&any](const fhir::Found& found) -> Result<void> {
      any = any || !found.included;
      return any ? fail(ErrorCode::internal, "that is enough") : Result<void>();
    });
    any = any || !end;
  }
  return shows_none_[type] = !any;
}

Result<void> HospitalSource::doubt_nothing(screening::WholePatient& whole) {
  screening::TypeSet settled = whole.chart.incomplete;
  for (const fhir::Record& record : whole.chart.records) settled.add(record.type);
  for (const ResourceType type : polled_types()) {
    const bool by_patient = type != ResourceType::patient && type != ResourceType::medication && type != ResourceType::diagnostic_report;
    if (!by_patient || settled.has(type)) continue;
    const auto none = shows_none(type);
    if (!none) return tl::unexpected(none.error());
    if (!*none) continue;
    whole.chart.incomplete.add(type);
    whole.retry.add(type);
    whole.error = std::string(fhir::name_of(type)) + ": the server has shown such records and shows none to anybody now";
  }
  return {};
}

}  // namespace trialflag::app
