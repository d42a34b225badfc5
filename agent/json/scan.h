// Finds where JSON values begin and end without parsing them, so that a file can be cut into pieces that are parsed one by one.
// Only strings and brackets are looked at: what is cut out may still be no JSON, and the parser will say so.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "agent/json/blocks.h"

namespace trialflag::json {

/// The offset after the value that begins at `offset` (blanks before it are skipped), or npos when the text ends before the value does or
/// no value begins there. Of any depth. Brackets are counted, not paired.
std::size_t skip_value(std::string_view text, std::size_t offset = 0);

/// What has no escape in it, without its quotes; nullopt for anything but such a string.
std::optional<std::string_view> plain_string(std::string_view value);

/// A piece of the text.
struct Slice {
  std::string_view text;
  bool whole = true;  ///< false: the text ends before the piece does; always the last one
};

/// How far a walk came.
enum class Walk {
  going,
  finished,  ///< the closing bracket was met
  cut_off,   ///< the text ended before
  malformed  ///< something stood where a value, a name, a comma or a bracket is due; what came before is sound
};

/// Walks through the elements of an array's text. The text must outlive it. Anything else than an array is malformed.
class Elements {
 public:
  explicit Elements(std::string_view text);
  /// The next element, or nullopt at the end. state() tells which end it was.
  std::optional<Slice> next();
  [[nodiscard]] Walk state() const { return state_; }
  /// The offset after what was read.
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  std::string_view text_;
  Blocks blocks_;
  std::size_t offset_ = 0;
  Walk state_ = Walk::going;
  bool first_ = true;
};

/// Walks through the members of an object's text, as Elements does through an array's.
class Members {
 public:
  struct Member {
    std::string_view name;  ///< as written, without quotes, escapes kept
    Slice value;
  };

  explicit Members(std::string_view text);
  std::optional<Member> next();
  [[nodiscard]] Walk state() const { return state_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  std::string_view text_;
  Blocks blocks_;
  std::size_t offset_ = 0;
  Walk state_ = Walk::going;
  bool first_ = true;
};

/// The value of the first member of that name, cut off or not; nullopt when it is not met before the end. Names with escapes are not
/// matched.
std::optional<Slice> find_member(std::string_view object, std::string_view name);

}  // namespace trialflag::json
