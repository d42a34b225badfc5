// What intake learns of a text without parsing it, and Bulk Data manifests: any bytes are taken.
#include "agent/intake/manifest.h"
#include "agent/intake/probe.h"
#include "agent/json/value.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  Arena arena;
  const intake::Probe probe = intake::look_at(
      text, [](std::string_view) { return true; }, arena);
  static_cast<void>(intake::look_at(
      text, [](std::string_view type) { return type == "Patient"; }, arena));
  static_cast<void>(intake::named_subject(text));
  static_cast<void>(intake::parse_manifest(text));

  json::Document document;
  const bool valid = document.parse(text).has_value() && !text.starts_with("\xEF\xBB\xBF");
  const json::Value& root = document.root();
  if (valid && root.is(json::Value::Type::string) && text.starts_with('"') && text.ends_with('"'))  // as the scanner cuts it
    require(intake::unquoted(text, arena) == root.string(), "a string is unquoted as it is parsed");
  if (!valid || !root.is(json::Value::Type::object)) return 0;
  require(probe.object && probe.whole, "an object is known as one");
  const json::Value& type = root["resourceType"];
  if (type.is(json::Value::Type::string)) require(probe.type == type.string(), "the type is the one that the parser finds");
  return 0;
}
