#include "agent/json/builder.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <memory>

namespace trialflag::json {
namespace {

// \u escapes are the one way by which a NUL or half of a surrogate pair (then encoded as ED A0..BF) gets into a string.
const char* flaw_of_escapes(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "holds a NUL character";
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return "holds half of a surrogate pair";
  return nullptr;
}

// Member names of a resource are told, but a name that no FHIR element could have might be a value put in the wrong place.
bool is_element_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; });
}

std::uint64_t bit_of(std::string_view name) {
  if (name.empty()) return 1;
  const auto byte = [](char c) { return static_cast<unsigned char>(c); };
  const std::size_t mix = name.size() * 7U + byte(name.front()) * 5U + byte(name.back()) * 11U + byte(name[name.size() / 2]) * 3U;
  return std::uint64_t{1} << (mix % 64);
}

}  // namespace

void Builder::start(bool escapes) {
  memory_.reset();
  pending_.clear();
  depth_ = 0;
  escapes_ = escapes;
  problem_.clear();
}

Value Builder::root() const {
  return pending_.size() == 1 ? pending_.front() : Value();
}

bool Builder::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool Builder::descend() {
  if (++depth_ <= Document::kMaxDepth) return true;
  return refuse("is nested deeper than " + std::to_string(Document::kMaxDepth));
}

Value& Builder::push(Value::Type type) {
  Value& value = pending_.emplace_back();
  value.type_ = type;
  return value;
}

bool Builder::Null() {
  push(Value::Type::null);
  return true;
}

bool Builder::Bool(bool truth) {
  push(Value::Type::boolean).boolean_ = truth;
  return true;
}

bool Builder::RawNumber(const char* text, std::uint32_t size, bool) {
  Value& value = push(Value::Type::number);
  value.data_ = text;
  value.size_ = size;
  const auto read = std::from_chars(text, text + size, value.number_);
  if (read.ec != std::errc::result_out_of_range) return true;
  // Too small counts as zero. The character after a number is none of a number, so strtod stops where it should.
  value.number_ = 0;
  return std::isinf(std::strtod(text, nullptr)) ? refuse("has a number beyond the range of a double") : true;
}

bool Builder::String(const char* text, std::uint32_t size, bool) {
  Value& value = push(Value::Type::string);
  value.data_ = text;
  value.size_ = size;
  if (!escapes_) return true;
  const char* flaw = flaw_of_escapes({text, size});
  return flaw == nullptr ? true : refuse(flaw);
}

bool Builder::EndArray(std::uint32_t count) {
  --depth_;
  auto* elements = static_cast<Value*>(memory_.take(count * sizeof(Value)));
  std::uninitialized_copy_n(pending_.end() - count, count, elements);
  pending_.resize(pending_.size() - count);
  Value& value = push(Value::Type::array);
  value.data_ = elements;
  value.size_ = count;
  return true;
}

bool Builder::EndObject(std::uint32_t count) {
  --depth_;
  const std::size_t base = pending_.size() - 2 * std::size_t{count};
  auto* members = static_cast<Value::Member*>(memory_.take(count * sizeof(Value::Member)));
  for (std::size_t i = 0; i < count; ++i)
    std::construct_at(members + i, Value::Member{pending_[base + 2 * i].string(), pending_[base + 2 * i + 1]});
  pending_.resize(base);
  if (!names_are_distinct(members, count)) return false;
  Value& value = push(Value::Type::object);
  value.data_ = members;
  value.size_ = count;
  return true;
}

// A name whose bit is not yet set is new; only a set bit costs comparisons. Past some size most bits are set, and sorting wins.
bool Builder::names_are_distinct(const Value::Member* members, std::size_t count) {
  constexpr std::size_t kFew = 48;
  if (count > kFew) return sorted_names_are_distinct(members, count);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bit = bit_of(members[i].name);
    const auto same_name = [&](const Value::Member& other) { return other.name == members[i].name; };
    if ((seen & bit) != 0 && std::any_of(members, members + i, same_name)) return refuse_repeated(members[i].name);
    seen |= bit;
  }
  return true;
}

bool Builder::sorted_names_are_distinct(const Value::Member* members, std::size_t count) {
  names_.clear();
  for (std::size_t i = 0; i < count; ++i) names_.push_back(members[i].name);
  std::sort(names_.begin(), names_.end());
  const auto twin = std::adjacent_find(names_.begin(), names_.end());
  return twin == names_.end() ? true : refuse_repeated(*twin);
}

bool Builder::refuse_repeated(std::string_view name) {
  return refuse(is_element_name(name) ? "repeats the member \"" + std::string(name) + "\"" : "repeats a member");
}

}  // namespace trialflag::json
