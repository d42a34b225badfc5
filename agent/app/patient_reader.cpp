#include "agent/app/patient_reader.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "agent/app/hospital_source.h"
#include "agent/app/member_reader.h"
#include "agent/app/members.h"
#include "agent/app/plan.h"
#include "agent/app/resource_page.h"
#include "agent/app/type_reader.h"
#include "agent/intake/probe.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

using fhir::ResourceType;
using screening::PatientId;
using screening::Reading;
using screening::TypeOutcome;

constexpr std::size_t kMostAhead = 2;

/// The server is in trouble, or the agent is stopping: the patient cannot be read now.
bool ends_reading(ErrorCode code) {
  return not_reached(code) || code == ErrorCode::internal;
}

using Ids = std::vector<std::string>;

Result<std::string> fetch_patient(fhir::Client& client, const std::string& id) {
  return client.read("Patient", id);
}

/// not_found when it is not shown; conflict when the search failed, which says nothing of who is there.
Result<std::string> search_for_patient(fhir::Client& client, const std::string& id) {
  std::optional<std::string> shown;
  json::Document document;
  const auto end = client.search("Patient", {{"_id", id}}, [&](const fhir::Found& found) -> Result<void> {
    if (found.included || !document.parse(found.json) || document.root()["resourceType"].string() != "Patient") return {};
    if (document.root()["id"].string() != id) return fail(ErrorCode::malformed_data, "the server does not apply _id");
    shown = found.json;
    return {};
  });
  if (!end && ends_reading(end.error().code)) return tl::unexpected(end.error());
  if (!end)
    return fail(ErrorCode::conflict, "nobody is there by the Patient's id, and the search for it tells nothing: " + end.error().message);
  if (!shown) return fail(ErrorCode::not_found, "no search shows the Patient");
  return std::move(*shown);
}

}  // namespace

Ids ids_of(const PatientId& patient, std::span<const PatientId> aliases) {
  Ids ids{patient.value};
  for (const PatientId& alias : aliases) ids.push_back(alias.value);
  return ids;
}

/// The records of one type. Views point into its own arena.
struct PatientReader::TypeAnswer {
  std::unique_ptr<Arena> arena = std::make_unique<Arena>();
  std::vector<fhir::Record> records;
  std::vector<screening::ResourceKey> unread, in_part;
  std::vector<TypeOutcome> lacking;  ///< why it is incomplete
  std::set<std::string> names;       ///< Observations that these name (members.h)
  bool by_category = false;          ///< some categories alone could be asked for
  bool asked = false;                ///< false: others had failed before its turn came
  std::optional<Error> error;        ///< of a kind that ends the reading of the patient
};

/// What is under way for one patient. One that is dropped has what has not begun yet left out.
struct PatientReader::Asked {
  explicit Asked(Ids who) : ids(std::move(who)) {}
  ~Asked() { *unwanted = true; }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  const Ids ids;
  std::shared_ptr<std::atomic<bool>> unwanted = std::make_shared<std::atomic<bool>>(false);
  std::future<Result<std::string>> patient;
  std::vector<std::pair<ResourceType, std::future<TypeAnswer>>> types;
};

/// Reads one type of one patient; on a thread of the crew.
class PatientReader::TypeQuestion {
 public:
  /// `polled_whole`: this cycle's poll has read the type whole, so that a refusal is of the patient.
  TypeQuestion(fhir::Client& client, ResourceType type, bool is_listed, bool polled_whole, const Ids& ids, Wording& wording)
      : client_(client), type_(type), is_listed_(is_listed), polled_whole_(polled_whole), ids_(ids), wording_(wording) {}

  TypeAnswer ask() {
    answer_.asked = true;
    const std::string name(fhir::name_of(type_));
    for (const std::string& id : ids_) {
      fhir::Refusal refusal;
      const auto end = search(name, id, refusal);
      // As a server without reports (TypeReader::read), unless it has shown some.
      if (!end && is_report() && refuses_question(refusal.status)) {
        if (polled_whole_) answer_.lacking.push_back({Reading::incomplete, end.error().message, false, true});
        continue;
      }
      if (!end && ends_reading(end.error().code) && !(is_report() && end.error().code != ErrorCode::internal)) {
        answer_.error = end.error();
        break;
      }
      answer_.by_category = answer_.by_category || (end && end->in_parts);
      const TypeOutcome outcome = end ? TypeOutcome{end->whole ? Reading::whole : Reading::incomplete, end->shortfall, false, end->warned}
                                      : outcome_of(end.error(), is_listed_ || polled_whole_);
      if (outcome.reading == Reading::incomplete || outcome.reading == Reading::not_granted) answer_.lacking.push_back(outcome);
    }
    return std::move(answer_);
  }

