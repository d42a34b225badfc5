#include "agent/settings/agent_config.h"

#include "agent/settings/config_parts.h"

namespace trialflag::settings {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(file, error);
  return (error ? file : whole).parent_path();
}

PollConfig read_poll(const YamlNode& node, Reading& reading) {
  PollConfig poll;
  MapReader map(node, "poll", reading.flaws);
  poll.every = map.duration("every", poll.every);
  if (poll.every.count() == 0) map.flaw("every", "is zero", "write 60s or so");
  poll.reconcile = map.duration("reconcile", poll.reconcile);
  if (poll.reconcile.count() == 0) map.flaw("reconcile", "is zero", "write 24h or so");
  return poll;
}

LogConfig read_log(const YamlNode& node, Reading& reading) {
  LogConfig log;
  MapReader map(node, "log", reading.flaws);
  log.level = map.choice("level", {"trace", "debug", "info", "warn", "error"}, log.level);
  if (map.choice("target", {"journal", "stderr"}, "stderr") == "journal") log.target = LogConfig::Target::journal;
  return log;
}

std::string read_metrics(const YamlNode& node, Reading& reading) {
  MapReader map(node, "metrics", reading.flaws);
  const std::string listen = map.text("listen");
  const bool allow_insecure = map.boolean("allow_insecure", false);
  if (!listen.empty()) check_listen(map, "listen", listen, "127.0.0.1:9464", allow_insecure);
  return listen;
}

std::filesystem::path read_state(MapReader& root, Reading& reading) {
  const YamlNode& node = root.node("state");
  if (!node.present()) {
    root.flaw("state", "is missing", "add state: {dir: /var/lib/trialflag}");
    return {};
  }
  MapReader map(node, "state", reading.flaws);
  map.required_text("dir");
  const std::filesystem::path dir = read_path(map, "dir", reading);
  std::error_code error;
  if (std::filesystem::exists(dir, error) && !std::filesystem::is_directory(dir, error))
    map.flaw("dir", dir.string() + " is no folder", "name a folder, which is made if it is not there");
  return dir;
}

std::filesystem::path read_opt_out_list(MapReader& root, Reading& reading) {
  if (root.has("do_not_contact")) return read_file(root, "do_not_contact", reading);
  (void)root.node("do_not_contact");
  // Beside the file, whether it is there yet or not: a list may be begun while the agent runs.
  return reading.folder / "do_not_contact.csv";
}

void check_somebody_can_be_mailed(const AgentConfig& config, MapReader& root) {
  if (!config.recipients.empty() && !config.notify.email)
    root.flaw("recipients", "are named but notify.email is not set", "add notify: {email: {host: …, from: …}}");
}

AgentConfig read_config(const YamlNode& node, const std::filesystem::path& file, Flaws& flaws, Secrets secrets) {
  AgentConfig config;
  config.file = file;
  Reading reading{folder_of(file), flaws, config.not_yet, secrets};
  MapReader root(node, "", flaws);
  if (root.choice("mode", {"shadow", "live"}, "live") == "shadow") config.mode = Mode::shadow;
  config.screening = read_screening(root, reading);
  const YamlNode& trials = root.node("trials");
  if (!trials.present() || (trials.is_sequence() && trials.items().empty())) root.flaw("trials", "is missing", "add trials: [NCT07230171]");
  config.require_approval = root.boolean("require_approval", false);
  if (root.node("ehr").present()) {
    config.ehr = read_ehr(root.node("ehr"), reading);
  } else {
    root.flaw("ehr", "is missing", "add ehr: {base_url: https://…}");
  }
  config.poll = read_poll(root.node("poll"), reading);
  config.state_dir = read_state(root, reading);
  config.do_not_contact = read_opt_out_list(root, reading);
  config.recipients = read_recipients(root.node("recipients"), config.screening.site, reading);
  config.notify = read_notify(root.node("notify"), reading);
  config.metrics_listen = read_metrics(root.node("metrics"), reading);
  config.log = read_log(root.node("log"), reading);
  check_somebody_can_be_mailed(config, root);
  return config;
}

}  // namespace

std::optional<AgentConfig> load_agent_config(const std::filesystem::path& file, Flaws& flaws, Secrets secrets) {
  const auto node = read_yaml(file, flaws);
  if (!node) return std::nullopt;
  AgentConfig config = read_config(*node, file, flaws, secrets);
  if (!flaws.empty()) return std::nullopt;
  return config;
}

std::optional<ScreeningConfig> load_screening_config(const std::filesystem::path& file, Flaws& flaws) {
  const auto node = read_yaml(file, flaws);
  if (!node) return std::nullopt;
  std::vector<Flaw> not_yet;
  Reading reading{folder_of(file), flaws, not_yet};
  ScreeningConfig config;
  {
    MapReader root(*node, "", flaws);
    config = read_screening(root, reading);
    root.ignore_rest();
  }
  if (!flaws.empty()) return std::nullopt;
  return config;
}

std::optional<KeyConfig> load_key_config(const std::filesystem::path& file, Flaws& flaws) {
  const auto node = read_yaml(file, flaws);
  if (!node) return std::nullopt;
  std::vector<Flaw> not_yet;
  Reading reading{folder_of(file), flaws, not_yet};
  KeyConfig key = read_key((*node)["ehr"]["auth"], reading);
  if (!flaws.empty()) return std::nullopt;
  return key;
}

}  // namespace trialflag::settings
