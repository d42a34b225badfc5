// Pages of a search: any bytes are taken, and every resource is a part of them.
#include "fhir/client/page.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  const auto page = fhir::cut_page(text);
  if (!page) {
    require(!page.error().message.empty(), "a refusal has its reason");
    return 0;
  }
  for (const fhir::Entry& entry : page->entries) {
    if (entry.resource.empty()) continue;
    require(entry.resource.data() >= text.data() && entry.resource.data() + entry.resource.size() <= text.data() + size,
            "a resource is a part of the text");
  }
  return 0;
}
