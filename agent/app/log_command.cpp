// The command log: the screening log without identifiers, the counts of the flow diagram, and what people found of our verdicts.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <set>

#include "agent/app/command.h"
#include "agent/app/hospital_source.h"
#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/app/log_parts.h"
#include "agent/app/quality.h"
#include "agent/base/clock.h"
#include "agent/eligibility/trial.h"
#include "agent/screening/circumstances.h"
#include "agent/screening/consort.h"
#include "agent/screening/entry.h"

namespace trialflag::app {
namespace {

using screening::Consort;
using screening::FlagState;
using store::LogView;

constexpr FlagState kStates[] = {FlagState::acknowledged, FlagState::contacted,     FlagState::screening,
                                 FlagState::enrolled,     FlagState::screen_failed, FlagState::declined};

struct LogWish {
  std::string format = "table", trial;
  bool consort = false, quality = false;
  std::int64_t min_cell = 0;
};

/// The ids alone of a list of "ID:REASON".
std::string ids_of(const std::string& open) {
  std::string ids;
  screening::each_word(open, [&](std::string_view word) {
    if (!ids.empty()) ids += ' ';
    ids += word.substr(0, word.find(':'));
  });
  return ids;
}

std::string_view outcome_of(const LogView& view) {
  return view.suppressed ? std::string_view("suppressed") : std::string_view(view.line.status);
}

Row row_of(const LogView& view) {
  Row row;
  row.text("code", view.code);
  row.text("screened_on", to_string(view.line.day));
  row.text("age_band", view.line.age_band);
  row.text("sex", view.line.sex);
  row.text("trial", view.trial);
  row.text("trial_version", view.line.trial_version);
  row.text("outcome", outcome_of(view));
  row.text_or_null("first_failed", view.line.failed.substr(0, view.line.failed.find(' ')));
  row.text("failed", view.line.failed);
  row.text("open", ids_of(view.line.open));
  row.text_or_null("state", view.state ? name_of(*view.state) : std::string_view());
  return row;
}

int list(Context& context, const LogWish& wish) {
  LogRun run(context);
  if (!run.open()) return context.status;
  RowWriter writer(context.out, wish.format,
                   {{"code", "CODE", 10},
                    {"screened_on", "SCREENED", 10},
                    {"age_band", "AGE", 5},
                    {"sex", "SEX", 6},
                    {"outcome", "OUTCOME", 20},
                    {"first_failed", "FIRST FAILED", 0}},
                   "nobody is in the log yet", row_of(LogView()));
  bool any = false;
  if (run.desk() != nullptr) {
    const auto told = run.desk()->each_logged(wish.trial, [&](const LogView& view) { any = true, writer.write(row_of(view)); });
    if (!told) return run.complain(told.error());
  }
  if (const std::string flaw = any || wish.trial.empty() ? "" : unknown_trial(wish.trial, context); !flaw.empty())
    return run.complain({ErrorCode::invalid_config, flaw}, usage);
  writer.finish();
  return done;
}

/// A line of the counts; those of a criterion tell of it whom it alone excludes, and why it is open for others.
class ConsortRows {
 public:
  ConsortRows(std::string trial, std::int64_t least) : trial_(std::move(trial)), sign_("<" + std::to_string(least)) {}

  void add(std::string_view step, const screening::Cell& cell) {
    Row row = begin(step, {}, cell);
    row.number_or_null("alone", std::nullopt);
    row.number_or_null("open", std::nullopt);
    end(std::move(row));
  }

  void add(std::string_view step, const screening::CriterionCounts& counts) {
    Row row = begin(step, counts.id, counts.fails);
    row.count("alone", counts.alone.count, counts.alone.withheld, sign_);
    row.count("open", counts.open.count, counts.open.withheld, sign_);
    Row unknown;
    for (const auto& [reason, cell] : counts.unknown) unknown.count(reason, cell.count, cell.withheld, sign_);
    row.json("unknown", unknown.to_json());
    end(std::move(row));
  }

  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  Row begin(std::string_view step, std::string_view criterion, const screening::Cell& cell) {
    Row row;
    row.text("step", step);
    row.text_or_null("criterion", criterion);
    row.count("count", cell.count, cell.withheld, sign_);
    return row;
  }
  void end(Row row) {
    row.text("trial", trial_);
    rows_.push_back(std::move(row));
  }