 private:
  /// What it tells is no record of the chart, and no reason to leave the patient unread.
  [[nodiscard]] bool is_report() const { return type_ == ResourceType::diagnostic_report; }

  Result<fhir::SearchEnd> search(const std::string& name, const std::string& id, fhir::Refusal& refusal) {
    PatientWords words = wording_.of(type_);
    auto end = search_patient(
        client_, name, {{"patient", id}}, words, [&](const fhir::Found& found) { return take(found); }, refusal);
    wording_.set(type_, words);
    return end;
  }

  Result<void> take(const fhir::Found& found) {
    if (found.included) return {};
    if (!document_.parse(found.json) || document_.root()["resourceType"].string() != fhir::name_of(type_)) return take_broken(found);
    fhir::Issues issues;
    fhir::Record record = fhir::decode_record(document_.root(), found.full_url, *answer_.arena, issues);
    if (is_of_others(record.subject.target)) return {};
    // Why the server shows a record of nobody when it is asked for this patient's, it alone knows.
    if (fhir::has_error(issues) || is_subset(document_.root()) || !fhir::has_subject(document_.root())) {
      (is_subset(document_.root()) ? answer_.in_part : answer_.unread).push_back({type_, std::string(record.id)});
      return {};
    }
    for (std::string& name :
         named_observations(document_.root(), found.full_url, [this](std::string_view address) { return client_.is_ours(address); }))
      answer_.names.insert(std::move(name));
    if (!is_report() && !replace_older(record)) answer_.records.push_back(record);
    return {};
  }

  /// A flawed record costs the patient its type, and is remembered, for it may be mended or deleted.
  Result<void> take_broken(const fhir::Found& found) {
    if (!is_of_others(intake::named_subject(found.json).value_or("")))
      answer_.unread.push_back({type_, told_id(type_, found.json, found.full_url)});
    return {};
  }

  /// A server that ignores the parameter shows other people's records, too.
  [[nodiscard]] bool is_of_others(std::string_view reference) const {
    const auto subject = fhir::target_of(reference);
    return subject && std::find(ids_.begin(), ids_.end(), subject->id) == ids_.end();
  }

  /// Pages that shift while they are read may show a record twice.
  bool replace_older(const fhir::Record& record) {
    if (record.id.empty()) return false;
    for (fhir::Record& known : answer_.records) {
      if (known.id != record.id) continue;
      known = record;
      return true;
    }
    return false;
  }

  fhir::Client& client_;
  const ResourceType type_;
  const bool is_listed_, polled_whole_;
  const Ids& ids_;
  Wording& wording_;
  json::Document document_;
  TypeAnswer answer_;
};

/// One patient being put together.
class PatientReader::Whole {
 public:
  Whole(PatientReader& reader, Asked& asked, Arena& arena) : reader_(reader), asked_(asked), arena_(arena) {}

  Result<screening::WholePatient> read() {
    if (auto patient = read_patient(); !patient) return tl::unexpected(patient.error());
    for (const ResourceType type : polled_types())
      if (type != ResourceType::patient && type != ResourceType::medication) note_skipped(type);
    if (auto records = take_types(); !records) return tl::unexpected(records.error());
    if (auto members = read_members(); !members) return tl::unexpected(members.error());
    if (auto medications = read_medications(); !medications) return tl::unexpected(medications.error());
    return std::move(whole_);
  }

  /// A type that this cycle's poll could not read is not asked for again patient by patient.
  static bool skips(const TypeOutcomes& outcomes, ResourceType type) {
    const auto at = outcomes.find(type);
    if (at == outcomes.end() || at->second.reading == Reading::whole) return false;
    return at->second.reading != Reading::incomplete || at->second.unreachable;
  }

