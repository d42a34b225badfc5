// The one door to JSON: strict and bounded. Text in, a read-only tree out. No other file includes RapidJSON.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "agent/base/result.h"

namespace trialflag::json {

class Document;

/// A node of a parsed Document; valid as long as that Document. Every getter is total: asked for the wrong type it answers empty.
class Value {
 public:
  enum class Type : std::uint8_t { missing, null, boolean, number, string, array, object };
  struct Member;

  Value() = default;

  [[nodiscard]] Type type() const { return static_cast<Type>(head_ & 0xFF); }
  [[nodiscard]] bool is(Type wanted) const { return type() == wanted; }
  [[nodiscard]] bool exists() const { return type() != Type::missing; }
  [[nodiscard]] std::string_view string() const;       ///< the string; of a number its text as written; else empty
  [[nodiscard]] bool boolean() const;                  ///< false unless true
  [[nodiscard]] double number() const;                 ///< 0 unless a number; finite (±1e308 at most)
  [[nodiscard]] std::span<const Value> array() const;  ///< the elements of an array, else empty
  [[nodiscard]] std::span<const Member> members() const;
  /// The member of that name (the first, should there be two), or a Value of type missing.
  [[nodiscard]] const Value& operator[](std::string_view name) const;

 private:
  friend class Document;
  friend class Builder;
  // One of 64 bits, seldom the same for the names of one object.
  static std::uint64_t name_bit(std::string_view name);
  [[nodiscard]] std::uint64_t names() const { return std::bit_cast<std::uint64_t>(number_); }
  [[nodiscard]] const Value& find(std::string_view name) const;
  static const Value kMissing;

  Value(Type type, std::uint32_t size, const void* data, double number = 0)
      : head_(static_cast<std::uint64_t>(type) | (std::uint64_t{size} << 32)), number_(number), data_(data) {}
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(head_ >> 32); }

  // Type and size, written as one: a value is copied right after, and the processor would wait for the parts of what it copies as a whole.
  std::uint64_t head_ = 0;
  double number_ = 0;  // of a boolean 1 or 0; of an object the bits of its members' names: most of what is absent is not looked for
  const void* data_ = nullptr;
};

struct Value::Member {
  std::string_view name;
  Value value;
};

inline std::uint64_t Value::name_bit(std::string_view name) {
  const unsigned first = name.empty() ? 0 : static_cast<unsigned char>(name.front());
  return std::uint64_t{1} << ((name.size() * 5 + first) % 64);
}

inline const Value& Value::operator[](std::string_view name) const {
  return is(Type::object) && (names() & name_bit(name)) != 0 ? find(name) : kMissing;
}

inline std::string_view Value::string() const {
  if (!is(Type::string) && !is(Type::number)) return {};
  return {static_cast<const char*>(data_), size()};
}

inline std::span<const Value> Value::array() const {
  if (!is(Type::array)) return {};
  return {static_cast<const Value*>(data_), size()};
}

inline std::span<const Value::Member> Value::members() const {
  if (!is(Type::object)) return {};
  return {static_cast<const Member*>(data_), size()};
}

/// What a text was found guilty of, with its place. Never a value of the text.
struct Flaw {
  std::size_t offset = 0;  ///< byte offset into the text
  std::string problem;     ///< "is cut off", "has invalid UTF-8", "repeats the member \"status\"", "is nested deeper than 64"
};

/// Owns a parsed tree. Reusable: parse() frees the former tree and keeps its memory. Not thread-safe.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  static constexpr std::size_t kMaxDepth = 128;

  /// Parses one JSON value (RFC 8259; surrounding blanks allowed, a UTF-8 byte-order mark skipped). On failure root() is missing.
  /// Refused: anything RFC 8259 refuses, invalid UTF-8, nesting beyond kMaxDepth, a NUL character, a number beyond double's range,
  /// and an object that names a member twice (which of the two counts would be a guess).
  [[nodiscard]] tl::expected<void, Flaw> parse(std::string_view text);

  [[nodiscard]] const Value& root() const;

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace trialflag::json
