// The command status: how far each resource type was read, what waits, and what is wrong.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <utility>

#include "agent/app/bulk_job.h"
#include "agent/app/columns.h"
#include "agent/app/command.h"
#include "agent/app/hospital_source.h"
#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/app/live_files.h"
#include "agent/app/load_progress.h"
#include "agent/app/offline.h"
#include "agent/app/watch.h"
#include "agent/base/clock.h"
#include "agent/monitor/troubles.h"
#include "agent/screening/entry.h"
#include "agent/store/desk.h"
#include "agent/store/state.h"
#include "fhir/record.h"

namespace trialflag::app {
namespace {

using screening::Reading;
using screening::TypeState;

constexpr const char* kUnread = "records could not be read; for the patients whose they are the type counts as incomplete";

constexpr const char* kAway = "EHR is down";

/// Collects the lines and whether all is well.
class Health {
 public:
  Health(const settings::AgentConfig& agent, Instant now) : agent_(agent), now_(now) {}

  /// `away`: the whole EHR is.
  void types(const std::vector<TypeState>& known, bool away, const std::map<fhir::ResourceType, int>& unread) {
    for (const fhir::ResourceType type : polled_types()) {
      TypeState state;
      for (const TypeState& candidate : known)
        if (candidate.type == type) state = candidate;
      Row row;
      row.text("kind", "type");
      row.text("name", fhir::name_of(type));
      row.text("state", state_word(state, away));
      row.text_or_null("mode", state.how);
      row.time("watermark", state.watermark, agent_.screening.site.zone);
      std::optional<std::int64_t> lag;
      if (state.whole_at) lag = std::max<std::int64_t>(0, (now_.ms - state.whole_at->ms) / 1000);
      row.number_or_null("lag_s", lag);
      const auto missed = unread.find(type);
      row.number("unread", missed == unread.end() ? 0 : missed->second);
      const std::string error = away && state.error.empty() ? kAway : state.error;
      row.text_or_null("error", missed == unread.end() || !error.empty() ? error : kUnread);
      rows_.push_back(std::move(row));
      const bool unsupported = state.ever_read && state.reading == Reading::unsupported;
      const bool fresh = state.ever_read && state.reading == Reading::whole && lag && *lag <= agent_.ehr.stale_after.count();
      well_ = well_ && (unsupported || fresh);
    }
  }

  /// Flags of which the EHR says something else than a person here: for people to settle.
  void conflicts(int count) {
    if (count == 0) return;
    Row row;
    row.text("kind", "trouble");
    row.text("name", "conflicts with the EHR");
    row.text("state", "open");
    row.number("count", count);
    row.text("error",
             std::to_string(count) + (count == 1 ? " flag has" : " flags have") +
                 " another state in the EHR than a person has set here; see `trialflag flags show ID`, then set the one that holds");
    rows_.push_back(std::move(row));
    well_ = false;
  }

  void queue(const store::QueueView& queue) {
    Row row;
    row.text("kind", "queue");
    row.text("name", "notices");
    row.number("waiting", queue.waiting);
    row.number("stuck", queue.stuck);
    row.number("held", queue.held);
    row.text("state", queue.stuck > 0 ? "stuck" : queue.held > 0 ? "held" : "ok");
    rows_.push_back(std::move(row));
    Row patients;
    patients.text("kind", "queue");
    patients.text("name", "patients");
    patients.number("waiting", queue.pending_patients);
    patients.number("stuck", 0);
    patients.text("state", "ok");
    rows_.push_back(std::move(patients));
    well_ = well_ && queue.stuck == 0;
  }

  /// For whoever notes it elsewhere: `log verify --head` shows later that the events up to it are as they were.
  void ledger(const Result<store::ChainHead>& head) {
    if (!head) return simple("ledger", "events", "broken", head.error().message);
    Row row;
    row.text("kind", "ledger");
    row.text("name", "events");
    row.text("state", "ok");
    row.number("count", head->count);
    row.text("head", store::told(*head));
    head_ = store::told(*head);
    rows_.push_back(std::move(row));
  }

  /// Candidates of whom nobody is told, by the reason.
  void suppressed(const std::vector<store::SuppressedCount>& counts) {
    for (const store::SuppressedCount& count : counts) {
      Row row;
      row.text("kind", "suppressed");
      row.text("name", count.reason);
      row.text("state", "ok");
      row.number("count", count.count);
      row.label("error", std::to_string(count.count) + (count.count == 1 ? " candidate" : " candidates") + " of whom nobody is told");
      rows_.push_back(std::move(row));
    }
  }

  /// Told for people to look at; the types and patients they cost say themselves how well all is.
  void quarantine(const std::vector<store::QuarantineCount>& counts) {
    for (const store::QuarantineCount& count : counts) {
      Row row;
      row.text("kind", "quarantine");
      row.text("type", count.type);
      row.label("name", count.type);
      row.number("count", count.count);
      row.label("unread", std::to_string(count.count));
      row.time("oldest", count.oldest, agent_.screening.site.zone);
      row.label("error", "kept until they can be read; see `trialflag status --quarantine`");
      rows_.push_back(std::move(row));
    }
  }

