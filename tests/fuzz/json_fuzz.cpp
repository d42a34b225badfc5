// The parser: it takes any bytes, and what it accepts is a tree within its bounds.
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/json/value.h"
#include "tests/fuzz/target.h"

using trialflag::fuzz::require;
using trialflag::json::Document;
using trialflag::json::Value;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static Document document;  // used again, as the readers do
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto parsed = document.parse(text);
  if (!parsed) {
    require(!document.root().exists(), "no tree of a refused text");
    require(parsed.error().offset <= size, "a flaw lies within the text");
    require(!parsed.error().problem.empty(), "a flaw is told");
    return 0;
  }
  std::vector<std::pair<const Value*, std::size_t>> open = {{&document.root(), 1}};
  while (!open.empty()) {
    const auto [value, depth] = open.back();
    open.pop_back();
    require(value->exists(), "every value of a tree has a type");
    require(depth <= Document::kMaxDepth + 1, "depth is bounded");
    require(std::isfinite(value->number()), "numbers are finite");
    require(value->string().find('\0') == std::string_view::npos, "no NUL in strings");
    for (const Value& element : value->array()) open.emplace_back(&element, depth + 1);
    for (const auto& member : value->members()) {
      require(&(*value)[member.name] == &member.value, "a member is found by its name, which is its own");
      open.emplace_back(&member.value, depth + 1);
    }
  }
  return 0;
}
