// Turns the events of a JSON reader into a tree of Values, and refuses what the reader lets pass.
#pragma once

#include <cstddef>
#include <cstdint>
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
  Value& push(Value::Type type);
  bool names_are_distinct(const Value::Member* members, std::size_t count);
  bool sorted_names_are_distinct(const Value::Member* members, std::size_t count);
  bool refuse_repeated(std::string_view name);

  BlockMemory memory_;
  std::vector<Value> pending_;  // values whose array or object is not yet closed; before a member's value stands its name
  std::vector<std::string_view> names_;
  std::size_t depth_ = 0;
  bool escapes_ = false;
  std::string problem_;
};

}  // namespace trialflag::json
