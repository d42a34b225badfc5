#include "agent/app/live_config.h"

#include <ostream>
#include <set>

#include "agent/app/offline.h"
#include "agent/app/shipped.h"
#include "agent/eligibility/trial.h"
#include "agent/screening/entry.h"
#include "agent/settings/trial_file.h"
#include "fhir/client/signing_key.h"

namespace trialflag::app {
namespace {

std::shared_ptr<const eligibility::Trial> load_entry(const settings::TrialEntry& entry, const settings::AgentConfig& agent,
                                                     const mappings::Tables& tables, Context& context) {
  const std::filesystem::path file = entry.file.empty() ? shipped_trial(entry.id) : entry.file;
  const std::string place = agent.file.string() + ":" + std::to_string(entry.line) + ": ";
  if (file.empty()) {
    context.err << place << "trial \"" << entry.id << "\" is not shipped; name its file\n";
    return nullptr;
  }
  std::vector<std::string> flaws;
  const auto trial = settings::load_trial(file, tables, flaws);
  for (const std::string& flaw : flaws) context.err << flaw << '\n';
  if (trial) return *trial;
  if (flaws.empty()) context.err << place << trial.error().message << '\n';
  return nullptr;
}

LiveTrial make_live(const settings::TrialEntry& entry, const settings::AgentConfig& agent,
                    const std::shared_ptr<const mappings::Tables>& tables, std::shared_ptr<const eligibility::Trial> trial) {
  LiveTrial live;
  live.entry = entry;
  live.approved = entry.sha256 == trial->file_hash;
  if (!entry.sha256.empty() && !live.approved) {
    live.muted_because = "its file is not the one that was approved; approve it anew (sha256: " + trial->file_hash + ")";
  } else if (entry.sha256.empty() && agent.require_approval) {
    live.muted_because = "nobody has approved its file; add sha256: " + trial->file_hash;
  }
  live.screener = std::make_shared<screening::Screener>(tables, std::move(trial), agent.screening.site.zone);
  return live;
}

}  // namespace

std::optional<settings::AgentConfig> load_agent(Context& context, settings::Secrets secrets) {
  if (context.config_file.empty()) {
    context.err << "trialflag: there is no configuration; name one with --config FILE or $TRIALFLAG_CONFIG\n";
    return std::nullopt;
  }
  settings::Flaws flaws(context.config_file);
  auto agent = settings::load_agent_config(context.config_file, flaws, secrets);
  for (const std::string& line : flaws.lines()) context.err << line << '\n';
  return agent;
}

bool key_is_usable(const settings::AgentConfig& agent, Context& context) {
  const settings::AuthConfig& auth = agent.ehr.auth;
  if (auth.kind != settings::AuthConfig::Kind::smart_backend) return true;
  const auto key = fhir::SigningKey::read(auth.secret_file);
  const bool fits = key && (auth.algorithm.empty() || auth.algorithm == name_of(key->algorithm()));
  if (fits) return true;
  context.err << agent.file.string() << ':' << auth.secret_line << ": ehr.auth.key_file: "
              << (key ? "the key is for " + std::string(name_of(key->algorithm())) + ", not for ehr.auth.algorithm; change one of the two"
                      : key.error().message)
              << '\n';
  return false;
}

std::optional<std::vector<LiveTrial>> load_trials(const settings::AgentConfig& agent, Context& context) {
  const auto tables = load_tables(agent.screening, context);
  if (!tables) return std::nullopt;
  std::vector<LiveTrial> trials;
  bool sound = true;
  for (const settings::TrialEntry& entry : agent.screening.trials) {
    auto trial = load_entry(entry, agent, *tables, context);
    if (trial) {
      trials.push_back(make_live(entry, agent, tables, std::move(trial)));
    } else {
      sound = false;
    }
  }
  std::set<std::string> ids;
  for (const LiveTrial& trial : trials) {
    const std::string id = screening::trial_id(*trial.screener);
    if (ids.insert(id).second) continue;
    context.err << agent.file.string() << ':' << trial.entry.line << ": trials: the file has the id " << id
                << ", as another one named above has; remove one, or give it an id of its own\n";
    sound = false;
  }
  if (!sound) return std::nullopt;
  return trials;
}

std::vector<std::string> trials_named_in_vain(const LiveConfig& config) {
  std::set<std::string> ids;
  for (const LiveTrial& trial : config.trials) ids.insert(screening::trial_id(*trial.screener));
  std::vector<std::string> told;
  const auto look = [&](const std::string& where, const std::vector<std::string>& named) {
    for (const std::string& trial : named)
      if (!ids.contains(trial))
        told.push_back(where + " names the trial " + trial + ", which is not under trials: nothing of it is sent there");
  };
  for (const settings::Recipient& recipient : config.agent.recipients) look("recipients: " + recipient.id, recipient.trials);
  for (const settings::Webhook& hook : config.agent.notify.webhooks) look("notify.webhooks: " + hook.id, hook.trials);
  return told;
}

std::optional<LiveConfig> load_live(Context& context, settings::Secrets secrets) {
  auto agent = load_agent(context, secrets);
  if (!agent) return std::nullopt;
  auto trials = load_trials(*agent, context);
  if (!trials) return std::nullopt;
  return LiveConfig{std::move(*agent), std::move(*trials)};
}

std::string unknown_trial(const std::string& trial, Context& context) {
  const auto live = load_live(context, settings::Secrets::unread);
  if (!live) return {};
  std::string known;
  for (const LiveTrial& each : live->trials) {
    const std::string id = screening::trial_id(*each.screener);
    if (id == trial) return {};
    known += (known.empty() ? "" : ", ") + id;
  }
  return "\"" + trial + "\" is no configured trial, and nothing is on file of it; name one with --trial: " + known;
}

}  // namespace trialflag::app
