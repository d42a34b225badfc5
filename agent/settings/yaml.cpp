#include "agent/settings/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace trialflag::settings {
namespace {

/// Ends the parse at the first thing that plain data has no use for.
struct Refused {
  int line;
  std::string problem, remedy;
};

int line_of(const YAML::Mark& mark) {
  return mark.line + 1;
}

/// A decimal number of YAML's core schema; no octal, hexadecimal, infinity or "not a number".
std::optional<double> decimal(const std::string& text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

/// Builds the tree from yaml-cpp's events, so that yaml-cpp's own node graph (aliases, merges) never exists.
class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }
  [[nodiscard]] bool any() const { return root_.kind_ != YamlNode::Kind::missing; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (any()) throw Refused{line_of(mark), "a second document begins here", "keep one document in the file"};
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor != YAML::NullAnchor) refuse_anchor(mark);
    add(scalar(mark, YamlNode::Kind::null, {}));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    check(mark, tag, anchor);
    add(scalar(mark, kind_of(tag, value), value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::string key;
    int key_line = 0;
    bool has_key = false;
  };

  static YamlNode::Kind kind_of(const std::string& tag, const std::string& value) {
    if (tag == "!") return YamlNode::Kind::string;  // quoted, or a block scalar
    if (value.empty() || value == "~" || value == "null") return YamlNode::Kind::null;
    if (value == "true" || value == "false") return YamlNode::Kind::boolean;
    return decimal(value) ? YamlNode::Kind::number : YamlNode::Kind::string;
  }

  [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) {
    throw Refused{line_of(mark), "uses an anchor or an alias", "write the value out (quote a text that begins with & or *)"};
  }

  static void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse_anchor(mark);
    if (!tag.empty() && tag != "?" && tag != "!") throw Refused{line_of(mark), "uses a tag", "remove it (quote a text that begins with !)"};
  }

  static YamlNode scalar(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& value) {
    YamlNode node;
    node.kind_ = kind;
    node.line_ = line_of(mark);
    if (kind != YamlNode::Kind::null) node.text_ = value;
    if (kind == YamlNode::Kind::number) node.number_ = *decimal(value);
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check(mark, tag, anchor);
    if (expects_key()) throw Refused{line_of(mark), "a key is a list or a map", "use a plain word as the key"};
    if (static_cast<int>(open_.size()) >= kMaxYamlDepth)
      throw Refused{line_of(mark), "is nested deeper than " + std::to_string(kMaxYamlDepth) + " levels", "flatten it"};
    open_.emplace_back();
    open_.back().node.kind_ = kind;
    open_.back().node.line_ = line_of(mark);
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.kind_ == YamlNode::Kind::map && !open_.back().has_key;
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind_ == YamlNode::Kind::sequence) {
      parent.node.items_.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, node);
    } else {
      parent.node.members_.push_back({std::move(parent.key), parent.key_line, std::move(node)});
      parent.has_key = false;
    }
  }

  static void take_key(Open& parent, const YamlNode& node) {
    if (node.kind_ == YamlNode::Kind::null) throw Refused{node.line_, "a key is empty", "name it"};
    if (node.text_ == "<<") throw Refused{node.line_, "uses a merge key", "write the keys out"};
    for (const YamlNode::Member& member : parent.node.members_) {
      if (member.name != node.text_) continue;
      throw Refused{node.line_, "key \"" + node.text_ + "\" stands twice, first on line " + std::to_string(member.line), "remove one"};
    }
    parent.key = node.text_;
    parent.key_line = node.line_;
    parent.has_key = true;
  }

  YamlNode root_;
  std::vector<Open> open_;
};

std::span<const YamlNode::Member> YamlNode::members() const {
  return members_;
}

const YamlNode& YamlNode::operator[](std::string_view name) const {
  static const YamlNode kMissing;
  for (const Member& member : members_)
    if (member.name == name) return member.value;
  return kMissing;
}

std::string_view describe(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::missing:
      return "missing";
    case YamlNode::Kind::null:
      return "empty";
    case YamlNode::Kind::boolean:
      return "a boolean";
    case YamlNode::Kind::number:
      return "a number";
    case YamlNode::Kind::string:
      return "a string";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return {};
}

std::optional<YamlNode> parse_yaml(std::string_view text, Flaws& flaws) {
  if (text.size() > kMaxYamlBytes) {
    flaws.add(0, "is larger than 1 MiB", "split it");
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    YamlBuilder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    if (builder.any()) return builder.take();
    flaws.add(0, "is empty", "");
  } catch (const Refused& refused) {
    flaws.add(refused.line, refused.problem, refused.remedy);
  } catch (const YAML::Exception& error) {
    flaws.add(error.mark.line + 1, "is no valid YAML: " + error.msg, "check the indentation and the quotes");
  }
  return std::nullopt;
}

std::optional<YamlNode> read_yaml(const std::filesystem::path& path, Flaws& flaws) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    flaws.add(0, "is a folder", "name a file");
    return std::nullopt;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    flaws.add(0, "cannot be read", "check that it exists and who may read it");
    return std::nullopt;
  }
  std::string text;
  text.resize(kMaxYamlBytes + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_yaml(text, flaws);
}

}  // namespace trialflag::settings
