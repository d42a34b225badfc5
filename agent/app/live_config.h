// The configuration of the live commands, loaded whole and checked: agent.yaml, tables, trials.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/app/command.h"
#include "agent/screening/ledger.h"
#include "agent/screening/screener.h"
#include "agent/settings/agent_config.h"

namespace trialflag::app {

/// A trial as it is configured, and whether it may send.
struct LiveTrial {
  std::shared_ptr<const screening::Screener> screener;
  std::string muted_because;  ///< empty: it may send
  settings::TrialEntry entry;
  bool approved = false;  ///< its file is the one that was approved
};

struct LiveConfig {
  settings::AgentConfig agent;
  std::vector<LiveTrial> trials;
};

/// Each trial that a recipient or a webhook names and that is not configured, in words.
std::vector<std::string> trials_named_in_vain(const LiveConfig& config);

/// What to say of a trial that is asked for and of which there is nothing: that it is not configured; empty where it is, or where the
/// configured trials cannot be read.
std::string unknown_trial(const std::string& trial, Context& context);

/// agent.yaml alone. nullopt: none is named, or it has flaws; both told on stderr. Commands that open only the state leave secrets unread.
std::optional<settings::AgentConfig> load_agent(Context& context, settings::Secrets secrets = settings::Secrets::readable);

/// The trials of a configuration over the tables under its overlays. nullopt: something has flaws; all that were found are told on stderr.
std::optional<std::vector<LiveTrial>> load_trials(const settings::AgentConfig& agent, Context& context);

/// agent.yaml, the tables under its overlays and its trials. nullopt: something has flaws; all that were found are told on stderr.
std::optional<LiveConfig> load_live(Context& context, settings::Secrets secrets = settings::Secrets::readable);

/// Whether the key of smart_backend can be used to sign (true when another kind signs in); its flaw is told on stderr. Only what reads the
/// EHR needs it.
bool key_is_usable(const settings::AgentConfig& agent, Context& context);

}  // namespace trialflag::app
