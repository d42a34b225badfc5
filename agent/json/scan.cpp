#include "agent/json/scan.h"

namespace trialflag::json {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_structure(char c) {
  return c == ',' || c == ':' || c == ']' || c == '}' || c == '[' || c == '{' || c == '"';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// Numbers and words end where the next structure begins. At the end of the text they may be cut off, save at the top level.
std::size_t skip_scalar(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && !is_blank(text[at]) && !is_structure(text[at])) ++at;
  return at == begin ? kNone : at;
}

bool begins_value(char c) {
  return c != ',' && c != ':' && c != ']' && c != '}';
}

// What the two walks share: brackets and commas. Leaves `at` where the next element or name begins, or ends the walk.
bool advance(std::string_view text, std::size_t& at, char closing, bool& first, Walk& state) {
  if (state != Walk::going) return false;
  at = skip_blanks(text, at);
  if (at < text.size() && text[at] == closing) {
    ++at;
    state = Walk::finished;
    return false;
  }
  if (!first && at < text.size()) {
    if (text[at] != ',') {
      state = Walk::malformed;
      return false;
    }
    at = skip_blanks(text, at + 1);
  }
  first = false;
  if (at < text.size()) return true;
  state = Walk::cut_off;
  return false;
}

// Of the value that begins at `at`.
std::size_t end_of_value(std::string_view text, Blocks& blocks, std::size_t at) {
  switch (text[at]) {
    case '{':
    case '[':
      return blocks.end_of_container(at);
    case '"':
      return blocks.end_of_string(at);
    default:
      return skip_scalar(text, at);
  }
}

// Written where it is wanted: to copy so many of them costs more than to find them.
void take_value(std::string_view text, Blocks& blocks, std::size_t& at, Walk& state, Slice& value) {
  const std::size_t begin = at;
  const std::size_t end = end_of_value(text, blocks, begin);
  // A scalar that touches the end of the text lacks what should follow, and may lack a part of itself.
  if (end == kNone || end == text.size()) state = Walk::cut_off;
  const bool ends_itself = end != kNone && (text[begin] == '{' || text[begin] == '[' || text[begin] == '"');
  at = end == kNone ? text.size() : end;
  value.text = text.substr(begin, at - begin);
  value.whole = state != Walk::cut_off || ends_itself;
}

void open(std::string_view text, char bracket, std::size_t& at, Walk& state) {
  at = skip_blanks(text, 0);
  if (at == text.size()) {
    state = Walk::cut_off;
  } else if (text[at] != bracket) {
    state = Walk::malformed;
  } else {
    ++at;
  }
}

}  // namespace

std::size_t skip_value(std::string_view text, std::size_t offset) {
  const std::size_t at = skip_blanks(text, offset);
  if (at >= text.size()) return kNone;
  Blocks blocks(text, at);
  return end_of_value(text, blocks, at);
}

std::optional<std::string_view> plain_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  const std::string_view inner = value.substr(1, value.size() - 2);
  const auto holds = [inner](char c) { return inner.find(c) != kNone; };
  return holds('"') || holds('\\') ? std::nullopt : std::optional(inner);
}

Elements::Elements(std::string_view text) : text_(text), blocks_(text, 0) {
  open(text_, '[', offset_, state_);
}

std::optional<Slice> Elements::next() {
  std::optional<Slice> element;
  if (!advance(text_, offset_, ']', first_, state_)) return element;
  if (!begins_value(text_[offset_])) {
    state_ = Walk::malformed;
    return element;
  }
  take_value(text_, blocks_, offset_, state_, element.emplace());
  return element;
}

Members::Members(std::string_view text) : text_(text), blocks_(text, 0) {
  open(text_, '{', offset_, state_);
}

std::optional<Members::Member> Members::next() {
  std::optional<Member> member;
  if (!advance(text_, offset_, '}', first_, state_)) return member;
  const std::size_t begin = offset_;
  const std::size_t end = text_[begin] == '"' ? blocks_.end_of_string(begin) : kNone;
  const std::size_t colon = end == kNone ? text_.size() : skip_blanks(text_, end);
  const std::size_t value = colon < text_.size() ? skip_blanks(text_, colon + 1) : text_.size();
  if (text_[begin] != '"' || (colon < text_.size() && text_[colon] != ':') || (value < text_.size() && !begins_value(text_[value]))) {
    state_ = Walk::malformed;
    return member;
  }
  offset_ = value;
  if (value == text_.size()) {
    state_ = Walk::cut_off;
    return member;
  }
  member.emplace();
  member->name = text_.substr(begin + 1, end - begin - 2);
  take_value(text_, blocks_, offset_, state_, member->value);
  return member;
}

std::optional<Slice> find_member(std::string_view object, std::string_view name) {
  Members members(object);
  while (const auto member = members.next())
    if (member->name == name) return member->value;
  return std::nullopt;
}

}  // namespace trialflag::json
