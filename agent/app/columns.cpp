#include "agent/app/columns.h"

#include <algorithm>
#include <utility>

namespace trialflag::app {
namespace {

struct Character {
  std::string_view bytes;
  std::size_t width = 0;
  char32_t code = 0;
};

bool is_between(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

// Unicode's East Asian Width W and F, in the blocks that occur in clinical text.
std::size_t char_width(char32_t c) {
  if (is_between(c, 0x300, 0x36F) || is_between(c, 0x200B, 0x200F) || is_between(c, 0xFE00, 0xFE0F)) return 0;
  const bool wide = is_between(c, 0x1100, 0x115F) || is_between(c, 0x2E80, 0x303E) || is_between(c, 0x3041, 0xA4CF) ||
                    is_between(c, 0xAC00, 0xD7A3) || is_between(c, 0xF900, 0xFAFF) || is_between(c, 0xFE30, 0xFE4F) ||
                    is_between(c, 0xFF00, 0xFF60) || is_between(c, 0xFFE0, 0xFFE6) || is_between(c, 0x1F300, 0x1FAFF) ||
                    is_between(c, 0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

// The first character of a text that is not empty. A byte that begins no UTF-8 character stands for itself, as one column.
Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size > text.size()) return {text.substr(0, 1), 1};
  char32_t c = size == 1 ? lead : lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {text.substr(0, 1), 1};
    c = (c << 6) | (next & 0x3FU);
  }
  return {text.substr(0, size), char_width(c), c};
}

// Moves the cursor, changes colours, or turns the direction of what follows; none of it is for a record to say.
bool is_control(char32_t c) {
  return c < 0x20 || is_between(c, 0x7F, 0x9F) || is_between(c, 0x2028, 0x202E) || is_between(c, 0x2066, 0x2069);
}

// The text on one line: blanks for control characters, U+FFFD for bytes that are no UTF-8.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (Character character; !text.empty(); text.remove_prefix(character.bytes.size())) {
    character = first_of(text);
    const bool broken = character.bytes.size() == 1 && static_cast<unsigned char>(text[0]) >= 0x80;
    if (broken) {
      line += "\xEF\xBF\xBD";
    } else if (is_control(character.code)) {
      line += ' ';
    } else {
      line += character.bytes;
    }
  }
  return line;
}

// Signs that must not end a line, and those that must not begin one.
bool opens(const Character& character) {
  return std::u32string_view(U"（“‘《「【").find(character.code) != std::u32string_view::npos;
}
bool closes(const Character& character) {
  return std::u32string_view(U"，。、；：？！）”’》」】％～").find(character.code) != std::u32string_view::npos;
}

// A word with the blank before it, or one wide character with the signs that belong to it.
std::string_view next_word(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == ' ') ++at;
  const std::size_t begin = at;
  bool may_end = false;  // a wide character stands last
  bool must_go_on = false;
  while (at < text.size() && text[at] != ' ') {
    const Character character = first_of(text.substr(at));
    const bool starts_another = may_end || opens(character) || character.width == 2;
    if (at > begin && starts_another && !must_go_on && !closes(character)) break;
    at += character.bytes.size();
    must_go_on = opens(character);
    may_end = !must_go_on && character.width == 2;
  }
  return text.substr(0, at);
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_of(text);
    width += character.width;
    text.remove_prefix(character.bytes.size());
  }
  return width;
}

std::string cut_to(std::string_view text, std::size_t width) {
  std::string line = on_one_line(text);
  if (width_of(line) <= width) return line;
  std::string_view rest = line;
  std::string cut;
  for (std::size_t used = 0; !rest.empty();) {
    const Character character = first_of(rest);
    if (used + character.width + 1 > width) break;
    cut.append(character.bytes);
    used += character.width;
    rest.remove_prefix(character.bytes.size());
  }
  return cut + "…";
}

std::string fitted(std::string_view text, std::size_t width) {
  std::string line = cut_to(text, width);
  const std::size_t used = width_of(line);
  return used < width ? line.append(width - used, ' ') : line;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  const std::string clean = on_one_line(text);
  std::string line;
  std::vector<std::string> lines;
  std::string_view rest = clean;
  while (!rest.empty()) {
    std::string_view word = next_word(rest);
    rest.remove_prefix(word.size());
    if (!line.empty() && width_of(line) + width_of(word) > width) lines.push_back(std::exchange(line, {}));
    if (line.empty()) word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    while (width_of(word) > width) {  // a word longer than a line
      std::string piece;
      while (width_of(piece) + first_of(word).width <= width) {
        const Character character = first_of(word);
        piece.append(character.bytes);
        word.remove_prefix(character.bytes.size());
      }
      lines.push_back(std::move(piece));
    }
    line.append(word);
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace trialflag::app
