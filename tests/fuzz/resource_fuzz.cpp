// What the server sends, as the cycle is given it: any bytes are taken, and what is broken is never told as readable.
#include "agent/app/columns.h"
#include "agent/app/resource_page.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  json::Document document;
  const bool sound = document.parse(text).has_value();
  for (const auto type : {fhir::ResourceType::patient, fhir::ResourceType::condition, fhir::ResourceType::medication_request}) {
    app::ResourcePage page(type);
    page.add(text, "http://h/fhir/Condition/c1");
    require(page.items().size() <= 1, "a resource is one item");
    for (const screening::Touched& item : page.items()) require(sound || !item.readable, "what cannot be parsed is not readable");
    page.clear();
  }
  constexpr std::size_t kWidth = 12;
  require(app::width_of(app::fitted(text, kWidth)) == kWidth, "a column has its width");
  require(app::width_of(app::cut_to(text, kWidth)) <= kWidth, "what is cut fits");
  static_cast<void>(app::wrapped(text, kWidth));
  return 0;
}
