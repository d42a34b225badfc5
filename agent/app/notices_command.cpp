// The command notices: what was sent, what waits, what is stuck; retry and release.
#include "agent/app/notices_command.h"

#include <CLI/CLI.hpp>
#include <ostream>

#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/base/clock.h"
#include "agent/base/sentence.h"
#include "agent/store/desk.h"

namespace trialflag::app {
namespace {

struct NoticesOptions {
  std::string format = "table";
  std::vector<std::string> ids;
  bool all = false;
};

Row row_of(const store::NoticeView& notice, const Zone& zone) {
  Row row;
  row.text("notice", notice.id);
  row.text_or_null("flag", notice.flag);
  row.text("recipient", notice.recipient);
  row.text("channel", notice.channel);
  row.text("kind", notice.kind);
  row.text("state", notice.state);
  row.number("attempts", notice.attempts);
  row.time("at", notice.at, zone);
  row.time("next_at", notice.next_at, zone);
  row.text_or_null("error", notice.held && notice.error.empty()
                                ? "held: too many flags moved at once; `trialflag notices release` lets it go"
                                : notice.error);
  return row;
}

int complain_of_notices(Context& context, const Error& error) {
  context.err << "trialflag: " << error.message << '\n';
  return error.code == ErrorCode::not_found || error.code == ErrorCode::invalid_config ? usage : status_of_store(error);
}

int list(Context& context, const NoticesOptions& options) {
  const auto agent = load_agent(context, settings::Secrets::unread);
  if (!agent) return usage;
  std::vector<Row> rows;
  const auto desk = store::Desk::open(agent->state_dir);
  if (!desk && desk.error().code != ErrorCode::not_found) return complain_of_notices(context, desk.error());
  if (!desk && !context.quiet) context.err << "trialflag: " << desk.error().message << '\n';
  if (desk) {
    const auto notices = (*desk)->notices();
    if (!notices) return complain_of_notices(context, notices.error());
    for (const auto& notice : *notices) rows.push_back(row_of(notice, agent->screening.site.zone));
  }
  write_rows(context.out, options.format, rows,
             {{"notice", "NOTICE", 24}, {"recipient", "RECIPIENT", 10}, {"kind", "KIND", 9}, {"state", "STATE", 10}, {"error", "ERROR", 0}},
             "no notices");
  return done;
}

/// Opens the desk and does `act` to it; says how many `things` were `done_to`, as "are due now".
template <typename DoAct>
int change(Context& context, const char* thing, const char* done_to, DoAct&& do_act) {
  const auto agent = load_agent(context, settings::Secrets::unread);
  if (!agent) return usage;
  const auto desk = store::Desk::open(agent->state_dir);
  if (!desk) return complain_of_notices(context, desk.error());
  const Result<int> count = do_act(**desk, SystemClock().now());
  if (!count) return complain_of_notices(context, count.error());
  if (!context.quiet) context.err << counted(*count, thing) << (*count == 1 ? " is " : " are ") << done_to << '\n';
  return done;
}

int retry(Context& context, const NoticesOptions& options) {
  if (options.ids.empty() != options.all) {
    context.err << "trialflag: notices retry: name notices, or give --all\n";
    return usage;
  }
  return change(context, "notice", "due now",
                [&](store::Desk& desk, Instant now) { return options.all ? desk.retry_all(now) : desk.retry(options.ids, now); });
}

}  // namespace

void add_notices_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<NoticesOptions>();
  CLI::App* notices = app.add_subcommand("notices", "the outbox: list, retry, release");
  notices->footer("Example: trialflag notices retry --all");
  notices->fallthrough();
  add_format_option(notices, options->format);
  CLI::App* list_command = notices->add_subcommand("list", "every notice and what became of it");
  add_format_option(list_command, options->format);
  list_command->callback([&context, options] { context.status = list(context, *options); });
  CLI::App* retry_command = notices->add_subcommand("retry", "make notices due now; the agent sends them");
  retry_command->add_option("ID", options->ids, "the notices");
  retry_command->add_flag("--all", options->all, "all that wait or are stuck");
  retry_command->callback([&context, options] { context.status = retry(context, *options); });
  CLI::App* release_command = notices->add_subcommand("release", "let go what the flood brake, or a restored state, holds");
  release_command->callback([&context] {
    context.status = change(context, "held message", "let go", [](store::Desk& desk, Instant now) { return desk.release(now); });
  });
  notices->callback([&context, options, notices] {
    if (notices->get_subcommands().empty()) context.status = list(context, *options);
  });
}

}  // namespace trialflag::app
