#include "mappings/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace trialflag::mappings {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_blank(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0x1680;
}

bool is_line_break(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/// Marks that print nothing and would only hide a word: soft hyphen, zero-width space and joiners, byte order mark.
bool is_invisible(char32_t c) {
  return c == 0xAD || (c >= 0x200B && c <= 0x200D) || c == 0xFEFF;
}

/// Appends to `out`, collapsing blanks as they come.
class Collector {
 public:
  explicit Collector(std::u32string& out) : out_(out) { out_.clear(); }

  void add(char32_t c) {
    if (is_blank(c)) {
      blank_ = true;
      line_break_ = line_break_ || is_line_break(c);
      return;
    }
    if (is_invisible(c)) return;
    if (blank_ && !out_.empty()) out_.push_back(line_break_ ? U'\n' : U' ');
    blank_ = line_break_ = false;
    constexpr char32_t kMud = 0x7C98, kMucus = 0x9ECF, kFluid = 0x6DB2;
    if (c == kFluid && !out_.empty() && out_.back() == kMud) out_.back() = kMucus;
    out_.push_back(c);
  }

 private:
  std::u32string& out_;
  bool blank_ = false, line_break_ = false;
};

icu::UnicodeString to_nfkc(std::string_view text) {
  const auto raw = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status) || nfkc->isNormalized(raw, status)) return raw;
  icu::UnicodeString normal = nfkc->normalize(raw, status);
  return U_SUCCESS(status) ? normal : raw;
}

bool is_valid_utf8(std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int32_t>(bytes.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(data, i, size, c);
    if (c < 0) return false;
  }
  return true;
}

std::optional<std::string> convert(std::string_view bytes, const char* encoding) {
  UErrorCode status = U_ZERO_ERROR;
  UConverter* converter = ucnv_open(encoding, &status);
  if (U_FAILURE(status)) return std::nullopt;
  ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  icu::UnicodeString text(bytes.data(), static_cast<int32_t>(bytes.size()), converter, status);
  ucnv_close(converter);
  if (U_FAILURE(status) || text.isBogus()) return std::nullopt;
  std::string utf8;
  text.toUTF8String(utf8);
  if (utf8.starts_with("\xEF\xBB\xBF")) utf8.erase(0, 3);
  return utf8;
}

/// UTF-16 without its mark shows zero bytes at every second place of Latin text; a header row always is Latin.
const char* utf16_without_mark(std::string_view bytes) {
  if (bytes.size() < 4 || bytes.size() % 2 != 0) return nullptr;
  if (bytes[0] != '\0' && bytes[1] == '\0' && bytes[3] == '\0') return "UTF-16LE";
  if (bytes[0] == '\0' && bytes[1] != '\0' && bytes[2] == '\0') return "UTF-16BE";
  return nullptr;
}

}  // namespace

void normalise_text(std::string_view text, std::u32string& out) {
  out.reserve(text.size());
  Collector collector(out);
  if (is_ascii(text)) {
    for (const char c : text) collector.add(static_cast<unsigned char>(c));
    return;
  }
  const icu::UnicodeString normal = to_nfkc(text);
  for (int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) collector.add(static_cast<char32_t>(normal.char32At(i)));
}

char32_t fold(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (is_han(c)) return c;
  return static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
}

bool is_word_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  const bool without_blanks =
      (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
  return !without_blanks && u_isalnum(static_cast<UChar32>(c)) != 0;
}

std::u32string folded(std::string_view text) {
  std::u32string out;
  normalise_text(text, out);
  for (char32_t& c : out) c = fold(c);
  return out;
}

bool is_han(char32_t c) {
  return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) icu::UnicodeString(static_cast<UChar32>(c)).toUTF8String(out);
  return out;
}

std::optional<std::string> decode_file(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE")) return convert(bytes.substr(2), "UTF-16LE");
  if (bytes.starts_with("\xFE\xFF")) return convert(bytes.substr(2), "UTF-16BE");
  if (const char* encoding = utf16_without_mark(bytes)) return convert(bytes, encoding);
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (is_valid_utf8(bytes)) return std::string(bytes);
  return convert(bytes, "GB18030");
}

}  // namespace trialflag::mappings
