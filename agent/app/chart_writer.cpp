#include "agent/app/chart_writer.h"

#include "agent/app/record_read.h"
#include "agent/app/retell.h"
#include "agent/app/type_reader.h"
#include "agent/screening/entry.h"
#include "agent/settings/trial_file.h"

namespace trialflag::app {
namespace {

using notify::FhirBody;
using screening::ClinicalFacts;
using screening::Delivery;
using screening::DeliveryOutcome;

bool stops(const Error& error) {
  return of_state(error) || error.code == ErrorCode::internal;
}

/// A server that looks whether what a resource names is there refuses one that names what was deleted.
bool may_name_deleted(const Error& error) {
  return error.code == ErrorCode::conflict || error.code == ErrorCode::malformed_data;
}

/// Since when what was written is shown no more.
std::string missed_note(const std::string& type, const std::string& identifier) {
  return "missed:" + type + "|" + identifier;
}

/// Since when the EHR has been known to keep no identifier on what is written of the type.
std::string unnamed_note(const std::string& type) {
  return "unnamed:" + type;
}

Error keeps_no_name(const std::string& type) {
  return {ErrorCode::conflict, type +
                                   ": the EHR keeps no identifier on what is written, so that each attempt would write it again; have it " +
                                   "keep " + std::string(notify::kIdSystem) + ", or take the type out of notify.fhir.write"};
}

/// People move these, and the flag with them.
bool is_watched(std::string_view type) {
  return type == "ResearchSubject" || type == "Task";
}

store::EhrMove move_of(const std::string& type, const notify::Standing& standing, bool undone) {
  const auto means = type == "Task" ? screening::state_of_task(standing.status) : screening::state_of_subject(standing.status);
  return {standing.identifier, type, standing.status, means, standing.why, undone};
}

/// What the outbox is to do about it.
DeliveryOutcome outcome_of(const Error& error) {
  const std::string told = "write-back: " + error.message;
  return {error.code == ErrorCode::malformed_data ? Delivery::refused_for_good
          : error.code == ErrorCode::timeout      ? Delivery::uncertain
                                                  : Delivery::refused_for_now,
          told};
}

}  // namespace

EhrWriter::EhrWriter(const std::vector<std::string>& types, std::string language, fhir::Client& client, store::State& state)
    : types_(types.begin(), types.end()), language_(std::move(language)), client_(client), state_(state) {}

void EhrWriter::know(const std::vector<LiveTrial>& trials) {
  words_.clear();
  studies_.clear();
  for (const LiveTrial& trial : trials) {
    const std::shared_ptr<const eligibility::Trial> written(trial.screener, &trial.screener->trial());
    std::vector<std::string> flaws;
    auto wanted = settings::load_trial_text(written->file_text, written->id, trial.screener->tables(), flaws, language_);
    words_[written->id] = {written, wanted ? *wanted : written};
  }
}

notify::Reasons EhrWriter::reasons_of(const ClinicalFacts& facts) const {
  notify::Reasons reasons;
  auto verdict = read_record(facts.record);
  if (!verdict) return reasons;
  const auto words = words_.find(facts.trial);
  if (words != words_.end()) retell(*verdict, *words->second.written, *words->second.wanted);
  for (const auto& criterion : verdict->criteria) {
    std::string line = criterion.summary;
    for (const std::string& question : criterion.ask) line += "; " + question;
    if (criterion.effect == eligibility::Effect::fail)
      reasons.against.push_back(std::move(line));
    else if (criterion.effect == eligibility::Effect::open)
      reasons.open.push_back(std::move(line));
  }
  return reasons;
}

DeliveryOutcome EhrWriter::write(const ClinicalFacts& facts, const screening::MessageContext& context) {
  const auto written = write_all(facts, context);
  return written ? DeliveryOutcome() : outcome_of(written.error());
}

Result<void> EhrWriter::write_all(const ClinicalFacts& facts, const screening::MessageContext& context) {
  notify::AboutFlag about;
  if (!facts.patient.empty()) about.patient = "Patient/" + facts.patient;
  if (writes("ResearchSubject")) {
    auto reference = subject(facts, about);
    if (!reference) return tl::unexpected(reference.error());
    about.subject = std::move(*reference);
  }
  const notify::Reasons reasons = reasons_of(facts);
  if (writes("Task"))
    if (auto done = task(facts, about, reasons, context); !done) return done;
  // What a person did here needs no telling; of somebody who was forgotten nothing can be told.
  const bool of_person = facts.by_person || facts.by_ehr || ended(facts.state);
  if (!writes("Communication") || of_person || about.patient.empty()) return {};
  const std::string identifier = facts.flag + "-" + std::to_string(facts.event);
  const auto told = ensure("Communication", identifier, true, {}, {},
                           [&](const std::string&) { return notify::communication_body(facts, about, reasons, context); });
  return told ? Result<void>() : tl::unexpected(told.error());
}

Result<std::string> EhrWriter::study(const std::string& trial) {
  if (const auto known = studies_.find(trial); known != studies_.end()) return known->second;
  const auto words = words_.find(trial);
  const FhirBody body = notify::study_body(trial, words == words_.end() ? std::string() : words->second.wanted->title, state_.site());
  auto reference = ensure(body.type, body.identifier, true, {}, {}, [&](const std::string&) { return body; });
  if (reference) studies_[trial] = *reference;
  return reference;
}

Result<std::string> EhrWriter::subject(const ClinicalFacts& facts, notify::AboutFlag& about) {
  auto reference = study(facts.trial);
  if (!reference) return reference;
  about.study = std::move(*reference);
  // What was never written need not be taken back.
  auto written = ensure("ResearchSubject", facts.flag, !facts.retracted, facts.flag,
                        Leave{facts.by_person ? Over::anybody : Over::nobody, facts.event}, [&](const std::string& patient) {
                          notify::AboutFlag whom = about;
                          if (whom.patient.empty()) whom.patient = patient;
                          return notify::subject_body(facts, whom);
                        });
  if (written || !may_name_deleted(written.error())) return written;
  studies_.erase(facts.trial);
  const auto anew = study(facts.trial);
  if (anew && *anew != about.study)
    return fail(ErrorCode::unavailable, "ResearchSubject: its ResearchStudy had been deleted; it is written anew");
  return written;
}

Result<void> EhrWriter::task(const ClinicalFacts& facts, notify::AboutFlag about, const notify::Reasons& reasons,
                             const screening::MessageContext& context) {
  const Over over = facts.by_person ? Over::anybody : facts.retracted ? Over::open_task : Over::nobody;
  const auto reference = ensure("Task", facts.flag, !facts.retracted, facts.flag, {over, facts.event}, [&](const std::string& patient) {
    if (about.patient.empty()) about.patient = patient;
    return notify::task_body(facts, about, reasons, context);
  });
  return reference ? Result<void>() : tl::unexpected(reference.error());
}

Result<std::string> EhrWriter::ensure(const std::string& type, const std::string& identifier, bool may_create, const std::string& flag,
                                      Leave leave, const MakeBody& make) {
  const fhir::OwnIdentifier own{std::string(notify::kIdSystem), identifier};
  const std::string note = "written:" + type + "|" + identifier;  // of a study, a list
  const auto known_id = id_of(flag, type, note);
  if (!known_id) return tl::unexpected(known_id.error());
  const auto found = client_.find_own(type, own, *known_id);
  // An answer to a question that cannot be read says nothing about what is to be written.
  if (!found && found.error().code == ErrorCode::malformed_data) return fail(ErrorCode::unavailable, found.error().message);
  if (!found) return tl::unexpected(found.error());
  if (!found->kept && !may_create) {
    const auto gone = found->missed ? surely_gone(type, identifier) : Result<void>();
    return gone ? Result<std::string>() : tl::unexpected(gone.error());
  }
  if (auto there = no_longer_missed(type, identifier); !there) return tl::unexpected(there.error());
  fhir::Kept kept;
  if (found->kept) {
    kept = *found->kept;
  } else {
    if (auto may = is_found_again(type); !may) return tl::unexpected(may.error());
    const FhirBody body = make({});
    auto made = client_.create_own(type, body.json, own);
    if (!made) return tl::unexpected(made.error());
    kept = std::move(*made);
    const auto standing = notify::standing_of(kept.json);
    if (standing && standing->identifier.empty()) {
      if (auto noted = state_.keep_note(unnamed_note(type), std::to_string(now_.ms)); !noted) return tl::unexpected(noted.error());
      return tl::unexpected(keeps_no_name(type));
    }
    // Another agent was faster: what it wrote is looked at by the next attempt.
    if (standing && !standing->written.empty() && standing->written != body.written)
      return fail(ErrorCode::unavailable, type + ": another agent has just written it");
  }
  if (found->kept) {
    const auto standing = notify::standing_of(kept.json);
    if (!standing) return fail(ErrorCode::malformed_data, type + ": what the server keeps of it cannot be read");
    if (type == "Communication") return type + "/" + kept.id;  // what was told is told
    if (standing->written.empty()) {
      const auto wanted = notify::standing_of(make(standing->patient).json);
      if (!is_watched(type) || (may_create && wanted && wanted->status == standing->status)) return type + "/" + kept.id;
      return fail(ErrorCode::conflict, type + ": the EHR has dropped the identifier " + std::string(notify::kWrittenSystem) +
                                           ", so that nobody can tell who has set its status; nothing is written over it. Set it there by "
                                           "hand, and have the EHR keep that identifier");
    }
    if (auto undone = take_undone(type, *standing); !undone) return tl::unexpected(undone.error());
    if (standing->moved()) {
      const auto ours = may_replace(type, kept, *standing, leave);
      if (!ours) return tl::unexpected(ours.error());
      if (!*ours) return type + "/" + kept.id;
    }
    const FhirBody body = make(standing->patient);
    if (standing->moved() || standing->written != body.written) {
      if (auto replaced = replace(kept, body); !replaced) return tl::unexpected(replaced.error());
    }
  }
  if (type != "Communication") {
    const auto known = flag.empty() ? state_.keep_note(note, kept.id) : state_.keep_written_back(flag, type, kept.id);
    if (!known) return tl::unexpected(known.error());
  }
  return type + "/" + kept.id;
}

/// What is written without its identifier would be written once more by each attempt; whether that is mended is tried out once a day.
Result<void> EhrWriter::is_found_again(const std::string& type) {
  constexpr std::int64_t kTriedEach = 24LL * 60 * 60000;
  const auto since = state_.note(unnamed_note(type));
  if (!since) return tl::unexpected(since.error());
  if (since->empty() || now_.ms - std::stoll(*since) >= kTriedEach) return {};
  return tl::unexpected(keeps_no_name(type));
}

Result<void> EhrWriter::surely_gone(const std::string& type, const std::string& identifier) {
  constexpr std::int64_t kLongestLag = 5 * 60000;
  const std::string note = missed_note(type, identifier);
  const auto since = state_.note(note);
  if (!since) return tl::unexpected(since.error());
  const std::int64_t waited = since->empty() ? -1 : now_.ms - std::stoll(*since);
  if (waited >= kLongestLag) return {};
  if (waited < 0)  // or the clock went back
    if (auto kept = state_.keep_note(note, std::to_string(now_.ms)); !kept) return kept;
  return fail(ErrorCode::unavailable, type + ": the EHR shows what was written neither by a search nor by its id; it is looked for again");
}

Result<void> EhrWriter::no_longer_missed(const std::string& type, const std::string& identifier) {
  const std::string note = missed_note(type, identifier);
  const auto since = state_.note(note);
  if (!since) return tl::unexpected(since.error());
  return since->empty() ? Result<void>() : state_.keep_note(note, {});
}

Result<void> EhrWriter::forget_deleted(const std::vector<store::OnList>& listed) {
  for (const store::OnList& one : listed) {
    if (one.subject.empty()) continue;
    const auto found = client_.find_own("ResearchSubject", {std::string(notify::kIdSystem), one.flag}, one.subject);
    if (!found) return tl::unexpected(found.error());
    if (found->kept) continue;
    if (auto kept = state_.keep_written_back(one.flag, "ResearchSubject", {}); !kept) return kept;
  }
  return {};
}

Result<std::string> EhrWriter::id_of(const std::string& flag, const std::string& type, const std::string& note) {
  if (flag.empty()) return state_.note(note);
  const auto known = state_.written_back(flag, type);
  if (!known) return tl::unexpected(known.error());
  return *known ? (*known)->id : std::string();
}

Result<bool> EhrWriter::may_replace(const std::string& type, const fhir::Kept& found, const notify::Standing& standing, Leave leave) {
  if (!is_watched(type)) return false;  // a study or a list that somebody has changed stays theirs
  const auto known = state_.written_back(standing.identifier, type);
  if (!known) return tl::unexpected(known.error());
  if (leave.over == Over::open_task && !screening::over(standing.status)) return true;
  const bool known_of = *known && (*known)->seen == standing.status && (*known)->seen_event < leave.event;
  if (leave.over == Over::anybody && known_of) return true;
  if (!*known)
    if (auto kept = state_.keep_written_back(standing.identifier, type, found.id); !kept) return tl::unexpected(kept.error());
  if (auto taken = state_.take_move(move_of(type, standing, false), now_); !taken) return tl::unexpected(taken.error());
  return false;
}

Result<void> EhrWriter::take_undone(const std::string& type, const notify::Standing& standing) {
  if (!is_watched(type) || standing.moved()) return {};
  const auto known = state_.written_back(standing.identifier, type);
  if (!known) return tl::unexpected(known.error());
  if (!*known || (*known)->seen.empty() || (*known)->seen == standing.status) return {};
  const auto confirmed = confirms(type, (*known)->id, standing);
  if (!confirmed || !*confirmed) return confirmed ? Result<void>() : tl::unexpected(confirmed.error());
  return state_.take_move(move_of(type, standing, true), now_);
}

Result<bool> EhrWriter::confirms(const std::string& type, const std::string& id, const notify::Standing& standing) {
  const auto body = client_.read(type, id);
  if (!body && not_reached(body.error().code)) return tl::unexpected(body.error());
  if (!body) return true;  // where nothing is read by its id a search is all there is
  const auto now = notify::standing_of(*body);
  return !now || (now->status == standing.status && now->written == standing.written);
}

Result<void> EhrWriter::replace(const fhir::Kept& found, const FhirBody& body) {
  const std::string json =
      fhir::put_over(found.json, body.json, notify::kOurSystems, {"statusReason", "entry", "emptyReason", "focus", "about", "study"});
  if (json.empty()) return fail(ErrorCode::malformed_data, body.type + ": what the server keeps of it cannot be read");
  const fhir::OwnIdentifier own{std::string(notify::kIdSystem), body.identifier};
  const auto put = client_.update_own(body.type, found, json, &own);
  if (!put) return tl::unexpected(put.error());
  // An answer that does not show it may be of somebody on the way: what stands there is looked at.
  auto standing = notify::standing_of(put->json);
  if (!standing || standing->written.empty()) {
    const auto kept = client_.read(body.type, put->id);
    if (!kept) return tl::unexpected(kept.error());
    standing = notify::standing_of(*kept);
  }
  if (standing && (standing->written == body.written || standing->written.empty())) return {};
  return fail(ErrorCode::unavailable, body.type + ": the server took it by its answer, and keeps it as it was");
}

Result<void> EhrWriter::keep_list(const screening::TrialId& trial, const screening::MessageContext& context) {
  if (!writes("List")) return {};
  const auto listed = state_.on_list(trial);
  if (!listed && listed.error().code == ErrorCode::conflict) return {};
  if (!listed) return tl::unexpected(listed.error());
  std::vector<std::string> items;
  for (const store::OnList& one : *listed)
    items.push_back(one.subject.empty() ? "Patient/" + one.patient : "ResearchSubject/" + one.subject);
  const FhirBody body = notify::list_body(trial.value, state_.site(), items, context);
  const std::string note = "list:" + trial.value;
  const auto written = state_.note(note);
  if (!written) return tl::unexpected(written.error());
  if (*written == body.written || (written->empty() && items.empty())) return {};
  const auto stands = ensure("List", body.identifier, true, {}, {}, [&](const std::string&) { return body; });
  if (!stands && may_name_deleted(stands.error()) && refused_[trial.value] != body.written) {
    refused_[trial.value] = body.written;
    if (auto known = forget_deleted(*listed); !known) return known;
  }
  if (!stands) return tl::unexpected(stands.error());
  return state_.keep_note(note, body.written);
}

// ----------------------------------------------------------------------------------------------------------------- reading back

Result<void> EhrWriter::read_back(Instant now, std::vector<std::string>& problems) {
  now_ = now;
  const auto any = state_.wrote_back();
  if (!any || !*any) return any ? Result<void>() : tl::unexpected(any.error());
  for (const char* type : {"ResearchSubject", "Task"}) {
    if (!writes(type)) continue;
    const auto read = read_back(type);
    if (read) continue;
    if (stops(read.error())) return read;
    problems.push_back("what people did in the EHR could not be read back: " + read.error().message);
  }
  return {};
}

Result<void> EhrWriter::read_back(const std::string& type) {
  constexpr std::int64_t kOverlap = 5 * 60000;
  const std::string note = "read_back:" + type;
  const auto since = state_.note(note);
  if (!since) return tl::unexpected(since.error());
  std::vector<fhir::Parameter> parameters = {{"identifier", std::string(notify::kIdSystem) + "|"}};
  if (!since->empty()) parameters.push_back({"_lastUpdated", "ge" + Zone::utc().format(Instant{std::stoll(*since)})});
  const auto end = client_.search(type, parameters, [&](const fhir::Found& found) { return take(type, found.json); });
  if (!end) return tl::unexpected(end.error());
  if (!end->whole && !end->unproven) return fail(ErrorCode::unavailable, type + ": " + end->shortfall);
  if (!end->server_time) return {};
  return state_.keep_note(note, std::to_string(end->server_time->ms - kOverlap));
}

Result<void> EhrWriter::take(const std::string& type, std::string_view json) {
  const auto standing = notify::standing_of(json);
  // Without the second identifier nobody can tell whose status it is.
  if (!standing || standing->identifier.empty() || standing->written.empty()) return {};
  if (!standing->moved()) return take_undone(type, *standing);
  const auto known = state_.written_back(standing->identifier, type);
  if (!known) return tl::unexpected(known.error());
  // What would be another move is looked at by its id.
  const bool is_news = *known && (*known)->seen != standing->status;
  const auto confirmed = is_news ? confirms(type, (*known)->id, *standing) : Result<bool>(true);
  if (!confirmed || !*confirmed) return confirmed ? Result<void>() : tl::unexpected(confirmed.error());
  return state_.take_move(move_of(type, *standing, false), now_);
}

}  // namespace trialflag::app
