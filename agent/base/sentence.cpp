#include "agent/base/sentence.h"

#include <algorithm>

namespace trialflag {

std::string filled(std::string_view sentence, std::initializer_list<Placeholder> parts) {
  std::string out;
  while (!sentence.empty()) {
    const std::size_t brace = std::min(sentence.find('{'), sentence.size());
    out += sentence.substr(0, brace);
    sentence.remove_prefix(brace);
    const auto* part = std::find_if(parts.begin(), parts.end(), [&](const Placeholder& known) { return sentence.starts_with(known.name); });
    const std::size_t size = part != parts.end() ? part->name.size() : std::min<std::size_t>(1, sentence.size());
    out += part != parts.end() ? part->with : sentence.substr(0, size);
    sentence.remove_prefix(size);
  }
  return out;
}

std::string in_html(std::string_view text) {
  std::string out;
  for (const char sign : text) {
    switch (sign) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += sign;
    }
  }
  return out;
}

std::string counted(std::int64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace trialflag
