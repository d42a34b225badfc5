// Text as word matching sees it, and the encodings in which people save their spreadsheets. The one door to ICU.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trialflag::mappings {

/// The code points of `text` (UTF-8; broken bytes become U+FFFD) after NFKC, with blanks collapsed to one, a run that holds a line break to
/// a line break, none at the ends, and 粘液 written 黏液 (codes.md rule 8). Replaces what `out` held.
void normalise_text(std::string_view text, std::u32string& out);

/// The letter without its case; one code point stays one code point.
char32_t fold(char32_t c);

/// True for a letter or digit of a script that puts blanks between words; false for Chinese, Japanese and Korean characters.
bool is_word_letter(char32_t c);

bool is_han(char32_t c);

/// normalise_text, and every letter without its case: for comparing whole texts.
std::u32string folded(std::string_view text);

std::string to_utf8(std::u32string_view text);

/// The bytes of a file as UTF-8 without byte order mark: read as UTF-8, UTF-16 (by its mark or its zero bytes) or GB18030; nullopt when
/// they are none of these.
std::optional<std::string> decode_file(std::string_view bytes);

}  // namespace trialflag::mappings