  std::string trial_, sign_;
  std::vector<Row> rows_;
};

void add_consort(const Consort& consort, ConsortRows& rows) {
  rows.add("assessed", consort.assessed());
  for (std::size_t i = 0; i < Consort::kSteps.size(); ++i) {
    rows.add(Consort::kSteps[i], consort.step(i));
    if (Consort::kSteps[i] != "ineligible") continue;
    for (const auto& criterion : consort.criteria())
      if (criterion.fails.count > 0 || criterion.open.count > 0) rows.add("ineligible", criterion);
  }
  for (const FlagState state : kStates) rows.add(name_of(state), consort.state(state));
}

/// Whether a type that makes a candidate cannot be relied on: then nobody without a line is known to be none.
bool entry_is_blind(const eligibility::Trial& trial, const screening::TypeSet& blind) {
  return (trial.criteria[trial.entry_index].reads & static_cast<std::uint32_t>(blind.to_bits())) != 0;
}

Result<Consort> count(store::Desk& desk, const eligibility::Trial& trial, const screening::TypeSet& blind, std::int64_t& gone) {
  std::vector<std::string> ids;
  for (const auto& criterion : trial.criteria) ids.push_back(criterion.id);
  Consort consort(ids);
  const auto read = desk.each_logged(trial.id, [&](const LogView& view) {
    if (view.here) {
      consort.take(view.line, view.suppressed, view.state);
    } else {
      ++gone;
    }
  });
  if (!read) return tl::unexpected(read.error());
  const auto others = desk.unlogged(trial.id);
  if (!others) return tl::unexpected(others.error());
  if (entry_is_blind(trial, blind)) {
    consort.take_unlogged(0, others->looked_at + others->pending);
  } else {
    consort.take_unlogged(others->looked_at, others->pending);
  }
  return consort;
}

int consort(Context& context, const LogWish& wish) {
  LogRun run(context);
  if (!run.open_live()) return context.status;
  if (!wish.trial.empty() && run.trial(wish.trial).empty()) return usage;
  if (run.desk() == nullptr) return done;
  const auto types = run.desk()->types();
  if (!types) return run.complain(types.error());
  const auto blind = screening::blind_types(*types, polled_types(), screening::last_reading(*types, SystemClock().now()),
                                            run.live().agent.ehr.stale_after);
  std::vector<Row> rows;
  std::int64_t gone = 0;
  for (const LiveTrial& trial : run.live().trials) {
    if (!wish.trial.empty() && wish.trial != screening::trial_id(*trial.screener)) continue;
    auto counted = count(*run.desk(), trial.screener->trial(), blind, gone);
    if (!counted) return run.complain(counted.error());
    if (wish.min_cell > 0) counted->withhold_below(wish.min_cell);
    ConsortRows told(screening::trial_id(*trial.screener), wish.min_cell);
    add_consort(*counted, told);
    rows.insert(rows.end(), told.rows().begin(), told.rows().end());
  }
  write_rows(context.out, wish.format, rows,
             {{"step", "STEP", 20}, {"criterion", "CRITERION", 26}, {"count", "COUNT", 8}, {"alone", "ALONE", 8}, {"open", "OPEN", 0}},
             "no such trial is configured");
  if (gone > 0 && !context.quiet)
    context.err << gone << " in the log are not counted: their records are gone, merged into others, or forgotten\n";
  return done;
}

int quality(Context& context, const LogWish& wish) {
  LogRun run(context);
  if (!run.open()) return context.status;
  if (run.desk() == nullptr) return done;
  std::vector<store::DecidedView> all;
  std::map<std::string, Quality> trials;
  const auto of = [&](const std::string& trial) -> Quality& { return trials.try_emplace(trial, trial).first->second; };
  const auto read = run.desk()->each_decided(wish.trial, [&](const store::DecidedView& decided) { of(decided.trial).take(decided); });
  if (!read) return run.complain(read.error());
  const auto drawn = run.desk()->drawn(wish.trial);
  if (!drawn) return run.complain(drawn.error());
  for (const store::DrawnView& one : *drawn) of(one.trial).take(one);
  std::vector<Row> rows;
  for (const auto& [trial, counts] : trials) {
    const auto told = counts.rows(wish.min_cell);
    rows.insert(rows.end(), told.begin(), told.end());
  }
  write_rows(context.out, wish.format, rows,
             {{"kind", "KIND", 10},
              {"criterion", "CRITERION", 26},
              {"engine", "WE SAID", 7},
              {"settled", "SETTLED", 8},
              {"disagreed", "DISAGREED", 9},
              {"precision", "PRECISION", 0}},
             "nobody has settled a flag yet: `trialflag flags set ID enrolled`, or screen_failed --reason CRITERION");
  return done;
}

int tell(Context& context, const LogWish& wish) {
  if (wish.consort) return consort(context, wish);
  return wish.quality ? quality(context, wish) : list(context, wish);
}

}  // namespace

void add_log_command(CLI::App& app, Context& context) {
  auto wish = std::make_shared<LogWish>();
  CLI::App* log = app.add_subcommand("log", "the screening log without identifiers; counts for the flow diagram; what people found");
  log->fallthrough();
  log->require_subcommand(0, 1);
  add_format_option(log, wish->format);
  log->add_option("--trial", wish->trial, "only this trial");
  CLI::Option* counts =
      log->add_flag("--consort", wish->consort, "the counts of the flow diagram, with whom each criterion alone excludes");
  log->add_flag("--quality", wish->quality, "how often people disagreed with us, by criterion; what the checked sample says")
      ->excludes(counts);
  log->add_option("--min-cell", wish->min_cell,
                  "withhold counts from 1 to below this, and what would give them away (--consort, --quality)")
      ->check(CLI::Range(0, 1000000));
  log->footer("Example: trialflag log --format csv > screening-log.csv");
  log->callback([&context, wish, log] {
    if (log->get_subcommands().empty()) context.status = tell(context, *wish);
  });
  add_sample_command(*log, context);
  add_verify_command(*log, context);
}

}  // namespace trialflag::app
