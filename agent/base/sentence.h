// Sentences with placeholders, so that a catalogue of a language can hold them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace trialflag {

struct Placeholder {
  std::string_view name;  ///< "{flag}"
  std::string_view with;
};

/// `sentence` with every placeholder replaced, in one walk: what is put in is not looked at again.
std::string filled(std::string_view sentence, std::initializer_list<Placeholder> parts);

/// As it stands between the tags of HTML, or within quotes.
std::string in_html(std::string_view text);

/// "1 record", "2 records": for the log and the terminal, which speak English.
std::string counted(std::int64_t count, std::string_view thing);

}  // namespace trialflag