 private:
  Result<void> read_patient() {
    const auto text = asked_.patient.get();
    if (!text) return tl::unexpected(text.error());
    json::Document document;
    if (!document.parse(*text) || document.root()["resourceType"].string() != "Patient")
      return fail(ErrorCode::malformed_data, "what the server gives as a Patient is none");
    if (document.root()["id"].string() != asked_.ids.front())
      return fail(ErrorCode::malformed_data, "the server gives another Patient than the one that was asked for by id, or one without id");
    if (is_subset(document.root())) return fail(ErrorCode::malformed_data, "the server gives the Patient in part only");
    fhir::Issues issues;
    whole_.chart.reference = "Patient/" + asked_.ids.front();
    whole_.chart.patient = fhir::decode_patient(document.root(), arena_, issues);
    for (const fhir::PatientLink& link : whole_.chart.patient.links) {
      const auto other = fhir::target_of(link.other.target);
      if (link.type == "replaced-by" && other && other->type == "Patient") whole_.merged_into = {std::string(other->id)};
    }
    return {};
  }

  void note_skipped(ResourceType type) {
    const auto at = reader_.outcomes_.find(type);
    if (!skips(reader_.outcomes_, type) || at->second.reading == Reading::unsupported) return;
    if (type == ResourceType::observation) members_told_ = false;
    if (type == ResourceType::diagnostic_report) return lacks(ResourceType::observation, of_reports(at->second));
    lacks(type, at->second);
  }

  void lacks(ResourceType type, const TypeOutcome& outcome) {
    whole_.chart.incomplete.add(type);
    if (outcome.reading == Reading::incomplete && !outcome.warned) whole_.retry.add(type);
    whole_.error = std::string(fhir::name_of(type)) + ": " + outcome.error;
  }

  /// The type is to be had, but not for this patient. What is refused once may be a gateway's trouble, and a poll would not show it.
  void lacks_of_patient(ResourceType type, const TypeOutcome& outcome) {
    lacks(type, outcome);
    if (outcome.reading == Reading::not_granted) whole_.refused.add(type);
  }

  /// Results that only a report names may be missing.
  static TypeOutcome of_reports(TypeOutcome outcome) {
    if (!outcome.error.starts_with("DiagnosticReport")) outcome.error = "DiagnosticReport: " + outcome.error;
    return outcome;
  }

  /// In the order of the types, whichever was there first.
  Result<void> take_types() {
    std::vector<TypeAnswer> answers;
    for (auto& [type, coming] : asked_.types) answers.push_back(coming.get());
    for (const TypeAnswer& answer : answers)
      if (answer.error) return tl::unexpected(*answer.error);
    for (const TypeAnswer& answer : answers)
      if (!answer.asked) return fail(ErrorCode::internal, "a type was not asked for");
    for (std::size_t i = 0; i < answers.size(); ++i) take(asked_.types[i].first, answers[i]);
    return {};
  }

  void take(ResourceType type, TypeAnswer& answer) {
    names_.merge(answer.names);
    if (type == ResourceType::diagnostic_report) return take_reports(answer);
    for (const TypeOutcome& outcome : answer.lacking) {
      lacks_of_patient(type, outcome);
      // What a search failed to show is not asked for one by one.
      if (type == ResourceType::observation && !outcome.warned) members_told_ = false;
    }
    if (!answer.unread.empty() || !answer.in_part.empty()) whole_.chart.incomplete.add(type);
    if (answer.by_category) whole_.by_category.add(type);
    std::move(answer.unread.begin(), answer.unread.end(), std::back_inserter(whole_.unread));
    std::move(answer.in_part.begin(), answer.in_part.end(), std::back_inserter(whole_.in_part));
    whole_.chart.records.insert(whole_.chart.records.end(), answer.records.begin(), answer.records.end());
    arena_.adopt(std::move(answer.arena));
  }

  /// A server that does not grant them counts as one without them, unless it has shown some: then they are this patient's that it refuses.
  void take_reports(TypeAnswer& answer) {
    const bool kept = reader_.polled_whole(ResourceType::diagnostic_report);
    for (const TypeOutcome& outcome : answer.lacking)
      if (kept || outcome.reading != Reading::not_granted) lacks_of_patient(ResourceType::observation, of_reports(outcome));
    for (auto* keys : {&answer.unread, &answer.in_part}) {
      if (!keys->empty())
        lacks(ResourceType::observation, of_reports({Reading::incomplete, "one of the patient's cannot be read", false, true}));
      std::move(keys->begin(), keys->end(), std::back_inserter(whole_.unread));
    }
  }

