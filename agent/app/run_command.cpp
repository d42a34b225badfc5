// The command run: the agent itself, as a daemon or for one full cycle.
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigwait and pthread_kill are POSIX's, not the C library's
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <thread>

#include "agent/app/command.h"
#include "agent/app/hints.h"
#include "agent/app/live_agent.h"
#include "agent/app/live_files.h"
#include "agent/app/watch.h"
#include "agent/base/log.h"
#include "agent/monitor/board.h"
#include "agent/monitor/exposition.h"
#include "agent/monitor/pulse.h"
#include "agent/monitor/service.h"
#include "agent/screening/entry.h"
#include "agent/store/desk.h"
#include "fhir/client/assertion.h"

namespace trialflag::app {
namespace {

std::set<std::string> trials_of(const LiveConfig& config) {
  std::set<std::string> trials;
  for (const LiveTrial& trial : config.trials) trials.insert(screening::trial_id(*trial.screener));
  return trials;
}

using screening::CycleReport;

struct RunOptions {
  bool once = false, reconcile = false;
};

/// The first SIGTERM or SIGINT asks for the end, the second one takes it. SIGHUP, by which other daemons are told of changed files, means
/// nothing here: trials and tables are looked at before each cycle, and what else agent.yaml says holds until a restart. Who runs the agent
/// in a terminal ends it with that.
class Signals {
 public:
  /// Blocks them for this thread and those it starts from now on.
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    if (::isatty(STDIN_FILENO) == 0) sigaddset(&set_, SIGHUP);
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
      if (signal == SIGHUP) {
        log_info(
            "SIGHUP: trials and tables are looked at before each cycle by themselves; what else changed in agent.yaml needs a restart");
        continue;
      }
      if (source_.stop_requested()) _exit(128 + signal);
      source_.request_stop();
    }
  }

  sigset_t set_{};
  std::stop_source source_;
  std::atomic<bool> over_ = false;
  std::thread watch_;
};

/// The machine's clock; whoever asks it shows that the agent moves.
class BeatingClock final : public Clock {
 public:
  explicit BeatingClock(monitor::Pulse& pulse) : pulse_(pulse) {}
  [[nodiscard]] Instant now() const override {
    pulse_.beat();
    return clock_.now();
  }

 private:
  SystemClock clock_;
  monitor::Pulse& pulse_;
};

int status_of(const CycleReport& report) {
  if (report.unreachable) return ehr_unreachable;
  return report.whole() ? done : in_part;
}

/// Keeps the site's files for a restart once they are known to be sound.
Result<void> keep(LiveAgent& agent, LiveFiles& files) {
  const auto sound = files.take_sound();
  return sound ? agent.state().keep_files(*sound) : Result<void>();
}

/// Tells the hospital's IT of flawed files; that it could not be told is in the report.
Result<void> tell_it(LiveAgent& agent, const LiveFiles& files, CycleReport& report) {
  const auto problem = agent.tell_it(files.flaw());
  if (!problem) return tl::unexpected(problem.error());
  if (!problem->empty()) report.problems.push_back(*problem);
  return {};
}

int status_of(const Error& error) {
  if (error.code == ErrorCode::unauthorized) return in_part;  // also what the EHR refuses, which may pass
  return error.code == ErrorCode::invalid_config ? usage : status_of_store(error);
}

/// How far apart two signs of life may be: a wait between cycles, one exchange with all its patience, and much room beside.
std::chrono::milliseconds longest_silence(const settings::AgentConfig& agent) {
  return agent.poll.every + agent.ehr.request_timeout + agent.ehr.retry_for + std::chrono::minutes(10);
}

/// Tells systemd's watchdog that the agent moves, for as long as it does.
class WatchdogFeeder {
 public:
  WatchdogFeeder(const monitor::Pulse& pulse, std::chrono::milliseconds longest) {
    const auto patience = monitor::watchdog_patience();
    if (!patience) return;
    thread_ = std::jthread([&pulse, longest, every = *patience / 3](const std::stop_token& stop) {
      std::mutex mutex;
      std::condition_variable_any woken;
      std::unique_lock lock(mutex);
      while (!stop.stop_requested()) {
        if (pulse.age() < longest) monitor::tell_service("WATCHDOG=1");
        woken.wait_for(lock, stop, every, [] { return false; });
      }
    });
  }

 private:
  std::jthread thread_;
};

