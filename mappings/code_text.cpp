#include "mappings/code_text.h"

#include <algorithm>

#include "agent/base/bytes.h"
#include "mappings/ascii.h"

namespace trialflag::mappings {
namespace {

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
bool is_letter(char c) {
  return upper(c) >= 'A' && upper(c) <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view without_marks(std::string_view code) {
  code = trimmed(code);
  while (!code.empty() && (code.back() == '+' || code.back() == '*' || code.back() == '!')) code.remove_suffix(1);
  return trimmed(code);
}

bool is_one_icd10_shape(std::string_view code) {
  if (code.size() < 3 || !is_letter(code[0]) || !is_digit(code[1]) || !is_digit(code[2])) return false;
  if (code.size() == 3) return true;
  return code[3] == '.' && code.size() > 4 && std::all_of(code.begin() + 4, code.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

/// Eight letters at a time; bytes that are no ASCII letters stay.
std::uint64_t upper_word(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U, kHigh = 0x80 * kOnes;
  const std::uint64_t ascii = word & ~kHigh;
  const std::uint64_t from_a = ascii + (0x80 - 'a') * kOnes, beyond_z = ascii + (0x80 - 'z' - 1) * kOnes;
  const std::uint64_t small = from_a & ~beyond_z & ~word & kHigh;
  return word - (small >> 2);
}

}  // namespace

CodeText::CodeText(std::string_view code, CodeForm form) {
  if (code.empty()) return;
  if (code.front() <= ' ' || code.back() <= ' ') code = trimmed(code);
  if (form != CodeForm::icd) {
    if (code.empty() || code.size() > kLongestCode) return;
    size_ = code.size();
    for (std::size_t at = 0; at < size_; at += sizeof(std::uint64_t)) {
      const std::uint64_t word = padded_word(code, at);
      words_[at / sizeof word] = form == CodeForm::cased ? word : upper_word(word);
    }
    return;
  }
  for (const char c : code) {
    if (c == '.') continue;
    if (size_ == kLongestCode) {
      *this = CodeText();
      return;
    }
    words_[size_ / sizeof(std::uint64_t)] |= std::uint64_t{static_cast<unsigned char>(upper(c))} << 8 * (size_ % sizeof(std::uint64_t));
    ++size_;
  }
}

void CodeText::cut(std::size_t size) {
  std::size_t word = size / sizeof(std::uint64_t);
  words_[word] &= (std::uint64_t{1} << 8 * (size % sizeof(std::uint64_t))) - 1;
  while (++word * sizeof(std::uint64_t) < size_) words_[word] = 0;
  size_ = size;
}

bool may_be_plain_icd10(std::string_view normalised) {
  return normalised.size() <= 5 && normalised.find('X') == std::string_view::npos;
}

IcdParts read_icd10(std::string_view code, bool by_system) {
  IcdParts out;
  code = without_marks(code);
  const CodeText whole(code, CodeForm::icd);
  out.chinese = by_system || whole.size() >= 6 || whole.view().find('X', 3) != std::string_view::npos;
  if (!out.chinese) {
    out.parts[out.count++] = whole;
    return out;
  }
  while (!code.empty() && out.count < IcdParts::kMost) {
    const std::size_t end = std::min(code.find('+'), code.size());
    const CodeText part(without_marks(code.substr(0, end)), CodeForm::icd);
    if (part.size() != 0) out.parts[out.count++] = part;
    code.remove_prefix(std::min(end + 1, code.size()));
  }
  return out;
}

bool has_icd10_shape(std::string_view code) {
  code = without_marks(code);
  for (;;) {
    const std::size_t end = std::min(code.find('+'), code.size());
    if (!is_one_icd10_shape(without_marks(code.substr(0, end)))) return false;
    if (end == code.size()) return true;
    code.remove_prefix(end + 1);
  }
}

}  // namespace trialflag::mappings
