// Sentences with placeholders, so that a catalogue of a language can hold them.
#pragma once

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

}  // namespace trialflag
