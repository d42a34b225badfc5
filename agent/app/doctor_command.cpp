// The command doctor: tries everything that the agent needs, one line each, with a remedy where something is amiss. Changes nothing.
#include <sys/statvfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "agent/app/bulk_reader.h"
#include "agent/app/columns.h"
#include "agent/app/command.h"
#include "agent/app/hospital_source.h"
#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/app/partners.h"
#include "agent/app/rosters.h"
#include "agent/app/type_reader.h"
#include "agent/base/clock.h"
#include "agent/base/sentence.h"
#include "agent/screening/timing.h"
#include "agent/store/desk.h"
#include "agent/store/state.h"
#include "fhir/client/client.h"
#include "fhir/client/scopes.h"
#include "fhir/client/tls_trouble.h"
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
  if (fhir::is_of_tls(error))
    return "check ehr.tls: ca_file (who signed the server's certificate), client_cert_file and client_key_file (where it asks for one)";
  switch (error.code) {
    case ErrorCode::unavailable:
    case ErrorCode::timeout:
      return "check ehr.base_url, the network, the proxy and whether the server runs";
    case ErrorCode::signed_out:
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

/// Beside what each trouble says itself.
std::string remedy_for_state(const Error& error) {
  return error.code == ErrorCode::damage ? "without a backup, move the folder away to begin anew" : "";
}

void look_at_state(const settings::AgentConfig& agent, Findings& findings) {
  const fs::path& folder = agent.state_dir;
  const auto desk = store::Desk::open(folder);
  if (!desk && desk.error().code == ErrorCode::not_found)
    return findings.add(Finding::note, "state", "nothing is stored yet; the first run begins it");
  if (!desk) return findings.add(Finding::bad, "state", desk.error().message, remedy_for_state(desk.error()));
  if (const auto sound = (*desk)->check(); !sound)
    return findings.add(Finding::bad, "state", sound.error().message, remedy_for_state(sound.error()));
  const auto whose = (*desk)->foreign_to({agent.screening.site.id, agent.ehr.base_url});
  if (!whose) return findings.add(Finding::bad, "state", whose.error().message, remedy_for_state(whose.error()));
  if (!whose->empty())
    return findings.add(Finding::bad, "state", "state.dir " + folder.string() + " belongs to " + *whose, store::kForeignRemedy);
  findings.add(Finding::ok, "state", "is sound");
}

void look_at_clock(Instant server, Instant ours, Findings& findings) {
  constexpr std::int64_t kMostSeconds = 60;
  const std::int64_t seconds = (server.ms - ours.ms) / 1000;
  const std::string what = "the server's differs by " + std::to_string(seconds) + " s";
  if (std::abs(seconds) > kMostSeconds) return findings.add(Finding::bad, "clock", what, "set both by NTP: tokens and windows hang on it");
  findings.add(Finding::ok, "clock", what);
}

/// The first few of the roster, which is tried by the way: whom a server may be asked for one by one.
TypeReader::Whom sample_of(const settings::RosterConfig& config, fhir::Client& client, const Clock& clock, Findings& findings) {
  constexpr std::size_t kFew = 3;
  const auto roster = make_roster(config, client, clock);
  if (!roster) return {};
  const auto members = roster->members();
  if (!members) {
    findings.add(Finding::bad, "roster", members.error().message, "check the keys under ehr.roster");
    return {};
  }
  findings.add(Finding::ok, "roster", roster->name() + ": " + std::to_string(members->size()) + " patients");
  std::vector<std::string> few;
  for (std::size_t i = 0; i < std::min(kFew, members->size()); ++i) few.push_back((*members)[i].value);
  return [few = std::move(few)](ResourceType type) -> Result<std::vector<std::string>> {
    return type == ResourceType::medication ? std::vector<std::string>() : few;
  };
}

/// What the agent has learnt of the server so far.
Lore kept_lore(const fs::path& state) {
  const auto desk = store::Desk::open(state);
  const auto text = desk ? (*desk)->note("learnt") : Result<std::string>();
  return text ? Lore::from_text(*text) : Lore();
}

/// One reading a type of what changed since now, by the plan that the agent itself will follow.
void look_at_types(fhir::Client& client, const fhir::Capability& capability, const Clock& clock, Lore lore, const TypeReader::Whom& sample,
                   bool reports, Findings& findings) {
  bool compared = false;
  for (const ResourceType type : polled_types()) {
    const std::string name(fhir::name_of(type));
    if (type == ResourceType::diagnostic_report && !reports) {
      findings.add(Finding::note, name, std::string("ehr.reports is never; ") + kNoReports);
      continue;
    }
    const auto* listed = capability.find(name);
    Learnt learnt = lore.types[type];
    const auto outcome =
        TypeReader(client, &capability, sample, type)
            .read(
                capability.server_time.value_or(clock.now()), [](std::span<const screening::Touched>) { return Result<void>(); }, learnt);
    const Plan plan = plan_of(listed, type, learnt);
    if (outcome && outcome->as_of && !compared) look_at_clock(*outcome->as_of, clock.now(), findings);
    compared = compared || (outcome && outcome->as_of);
    if (!outcome) {
      findings.add(Finding::bad, name, outcome.error().message, remedy_for(outcome.error()));
    } else if (outcome->reading == screening::Reading::whole) {
      const std::string& remark = outcome->remark;
      const std::string told = remark.starts_with(plan.why) ? remark : plan.why + (remark.empty() ? "" : "; " + remark);
      findings.add(plan.mode == Mode::last_updated && remark.empty() ? Finding::ok : Finding::note, name, told);
    } else if (outcome->reading == screening::Reading::unsupported && type == ResourceType::diagnostic_report) {
      findings.add(Finding::note, name, outcome->error);
    } else if (outcome->reading == screening::Reading::unsupported) {
      findings.add(Finding::note, name, plan.why + "; criteria that need them alone stay open");
    } else if (outcome->warned) {
      findings.add(Finding::note, name, plan.why + "; " + outcome->error);
    } else {
      const ErrorCode code = outcome->reading == screening::Reading::not_granted ? ErrorCode::unauthorized
                             : outcome->unreachable                              ? ErrorCode::unavailable
                                                                                 : ErrorCode::invalid_config;
      findings.add(Finding::bad, name, outcome->error, remedy_for({code, outcome->error}));
    }
  }
}

/// What the EHR's administrator must grant.
void tell_scopes(const fhir::SmartClient& client, Findings& findings) {
  std::string list = client.scopes;
  const bool named = !list.empty();
  for (const auto& scopes :
       {fhir::scopes_for(client.types, true), fhir::writing_scopes_for(client.written, true), fhir::adding_scopes_for(client.added, true)})
    for (const std::string& scope : scopes)
      if (!named) list.append(list.empty() ? "" : " ").append(scope);
  findings.add(Finding::note, "scopes", "the agent asks for: " + list);
}

/// Adds a finding, and answers false, when the access token says that it does not grant all of this.
bool look_at_grant(fhir::Client& client, const std::string& check, const std::string& type, std::initializer_list<fhir::Access> accesses,
                   const std::string& scope, const std::string& otherwise, Findings& findings) {
  std::string lacks;
  for (const fhir::Access access : accesses)
    if (!client.may(access, type)) lacks.append(lacks.empty() ? "" : ", ").append(fhir::name_of(access));
  if (lacks.empty()) return true;
  findings.add(Finding::bad, check, "the access token does not grant " + lacks + " for " + type,
               "ask the EHR's administrator for the scope system/" + type + "." + scope + ", or " + otherwise);
  return false;
}

/// Whether what is to be written can be, as the server and the token state it; nothing is written to try.
void look_at_write_back(fhir::Client& client, const fhir::Capability& capability, const std::vector<std::string>& types,
                        Findings& findings) {
  using fhir::Access;
  for (const std::string& type : types) {
    const std::string check = "write " + type;
    if (!look_at_grant(client, check, type, {Access::create, Access::read, Access::update, Access::search}, "crus",
                       "take it out of notify.fhir.write", findings))
      continue;
    const auto* listed = capability.find(type);
    if (!capability.stated) {
      findings.add(Finding::note, check, "the server does not state whether it can be written; the first write will tell");
      continue;
    }
    std::string lacks;
    for (const char* interaction : {"search-type", "create", "update"})
      if (listed == nullptr || !listed->interactions.contains(interaction)) lacks.append(lacks.empty() ? "" : ", ").append(interaction);
    if (!lacks.empty()) {
      findings.add(Finding::bad, check, "the server does not list " + lacks + " for it",
                   "have it allowed there, or take it out of notify.fhir.write");
      continue;
    }
    const bool both = listed->conditional_create && listed->conditional_update;
    std::string what = "looked for by identifier, then created or changed by id";
    if (listed->conditional_create) what += ", by conditional create";
    if (listed->conditional_update) what += listed->conditional_create ? " and update" : ", by conditional update";
    if (!both)
      what += listed->conditional_create ? "; the server lists no conditional update"
                                         : "; the server lists no conditional create, so that two agents at one moment may write it twice";
    findings.add(listed->conditional_create ? Finding::ok : Finding::note, check, what);
  }
}

void tell_budget(const settings::AgentConfig& agent, const Clock& clock, Findings& findings) {
  const settings::EhrConfig& ehr = agent.ehr;
  const std::string rate = ehr.requests_per_minute == 0
                               ? "as many requests as " + std::to_string(ehr.max_connections) + " connections allow"
                               : "at most " + counted(ehr.requests_per_minute, "request") + " a minute";
  findings.add(Finding::note, "budget", rate);
  if (!ehr.quiet_hours) return;
  const screening::QuietHours hours{ehr.quiet_hours->first, ehr.quiet_hours->last};
  const Zone& zone = agent.screening.site.zone;
  const auto until = screening::quiet_until(hours, zone, clock.now());
  findings.add(Finding::note, "quiet hours",
               std::string("no first load, reconciliation or export in ehr.quiet_hours, ") +
                   (until ? "which are now, until " + zone.format(*until) : "which are not now"));
}

/// False when the server cannot be reached or refuses us altogether.
bool look_at_ehr(const settings::AgentConfig& agent, const Clock& clock, Findings& findings) {
  const settings::EhrConfig& ehr = agent.ehr;
  const auto written = written_types(agent.notify);
  const auto endpoint = ehr_endpoint(ehr, written);
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
               (capability->software.empty() ? "a server" : capability->software) + ", FHIR " +
                   (capability->fhir_version.empty() ? "of an unknown version" : capability->fhir_version) +
                   (capability->stated ? ", " + std::to_string(capability->types.size()) + " resource types" : ""));
  if (!capability->doubt.empty()) findings.add(Finding::note, "EHR", capability->doubt);
  if (ehr.auth.kind == settings::AuthConfig::Kind::smart_backend) tell_scopes(endpoint->sign_in.smart, findings);
  tell_budget(agent, clock, findings);
  const BulkPlan bulk = plan_bulk(*capability, ehr.bulk);
  findings.add(Finding::note, "bulk export",
               bulk.operations.empty() ? "not used: " + bulk.why
                                       : "first loads and reconciliation go by " + bulk.operations.front() + ": " + bulk.why);
  look_at_types(**client, *capability, clock, kept_lore(agent.state_dir), sample_of(ehr.roster, **client, clock, findings), ehr.reports,
                findings);
  look_at_write_back(**client, *capability, written, findings);
  if (ehr.subscribe &&
      look_at_grant(**client, "subscribe", "Subscription",
                    {fhir::Access::create, fhir::Access::read, fhir::Access::update, fhir::Access::remove, fhir::Access::search}, "cruds",
                    "set ehr.subscribe: false", findings))
    findings.add(Finding::ok, "subscribe", "Subscriptions may be made, as far as the sign-in says");
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

/// One line a host.
void look_at_mail(const settings::AgentConfig& agent, Findings& findings) {
  if (!agent.notify.email) return findings.add(Finding::note, "SMTP", "notify.email is not configured; nobody is written to");
  const settings::EmailConfig& email = *agent.notify.email;
  std::vector<std::string> hosts = {email.host};
  hosts.insert(hosts.end(), email.more_hosts.begin(), email.more_hosts.end());
  for (const std::string& host : hosts) {
    notify::MailServer server = mail_server(email);
    server.host = host;
    const std::string where = host + ":" + std::to_string(email.port);
    if (const auto answer = notify::MailSender(server).try_out(); !answer) {
      findings.add(Finding::bad, "SMTP", where + ": " + answer.error().message, "check the keys under notify.email");
    } else {
      findings.add(Finding::ok, "SMTP", where + (email.user.empty() ? " can be reached" : " takes our sign-in"));
    }
  }
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
  look_at_state(live->agent, findings);
  const bool reached = look_at_ehr(live->agent, clock, findings);
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
