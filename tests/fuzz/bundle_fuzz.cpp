// Bundles as text: any bytes are taken, and every resource is a part of them.
#include <string_view>

#include "fhir/bundle.h"
#include "tests/fuzz/target.h"

using trialflag::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  trialflag::fhir::BundleText bundle(text);
  trialflag::fhir::Entry entry;
  while (bundle.next(entry)) {
    if (entry.resource.empty()) continue;
    require(entry.resource.data() >= text.data() && entry.resource.data() + entry.resource.size() <= text.data() + size,
            "a resource is a part of the text");
    static_cast<void>(trialflag::fhir::resource_type_of(entry.resource));
  }
  require(bundle.state() != trialflag::json::Walk::going, "a Bundle ends");
  return 0;
}
