// The command log verify: are the flags' events those that were written?
#include <CLI/CLI.hpp>
#include <ostream>

#include "agent/app/log_parts.h"

namespace trialflag::app {
namespace {

int verify(Context& context, const std::string& head) {
  LogRun run(context);
  const auto known = head.empty() ? std::nullopt : store::read_head(head);
  if (!head.empty() && !known) {
    return run.complain(
        {ErrorCode::invalid_config, "--head \"" + head + "\" is no head; give what an earlier `trialflag log verify` printed"}, usage);
  }
  if (!run.open()) return context.status;
  if (run.desk() == nullptr) return done;
  const auto report = run.desk()->verify(known);
  if (!report) return run.complain(report.error());
  if (!report->broken.empty()) {
    return run.complain(
        {ErrorCode::storage, "the ledger is broken at " + report->broken +
                                 "; keep a copy of the state as it is, and see who could write it; `trialflag restore FILE` "
                                 "goes back to a backup"},
        in_part);
  }
  context.out << report->head.count << " events, each as it was written";
  if (report->erased > 0) context.out << "; what " << report->erased << " of them said was erased with the person";
  context.out << "\nhead " << store::told(report->head) << '\n';
  if (!context.quiet)
    context.err
        << "write the head down elsewhere: `trialflag log verify --head HEAD` shows later that all up to it is as it was; without it "
        << "nobody can tell whether the whole ledger was written anew\n";
  return done;
}

}  // namespace

void add_verify_command(CLI::App& log, Context& context) {
  auto head = std::make_shared<std::string>();
  CLI::App* command = log.add_subcommand("verify", "are the events of all flags as they were written? 0 whole, 1 broken");
  command->add_option("--head", *head, "what an earlier verify printed: the events up to it must be the same");
  command->footer("Example: trialflag log verify --head 27-0f3a5c9b1d7e2846a0b1c2d3e4f50617");
  command->callback([&context, head] { context.status = verify(context, *head); });
}

}  // namespace trialflag::app
