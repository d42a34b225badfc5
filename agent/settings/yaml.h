// The one door to YAML: text in, a small read-only tree with line numbers out. No other file includes yaml-cpp.
// Plain data only: anchors, aliases, merge keys, tags, repeated keys and a second document are refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/settings/flaws.h"

namespace trialflag::settings {

/// A node of a YAML document. A value: copying copies the subtree. Every getter is total: asked for the wrong kind it answers empty.
class YamlNode {
 public:
  /// What a plain scalar is follows from its letters: null, ~ or nothing → null; true, false → boolean; a decimal number → number;
  /// everything else, and whatever is quoted, → string. So yes, no, on and off are strings.
  enum class Kind : std::uint8_t { missing, null, boolean, number, string, sequence, map };
  struct Member;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] int line() const { return line_; }  ///< from 1
  /// Neither missing nor null: a key without a value counts as absent.
  [[nodiscard]] bool present() const { return kind_ != Kind::missing && kind_ != Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind_ == Kind::boolean || kind_ == Kind::number || kind_ == Kind::string; }
  [[nodiscard]] bool is_sequence() const { return kind_ == Kind::sequence; }
  [[nodiscard]] bool is_map() const { return kind_ == Kind::map; }

  [[nodiscard]] const std::string& text() const { return text_; }  ///< a scalar as written (unquoted, unescaped), else empty
  [[nodiscard]] bool boolean() const { return kind_ == Kind::boolean && text_ == "true"; }
  [[nodiscard]] double number() const { return number_; }  ///< 0 unless a number
  [[nodiscard]] std::span<const YamlNode> items() const { return items_; }
  [[nodiscard]] std::span<const Member> members() const;  ///< in the order of the file
  /// The member of that name, or a node of kind missing.
  [[nodiscard]] const YamlNode& operator[](std::string_view name) const;

 private:
  friend class YamlBuilder;
  Kind kind_ = Kind::missing;
  int line_ = 0;
  double number_ = 0;
  std::string text_;
  std::vector<YamlNode> items_;
  std::vector<Member> members_;
};

struct YamlNode::Member {
  std::string name;
  int line = 0;  ///< of the name
  YamlNode value;
};

/// "a string", "a map", … for messages.
std::string_view describe(YamlNode::Kind kind);

constexpr std::size_t kMaxYamlBytes = 1024 * 1024;
constexpr int kMaxYamlDepth = 32;

/// Parses one document. On any flaw of the YAML itself it is added to `flaws` and the answer is nullopt. Never throws.
std::optional<YamlNode> parse_yaml(std::string_view text, Flaws& flaws);

/// Reads `path` and parses it; a file that cannot be read is a flaw too.
std::optional<YamlNode> read_yaml(const std::filesystem::path& path, Flaws& flaws);

}  // namespace trialflag::settings
