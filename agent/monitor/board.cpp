#include "agent/monitor/board.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/monitor/exposition.h"

namespace trialflag::monitor {
namespace {

constexpr std::array<std::string_view, 5> kStates = {"ok", "incomplete", "not_granted", "unsupported", "never_read"};

double seconds(Instant instant) {
  return static_cast<double>(instant.ms) / 1000;
}

double age(Instant instant, Instant now) {
  return static_cast<double>(std::max<std::int64_t>(0, now.ms - instant.ms)) / 1000;
}

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

double number(std::int64_t value) {
  return static_cast<double>(value);
}

void add_types(Exposition& out, const Snapshot& shown, Instant now) {
  out.family("trialflag_type_state", "gauge", "1 for the state in which a resource type is, 0 for the others.");
  for (const TypeView& type : shown.types)
    for (const std::string_view state : kStates) out.sample(type.state == state ? 1 : 0, {{"type", type.name}, {"state", state}});
  out.family("trialflag_type_plan", "gauge",
             "1 for the mode in which a resource type was last read whole; full: the server cannot be asked for changes.");
  for (const TypeView& type : shown.types)
    if (!type.mode.empty()) out.sample(1, {{"type", type.name}, {"mode", type.mode}});
  out.family("trialflag_type_watermark_lag_seconds", "gauge", "Age of the latest meta.lastUpdated of a whole reading of the type.");
  for (const TypeView& type : shown.types)
    if (type.watermark) out.sample(age(*type.watermark, now), {{"type", type.name}});
  out.family("trialflag_type_read_age_seconds", "gauge", "Time since the type was last read whole.");
  for (const TypeView& type : shown.types)
    if (type.whole_at) out.sample(age(*type.whole_at, now), {{"type", type.name}});
  out.family("trialflag_records_touched_total", "counter", "Records that polls met as new or changed.");
  for (const TypeView& type : shown.types) out.sample(number(type.touched), {{"type", type.name}});
  out.family("trialflag_records_unread", "gauge", "Records that charts miss because they cannot be read.");
  for (const TypeView& type : shown.types) out.sample(number(type.unread), {{"type", type.name}});
}

void add_exchange(Exposition& out, const ExchangeView& exchange, Instant now) {
  out.family("trialflag_ehr_requests_total", "counter", "HTTP requests to the EHR and its token endpoint.")
      .sample(number(exchange.requests));
  out.family("trialflag_ehr_answers_total", "counter", "How these requests ended; failed: without a whole answer. 429 is not among 4xx.");
  out.sample(number(exchange.answers_2xx), {{"class", "2xx"}}).sample(number(exchange.answers_3xx), {{"class", "3xx"}});
  out.sample(number(exchange.answers_4xx), {{"class", "4xx"}}).sample(number(exchange.answers_429), {{"class", "429"}});
  out.sample(number(exchange.answers_5xx), {{"class", "5xx"}}).sample(number(exchange.failed), {{"class", "failed"}});
  out.family("trialflag_ehr_retries_total", "counter", "Requests that were made again.").sample(number(exchange.retries));
  out.family("trialflag_ehr_budget_wait_seconds_total", "counter", "What requests have waited for ehr.requests_per_minute, all together.")
      .sample(number(exchange.paced_ms) / 1000);
  out.family("trialflag_ehr_received_bytes_total", "counter", "Bytes of answers' bodies as they came.").sample(number(exchange.bytes));
  out.family("trialflag_ehr_pages_total", "counter", "Pages of searches and histories.").sample(number(exchange.pages));
  out.family("trialflag_ehr_breakers_open", "gauge", "Origins that are left alone for now, because they failed or asked for it.");
  out.sample(exchange.open_breakers);
  if (exchange.token_expires) {
    out.family("trialflag_ehr_token_remaining_seconds", "gauge", "What is left of the access token's life; negative: it is over.");
    out.sample(static_cast<double>(exchange.token_expires->ms - now.ms) / 1000);
  }
  if (exchange.ahead_ms) {
    out.family("trialflag_ehr_clock_ahead_seconds", "gauge", "By how much the EHR's clock is ahead of this machine's.");
    out.sample(static_cast<double>(*exchange.ahead_ms) / 1000);
  }
}

void add_cycles(Exposition& out, const Snapshot& shown) {
  out.family("trialflag_cycles_total", "counter", "Cycles that ended.").sample(number(shown.cycles));
  out.family("trialflag_early_cycles_total", "counter", "Of these, begun early upon a hint.").sample(number(shown.early_cycles));
  out.family("trialflag_hints_total", "counter", "Hints of the EHR that something has changed.").sample(number(shown.hints));
  if (shown.cycle_ended) {
    out.family("trialflag_last_cycle_timestamp_seconds", "gauge", "When the last cycle ended.").sample(seconds(*shown.cycle_ended));
    out.family("trialflag_last_cycle_duration_seconds", "gauge", "How long the last cycle took.").sample(shown.cycle_seconds);
    out.family("trialflag_ehr_up", "gauge", "1 when the EHR could be read in the last cycle.").sample(shown.unreachable ? 0 : 1);
  }
  if (shown.subscribed) {
    out.family("trialflag_subscribed", "gauge", "1 when the EHR has taken the agent's Subscriptions.").sample(*shown.subscribed ? 1 : 0);
  }
  out.family("trialflag_patients_read_total", "counter", "Patients read whole.").sample(number(shown.patients_read));
  out.family("trialflag_patients_screened_total", "counter", "Patients screened.").sample(number(shown.patients_screened));
  out.family("trialflag_patients_failed_total", "counter", "Patients who could not be done and wait.")
      .sample(number(shown.patients_failed));
  out.family("trialflag_patients_pending", "gauge", "Patients who wait for the next cycle.").sample(number(shown.patients_pending));
}

void add_people(Exposition& out, const Snapshot& shown) {
  out.family("trialflag_flags", "gauge", "Flags ever opened, by trial and status.");
  for (const FlagCount& flags : shown.flags) out.sample(number(flags.count), {{"trial", flags.trial}, {"status", flags.status}});
  out.family("trialflag_notices", "gauge", "Notices that have not left; held and retrying ones are among the waiting.");
  out.sample(number(shown.notices_waiting), {{"state", "waiting"}}).sample(number(shown.notices_stuck), {{"state", "stuck"}});
  out.sample(number(shown.notices_held), {{"state", "held"}}).sample(number(shown.notices_retrying), {{"state", "retrying"}});
  out.family("trialflag_notices_sent_total", "counter", "Notices that were accepted.").sample(number(shown.notices_sent));
  out.family("trialflag_notices_refused_total", "counter", "Attempts to send that were not accepted.")
      .sample(number(shown.notices_refused));
}

void add_house(Exposition& out, const Snapshot& shown) {
  out.family("trialflag_build_info", "gauge", "1; which program, engine and tables are at work.");
  out.sample(1, {{"version", shown.version}, {"engine", shown.engine}, {"tables", shown.tables}});
  out.family("trialflag_start_timestamp_seconds", "gauge", "When the agent was started.").sample(seconds(shown.started));
  out.family("trialflag_mappings_kept_old", "gauge", "1 when the tables or trials in place have flaws and those before them are in use.");
  out.sample(shown.tables_kept_old ? 1 : 0);
  out.family("trialflag_troubles", "gauge", "Troubles that stand; the log and `trialflag status` name them.")
      .sample(number(shown.troubles));
  out.family("trialflag_state_bytes", "gauge", "Size of the state's files.").sample(number(shown.state_bytes));
}

void judge_type(const TypeView& type, const Snapshot& shown, Instant now, std::vector<std::string>& reasons) {
  if (type.state == "unsupported") return;
  const std::int64_t read_age = type.whole_at ? (now.ms - type.whole_at->ms) / 1000 : 0;
  if (type.state == "not_granted") {
    reasons.push_back(type.name + ": the EHR does not let us read it");
  } else if (!type.whole_at) {
    reasons.push_back(type.name + ": was never read whole");
  } else if (read_age > shown.stale_after.count()) {
    reasons.push_back(type.name + ": was not read whole for longer than ehr.stale_after");
  } else if (type.state == "ok" && read_age > shown.lag_allowed.count()) {
    reasons.push_back(type.name + ": lags, it was last read whole more than " + std::to_string(shown.lag_allowed.count()) + " s ago");
  }
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot, Instant now) {
  Exposition out;
  add_house(out, snapshot);
  add_cycles(out, snapshot);
  add_types(out, snapshot, now);
  add_exchange(out, snapshot.exchange, now);
  add_people(out, snapshot);
  return out.text();
}

std::vector<std::string> unready_because(const Snapshot& snapshot, Instant now) {
  if (snapshot.cycles == 0) return {"no cycle has ended yet"};
  std::vector<std::string> reasons;
  if (snapshot.unreachable) reasons.emplace_back("the EHR could not be read");
  for (const TypeView& type : snapshot.types) judge_type(type, snapshot, now, reasons);
  if (snapshot.notices_stuck > 0) reasons.emplace_back("notices are stuck; see `trialflag notices list`");
  if (snapshot.tables_kept_old) reasons.emplace_back("the tables or trials in place have flaws; see `trialflag check`");
  return reasons;
}

}  // namespace trialflag::monitor
