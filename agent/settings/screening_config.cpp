// The parts of agent.yaml that offline commands use too: site, trials, mappings. Whether the files and folders that it names are there is
// for whoever reads them to say: an agent that has read them before goes on without.
#include <algorithm>
#include <set>

#include "agent/settings/config_parts.h"

namespace trialflag::settings {
namespace {

SiteConfig read_site(const YamlNode& node, Reading& reading) {
  SiteConfig site;
  MapReader map(node, "site", reading.flaws);
  site.id = map.text("id");
  check_id(map, "id", site.id);
  site.name = map.text("name");
  site.timezone = map.text("timezone", site.timezone);
  if (const auto zone = Zone::named(site.timezone)) {
    site.zone = *zone;
  } else {
    map.flaw("timezone", "is \"" + site.timezone + "\"", "use an IANA name such as Asia/Shanghai");
  }
  site.language = read_language(map, site.language, reading);
  return site;
}

bool names_file(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".yaml") || text.ends_with(".yml");
}

TrialEntry read_short_entry(const YamlNode& item, Reading& reading) {
  TrialEntry entry;
  if (names_file(item.text())) {
    entry.file = (reading.folder / item.text()).lexically_normal();
  } else {
    entry.id = item.text();
  }
  return entry;
}

void read_approval(MapReader& map, TrialEntry& entry) {
  entry.approved_by = map.text("approved_by");
  entry.approved_on = map.text("approved_on");
  if (!entry.approved_on.empty() && (entry.approved_on.size() != 10 || !parse_instant(entry.approved_on, Zone::utc())))
    map.flaw("approved_on", "is no date", "write 2026-11-22");
  entry.sha256 = map.text("sha256");
  std::transform(entry.sha256.begin(), entry.sha256.end(), entry.sha256.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool hex = entry.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!entry.sha256.empty() && (!hex || entry.sha256.size() != 64))
    map.flaw("sha256", "is no SHA-256", "write the 64 digits that sha256sum prints");
}

TrialEntry read_long_entry(const YamlNode& item, Reading& reading) {
  TrialEntry entry;
  MapReader map(item, "trials", reading.flaws);
  entry.file = read_path(map, "file", reading);
  entry.id = map.text("id");
  if (entry.file.empty() == entry.id.empty()) map.flaw("file", "or id is needed, one of the two", "write {file: trials/X.yaml} or {id: X}");
  entry.recruiting = map.boolean("recruiting", true);
  if (map.has("slots")) entry.slots = static_cast<int>(map.integer("slots", 0, 0, 1000000));
  map.node("slots");
  entry.gated = map.choice("gate", {"none", "treating_physician"}, "none") == "treating_physician";
  entry.priority = static_cast<int>(map.integer("priority", 0, -1000, 1000));
  read_approval(map, entry);
  return entry;
}

std::vector<TrialEntry> read_trials(MapReader& root, Reading& reading) {
  std::vector<TrialEntry> trials;
  const YamlNode& node = root.node("trials");
  if (node.present() && !node.is_sequence()) root.flaw("trials", "is " + std::string(describe(node.kind())), "write a list: [NCT07230171]");
  std::set<std::string> seen;
  for (const YamlNode& item : node.items()) {
    TrialEntry entry = item.is_scalar() ? read_short_entry(item, reading) : read_long_entry(item, reading);
    entry.line = item.line();
    const std::string key = entry.file.empty() ? entry.id : entry.file.string();
    if (!key.empty() && !seen.insert(key).second) reading.flaws.add(item.line(), "trials names " + key + " twice", "remove one");
    trials.push_back(std::move(entry));
  }
  return trials;
}

std::vector<std::filesystem::path> read_mappings(MapReader& root, Reading& reading) {
  std::vector<std::filesystem::path> folders;
  for (const std::string& text : root.texts("mappings")) folders.push_back((reading.folder / text).lexically_normal());
  return folders;
}

}  // namespace

ScreeningConfig read_screening(MapReader& root, Reading& reading) {
  ScreeningConfig config;
  config.site = read_site(root.node("site"), reading);
  config.trials = read_trials(root, reading);
  config.mappings = read_mappings(root, reading);
  return config;
}

}  // namespace trialflag::settings
