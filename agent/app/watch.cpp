#include "agent/app/watch.h"

#include <algorithm>
#include <system_error>

#include "agent/base/log.h"
#include "agent/screening/entry.h"

namespace trialflag::app {
namespace {

using screening::CycleReport;
using screening::TypeState;

monitor::ExchangeView exchange_of(const fhir::TrafficCounts& counts) {
  const auto answers = [&](fhir::AnswerClass kind) { return counts.answers[static_cast<std::size_t>(kind)]; };
  monitor::ExchangeView view;
  view.requests = counts.requests;
  view.retries = counts.retries;
  view.paced_ms = counts.paced_ms;
  view.bytes = counts.bytes;
  view.pages = counts.pages;
  view.answers_2xx = answers(fhir::AnswerClass::status_2xx);
  view.answers_3xx = answers(fhir::AnswerClass::status_3xx);
  view.answers_4xx = answers(fhir::AnswerClass::status_4xx);
  view.answers_429 = answers(fhir::AnswerClass::status_429);
  view.answers_5xx = answers(fhir::AnswerClass::status_5xx);
  view.failed = answers(fhir::AnswerClass::failed);
  view.open_breakers = counts.open_breakers;
  view.token_expires = counts.token_expires;
  view.ahead_ms = counts.ahead_ms;
  return view;
}

std::int64_t size_of_state(const std::filesystem::path& folder) {
  std::int64_t bytes = 0;
  for (const char* name : {"state.db", "state.db-wal"}) {
    std::error_code error;
    const auto size = std::filesystem::file_size(folder / name, error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

void show_types(const std::vector<TypeState>& states, bool away, const store::Gauges& gauges,
                const std::map<fhir::ResourceType, std::uint64_t>& touched, monitor::Snapshot& snapshot) {
  snapshot.types.clear();
  for (const fhir::ResourceType type : polled_types()) {
    TypeState state;
    for (const TypeState& candidate : states)
      if (candidate.type == type) state = candidate;
    const auto records = touched.find(type);
    const auto unread = gauges.unread.find(type);
    snapshot.types.push_back({std::string(fhir::name_of(type)), std::string(state_word(state, away)), state.watermark, state.whole_at,
                              records == touched.end() ? 0 : records->second, unread == gauges.unread.end() ? 0 : unread->second,
                              state.how});
  }
}

void show_counts(const store::Gauges& gauges, monitor::Snapshot& snapshot) {
  snapshot.patients_pending = gauges.pending_patients;
  snapshot.notices_waiting = gauges.waiting;
  snapshot.notices_stuck = gauges.stuck;
  snapshot.notices_held = gauges.held;
  snapshot.notices_retrying = gauges.retrying;
  snapshot.flags.clear();
  for (const auto& flags : gauges.flags) snapshot.flags.push_back({flags.trial, flags.status, flags.count});
}

void show_report(const CycleReport& report, const Surroundings& around, monitor::Snapshot& snapshot) {
  ++snapshot.cycles;
  snapshot.cycle_ended = around.ended;
  snapshot.cycle_seconds = around.seconds;
  snapshot.unreachable = report.unreachable;
  snapshot.patients_read += report.read;
  snapshot.patients_screened += report.screened;
  snapshot.patients_failed += report.unread;
  snapshot.notices_sent += report.sent;
  snapshot.notices_refused += report.unsent;
  snapshot.hints = around.hints.hints;
  snapshot.early_cycles = around.hints.early;
  snapshot.subscribed = around.subscribed;
  snapshot.tables_kept_old = !around.table_flaw.empty();
}

}  // namespace

std::string_view state_word(const screening::TypeState& state, bool away) {
  if (!state.ever_read) return "never_read";
  switch (state.reading) {
    case screening::Reading::whole:
      return away ? "incomplete" : "ok";
    case screening::Reading::incomplete:
      return "incomplete";
    case screening::Reading::not_granted:
      return "not_granted";
    case screening::Reading::unsupported:
      return "unsupported";
  }
  return {};
}

Watch::Watch(Instant started) {
  snapshot_.version = TRIALFLAG_VERSION;
  snapshot_.engine = screening::kEngineVersion;
  snapshot_.started = started;
}

Result<void> Watch::cycle_ended(LiveAgent& agent, const CycleReport& report, const Surroundings& around) {
  const auto gauges = agent.state().gauges();
  if (!gauges) return tl::unexpected(gauges.error());
  const auto states = agent.state().type_states();
  if (!states) return tl::unexpected(states.error());
  const auto traffic = agent.client().traffic();
  auto troubles = troubles_after(report, *gauges, traffic, around, troubles_);
  if (snapshot_.cycles == 0) skip_known_records(report, troubles, around.ended);
  if (auto told = tell_troubles(agent, std::move(troubles), around.ended); !told) return told;
  tell(report);
  const settings::AgentConfig& config = agent.config().agent;
  for (const auto& [type, count] : report.touched_by_type) touched_[type] += count;
  show_report(report, around, snapshot_);
  show_types(*states, report.unreachable, *gauges, touched_, snapshot_);
  show_counts(*gauges, snapshot_);
  if (!agent.config().trials.empty()) snapshot_.tables = agent.config().trials.front().screener->tables().version();
  const auto& standing = troubles_.standing();
  snapshot_.troubles = std::count_if(standing.begin(), standing.end(), [](const auto& one) { return !is_note(one.first); });
  snapshot_.state_bytes = size_of_state(config.state_dir);
  snapshot_.exchange = exchange_of(traffic);
  snapshot_.stale_after = config.ehr.stale_after;
  snapshot_.lag_allowed = std::max<std::chrono::seconds>(std::chrono::minutes(15), 3 * config.poll.every);
  return {};
}

/// Records that another run has set aside were said by it.
void Watch::skip_known_records(const CycleReport& report, const monitor::TroublesBySubject& troubles, Instant at) {
  constexpr std::string_view kUnread = "unread ";
  for (const auto& [subject, trouble] : troubles) {
    if (!subject.starts_with(kUnread)) continue;
    const std::string beginning = subject.substr(kUnread.size()) + ": ";
    const bool fresh = std::any_of(report.problems.begin(), report.problems.end(),
                                   [&](const std::string& problem) { return problem.starts_with(beginning); });
    if (!fresh) troubles_.take_as_said(subject, trouble, at);
  }
}

Result<void> Watch::tell_troubles(LiveAgent& agent, monitor::TroublesBySubject now, Instant at) {
  const auto lines = troubles_.update(std::move(now), at);
  for (const auto& line : lines) line.good ? log_info(line.text) : log_warning(line.text);
  std::vector<store::TroubleView> kept;
  std::string said;
  for (const auto& [subject, standing] : troubles_.standing()) {
    if (is_note(subject)) continue;
    kept.push_back({subject, standing.since, standing.trouble.state, standing.trouble.text});
    said += subject + '\n' + standing.trouble.text + '\n';
  }
  // Their words may change while they last, which is no line in the log, and what `status` shows.
  if (said == kept_ && snapshot_.cycles > 0) return {};
  kept_ = std::move(said);
  return agent.state().keep_troubles(kept);
}

void Watch::tell(const CycleReport& report) const {
  const bool moved = report.touched + report.screened + report.sent + report.opened + report.changed + report.fell > 0;
  const std::string text = "cycle: " + std::to_string(report.touched) + " records new or changed, " + std::to_string(report.read) +
                           " patients read, " + std::to_string(report.screened) + " screened; flags: " + std::to_string(report.opened) +
                           " opened, " + std::to_string(report.changed) + " changed, " + std::to_string(report.fell) +
                           " fell; notices: " + std::to_string(report.sent) + " sent, " + std::to_string(report.unsent) + " not accepted";
  moved ? log_info(text) : log_debug(text);
}

}  // namespace trialflag::app
