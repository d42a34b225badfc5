// The command log sample: patients who are not listed, drawn for a person to check, and what that person found.
#include <CLI/CLI.hpp>
#include <ostream>

#include "agent/app/listing.h"
#include "agent/app/log_parts.h"
#include "agent/app/user_name.h"
#include "agent/base/clock.h"
#include "agent/base/ids.h"

namespace trialflag::app {
namespace {

struct SampleWish {
  std::size_t count = 0;
  std::string seed, trial, who, format = "table";
  std::vector<std::string> result;  ///< code, hit or miss
};

Row row_of(const store::DrawnView& drawn, const Zone& zone) {
  Row row;
  row.text("code", drawn.code);
  row.text_or_null("patient", drawn.patient.empty() ? std::string() : "Patient/" + drawn.patient);
  row.text("trial", drawn.trial);
  row.text("outcome", drawn.outcome);
  row.text("failed", drawn.failed);
  row.time("drawn_at", drawn.drawn_at, zone);
  row.text("drawn_by", drawn.drawn_by);
  row.text("seed", drawn.seed);
  row.text_or_null("result", drawn.result);
  row.time("result_at", drawn.result_at, zone);
  row.text_or_null("result_by", drawn.result_by);
  return row;
}

void tell(Context& context, const SampleWish& wish, const std::vector<store::DrawnView>& drawn, const Zone& zone) {
  std::vector<Row> rows;
  for (const store::DrawnView& one : drawn) rows.push_back(row_of(one, zone));
  write_rows(
      context.out, wish.format, rows,
      {{"code", "CODE", 10}, {"patient", "PATIENT", 30}, {"outcome", "OUTCOME", 15}, {"result", "RESULT", 6}, {"failed", "FAILED", 0}},
      "nobody is drawn; `trialflag log sample 20` draws twenty");
}

int draw(Context& context, const SampleWish& wish) {
  LogRun run(context);
  if (!run.open_live()) return context.status;
  if (run.desk() == nullptr) return context.status = usage;
  const std::string trial = run.trial(wish.trial);
  if (trial.empty()) return usage;
  const std::string seed = wish.seed.empty() ? hex_of(random_bytes(8)) : wish.seed;
  const auto drawn = run.desk()->draw(trial, wish.count, seed, wish.who, SystemClock().now());
  if (!drawn) return run.complain(drawn.error());
  tell(context, wish, *drawn, run.agent().screening.site.zone);
  if (drawn->size() < wish.count) {
    context.err << "trialflag: only " << drawn->size() << " of " << wish.count
                << " could be drawn; all others are listed, not screened yet, "
                << "or were drawn before\n";
    return in_part;
  }
  if (!context.quiet)
    context.err << "these lines name patients: they are for a person at the hospital alone\n"
                << "look at each chart, then say `trialflag log sample --result CODE hit` where it is right that they are not listed, else "
                << "miss\n";
  return done;
}

int note(Context& context, const SampleWish& wish) {
  const std::string& result = wish.result[1];
  LogRun run(context);
  if (result != "hit" && result != "miss") {
    return run.complain({ErrorCode::invalid_config, "\"" + result +
                                                        "\" is no result; write hit where it is right that the patient is not listed, miss "
                                                        "where they should be"},
                        usage);
  }
  if (!run.open()) return context.status;
  if (run.desk() == nullptr) return context.status = usage;
  const auto noted = run.desk()->note_result(wish.result[0], result, wish.who, SystemClock().now());
  if (!noted) return run.complain(noted.error(), noted.error().code == ErrorCode::not_found ? usage : status_of_store(noted.error()));
  if (!context.quiet) context.err << wish.result[0] << ": " << result << '\n';
  return done;
}

int list(Context& context, const SampleWish& wish) {
  LogRun run(context);
  if (!run.open()) return context.status;
  if (run.desk() == nullptr) return done;
  const auto drawn = run.desk()->drawn(wish.trial);
  if (!drawn) return run.complain(drawn.error());
  tell(context, wish, *drawn, run.agent().screening.site.zone);
  return done;
}

}  // namespace

void add_sample_command(CLI::App& log, Context& context) {
  auto wish = std::make_shared<SampleWish>();
  CLI::App* sample = log.add_subcommand("sample", "draw not-listed patients for a person to check; without N: who was drawn");
  CLI::Option* count = sample->add_option("N", wish->count, "how many")->check(CLI::Range(1, 100000));
  sample->add_option("--seed", wish->seed, "a word that makes the draw repeatable (default: by chance)");
  sample->add_option("--trial", wish->trial, "of which trial; needed where several are configured");
  sample->add_option("--result", wish->result, "what a person found: CODE hit (rightly not listed) or CODE miss (should have been)")
      ->expected(2)
      ->excludes(count);
  add_who_option(sample, wish->who);
  add_format_option(sample, wish->format);
  sample->footer("Example: trialflag log sample 20\n         trialflag log sample --result 7Q2M4XK0ZD miss");
  sample->callback([&context, wish] {
    context.status = !wish->result.empty() ? note(context, *wish) : wish->count > 0 ? draw(context, *wish) : list(context, *wish);
  });
}

}  // namespace trialflag::app
