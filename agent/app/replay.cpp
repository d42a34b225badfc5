#include "agent/app/replay.h"

#include <algorithm>
#include <ostream>

#include "agent/app/columns.h"
#include "agent/app/explain_text.h"
#include "agent/app/listing.h"
#include "agent/app/offline.h"
#include "agent/app/record_json.h"
#include "agent/app/record_read.h"
#include "agent/app/retell.h"
#include "agent/screening/replay.h"
#include "agent/settings/trial_file.h"

namespace trialflag::app {
namespace {

using eligibility::PatientVerdict;
using eligibility::Verdict;

/// What came of reaching the verdict again.
struct Replayed {
  std::string why_not;                    ///< empty: it was reached again under the same trial, tables and engine
  std::optional<PatientVerdict> verdict;  ///< also under other tables than then, if that is all that differs
  std::string record;
  std::shared_ptr<const eligibility::Trial> trial;
};

std::string decision(const Verdict& verdict) {
  std::string text(name_of(verdict.effect));
  if (verdict.reason != eligibility::Reason::none) text.append(" (").append(name_of(verdict.reason)).append(")");
  return text;
}

/// What reads otherwise, one line each.
std::vector<std::string> differences(const PatientVerdict& kept, const PatientVerdict& now) {
  std::vector<std::string> lines;
  if (kept.status != now.status)
    lines.push_back("status: " + std::string(name_of(kept.status)) + " then, " + std::string(name_of(now.status)));
  for (const Verdict& then : kept.criteria) {
    const auto same = std::find_if(now.criteria.begin(), now.criteria.end(), [&](const Verdict& other) { return other.id == then.id; });
    if (same == now.criteria.end()) {
      lines.push_back(then.id + ": " + decision(then) + " then, no such criterion now");
    } else if (decision(then) != decision(*same)) {
      lines.push_back(then.id + ": " + decision(then) + " then, " + decision(*same) + " now");
    } else if (!(then.summary == same->summary && then.evidence == same->evidence && then.ask == same->ask)) {
      lines.push_back(then.id + ": the same, told otherwise or with other evidence");
    }
  }
  if (lines.empty()) lines.emplace_back("the same decisions, written otherwise");
  return lines;
}

/// Why it cannot be tried at all; empty: it can.
std::string obstacle(const store::EventBasis& basis) {
  if (basis.erased) return "what this event said was erased with the person";
  if (basis.chart.empty()) return "no verdict decided this event: the record had left the EHR, so there was no chart to keep";
  if (basis.event.trial_file.empty()) return "the event was written by a version that did not keep under which trial file it was decided";
  if (basis.trial_text.empty()) return "the trial file under which it was decided is not kept";
  return {};
}

Replayed reach_again(Context& context, const settings::AgentConfig& agent, const store::EventBasis& basis) {
  Replayed replayed;
  replayed.why_not = obstacle(basis);
  if (!replayed.why_not.empty()) return replayed;
  const store::EventRow& event = basis.event;
  const auto tables = load_tables(agent.screening, context);
  const auto zone = Zone::named(event.zone);
  std::vector<std::string> flaws;
  const auto trial = tables ? settings::load_trial_text(basis.trial_text, "(kept file of the trial)", *tables, flaws)
                            : Result<std::shared_ptr<const eligibility::Trial>>(fail(ErrorCode::invalid_config, "the tables have flaws"));
  if (!trial || !zone) {
    replayed.why_not = "it cannot be judged with what is installed: " +
                       (!trial ? flaws.empty() ? trial.error().message : flaws.front() : zone.error().message);
    return replayed;
  }
  replayed.trial = *trial;
  const screening::Screener screener(tables, *trial, *zone);
  auto verdict = screening::replay(screener, {basis.chart, event.at, static_cast<std::uint32_t>(event.blind), event.declined});
  if (!verdict) {
    replayed.why_not = "the chart that was kept cannot be read by this version: " + verdict.error().message;
    return replayed;
  }
  if (event.engine_version != verdict->engine_version) {
    replayed.why_not = "it was decided by engine " + event.engine_version + "; this is engine " + verdict->engine_version;
  } else if (event.tables_version != verdict->tables_version) {
    replayed.why_not = "it was decided under tables " + event.tables_version + "; installed are " + verdict->tables_version;
  }
  replayed.record = record_json_to_keep(*verdict, *zone);
  replayed.verdict = std::move(*verdict);
  return replayed;
}

std::string as_json(const std::vector<std::string>& lines) {
  std::string json = "[";
  for (const std::string& line : lines) {
    if (json.size() > 1) json += ',';
    append_json_string(json, line);
  }
  return json + "]";
}

std::string as_json(const settings::AgentConfig& agent, const store::FlagView& view, const store::EventBasis& basis,
                    const Replayed& replayed, bool reproduced, const std::vector<std::string>& lines) {
  Row row;
  row.text("flag", view.flag.id.value);
  row.text("code", view.flag.code);
  row.number("event", basis.event.number);
  row.time("at", basis.event.at, agent.screening.site.zone);
  row.json("reproduced", reproduced ? "true" : "false");
  row.text_or_null("why_not", replayed.why_not);
  row.json("differences", as_json(lines));
  row.json("record", basis.record.empty() ? "null" : basis.record);
  row.json("again", replayed.record.empty() ? "null" : replayed.record);
  return row.to_json();
}

/// The kept record in words; without the trial's file only its criteria.
void tell_kept(Context& context, const settings::AgentConfig& agent, const store::EventBasis& basis, const Replayed& replayed,
               PatientVerdict kept, const std::string& language) {
  if (!replayed.trial) {
    for (const Verdict& criterion : kept.criteria)
      context.out << fitted(criterion.id, 30) << ' ' << fitted(name_of(criterion.effect), 5) << ' ' << cut_to(criterion.summary, 43)
                  << '\n';
    return;
  }
  const auto tables = load_tables(agent.screening, context);
  std::vector<std::string> flaws;
  const auto spoken = tables ? settings::load_trial_text(basis.trial_text, "(kept)", *tables, flaws, language)
                             : Result<std::shared_ptr<const eligibility::Trial>>(replayed.trial);
  if (spoken && (*spoken)->language != replayed.trial->language) retell(kept, *replayed.trial, **spoken);
  context.out << explain_text(kept, spoken ? **spoken : *replayed.trial, agent.screening.site.zone) << '\n';
}

}  // namespace

int show_at(Context& context, const settings::AgentConfig& agent, const store::FlagView& view, const store::EventBasis& basis,
            const std::string& format, const std::string& language) {
  const store::EventRow& event = basis.event;
  const std::string name = "event " + std::to_string(event.number) + " of flag " + view.flag.code;
  if (basis.record.empty() && !basis.erased) {
    context.err << "trialflag: " << name << " (" << event.kind
                << ") is a person's: there is no verdict to reach again; `trialflag flags show " << view.flag.code << "` shows it\n";
    return usage;
  }
  const Replayed replayed = reach_again(context, agent, basis);
  const auto kept = read_record(basis.record);
  const bool reproduced = replayed.why_not.empty() && replayed.record == basis.record;
  const auto lines = kept && replayed.verdict && !reproduced && replayed.record != basis.record ? differences(*kept, *replayed.verdict)
                                                                                                : std::vector<std::string>();
  if (format == "ndjson") {
    context.out << as_json(agent, view, basis, replayed, reproduced, lines) << '\n';
    return reproduced ? done : in_part;
  }
  if (kept) tell_kept(context, agent, basis, replayed, *kept, language);
  if (reproduced) {
    context.out << name << ": reproduced, to the byte\n";
    return done;
  }
  context.out << name << ": not reproduced" << (replayed.why_not.empty() ? "" : ": " + replayed.why_not) << '\n';
  if (!lines.empty() && !replayed.why_not.empty()) context.out << "with what is installed now it would read:\n";
  for (const std::string& line : lines) context.out << "  " << line << '\n';
  return in_part;
}

}  // namespace trialflag::app
