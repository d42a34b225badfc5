// Text as a JSON string.
#pragma once

#include <string>
#include <string_view>

namespace trialflag::json {

/// `text`, which is UTF-8, in quotation marks, with what RFC 8259 wants escaped.
std::string in_quotes(std::string_view text);

}  // namespace trialflag::json
