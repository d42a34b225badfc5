#include "agent/monitor/exposition.h"

#include <array>
#include <charconv>
#include <cmath>

namespace trialflag::monitor {
namespace {

void append_escaped(std::string& text, std::string_view value, bool quotes) {
  for (const char sign : value) {
    if (sign == '\\') {
      text += "\\\\";
    } else if (sign == '\n') {
      text += "\\n";
    } else if (sign == '"' && quotes) {
      text += "\\\"";
    } else {
      text += sign;
    }
  }
}

void append_number(std::string& text, double value) {
  if (std::isnan(value)) {
    text += "NaN";
  } else if (std::isinf(value)) {
    text += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text.append(digits.data(), end);
  }
}

}  // namespace

Exposition& Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
  return *this;
}

Exposition& Exposition::sample(double value, Labels labels) {
  text_ += name_;
  char before = '{';
  for (const auto& [label, content] : labels) {
    text_ += before;
    text_.append(label).append("=\"");
    append_escaped(text_, content, true);
    text_ += '"';
    before = ',';
  }
  text_ += before == ',' ? "} " : " ";
  append_number(text_, value);
  text_ += '\n';
  return *this;
}

}  // namespace trialflag::monitor
