// agent.yaml as an immutable struct. Loading is strict and tells every flaw at once; secrets are named by file and never held here.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/time.h"
#include "agent/settings/ehr_config.h"
#include "agent/settings/flaws.h"
#include "agent/settings/notify_config.h"

namespace trialflag::settings {

enum class Mode { shadow, live };  ///< shadow: screens and lists, sends nothing

struct SiteConfig {
  std::string id;    ///< empty: the EHR's base_url as at first start stands for it
  std::string name;  ///< may be empty
  std::string timezone = "UTC";
  Zone zone = Zone::utc();
  std::string language = "en";  ///< en, zh, …
};

/// One entry of `trials`: a file or a shipped trial's id, exactly one of both.
struct TrialEntry {
  std::filesystem::path file;  ///< absolute or relative to the working directory; empty: `id` names a shipped trial
  std::string id;
  bool recruiting = true;
  std::optional<int> slots;
  bool gated = false;  ///< nobody is told of a patient before the treating physician has agreed
  int priority = 0;
  std::string approved_by, approved_on;  ///< approved_on: "2026-11-22"
  std::string sha256;                    ///< 64 lower-case hex digits of the file that was approved; empty: not pinned
  int line = 0;                          ///< in agent.yaml, for messages

  friend bool operator==(const TrialEntry&, const TrialEntry&) = default;
};

struct PollConfig {
  std::chrono::seconds every{60};
  std::chrono::seconds reconcile{24 * 3600};
};

struct LogConfig {
  enum class Target { journal, standard_error };
  std::string level = "info";  ///< trace, debug, info, warn, error
  Target target = Target::standard_error;
};

/// What `screen`, `explain` and `mappings` take from agent.yaml.
struct ScreeningConfig {
  SiteConfig site;
  std::vector<TrialEntry> trials;
  std::vector<std::filesystem::path> mappings;  ///< folders of site overlays, a later one wins
};

/// The whole of agent.yaml (every key of it; absent keys hold their defaults). Paths are resolved against the file's folder.
struct AgentConfig {
  std::filesystem::path file;
  Mode mode = Mode::live;
  ScreeningConfig screening;
  bool require_approval = false;  ///< a trial entry without sha256 sends no notices
  EhrConfig ehr;
  PollConfig poll;
  std::filesystem::path state_dir;
  std::filesystem::path do_not_contact;  ///< unless set: do_not_contact.csv beside the file, which need not be there
  std::vector<Recipient> recipients;
  NotifyConfig notify;
  std::string metrics_listen;  ///< "127.0.0.1:9464"; empty: no listener
  LogConfig log;
  /// What the file asks for that this version accepts but does not do yet, such as a language; for `check` and the log at start.
  std::vector<Flaw> not_yet;
};

/// unread: a secret's file need not be there. Who opens the state alone needs none, and a service's credentials are not there for others.
enum class Secrets : std::uint8_t { readable, unread };

/// Reads and checks everything. On any flaw the answer is nullopt and `flaws` holds them all. Never throws.
std::optional<AgentConfig> load_agent_config(const std::filesystem::path& file, Flaws& flaws, Secrets secrets = Secrets::readable);

/// Reads only what ScreeningConfig holds: flaws elsewhere in the file are not looked for (YAML that cannot be parsed is one, though).
std::optional<ScreeningConfig> load_screening_config(const std::filesystem::path& file, Flaws& flaws);

/// Reads only what KeyConfig holds, as above.
std::optional<KeyConfig> load_key_config(const std::filesystem::path& file, Flaws& flaws);

/// Every setting in force, one "key: value" a line, for `check --settings`. Of a secret only whether it is set, not even its file's name.
std::string describe(const AgentConfig& config);

}  // namespace trialflag::settings
