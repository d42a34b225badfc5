#include "agent/settings/map_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

namespace trialflag::settings {
namespace {

/// Levenshtein's distance, a swap of neighbours counting as one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  std::iota(cost[0].begin(), cost[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({change, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string join(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::int64_t seconds_of(char unit) {
  switch (unit) {
    case 'd':
      return 86400;
    case 'h':
      return 3600;
    case 'm':
      return 60;
    case 's':
      return 1;
    default:
      return 0;
  }
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.empty() || text.front() == '-') return std::nullopt;
  const std::int64_t unit = seconds_of(text.back());
  text.remove_suffix(1);
  std::int32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (unit == 0 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  constexpr std::int64_t kLongest = 36500LL * 86400;  // a hundred years; what is longer is no duration that clocks can hold
  if (count * unit > kLongest) return std::nullopt;
  return std::chrono::seconds(count * unit);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  std::uint64_t bytes = 0;
  if (unit.empty() || unit == "B") bytes = 1;
  if (unit == "KiB") bytes = std::uint64_t{1} << 10;
  if (unit == "MiB") bytes = std::uint64_t{1} << 20;
  if (unit == "GiB") bytes = std::uint64_t{1} << 30;
  if (bytes == 0 || count > (std::uint64_t{1} << 63) / bytes) return std::nullopt;
  return count * bytes;
}

std::string_view nearest(std::string_view name, const std::vector<std::string>& known) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 2) + 1;
  for (const std::string& candidate : known) {
    if (candidate.starts_with(std::string(name) + "_")) return candidate;
    const std::size_t distance = edit_distance(name.substr(0, 64), candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

MapReader::MapReader(const YamlNode& node, std::string where, Flaws& flaws) : node_(node), where_(std::move(where)), flaws_(flaws) {
  if (!node.present() || node.is_map()) return;
  flaws.add(node.line(), (where_.empty() ? "the file" : where_) + " is " + std::string(describe(node.kind())),
            "make it a map of keys and values");
}

const YamlNode& MapReader::node(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return node_[key];
}

std::string MapReader::name_of(std::string_view key) const {
  return where_.empty() ? std::string(key) : where_ + "." + std::string(key);
}

void MapReader::flaw(std::string_view key, const std::string& problem, const std::string& remedy) {
  int line = node_.line();
  for (const YamlNode::Member& member : node_.members())
    if (member.name == key) line = member.line;
  flaws_.add(line, name_of(key) + " " + problem, remedy);
}

void MapReader::wrong(std::string_view key, const YamlNode& found, const std::string& wanted) {
  const std::string what = found.is_scalar() ? "\"" + found.text().substr(0, 60) + "\"" : std::string(describe(found.kind()));
  flaws_.add(found.line(), name_of(key) + " is " + what, wanted);
}

std::string MapReader::text(std::string_view key, std::string_view fallback) {
  const YamlNode& value = node(key);
  if (!value.present()) return std::string(fallback);
  if (value.is_scalar()) return value.text();
  wrong(key, value, "write a text");
  return std::string(fallback);
}

std::string MapReader::required_text(std::string_view key) {
  const YamlNode& value = node(key);
  if (!value.present() || (value.is_scalar() && value.text().empty())) {
    flaw(key, "is missing", "add it");
    return {};
  }
  return text(key);
}

bool MapReader::boolean(std::string_view key, bool fallback) {
  const YamlNode& value = node(key);
  if (!value.present()) return fallback;
  if (value.kind() == YamlNode::Kind::boolean) return value.boolean();
  wrong(key, value, "write true or false");
  return fallback;
}

std::int64_t MapReader::integer(std::string_view key, std::int64_t fallback, std::int64_t lowest, std::int64_t highest) {
  const YamlNode& value = node(key);
  if (!value.present()) return fallback;
  const double number = value.number();
  const bool whole = value.kind() == YamlNode::Kind::number && number == std::floor(number);
  if (whole && number >= static_cast<double>(lowest) && number <= static_cast<double>(highest)) return static_cast<std::int64_t>(number);
  wrong(key, value, "write a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  return fallback;
}

double MapReader::number(std::string_view key, double fallback) {
  const YamlNode& value = node(key);
  if (!value.present()) return fallback;
  if (value.kind() == YamlNode::Kind::number) return value.number();
  wrong(key, value, "write a number");
  return fallback;
}

std::chrono::seconds MapReader::duration(std::string_view key, std::chrono::seconds fallback) {
  const YamlNode& value = node(key);
  if (!value.present()) return fallback;
  if (value.is_scalar()) {
    if (const auto parsed = parse_duration(value.text())) return *parsed;
  }
  wrong(key, value, "write a duration such as 60s, 5m, 24h or 7d");
  return fallback;
}

std::uint64_t MapReader::size(std::string_view key, std::uint64_t fallback) {
  const YamlNode& value = node(key);
  if (!value.present()) return fallback;
  if (value.is_scalar()) {
    if (const auto parsed = parse_size(value.text())) return *parsed;
  }
  wrong(key, value, "write a size such as 512KiB, 64MiB or 1GiB");
  return fallback;
}

void MapReader::check_choice(std::string_view key, const YamlNode& value, std::initializer_list<std::string_view> allowed) {
  if (value.is_scalar() && std::find(allowed.begin(), allowed.end(), value.text()) != allowed.end()) return;
  wrong(key, value, "write one of: " + join(allowed));
}

std::string MapReader::choice(std::string_view key, std::initializer_list<std::string_view> allowed, std::string_view fallback) {
  const YamlNode& value = node(key);
  if (!value.present()) return std::string(fallback);
  check_choice(key, value, allowed);
  const bool known = value.is_scalar() && std::find(allowed.begin(), allowed.end(), value.text()) != allowed.end();
  return known ? value.text() : std::string(fallback);
}

std::vector<std::string> MapReader::texts(std::string_view key) {
  std::vector<std::string> result;
  const YamlNode& value = node(key);
  if (!value.present()) return result;
  if (!value.is_sequence()) wrong(key, value, "write a list: [a, b]");
  for (const YamlNode& item : value.items()) {
    if (item.is_scalar()) {
      result.push_back(item.text());
    } else {
      wrong(key, item, "write a text for each item of the list");
    }
  }
  return result;
}

std::vector<std::string> MapReader::choices(std::string_view key, std::initializer_list<std::string_view> allowed) {
  for (const YamlNode& item : node(key).items()) {
    if (item.is_scalar()) check_choice(key, item, allowed);
  }
  return texts(key);
}

void MapReader::finish() {
  if (std::exchange(finished_, true)) return;
  for (const YamlNode::Member& member : node_.members()) {
    if (std::find(known_.begin(), known_.end(), member.name) != known_.end()) continue;
    const std::string_view near = nearest(member.name, known_);
    const std::string remedy = near.empty() ? "remove it" : "did you mean " + std::string(near) + "?";
    flaws_.add(member.line, name_of(member.name) + " is no known key", remedy);
  }
}

}  // namespace trialflag::settings
