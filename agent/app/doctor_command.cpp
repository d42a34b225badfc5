// The command doctor: tries everything that the agent needs, one line each, with a remedy where something is amiss. Changes nothing.
#include <sys/statvfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>

#include "agent/app/columns.h"
#include "agent/app/command.h"
#include "agent/app/hospital_source.h"
#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/app/partners.h"
#include "agent/base/clock.h"
#include "agent/store/desk.h"
#include "fhir/client/client.h"
#include "fhir/client/scopes.h"
#include "fhir/record.h"

namespace trialflag::app {
namespace {

namespace fs = std::filesystem;
using fhir::ResourceType;

enum class Finding { ok, note, bad };

/// What was tried, line by line.
class Findings {
 public:
  void add(Finding finding, std::string_view check, const std::string& what, const std::string& remedy = {}) {
    Row row;
    row.text("check", check);
    row.text("result", finding == Finding::ok ? "ok" : finding == Finding::note ? "note" : "bad");
    row.text("what", what);
    row.text_or_null("remedy", remedy);
    row.label("told", remedy.empty() ? what : what + "; " + remedy);
    rows_.push_back(std::move(row));
    all_well_ = all_well_ && finding != Finding::bad;
  }
  [[nodiscard]] bool all_well() const { return all_well_; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
  bool all_well_ = true;
};

std::string remedy_for(const Error& error) {
  switch (error.code) {
    case ErrorCode::unavailable:
    case ErrorCode::timeout:
      return "check ehr.base_url, the network, the proxy and whether the server runs";
    case ErrorCode::unauthorized:
      return "check ehr.auth and what the server grants to this client";
    case ErrorCode::malformed_data:
      return "check that ehr.base_url is the base of a FHIR R4 server";
    default:
      return "check the keys under ehr";
  }
}

void look_at_disk(const fs::path& folder, Findings& findings) {
  constexpr double kLeastGiB = 1;
  std::error_code error;
  fs::path existing = folder;
  while (!existing.empty() && !fs::exists(existing, error) && existing != existing.parent_path()) existing = existing.parent_path();
  if (::access(existing.c_str(), W_OK | X_OK) != 0)
    return findings.add(Finding::bad, "disk", "state.dir " + folder.string() + " cannot be written to",
                        "give it to the user that runs trialflag, or run this command as that user");
  struct statvfs space {};
  if (::statvfs(existing.c_str(), &space) != 0)
    return findings.add(Finding::bad, "disk", "state.dir " + folder.string() + " cannot be looked at", "check the path");
  const double gib = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize) / (1U << 30U);
  const std::string free = std::to_string(static_cast<long>(gib)) + " GiB free at " + folder.string();
  if ((space.f_flag & ST_RDONLY) != 0)
    return findings.add(Finding::bad, "disk", folder.string() + " lies on a file system that is mounted read-only", "mount it read-write");
  if (gib < kLeastGiB) return findings.add(Finding::bad, "disk", free, "free some space: the agent stops when the disk is full");
  findings.add(Finding::ok, "disk", free);
}

void look_at_state(const fs::path& folder, Findings& findings) {
  std::error_code error;
  if (!fs::exists(folder / "state.db", error))
    return findings.add(Finding::note, "state", "nothing is stored yet; the first run begins it");
  const auto desk = store::Desk::open(folder);
  if (!desk) return findings.add(Finding::bad, "state", desk.error().message, "restore a backup, or move the folder away to begin anew");
  if (const auto sound = (*desk)->check(); !sound)
    return findings.add(Finding::bad, "state", sound.error().message, "restore a backup, or move the folder away to begin anew");
  findings.add(Finding::ok, "state", "is sound");
}

/// How the agent will follow a type, and why: what the server says of itself.
std::string plan_of(const fhir::Capability::Type* type) {
  if (type == nullptr) return "not in the CapabilityStatement";
  const bool by_update = type->search_parameters.contains("_lastUpdated");
  const bool history = type->interactions.contains("history-type");
  return std::string(by_update ? "changes by _lastUpdated" : "changes by _lastUpdated, which the server does not name") +
         (history ? ", deletions by history" : ", deletions by reconciliation (no history)");
}

void look_at_clock(Instant server, Instant ours, Findings& findings) {
  constexpr std::int64_t kMostSeconds = 60;
  const std::int64_t seconds = (server.ms - ours.ms) / 1000;
  const std::string what = "the server's differs by " + std::to_string(seconds) + " s";
  if (std::abs(seconds) > kMostSeconds) return findings.add(Finding::bad, "clock", what, "set both by NTP: tokens and windows hang on it");
  findings.add(Finding::ok, "clock", what);
}

/// One small search a type: what changed since now.
void look_at_types(fhir::Client& client, const fhir::Capability& capability, const Clock& clock, Findings& findings) {
  std::optional<Instant> server_time;
  for (const ResourceType type : polled_types()) {
    const std::string name(fhir::name_of(type));
    const auto* listed = capability.find(name);
    const auto since = fhir::Parameter{"_lastUpdated", "ge" + Zone::utc().format(clock.now())};
    std::size_t found = 0, dated = 0;
    const auto end = client.search(name, {since}, [&](const fhir::Found& one) -> Result<void> {
      ++found;
      dated += one.json.find("\"lastUpdated\"") != std::string_view::npos ? 1 : 0;
      return {};
    });
    if (end && end->server_time) server_time = end->server_time;
    if (end && found > 0 && dated == 0) {
      findings.add(Finding::note, name,
                   "its records bear no meta.lastUpdated, so that every poll reads all there is, and sees what is gone");
    } else if (end && !end->ignored.empty()) {
      findings.add(Finding::note, name, "the server does not apply " + end->ignored.front() + ", so that every poll reads all there is");
    } else if (end) {
      findings.add(end->whole ? Finding::ok : Finding::note, name, end->whole ? plan_of(listed) : plan_of(listed) + "; " + end->shortfall);
    } else if (end.error().code == ErrorCode::not_found && listed == nullptr) {
      findings.add(Finding::note, name, "the server keeps no such records; criteria that need them alone stay open");
    } else {
      findings.add(Finding::bad, name, end.error().message, remedy_for(end.error()));
    }
  }
  if (server_time) look_at_clock(*server_time, clock.now(), findings);
}

/// What the EHR's administrator must grant.
void tell_scopes(const fhir::SmartClient& client, Findings& findings) {
  std::string list = client.scopes;
  if (list.empty())
    for (const std::string& scope : fhir::scopes_for(client.types, true)) list.append(list.empty() ? "" : " ").append(scope);
  findings.add(Finding::note, "scopes", "the agent asks for: " + list);
}

/// False when the server cannot be reached or refuses us altogether.
bool look_at_ehr(const settings::EhrConfig& ehr, const Clock& clock, Findings& findings) {
  const auto endpoint = ehr_endpoint(ehr);
  const auto client = endpoint ? fhir::Client::create(*endpoint) : tl::unexpected(endpoint.error());
  if (!client) {
    findings.add(Finding::bad, "EHR", client.error().message, remedy_for(client.error()));
    return false;
  }
  const auto capability = (*client)->capability();
  if (!capability) {
    findings.add(Finding::bad, "EHR", capability.error().message, remedy_for(capability.error()));
    return false;
  }
  findings.add(Finding::ok, "EHR",
               (capability->software.empty() ? "a server" : capability->software) + ", FHIR " + capability->fhir_version + ", " +
                   std::to_string(capability->types.size()) + " resource types");
  if (ehr.auth.kind == settings::AuthConfig::Kind::smart_backend) tell_scopes(endpoint->sign_in.smart, findings);
  look_at_types(**client, *capability, clock, findings);
  return true;
}

/// Connects to each; an event is nothing to try with.
void look_at_hooks(const settings::AgentConfig& agent, Findings& findings) {
  const SystemClock clock;
  notify::WebhookSender sender(hooks(agent.notify.webhooks), clock);
  for (const settings::Webhook& hook : agent.notify.webhooks) {
    const auto answer = sender.try_out(hook.id);
    if (answer) {
      findings.add(Finding::ok, "webhook", hook.id + ": its receiver can be reached");
    } else {
      findings.add(Finding::bad, "webhook", hook.id + ": " + answer.error().message, "check its keys under notify.webhooks");
    }
  }
}

void look_at_mail(const settings::AgentConfig& agent, Findings& findings) {
  if (!agent.notify.email) return findings.add(Finding::note, "SMTP", "notify.email is not configured; nobody is written to");
  const std::string where = agent.notify.email->host + ":" + std::to_string(agent.notify.email->port);
  const auto answer = notify::MailSender(mail_server(*agent.notify.email)).try_out();
  if (!answer) return findings.add(Finding::bad, "SMTP", where + ": " + answer.error().message, "check the keys under notify.email");
  findings.add(Finding::ok, "SMTP", where + " takes our sign-in");
}

/// "ok    disk    40 GiB free", with what does not fit below it.
void tell(std::ostream& out, const Row& row) {
  constexpr std::size_t kIndent = 4 + 2 + 24 + 2;
  const std::string head = fitted(row.text_of("result"), 4) + "  " + fitted(row.text_of("check"), 24) + "  ";
  bool first = true;
  for (const std::string& line : wrapped(row.text_of("told"), kColumns - kIndent)) {
    out << (first ? head : std::string(kIndent, ' ')) << line << '\n';
    first = false;
  }
}

int doctor(Context& context, const std::string& format) {
  const auto live = load_live(context);
  if (!live) return usage;
  Findings findings;
  const SystemClock clock;
  findings.add(Finding::ok, "configuration",
               context.config_file + ", " + std::to_string(live->trials.size()) + (live->trials.size() == 1 ? " trial" : " trials"));
  look_at_disk(live->agent.state_dir, findings);
  look_at_state(live->agent.state_dir, findings);
  const bool reached = look_at_ehr(live->agent.ehr, clock, findings);
  look_at_mail(live->agent, findings);
  look_at_hooks(live->agent, findings);
  if (format == "table") {
    for (const Row& row : findings.rows()) tell(context.out, row);
  } else {
    write_rows(context.out, format, findings.rows(), {}, "");
  }
  if (!reached) return ehr_unreachable;
  return findings.all_well() ? done : in_part;
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  auto format = std::make_shared<std::string>("table");
  CLI::App* command = app.add_subcommand("doctor", "tries everything the agent needs: EHR, sign-in, each type, clock, mail, disk");
  add_format_option(command, *format);
  command->footer("Example: trialflag doctor --config /etc/trialflag/agent.yaml");
  command->callback([&context, format] { context.status = doctor(context, *format); });
}

}  // namespace trialflag::app