  Result<void> read_members() {
    if (!members_told_) return {};
    std::set<std::string> known, before;
    for (const fhir::Record& record : whole_.chart.records)
      if (record.type == ResourceType::observation) known.emplace(record.id);
    for (const auto* keys : {&whole_.unread, &whole_.in_part})
      for (const screening::ResourceKey& key : *keys)
        if (key.type == ResourceType::observation) known.insert(key.id);
    for (const std::string& id : asked_.ids) {
      const auto held = reader_.memory_ == nullptr ? Result<std::vector<std::string>>() : reader_.memory_->members(id);
      if (!held) return tl::unexpected(held.error());
      before.insert(held->begin(), held->end());
    }
    for (const std::string& id : asked_.ids) {
      auto results = reader_.memory_ == nullptr ? Result<std::vector<std::string>>() : reader_.memory_->results(id);
      if (!results) return tl::unexpected(results.error());
      names_.insert(std::make_move_iterator(results->begin()), std::make_move_iterator(results->end()));
    }
    auto read = MemberReader(reader_.client_, reader_.observation_lists_, reader_.crew_, asked_.ids, arena_)
                    .read(std::move(names_), std::move(known), std::move(before));
    if (!read) return tl::unexpected(read.error());
    take(*read);
    return {};
  }

  void take(MembersRead& read) {
    constexpr ResourceType kType = ResourceType::observation;
    for (const TypeOutcome& outcome : read.lacking) lacks_of_patient(kType, outcome);
    if (!read.flaw.empty()) whole_.error = std::string(fhir::name_of(kType)) + ": " + read.flaw;
    if (!read.unread.empty() || !read.in_part.empty()) whole_.chart.incomplete.add(kType);
    std::move(read.unread.begin(), read.unread.end(), std::back_inserter(whole_.unread));
    std::move(read.in_part.begin(), read.in_part.end(), std::back_inserter(whole_.in_part));
    auto& records = whole_.chart.records;
    const auto behind = std::find_if(records.begin(), records.end(), [](const fhir::Record& record) { return record.type > kType; });
    records.insert(behind, read.records.begin(), read.records.end());
    whole_.members = std::move(read.asked);
  }

  Result<void> read_medications() {
    MedicationReader::Ids wanted, had;
    for (const fhir::Record& record : whole_.chart.records) want(record.medication, wanted);
    for (const fhir::Record& record : whole_.chart.records) want_ingredients(record, wanted);
    while (!wanted.empty()) {
      if (auto fetched = reader_.medications_.fetch(wanted); !fetched) return fetched;
      had.insert(wanted.begin(), wanted.end());
      MedicationReader::Ids ingredients;
      for (const std::string& id : wanted) take_medication(id, ingredients);
      wanted.clear();
      std::set_difference(ingredients.begin(), ingredients.end(), had.begin(), had.end(), std::inserter(wanted, wanted.end()));
    }
    return {};
  }

  static void want(const fhir::Reference& reference, MedicationReader::Ids& wanted) {
    const auto target = fhir::target_of(reference.target);
    if (target && target->type == "Medication") wanted.insert(std::string(target->id));
  }

  static void want_ingredients(const fhir::Record& record, MedicationReader::Ids& wanted) {
    for (const fhir::Drug& drug : record.contained_drugs)
      for (const fhir::Reference& ingredient : drug.ingredient_refs) want(ingredient, wanted);
  }

  /// One that is gone or refused leaves its drug records unreadable, which the screening judges. One for which the server fails costs the
  /// patient the types that name drugs so, until another attempt.
  void take_medication(const std::string& id, MedicationReader::Ids& wanted) {
    const MedicationReader::Kept& kept = reader_.medications_.of(id);
    if (kept.failed) lack_drugs(*kept.failed);
    if (kept.refused && reader_.polled_whole(ResourceType::medication)) {
      whole_.refused.add(ResourceType::medication);
      whole_.error = "Medication: " + kept.refused->message;
    }
    fhir::Issues issues;
    json::Document document;
    if (kept.text.empty() || !document.parse(kept.text)) return;
    const fhir::Record record = fhir::decode_record(document.root(), {}, arena_, issues);
    if (fhir::has_error(issues) || is_subset(document.root())) {
      whole_.unread.push_back({ResourceType::medication, id});
      return;
    }
    whole_.chart.medications.push_back(record);
    want_ingredients(record, wanted);
  }

  void lack_drugs(const Error& error) {
    for (const fhir::Record& record : whole_.chart.records) {
      MedicationReader::Ids named;
      want(record.medication, named);
      want_ingredients(record, named);
      if (!named.empty()) lacks(record.type, {Reading::incomplete, "a Medication: " + error.message, not_reached(error.code), false});
    }
  }

  PatientReader& reader_;
  Asked& asked_;
  Arena& arena_;
  screening::WholePatient whole_;
  std::set<std::string> names_;  ///< Observations that panels and reports name
  bool members_told_ = true;     ///< false: Observations were not read, so that nobody knows which no search shows
};