  /// What has no line of its own: the EHR, the clock, the listeners, and what nothing else speaks of.
  void troubles(const std::vector<store::TroubleView>& troubles) {
    for (const store::TroubleView& trouble : troubles) {
      const auto about = [&](std::string_view beginning) { return trouble.subject.starts_with(beginning); };
      if (about("type ") || about("unread ") || about("notices") || about("mappings")) continue;
      Row row;
      row.text("kind", "trouble");
      row.text("name", about("other: ") ? std::string("other") : trouble.subject);
      row.text("state", trouble.state);
      row.time("since", trouble.since, agent_.screening.site.zone);
      row.text_or_null("error", trouble.error);
      rows_.push_back(std::move(row));
      well_ = false;
    }
  }

  /// Of a cycle that takes long, while it runs; it says nothing of how well all is.
  void progress(const std::string& note) {
    const auto shown = ProgressNote::from_text(note, now_);
    if (!shown) return;
    Row row;
    row.text("kind", "progress");
    row.text("name", shown->what);
    row.text("state", "running");
    row.text("told", shown->text);
    row.label("error", shown->text);
    rows_.push_back(std::move(row));
  }

  /// A bulk export that is under way, or that waits because the server wants to be left alone; it says nothing of how well all is.
  void exported(const BulkFolder& folder) {
    const auto tell = [&](const std::string& operation, const char* state, Instant at, const std::string& text) {
      Row row;
      row.text("kind", "export");
      row.text("name", operation);
      row.text("state", state);
      row.time(std::string_view(state) == "put_off" ? "until" : "since", at, agent_.screening.site.zone);
      row.text("told", text);
      row.label("error", text);
      rows_.push_back(std::move(row));
    };
    if (const auto job = folder.load(); job && job->base_url == agent_.ehr.base_url) {
      const bool prepared = job->stage != BulkJob::Stage::polling;
      tell(job->operation, prepared ? "loading" : "preparing", job->began,
           std::string(job->first_load ? "for the first load" : "to reconcile") +
               (prepared ? "; its files are read" : "; the server prepares it") + "; asked for " +
               monitor::spoken_duration(std::max<std::int64_t>(0, now_.ms - job->began.ms)) + " ago");
    } else if (const auto pause = folder.load_pause(); pause && pause->base_url == agent_.ehr.base_url && pause->until > now_) {
      tell("$export", "put_off", pause->until,
           pause->why + "; none is asked for before " + agent_.screening.site.zone.format(pause->until));
    }
  }

  void simple(const char* kind, const std::string& name, const char* state, const std::string& error) {
    Row row;
    row.text("kind", kind);
    row.text("name", name);
    row.text("state", state);
    row.text_or_null("error", error);
    rows_.push_back(std::move(row));
    well_ = well_ && error.empty();
  }

