// The command run: the agent itself, as a daemon or for one full cycle.
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigwait and pthread_kill are POSIX's, not the C library's
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <ostream>
#include <thread>

#include "agent/app/command.h"
#include "agent/app/live_agent.h"
#include "agent/base/log.h"
#include "agent/screening/entry.h"

namespace trialflag::app {
namespace {

using screening::CycleReport;

struct Options {
  bool once = false, reconcile = false;
};

/// The first SIGTERM or SIGINT asks for the end, the second one takes it.
class Signals {
 public:
  /// Blocks both for this thread and those it starts from now on.
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    watch_ = std::thread([this] { watch(); });
  }
  ~Signals() {
    over_ = true;
    // It is blocked everywhere, so it ends but the thread's wait. NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
    pthread_kill(watch_.native_handle(), SIGTERM);
    watch_.join();
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void watch() {
    for (;;) {
      int signal = 0;
      sigwait(&set_, &signal);
      if (over_) return;
      if (source_.stop_requested()) _exit(128 + signal);
      source_.request_stop();
    }
  }

  sigset_t set_{};
  std::stop_source source_;
  std::atomic<bool> over_ = false;
  std::thread watch_;
};

/// Warns of problems when they begin: what lasts from cycle to cycle, or strikes many patients, is said once.
class Warnings {
 public:
  void tell(const std::vector<std::string>& problems) {
    std::map<std::string, std::size_t> times;
    for (const std::string& problem : problems) ++times[problem];
    for (const auto& [problem, count] : times)
      if (!lasting_.contains(problem)) log_warning(count == 1 ? problem : problem + " (" + std::to_string(count) + " times)");
    lasting_ = std::move(times);
  }

 private:
  std::map<std::string, std::size_t> lasting_;
};

void tell(const CycleReport& report, Warnings& warnings) {
  warnings.tell(report.problems);
  const bool moved = report.touched + report.screened + report.sent + report.opened + report.changed + report.fell > 0;
  const std::string text = "cycle: " + std::to_string(report.touched) + " records new or changed, " + std::to_string(report.read) +
                           " patients read, " + std::to_string(report.screened) + " screened; flags: " + std::to_string(report.opened) +
                           " opened, " + std::to_string(report.changed) + " changed, " + std::to_string(report.fell) +
                           " fell; notices: " + std::to_string(report.sent) + " sent, " + std::to_string(report.unsent) + " not accepted";
  moved ? log_info(text) : log_debug(text);
  if (report.held > 0) {
    log_warning(std::to_string(report.held) +
                " notices are held, for too many flags moved at once; look at `trialflag flags list`, then run "
                "`trialflag notices release`");
  }
}

int status_of(const CycleReport& report) {
  if (report.unreachable) return ehr_unreachable;
  return report.whole() ? done : in_part;
}

int status_of(const Error& error) {
  return error.code == ErrorCode::invalid_config ? usage : status_of_store(error);
}

/// Waits until the next cycle is due or the end is asked for.
void wait(std::chrono::seconds every, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, every, [] { return false; });
}

int run_for_ever(LiveAgent& agent, const LiveConfig& config, const Clock& clock, const std::stop_token& stop) {
  log_info("trialflag " TRIALFLAG_VERSION " is running");
  Warnings warnings;
  const auto swept_at = agent.swept_at();
  if (!swept_at) {
    log_error(swept_at.error().message);
    return status_of(swept_at.error());
  }
  // By the steady clock while it runs: a system clock that jumps neither hurries nor delays it.
  const std::chrono::milliseconds before(std::max<std::int64_t>(0, clock.now().ms - swept_at->ms));
  auto swept = std::chrono::steady_clock::now() - before;
  Instant last_cycle = clock.now();
  while (!stop.stop_requested()) {
    const auto begun = std::chrono::steady_clock::now();
    // What was read while the clock was ahead may bear times that are yet to come.
    const bool set_back = clock.now() < std::exchange(last_cycle, clock.now());
    const bool sweep = set_back || begun - swept >= config.agent.poll.reconcile;
    const auto report = agent.cycle(sweep, stop);
    if (!report) {
      log_error(report.error().message);
      return status_of(report.error());
    }
    if (report->swept) swept = begun;
    if (!stop.stop_requested()) tell(*report, warnings);
    wait(config.agent.poll.every, stop);
  }
  log_info("stopped as asked");
  return done;
}

int run_once(LiveAgent& agent, bool sweep, const std::stop_token& stop) {
  const auto report = agent.cycle(sweep, stop);
  if (!report) {
    log_error(report.error().message);
    return status_of(report.error());
  }
  Warnings warnings;
  tell(*report, warnings);
  if (stop.stop_requested()) log_warning("stopped before the cycle was done");
  return stop.stop_requested() ? in_part : status_of(*report);
}

int run(Context& context, const Options& options) {
  if (options.reconcile && !options.once) {
    context.err << "trialflag: --reconcile goes with --once; the daemon reconciles every poll.reconcile\n";
    return usage;
  }
  const auto config = load_live(context);
  if (!config || !key_is_usable(config->agent, context)) return usage;
  start_log(context.quiet                ? "warn"
            : !context.log_level.empty() ? context.log_level
                                         : config->agent.log.level,
            config->agent.log.target == settings::LogConfig::Target::journal);
  for (const LiveTrial& trial : config->trials)
    if (!trial.muted_because.empty())
      log_warning("trial " + screening::trial_id(*trial.screener) + " sends nothing: " + trial.muted_because);
  const Signals signals;
  const SystemClock clock;
  const auto agent = LiveAgent::create(*config, clock, options.once, signals.token());
  if (!agent) {
    log_error(agent.error().message);
    return status_of(agent.error());
  }
  return options.once ? run_once(**agent, options.reconcile, signals.token()) : run_for_ever(**agent, *config, clock, signals.token());
}

}  // namespace

void add_run_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "the agent: polls the EHR, screens, flags, notifies");
  command->add_flag("--once", options->once, "one full cycle, then exit");
  command->add_flag("--reconcile", options->reconcile, "with --once: also look for records that have vanished");
  command->footer("Example: trialflag run --once --config /etc/trialflag/agent.yaml");
  command->callback([&context, options] { context.status = run(context, *options); });
}

}  // namespace trialflag::app
