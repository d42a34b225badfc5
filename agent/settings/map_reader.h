// Reads a YAML map key by key, strictly: each getter names a key the map may have, and every other key is a flaw.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/settings/yaml.h"

namespace trialflag::settings {

/// "90s", "5m", "24h", "7d". nullopt when it is none (a bare number is none).
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
/// "512KiB", "64MiB", "2GiB", with or without a blank before the unit; "4096" is bytes. nullopt when it is none or beyond 2^63.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// The name of `known` nearest to `name` by edit distance, empty when none is near enough to be a slip of the pen.
std::string_view nearest(std::string_view name, const std::vector<std::string>& known);

/// Each getter marks its key as known, adds a flaw when the value is of the wrong kind, and then answers the fallback. A key without
/// a value counts as absent. The destructor (or finish()) adds a flaw for each key that no getter has named, with the nearest known one.
/// A node that is absent reads as an empty map; a node that is no map is one flaw. `node` and `flaws` outlive the reader.
class MapReader {
 public:
  /// `where`: what the map is called in messages, such as "ehr.auth"; empty for the whole file.
  MapReader(const YamlNode& node, std::string where, Flaws& flaws);
  ~MapReader() { finish(); }
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  /// The member as it is (kind missing when absent), for maps, lists and what has more than one form.
  const YamlNode& node(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const { return node_[key].present(); }

  std::string text(std::string_view key, std::string_view fallback = {});  ///< any scalar, as written
  std::string required_text(std::string_view key);                         ///< flaw when absent or empty
  bool boolean(std::string_view key, bool fallback);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t lowest, std::int64_t highest);
  double number(std::string_view key, double fallback);
  std::chrono::seconds duration(std::string_view key, std::chrono::seconds fallback);
  std::uint64_t size(std::string_view key, std::uint64_t fallback);
  /// One of `allowed` (else a flaw that names them).
  std::string choice(std::string_view key, std::initializer_list<std::string_view> allowed, std::string_view fallback);
  /// A list of scalars.
  std::vector<std::string> texts(std::string_view key);
  /// The same, each one of `allowed`.
  std::vector<std::string> choices(std::string_view key, std::initializer_list<std::string_view> allowed);

  /// A flaw at the key's line (at the map's own line when the key is absent), its name put before `problem`.
  void flaw(std::string_view key, const std::string& problem, const std::string& remedy = {});
  /// "ehr.auth.kind": the key with the map's name before it.
  [[nodiscard]] std::string name_of(std::string_view key) const;
  [[nodiscard]] int line() const { return node_.line(); }
  /// Reports the unknown keys now instead of in the destructor.
  void finish();
  /// Keys that no getter has named are somebody else's affair.
  void ignore_rest() { finished_ = true; }

 private:
  void wrong(std::string_view key, const YamlNode& found, const std::string& wanted);
  void check_choice(std::string_view key, const YamlNode& value, std::initializer_list<std::string_view> allowed);

  const YamlNode& node_;
  std::string where_;
  Flaws& flaws_;
  std::vector<std::string> known_;
  bool finished_ = false;
};

}  // namespace trialflag::settings
