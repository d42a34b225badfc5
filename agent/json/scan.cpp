#include "agent/json/scan.h"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace trialflag::json {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kBlock = 64;

// One bit for each of the 64 bytes of a block.
struct Marks {
  std::uint64_t quotes = 0, backslashes = 0, opening = 0, closing = 0;
};

#if defined(__SSE2__)
Marks marks_of(const char* block) {
  Marks marks;
  for (unsigned part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * part));
    const auto equal = [part](__m128i those, char c) {
      return std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(those, _mm_set1_epi8(c))))} << (16 * part);
    };
    // Setting this bit makes [ a { and ] a }.
    const __m128i brackets = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    marks.quotes |= equal(bytes, '"');
    marks.backslashes |= equal(bytes, '\\');
    marks.opening |= equal(brackets, '{');
    marks.closing |= equal(brackets, '}');
  }
  return marks;
}
#else
Marks marks_of(const char* block) {
  Marks marks;
  for (unsigned i = 0; i < kBlock; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (block[i] == '"') marks.quotes |= bit;
    if (block[i] == '\\') marks.backslashes |= bit;
    if (block[i] == '{' || block[i] == '[') marks.opening |= bit;
    if (block[i] == '}' || block[i] == ']') marks.closing |= bit;
  }
  return marks;
}
#endif

// Every bit becomes the parity of the bits up to it: from a quote on, up to the next, 1.
std::uint64_t parity(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// Follows nesting through the blocks of a text.
class Nesting {
 public:
  // The number of bytes of the block after which the nesting is back at 0, or none.
  std::optional<unsigned> follow(const char* block) {
    Marks marks = marks_of(block);
    marks.quotes &= ~escaped(marks.backslashes);
    const std::uint64_t strings = parity(marks.quotes) ^ in_string_;
    in_string_ = (strings >> 63) != 0 ? ~std::uint64_t{0} : 0;
    const std::uint64_t opening = marks.opening & ~strings;
    const std::uint64_t closing = marks.closing & ~strings;
    const int closed = std::popcount(closing);
    if (depth_ > closed) {
      depth_ += std::popcount(opening) - closed;
      return std::nullopt;
    }
    return step(opening, closing);
  }

 private:
  // The bytes before which stands a backslash that is not itself escaped.
  std::uint64_t escaped(std::uint64_t backslashes) {
    std::uint64_t found = escape_pending_ ? 1 : 0;
    backslashes &= ~found;
    escape_pending_ = false;
    while (backslashes != 0) {
      const int at = std::countr_zero(backslashes);
      escape_pending_ = at == 63;
      if (escape_pending_) break;
      const std::uint64_t next = std::uint64_t{2} << at;
      found |= next;
      backslashes &= ~(next | (next - 1));
    }
    return found;
  }

  std::optional<unsigned> step(std::uint64_t opening, std::uint64_t closing) {
    for (std::uint64_t brackets = opening | closing; brackets != 0; brackets &= brackets - 1) {
      const auto at = static_cast<unsigned>(std::countr_zero(brackets));
      depth_ += ((opening >> at) & 1) != 0 ? 1 : -1;
      if (depth_ == 0) return at + 1;
    }
    return std::nullopt;
  }

  std::int64_t depth_ = 0;
  std::uint64_t in_string_ = 0;  // all ones within a string
  bool escape_pending_ = false;
};

std::size_t skip_container(std::string_view text, std::size_t at) {
  Nesting nesting;
  for (; at + kBlock <= text.size(); at += kBlock)
    if (const auto end = nesting.follow(text.data() + at)) return at + *end;
  char rest[kBlock];
  std::memset(rest, ' ', sizeof rest);
  std::memcpy(rest, text.data() + at, text.size() - at);
  const auto end = nesting.follow(rest);
  return end ? at + *end : kNone;
}

// From its opening quote on.
std::size_t skip_string(std::string_view text, std::size_t at) {
  std::size_t from = at + 1;
  for (std::size_t quote = text.find('"', from); quote != kNone; quote = text.find('"', from)) {
    std::size_t plain = quote;
    while (plain > from && text[plain - 1] == '\\') --plain;
    const bool escaped = (quote - plain) % 2 == 1;
    from = quote + 1;
    if (!escaped) return from;
  }
  return kNone;
}

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// Numbers and words end where the next structure begins. At the end of the text they may be cut off, save at the top level.
std::size_t skip_scalar(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && !is_blank(text[at]) && std::string_view(",:]}[{\"").find(text[at]) == kNone) ++at;
  return at == begin ? kNone : at;
}

bool begins_value(char c) {
  return std::string_view(",:]}").find(c) == kNone;
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

Slice take_value(std::string_view text, std::size_t& at, Walk& state) {
  const std::size_t begin = at;
  const std::size_t end = skip_value(text, begin);
  // A scalar that touches the end of the text lacks what should follow, and may lack a part of itself.
  if (end == kNone || end == text.size()) state = Walk::cut_off;
  const bool ends_itself = end != kNone && (text[begin] == '{' || text[begin] == '[' || text[begin] == '"');
  at = end == kNone ? text.size() : end;
  return {text.substr(begin, at - begin), state != Walk::cut_off || ends_itself};
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
  switch (text[at]) {
    case '{':
    case '[':
      return skip_container(text, at);
    case '"':
      return skip_string(text, at);
    default:
      return skip_scalar(text, at);
  }
}

std::optional<std::string_view> plain_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  const std::string_view inner = value.substr(1, value.size() - 2);
  if (inner.find_first_of("\\\"") != kNone) return std::nullopt;
  return inner;
}

Elements::Elements(std::string_view text) : text_(text) {
  open(text_, '[', offset_, state_);
}

std::optional<Slice> Elements::next() {
  if (!advance(text_, offset_, ']', first_, state_)) return std::nullopt;
  if (!begins_value(text_[offset_])) {
    state_ = Walk::malformed;
    return std::nullopt;
  }
  return take_value(text_, offset_, state_);
}

Members::Members(std::string_view text) : text_(text) {
  open(text_, '{', offset_, state_);
}

std::optional<Members::Member> Members::next() {
  if (!advance(text_, offset_, '}', first_, state_)) return std::nullopt;
  const std::size_t begin = offset_;
  const std::size_t end = text_[begin] == '"' ? skip_string(text_, begin) : kNone;
  const std::size_t colon = end == kNone ? text_.size() : skip_blanks(text_, end);
  const std::size_t value = colon < text_.size() ? skip_blanks(text_, colon + 1) : text_.size();
  if (text_[begin] != '"' || (colon < text_.size() && text_[colon] != ':') || (value < text_.size() && !begins_value(text_[value]))) {
    state_ = Walk::malformed;
    return std::nullopt;
  }
  offset_ = value;
  if (value == text_.size()) {
    state_ = Walk::cut_off;
    return std::nullopt;
  }
  return Member{text_.substr(begin + 1, end - begin - 2), take_value(text_, offset_, state_)};
}

std::optional<Slice> find_member(std::string_view object, std::string_view name) {
  Members members(object);
  while (const auto member = members.next())
    if (member->name == name) return member->value;
  return std::nullopt;
}

}  // namespace trialflag::json