monitor::Pages pages_of(const monitor::Board& board, const monitor::Pulse& pulse, std::chrono::milliseconds longest) {
  monitor::Pages pages;
  pages.get["/metrics"] = [&board] {
    return monitor::Reply{200, monitor::kExpositionType, monitor::metrics_text(*board.shown(), SystemClock().now())};
  };
  pages.get["/healthz"] = [&pulse, longest] {
    const bool alive = pulse.age() < longest;
    return monitor::Reply{alive ? 200 : 503, "text/plain; charset=utf-8", alive ? "ok\n" : "the agent has not moved for too long\n"};
  };
  pages.get["/readyz"] = [&board] {
    std::string text;
    for (const std::string& reason : monitor::unready_because(*board.shown(), SystemClock().now())) text += reason + "\n";
    return monitor::Reply{text.empty() ? 200 : 503, "text/plain; charset=utf-8", text.empty() ? "ok\n" : text};
  };
  return pages;
}

/// The daemon: cycle after cycle, watched by others, woken by hints.
class Daemon {
 public:
  Daemon(LiveAgent& agent, LiveFiles& files, const Clock& clock, monitor::Pulse& pulse)
      : agent_(agent),
        files_(files),
        clock_(clock),
        pulse_(pulse),
        wake_(agent.config().agent.ehr.subscribe.value_or(settings::SubscribeConfig{}).at_most_every),
        watch_(clock.now()) {
    board_.show(watch_.snapshot());
  }

  int run(const std::stop_token& stop) {
    const settings::AgentConfig& config = agent_.config().agent;
    if (const auto ready = open_hints(); !ready) return told(ready.error());
    const WatchdogFeeder feeder(pulse_, longest_silence(config));
    log_info("trialflag " TRIALFLAG_VERSION " is running");
    for (const settings::Flaw& flaw : config.not_yet) log_warning(to_string(flaw));
    for (const std::string& told : trials_named_in_vain(agent_.config())) log_warning(told);
    const auto swept_at = agent_.swept_at();
    if (!swept_at) return told(swept_at.error());
    // By the steady clock while it runs: a system clock that jumps neither hurries nor delays it.
    const std::chrono::milliseconds before(std::max<std::int64_t>(0, clock_.now().ms - swept_at->ms));
    auto swept = std::chrono::steady_clock::now() - before;
    Instant last_cycle = clock_.now();
    bool set_back = false;
    for (bool first = true; !stop.stop_requested(); first = false) {
      listen();
      if (first) monitor::tell_service("READY=1");
      const auto begun = std::chrono::steady_clock::now();
      // What was read while the clock was ahead may bear times that are yet to come.
      set_back = set_back || clock_.now() < std::exchange(last_cycle, clock_.now());
      const auto has_swept = cycle(set_back || begun - swept >= config.poll.reconcile, stop);
      if (!has_swept) return told(has_swept.error());
      if (*has_swept) swept = begun;
      if (*has_swept) set_back = false;
      wake_.wait(config.poll.every, stop);
    }
    monitor::tell_service("STOPPING=1");
    log_info("stopped as asked");
    return done;
  }

 private:
  static int told(const Error& error) {
    log_error(error.message);
    return status_of(error);
  }

  Result<void> open_hints() {
    const settings::AgentConfig& config = agent_.config().agent;
    if (!config.ehr.subscribe) return {};
    const auto fresh = fhir::fresh_id();
    if (!fresh) return tl::unexpected(fresh.error());
    const auto secret = agent_.state().hint_secret(*fresh);
    if (!secret) return tl::unexpected(secret.error());
    hints_.emplace(config, *secret, wake_);
    return {};
  }

  /// An address that another holds costs the view of the agent, not the agent; it is tried again with each cycle.
  void listen() {
    const settings::AgentConfig& config = agent_.config().agent;
    if (listener_ || config.metrics_listen.empty()) return;
    auto listener = monitor::Listener::open(config.metrics_listen, pages_of(board_, pulse_, longest_silence(config)));
    listen_error_ = listener ? "" : "metrics.listen: " + listener.error().message;
    if (listener) listener_ = std::move(*listener);
  }

