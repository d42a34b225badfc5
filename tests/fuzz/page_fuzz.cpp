// Pages of a search: any bytes are taken, and every resource is a part of them. Manifests of exports: what is taken leads where it may.
#include "fhir/client/bulk_manifest.h"
#include "fhir/client/page.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

namespace {

void take_manifest(std::string_view text) {
  static const Url kPage = *parse_url("https://ehr.example/status");
  static const fhir::Links kLinks(*parse_url("https://ehr.example/fhir"), {}, false);
  const auto read = fhir::read_manifest(text, kPage, kLinks);
  if (!read) return require(!read.error().message.empty(), "a refusal has its reason");
  for (const fhir::BulkFile& file : read->manifest.files) {
    const auto url = parse_url(file.url);
    require(url && url->secure(), "a file's address is one, and not in the clear");
    require(!read->manifest.requires_token || url->same_origin(kPage), "the sign-in stays with the server");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  take_manifest(text);
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
