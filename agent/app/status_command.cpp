// The command status: how far each resource type was read, what waits, and what is wrong.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "agent/app/command.h"
#include "agent/app/hospital_source.h"
#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/app/offline.h"
#include "agent/base/clock.h"
#include "agent/screening/entry.h"
#include "agent/store/desk.h"
#include "fhir/record.h"

namespace trialflag::app {
namespace {

using screening::Reading;
using screening::TypeState;

constexpr const char* kUnread = "records could not be read; for the patients whose they are the type counts as incomplete";

std::string_view state_word(const TypeState& state) {
  if (!state.ever_read) return "never_read";
  switch (state.reading) {
    case Reading::whole:
      return "ok";
    case Reading::incomplete:
      return "incomplete";
    case Reading::not_granted:
      return "not_granted";
    case Reading::unsupported:
      return "unsupported";
  }
  return {};
}

/// Collects the lines and whether all is well.
class Health {
 public:
  Health(const settings::AgentConfig& agent, Instant now) : agent_(agent), now_(now) {}

  void types(const std::vector<TypeState>& known, const std::map<fhir::ResourceType, int>& unread) {
    for (const fhir::ResourceType type : polled_types()) {
      TypeState state;
      for (const TypeState& candidate : known)
        if (candidate.type == type) state = candidate;
      Row row;
      row.text("kind", "type");
      row.text("name", fhir::name_of(type));
      row.text("state", state_word(state));
      row.time("watermark", state.watermark, agent_.screening.site.zone);
      std::optional<std::int64_t> lag;
      if (state.whole_at) lag = std::max<std::int64_t>(0, (now_.ms - state.whole_at->ms) / 1000);
      row.number_or_null("lag_s", lag);
      const auto missed = unread.find(type);
      row.number("unread", missed == unread.end() ? 0 : missed->second);
      row.text_or_null("error", missed == unread.end() || !state.error.empty() ? state.error : kUnread);
      rows_.push_back(std::move(row));
      const bool unsupported = state.ever_read && state.reading == Reading::unsupported;
      const bool fresh = state.ever_read && state.reading == Reading::whole && lag && *lag <= agent_.ehr.stale_after.count();
      well_ = well_ && (unsupported || fresh);
    }
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
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  const settings::AgentConfig& agent_;
  Instant now_;
  std::vector<Row> rows_;
  bool well_ = true;
};

int status(Context& context, const std::string& format) {
  const auto agent = load_agent(context);
  if (!agent) return usage;
  const auto desk = store::Desk::open(agent->state_dir);
  if (!desk && desk.error().code != ErrorCode::not_found) {
    context.err << "trialflag: " << desk.error().message << '\n';
    return in_part;
  }
  Health health(*agent, SystemClock().now());
  const auto types = desk ? (*desk)->types() : Result<std::vector<TypeState>>();
  const auto unread = desk ? (*desk)->unread() : Result<std::map<fhir::ResourceType, int>>();
  const auto queue = desk ? (*desk)->queue() : Result<store::QueueView>();
  const auto closed = desk ? (*desk)->closed_outlets() : Result<std::vector<store::ClosedOutlet>>();
  if (!types || !unread || !queue || !closed) {
    const Error& error = !types ? types.error() : !unread ? unread.error() : !queue ? queue.error() : closed.error();
    context.err << "trialflag: " << error.message << '\n';
    return in_part;
  }
  health.types(*types, *unread);
  health.queue(*queue);
  for (const store::ClosedOutlet& outlet : *closed) health.simple("webhook", outlet.recipient, "closed", outlet.why);
  const auto live = load_live(context);
  health.simple("mappings", "tables", live ? "ok" : "kept_old",
                live ? "" : "the tables or trials have flaws; `trialflag check` names them");
  for (const LiveTrial& trial : live ? live->trials : std::vector<LiveTrial>())
    health.simple("trial", screening::trial_id(*trial.screener), trial.muted_because.empty() ? "ok" : "not_approved", trial.muted_because);
  write_rows(context.out, format, health.rows(),
             {{"kind", "KIND", 8},
              {"name", "NAME", 24},
              {"state", "STATE", 12},
              {"lag_s", "LAG S", 7},
              {"unread", "UNREAD", 6},
              {"error", "ERROR", 0}},
             "nothing");
  if (!desk && !context.quiet) context.err << "trialflag: " << desk.error().message << '\n';
  return health.well() ? done : in_part;
}

}  // namespace

void add_status_command(CLI::App& app, Context& context) {
  auto format = std::make_shared<std::string>("table");
  CLI::App* command = app.add_subcommand("status", "lag and completeness by resource type, queues, last errors");
  add_format_option(command, *format);
  command->footer("Example: trialflag status --format ndjson");
  command->callback([&context, format] { context.status = status(context, *format); });
}

}  // namespace trialflag::app