PatientReader::PatientReader(fhir::Client& client, int connections, const std::optional<fhir::Capability>& capability,
                             const TypeOutcomes& outcomes, Wording& wording, SourceMemory* memory)
    : client_(client),
      capability_(capability),
      outcomes_(outcomes),
      memory_(memory),
      wording_(wording),
      observation_lists_(client, ResourceType::observation),
      medications_(client),
      crew_(connections) {}

PatientReader::~PatientReader() = default;

/// A poll that asks patient by patient may have had nobody to ask for.
bool PatientReader::polled_whole(ResourceType type) const {
  const auto at = outcomes_.find(type);
  return at != outcomes_.end() && at->second.reading == Reading::whole && at->second.how != name_of(Mode::per_patient);
}

void PatientReader::begin_cycle() {
  ahead_.clear();
  medications_.begin_cycle();
}

/// Questions are given in an order in which the Patient comes first. Once one has failed, those that have not begun are left out: the
/// patient cannot be read, and the server has enough to do.
std::unique_ptr<PatientReader::Asked> PatientReader::ask(Ids ids, FetchPatient fetch) {
  auto asked = std::make_unique<Asked>(std::move(ids));
  const auto who = std::make_shared<const Ids>(asked->ids);
  asked->patient = crew_.give([&client = client_, fetch, who, unwanted = asked->unwanted]() -> Result<std::string> {
    if (*unwanted) return fail(ErrorCode::internal, "not wanted any more");
    auto text = fetch(client, who->front());
    if (!text) *unwanted = true;
    return text;
  });
  for (const ResourceType type : polled_types()) {
    if (type == ResourceType::patient || type == ResourceType::medication || Whole::skips(outcomes_, type)) continue;
    const bool is_listed = !capability_ || capability_->find(fhir::name_of(type)) != nullptr;
    const bool whole = polled_whole(type);
    asked->types.emplace_back(
        type, crew_.give([&client = client_, &wording = wording_, type, is_listed, whole, who, unwanted = asked->unwanted]() -> TypeAnswer {
          if (*unwanted) return {};
          auto answer = TypeQuestion(client, type, is_listed, whole, *who, wording).ask();
          if (answer.error) *unwanted = true;
          return answer;
        }));
  }
  return asked;
}

std::unique_ptr<PatientReader::Asked> PatientReader::take_ahead(const Ids& ids) {
  const auto at = std::find_if(ahead_.begin(), ahead_.end(), [&](const auto& asked) { return asked->ids == ids; });
  if (at == ahead_.end()) return nullptr;
  auto asked = std::move(*at);
  ahead_.erase(at);
  return asked;
}

void PatientReader::read_ahead(const PatientId& patient, std::span<const PatientId> aliases) {
  if (ahead_.size() >= kMostAhead) ahead_.pop_front();
  ahead_.push_back(ask(ids_of(patient, aliases), fetch_patient));
}

Result<std::map<std::string, PatientId>> PatientReader::whose(const std::set<std::string>& observations) {
  std::set<std::string> askable;
  std::copy_if(observations.begin(), observations.end(), std::inserter(askable, askable.end()), is_askable);
  const auto answers = observation_lists_.read_each(crew_, askable);
  if (!answers) return tl::unexpected(answers.error());
  std::map<std::string, PatientId> owners;
  for (const auto& [id, text] : *answers) {
    auto owner = text ? owner_of(*text, [this](std::string_view address) { return client_.is_ours(address); }) : std::nullopt;
    if (!text && text.error().code == ErrorCode::not_found) owner = "";
    if (owner) owners[id] = {std::move(*owner)};
  }
  return owners;
}

void PatientReader::forget_ahead() {
  ahead_.clear();
}

Result<screening::WholePatient> PatientReader::read(const PatientId& patient, std::span<const PatientId> aliases, Arena& arena) {
  Ids ids = ids_of(patient, aliases);
  auto asked = take_ahead(ids);
  if (!asked) asked = ask(std::move(ids), fetch_patient);
  return Whole(*this, *asked, arena).read();
}

Result<screening::WholePatient> PatientReader::read_as_shown(const PatientId& patient, std::span<const PatientId> aliases, Arena& arena) {
  const auto asked = ask(ids_of(patient, aliases), search_for_patient);
  return Whole(*this, *asked, arena).read();
}

}  // namespace trialflag::app