  /// Whether everything was compared.
  Result<bool> cycle(bool sweep, const std::stop_token& stop) {
    if (auto trials = files_.look()) {
      agent_.adopt(std::move(*trials));
      log_info("changed tables or trials are in use");
    }
    if (auto kept = keep(agent_, files_); !kept) return tl::unexpected(kept.error());
    Surroundings around;
    around.began = clock_.now();
    const auto began = std::chrono::steady_clock::now();
    auto report = agent_.cycle(sweep, stop);
    if (!report) return tl::unexpected(report.error());
    if (stop.stop_requested()) return report->swept;
    if (auto told = tell_it(agent_, files_, *report); !told) return tl::unexpected(told.error());
    around.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    around.ended = clock_.now();
    around.trials = trials_of(agent_.config());
    if (hints_ && !report->unreachable) hints_->tend(agent_, around.ended);
    around.table_flaw = files_.flaw();
    around.listen_error = hints_ && listen_error_.empty() ? hints_->listen_error() : listen_error_;
    if (hints_) around.subscribed = hints_->subscribed();
    if (hints_) around.subscribe_error = hints_->error();
    around.hints = wake_.counts();
    auto told = watch_.cycle_ended(agent_, *report, around);
    if (!told) return tl::unexpected(told.error());
    board_.show(watch_.snapshot());
    return report->swept && !report->unreachable;
  }

  LiveAgent& agent_;
  LiveFiles& files_;
  const Clock& clock_;
  monitor::Pulse& pulse_;
  monitor::Wake wake_;
  monitor::Board board_;
  Watch watch_;
  std::optional<Hints> hints_;
  std::string listen_error_;
  std::unique_ptr<monitor::Listener> listener_;  ///< the last: its threads use what stands above
};

int run_once(LiveAgent& agent, LiveFiles& files, bool sweep, const Clock& clock, const std::stop_token& stop) {
  if (const auto kept = keep(agent, files); !kept) {
    log_error(kept.error().message);
    return status_of(kept.error());
  }
  auto report = agent.cycle(sweep, stop);
  if (!report) {
    log_error(report.error().message);
    return status_of(report.error());
  }
  if (stop.stop_requested()) {
    log_warning("stopped before the cycle was done");
    return in_part;
  }
  if (sweep && report->put_off)
    log_warning("the reconciliation was not begun, for these are ehr.quiet_hours; run it again when they are over");
  Surroundings around;
  around.ended = clock.now();
  around.trials = trials_of(agent.config());
  around.table_flaw = files.flaw();
  Watch watch(around.ended);
  if (const auto told = tell_it(agent, files, *report); !told) {
    log_error(told.error().message);
    return status_of(told.error());
  }
  if (const auto told = watch.cycle_ended(agent, *report, around); !told) {
    log_error(told.error().message);
    return status_of(told.error());
  }
  const int status = status_of(*report);
  return status == done && !files.flaw().empty() ? in_part : status;
}

/// What the state has of the site's files as they last were sound; nothing when there is no state yet.
std::vector<store::KeptFile> kept_files(const settings::AgentConfig& agent) {
  const auto desk = store::Desk::open(agent.state_dir);
  const auto kept = desk ? (*desk)->kept_files() : Result<std::vector<store::KeptFile>>();
  return kept.value_or(std::vector<store::KeptFile>());
}

int run(Context& context, const RunOptions& options) {
  if (options.reconcile && !options.once) {
    context.err << "trialflag: --reconcile goes with --once; the daemon reconciles every poll.reconcile\n";
    return usage;
  }
  const auto config = load_agent(context);
  if (!config) return usage;
  LiveFiles files(*config);
  auto trials = files.load(kept_files(*config), context.err);
  if (!trials || !key_is_usable(*config, context)) return usage;
  start_log(context.quiet                ? "warn"
            : !context.log_level.empty() ? context.log_level
                                         : config->log.level,
            config->log.target == settings::LogConfig::Target::journal);
  for (const LiveTrial& trial : *trials)
    if (!trial.muted_because.empty())
      log_warning("trial " + screening::trial_id(*trial.screener) + " sends nothing: " + trial.muted_because);
  const Signals signals;
  monitor::Pulse pulse;
  const BeatingClock clock(pulse);
  const auto agent = LiveAgent::create({*config, std::move(*trials)}, clock, options.once, signals.token(), [&pulse] { pulse.beat(); });
  if (!agent) {
    log_error(agent.error().message);
    return status_of(agent.error());
  }
  return options.once ? run_once(**agent, files, options.reconcile, clock, signals.token())
                      : Daemon(**agent, files, clock, pulse).run(signals.token());
}

}  // namespace

void add_run_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "the agent: polls the EHR, screens, flags, notifies");
  command->add_flag("--once", options->once, "one full cycle, then exit");
  command->add_flag("--reconcile", options->reconcile, "with --once: also look for records that have vanished");
  command->footer("Example: trialflag run --once --config /etc/trialflag/agent.yaml");
  command->callback([&context, options] { context.status = run(context, *options); });
}

}  // namespace trialflag::app
