// Turns the events of a JSON reader into a tree of Values, and refuses what the reader lets pass.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/json/block_memory.h"
#include "agent/json/value.h"

namespace trialflag::json {

/// Receives events in RapidJSON's vocabulary; every event answers whether to go on. Strings are kept as views, not copied.
class Builder {
 public:
  /// Forgets the former tree. `escapes`: the text holds \u escapes, so strings may hold what plain text cannot.
  void start(bool escapes);

  /// Empty unless an event answered false.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// The tree, after the last event.
  [[nodiscard]] Value root() const;

  // The names below are RapidJSON's.
  bool Null();
  bool Bool(bool truth);
  bool RawNumber(const char* text, std::uint32_t size, bool copy);
  bool String(const char* text, std::uint32_t size, bool copy);
  bool Key(const char* text, std::uint32_t size, bool copy) { return String(text, size, copy); }
  bool StartObject() { return descend(); }
  bool StartArray() { return descend(); }
  bool EndObject(std::uint32_t count);
  bool EndArray(std::uint32_t count);
  // Numbers come as text, so these never do.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  bool refuse(std::string problem);
  bool descend();
  bool refuse_depth();
  bool escapes_are_sound(std::string_view text);
  [[nodiscard]] std::string_view name_at(std::size_t pending) const {
    return {static_cast<const char*>(pending_[pending].data_), pending_[pending].size()};
  }
  bool names_are_distinct(const Value::Member* members, std::size_t count, std::uint64_t& names);
  bool sorted_names_are_distinct(const Value::Member* members, std::size_t count);
  bool refuse_repeated(std::string_view name);

  BlockMemory memory_;
  std::vector<Value> pending_;  // values whose array or object is not yet closed; before a member's value stands its name
  std::vector<std::string_view> names_;
  std::size_t depth_ = 0;
  bool escapes_ = false;
  std::string problem_;
};

// What every value passes through stands here, so that the reader takes it in.

inline bool Builder::descend() {
  return ++depth_ <= Document::kMaxDepth || refuse_depth();
}

inline bool Builder::String(const char* text, std::uint32_t size, bool) {
  pending_.push_back(Value(Value::Type::string, size, text));
  return !escapes_ || escapes_are_sound({text, size});
}

inline bool Builder::EndArray(std::uint32_t count) {
  --depth_;
  auto* elements = static_cast<Value*>(memory_.take(count * sizeof(Value)));
  std::uninitialized_copy_n(pending_.end() - count, count, elements);
  pending_.resize(pending_.size() - count);
  pending_.push_back(Value(Value::Type::array, count, elements));
  return true;
}

// A name whose bit is not yet set is new; only a set bit costs comparisons. Past some size most bits are set, and sorting wins.
// Leaves the bits of all of them in `names`.
inline bool Builder::names_are_distinct(const Value::Member* members, std::size_t count, std::uint64_t& names) {
  constexpr std::size_t kFew = 48;
  names = count > kFew ? ~std::uint64_t{0} : 0;
  if (count > kFew) return sorted_names_are_distinct(members, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bit = Value::name_bit(members[i].name);
    const auto same_name = [&](const Value::Member& other) { return other.name == members[i].name; };
    if ((names & bit) != 0 && std::any_of(members, members + i, same_name)) return refuse_repeated(members[i].name);
    names |= bit;
  }
  return true;
}

inline bool Builder::EndObject(std::uint32_t count) {
  --depth_;
  const std::size_t base = pending_.size() - 2 * std::size_t{count};
  auto* members = static_cast<Value::Member*>(memory_.take(count * sizeof(Value::Member)));
  for (std::size_t i = 0; i < count; ++i) std::construct_at(members + i, Value::Member{name_at(base + 2 * i), pending_[base + 2 * i + 1]});
  pending_.resize(base);
  std::uint64_t names = 0;
  if (!names_are_distinct(members, count, names)) return false;
  pending_.push_back(Value(Value::Type::object, count, members, std::bit_cast<double>(names)));
  return true;
}

}  // namespace trialflag::json
