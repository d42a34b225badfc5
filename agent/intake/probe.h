// What can be learnt of a resource's text without parsing it: enough to file it under its patient.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/base/arena.h"

namespace trialflag::intake {

/// Texts are unescaped, parts of what was looked at or of the arena; empty when absent or of another JSON type.
struct Probe {
  bool object = false;  ///< the text begins as an object
  bool whole = false;   ///< and its brackets close at its end
  std::string_view type, id, updated, subject;
};

/// Looks at `text`. Stops after resourceType where `is_read` says no: then only `type` and `object` are filled, and `whole` is true.
Probe look_at(std::string_view text, bool (*is_read)(std::string_view type), Arena& arena);

/// The one subject that a damaged text still names in `subject` or `patient`; nullopt when it names none or several.
std::optional<std::string> named_subject(std::string_view text);

/// A JSON string's content, unescaped: a part of it, or of the arena; empty for anything else.
std::string_view unquoted(std::string_view value, Arena& arena);

}  // namespace trialflag::intake
