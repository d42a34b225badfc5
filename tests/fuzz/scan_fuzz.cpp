// The scanner: it takes any bytes, its pieces lie within the text, and of valid JSON it finds what the parser finds.
#include <string_view>

#include "agent/json/scan.h"
#include "agent/json/value.h"
#include "tests/fuzz/target.h"

using namespace trialflag::json;
using trialflag::fuzz::require;

namespace {

bool within(std::string_view piece, std::string_view text) {
  return piece.data() >= text.data() && piece.data() + piece.size() <= text.data() + text.size();
}

template <typename Pieces, typename Text>
std::size_t walk(Pieces pieces, std::string_view text, Text text_of) {
  std::size_t count = 0;
  for (auto piece = pieces.next(); piece; piece = pieces.next(), ++count)
    require(within(text_of(*piece), text), "a piece lies within the text");
  require(pieces.state() != Walk::going, "a walk ends");
  require(pieces.offset() <= text.size(), "a walk stays within the text");
  return pieces.state() == Walk::finished ? count : static_cast<std::size_t>(-1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t end = skip_value(text);
  require(end == std::string_view::npos || end <= size, "a value ends within the text");
  const std::size_t elements = walk(Elements(text), text, [](const Slice& slice) { return slice.text; });
  const std::size_t members = walk(Members(text), text, [](const Members::Member& member) { return member.value.text; });

  Document document;
  if (text.starts_with("\xEF\xBB\xBF") || !document.parse(text)) return 0;
  require(end != std::string_view::npos, "valid JSON is skipped");
  require(text.find_first_not_of(" \t\r\n", end) == std::string_view::npos, "valid JSON is skipped to its end");
  const Value& root = document.root();
  if (root.is(Value::Type::array)) require(elements == root.array().size(), "as many elements as the parser finds");
  if (root.is(Value::Type::object)) require(members == root.members().size(), "as many members as the parser finds");
  return 0;
}
