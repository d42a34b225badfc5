#include "agent/json/blocks.h"

#include <cstring>
#include <optional>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace trialflag::json {
namespace {

// One bit for each of the 64 bytes of a block.
struct Marks {
  std::uint64_t quotes = 0, backslashes = 0, opening = 0, closing = 0;
};

#if defined(__SSE2__)
using Part = __m128i;

Part equal(Part bytes, char c) {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

std::uint64_t bits_of(Part first, Part second, Part third, Part fourth) {
  const auto bits = [](Part part, unsigned at) { return std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(part))} << at; };
  return bits(first, 0) | bits(second, 16) | bits(third, 32) | bits(fourth, 48);
}

Marks marks_of(const char* block) {
  const auto part = [block](unsigned at) { return _mm_loadu_si128(reinterpret_cast<const Part*>(block + at)); };
  const Part a = part(0), b = part(16), c = part(32), d = part(48);
  const auto all = [&](char sought) { return bits_of(equal(a, sought), equal(b, sought), equal(c, sought), equal(d, sought)); };
  Marks marks;
  marks.quotes = all('"');
  // Backslashes are rare.
  const Part escapes = _mm_or_si128(_mm_or_si128(equal(a, '\\'), equal(b, '\\')), _mm_or_si128(equal(c, '\\'), equal(d, '\\')));
  if (_mm_movemask_epi8(escapes) != 0) marks.backslashes = all('\\');
  // Setting this bit makes [ a { and ] a }.
  const auto bracket = [](Part bytes, char sought) { return equal(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), sought); };
  marks.opening = bits_of(bracket(a, '{'), bracket(b, '{'), bracket(c, '{'), bracket(d, '{'));
  marks.closing = bits_of(bracket(a, '}'), bracket(b, '}'), bracket(c, '}'), bracket(d, '}'));
  return marks;
}
#else
Marks marks_of(const char* block) {
  Marks marks;
  for (unsigned i = 0; i < 64; ++i) {
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

// Follows the brackets one by one; the bit after which the depth is back at 0, or none.
std::optional<unsigned> step(std::uint64_t opening, std::uint64_t closing, std::int64_t& depth) {
  for (std::uint64_t brackets = opening | closing; brackets != 0; brackets &= brackets - 1) {
    const auto at = static_cast<unsigned>(std::countr_zero(brackets));
    depth += ((opening >> at) & 1) != 0 ? 1 : -1;
    if (depth == 0) return at + 1;
  }
  return std::nullopt;
}

}  // namespace

// The bytes before which stands a backslash that is not itself escaped.
std::uint64_t Blocks::escaped(std::uint64_t backslashes) {
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

void Blocks::look() {
  const std::size_t left = text_.size() - base_;
  char rest[kBlock];
  const char* block = text_.data() + base_;
  if (left < kBlock) {
    std::memset(rest, ' ', sizeof rest);
    std::memcpy(rest, block, left);
    block = rest;
  }
  const Marks marks = marks_of(block);
  quotes_ = marks.quotes & ~escaped(marks.backslashes);
  const std::uint64_t strings = parity(quotes_) ^ in_string_;
  in_string_ = (strings >> 63) != 0 ? ~std::uint64_t{0} : 0;
  opening_ = marks.opening & ~strings;
  closing_ = marks.closing & ~strings;
}

std::size_t Blocks::end_of_container(std::size_t at) {
  std::int64_t depth = 0;
  for (bool there = reach(at); there; there = advance()) {
    const std::uint64_t wanted = at > base_ ? beyond(at) : ~std::uint64_t{0};
    const std::uint64_t opening = opening_ & wanted, closing = closing_ & wanted;
    const int closed = std::popcount(closing);
    if (depth > closed) {
      depth += std::popcount(opening) - closed;
    } else if (const auto end = step(opening, closing, depth)) {
      return base_ + *end;
    }
  }
  return kNone;
}

}  // namespace trialflag::json