  [[nodiscard]] bool well() const { return well_; }
  [[nodiscard]] const std::string& head() const { return head_; }  ///< empty: there is none
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  const settings::AgentConfig& agent_;
  Instant now_;
  std::vector<Row> rows_;
  bool well_ = true;
  std::string head_;
};

const std::vector<Column>& table() {
  static const std::vector<Column> columns = {{"kind", "KIND", 10},  {"name", "NAME", 24},    {"state", "STATE", 12},
                                              {"lag_s", "LAG S", 6}, {"unread", "UNREAD", 6}, {"error", "ERROR", 0}};
  return columns;
}

/// The errors that the table's last column cuts, each once, after the names it is of.
void tell_errors(std::ostream& out, const std::vector<Row>& rows) {
  std::size_t left = kColumns;
  for (const Column& column : table())
    if (column.width > 0) left -= column.width + kColumnGap.size();
  std::vector<std::pair<std::string, std::string>> told;  // names, error
  for (const Row& row : rows) {
    const std::string error = row.text_of("error"), name = row.text_of("name");
    if (width_of(error) <= left) continue;
    const auto same = std::find_if(told.begin(), told.end(), [&](const auto& each) { return each.second == error; });
    if (same != told.end()) {
      same->first += ", " + name;
    } else {
      told.emplace_back(name, error);
    }
  }
  if (!told.empty()) out << '\n';
  for (const auto& [names, error] : told) {
    std::string indent;
    for (const std::string& line : wrapped(names + ": " + error, kColumns - 2)) out << std::exchange(indent, "  ") << line << '\n';
  }
}

int status(Context& context, const std::string& format) {
  const auto agent = load_agent(context, settings::Secrets::unread);
  if (!agent) return usage;
  const auto desk = store::Desk::open(agent->state_dir);
  if (!desk && desk.error().code != ErrorCode::not_found) {
    context.err << "trialflag: " << desk.error().message << '\n';
    return status_of_store(desk.error());
  }
  if (const auto sound = desk ? (*desk)->check_small() : Result<void>(); !sound) {
    context.err << "trialflag: " << sound.error().message << '\n';
    return status_of_store(sound.error());
  }
  Health health(*agent, SystemClock().now());
  const auto types = desk ? (*desk)->types() : Result<std::vector<TypeState>>();
  const auto unread = desk ? (*desk)->unread() : Result<std::map<fhir::ResourceType, int>>();
  const auto queue = desk ? (*desk)->queue() : Result<store::QueueView>();
  const auto troubles = desk ? (*desk)->troubles() : Result<std::vector<store::TroubleView>>();
  const auto closed = desk ? (*desk)->closed_outlets() : Result<std::vector<store::ClosedOutlet>>();
  const auto suppressed = desk ? (*desk)->suppressed() : Result<std::vector<store::SuppressedCount>>();
  if (!types || !unread || !queue || !troubles || !closed || !suppressed) {
    const Error& error = !types      ? types.error()
                         : !unread   ? unread.error()
                         : !queue    ? queue.error()
                         : !troubles ? troubles.error()
                         : !closed   ? closed.error()
                                     : suppressed.error();
    context.err << "trialflag: " << error.message << '\n';
    return status_of_store(error);
  }
  const bool away = std::any_of(troubles->begin(), troubles->end(), [](const auto& trouble) { return trouble.subject == "EHR"; });
  health.types(*types, away, *unread);
  health.queue(*queue);
  if (const auto note = desk ? (*desk)->note("progress") : Result<std::string>(); note) health.progress(*note);
  health.exported(BulkFolder(agent->state_dir / "bulk"));
  health.conflicts(queue->conflicts);
  health.suppressed(*suppressed);
  for (const store::ClosedOutlet& outlet : *closed) health.simple("webhook", outlet.recipient, "closed", outlet.why);
  const store::Identity identity{agent->screening.site.id, agent->ehr.base_url};
  const auto whose = desk ? (*desk)->foreign_to(identity) : Result<std::string>();
  if (whose && !whose->empty())
    health.simple("trouble", "state", "foreign",
                  "state.dir " + agent->state_dir.string() + " belongs to " + *whose + "; " + store::kForeignRemedy);
  health.troubles(*troubles);
  const auto quarantined = desk ? (*desk)->quarantine_counts() : Result<std::vector<store::QuarantineCount>>();
  if (quarantined) health.quarantine(*quarantined);
  if (desk) health.ledger((*desk)->head());
  LiveFiles files(*agent);
  const auto trials = files.load({}, context.err);
  health.simple("mappings", "tables", trials ? "ok" : "kept_old", files.flaw());
  for (const LiveTrial& trial : trials.value_or(std::vector<LiveTrial>()))
    health.simple("trial", screening::trial_id(*trial.screener), trial.muted_because.empty() ? "ok" : "not_approved", trial.muted_because);
  write_rows(context.out, format, health.rows(), table(), "nothing");
  if (format == "table") tell_errors(context.out, health.rows());
  // A column would cut it.
  if (format == "table" && !health.head().empty()) context.out << "\nhead of the events, to be noted elsewhere: " << health.head() << '\n';
  if (!desk && !context.quiet) context.err << "trialflag: " << desk.error().message << '\n';
  return health.well() ? done : in_part;
}

/// What could not be read, one by one: for whoever mends it at the source.
int list_quarantine(Context& context, const std::string& format, bool raw) {
  const auto agent = load_agent(context, settings::Secrets::unread);
  if (!agent) return usage;
  const auto desk = store::Desk::open(agent->state_dir);
  const auto all = desk ? (*desk)->quarantined() : tl::unexpected(desk.error());
  if (!all) {
    context.err << "trialflag: " << all.error().message << '\n';
    return status_of_store(all.error());
  }
  std::vector<Row> rows;
  for (const store::Quarantined& one : *all) {
    Row& row = rows.emplace_back();
    row.text("type", one.type);
    row.text_or_null("id", one.id);
    row.text("reason", one.reason);
    row.time("first", one.first_at, agent->screening.site.zone);
    row.time("last", one.last_at, agent->screening.site.zone);
    row.number("times", one.times);
    if (raw) row.text("raw", one.raw);
  }
  if (const auto dropped = (*desk)->quarantine_dropped(); dropped && *dropped > 0)
    context.err << "trialflag: " << *dropped << " older records are no longer listed, for there were too many\n";
  std::vector<Column> columns = {{"type", "TYPE", 18}, {"id", "ID", 16}, {"times", "TIMES", 5}, {"reason", "REASON", 0}};
  if (raw) columns.back().width = 30, columns.push_back({"raw", "RAW", 0});
  write_rows(context.out, format, rows, columns, "nothing is in quarantine");
  return done;
}

struct StatusOptions {
  std::string format = "table";
  bool quarantine = false, raw = false;
};

}  // namespace

void add_status_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand("status", "lag and completeness by resource type, queues, last errors");
  add_format_option(command, options->format);
  CLI::Option* quarantine = command->add_flag("--quarantine", options->quarantine, "list the records that could not be read, and why");
  command->add_flag("--raw", options->raw, "with --quarantine: their text, too, which is patient data")->needs(quarantine);
  command->footer("Example: trialflag status --format ndjson");
  command->callback([&context, options] {
    context.status = options->quarantine ? list_quarantine(context, options->format, options->raw) : status(context, options->format);
  });
}

}  // namespace trialflag::app
