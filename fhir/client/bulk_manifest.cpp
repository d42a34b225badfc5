#include "fhir/client/bulk_manifest.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "agent/json/value.h"
#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

std::optional<std::uint64_t> count_of(const json::Value& value) {
  const std::string_view text = value.string();
  std::uint64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return count;
}

/// A type's name as it stands; empty for anything else, which must not come into a log.
std::string type_named(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  const bool plain = text.size() <= kLongest &&
                     std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
  return plain ? std::string(text) : std::string();
}

/// The addresses of the files that a manifest has.
using Urls = std::unordered_set<std::string>;

Urls urls_of(const BulkManifest& manifest) {
  Urls urls;
  for (const BulkFile& file : manifest.files) urls.insert(file.url);
  return urls;
}

void add(BulkManifest& manifest, BulkFile file, Urls& known) {
  if (known.insert(file.url).second) manifest.files.push_back(std::move(file));
}

Result<void> read_files(const json::Value& list, BulkFile::Kind kind, const Url& page, const Links& links, BulkManifest& manifest) {
  Urls known = urls_of(manifest);
  for (const json::Value& item : list.array()) {
    BulkFile file{kind, type_named(item["type"].string()), {}, count_of(item["count"])};
    // Organised by patient, say, which nobody asked for: what such a file holds nobody can tell.
    if (file.type.empty() && kind == BulkFile::Kind::output)
      return fail(ErrorCode::malformed_data, "a file of the manifest does not say of which type it is");
    auto target = links.exported(page, item["url"].string(), manifest.requires_token);
    if (!target) return tl::unexpected(target.error());
    file.url = target->url.text();
    add(manifest, std::move(file), known);
  }
  return {};
}

}  // namespace

Result<BulkPage> read_manifest(std::string_view text, const Url& page, const Links& links) {
  json::Document document;
  if (!document.parse(text)) return fail(ErrorCode::malformed_data, "the manifest is no sound JSON");
  const json::Value& root = document.root();
  if (root["resourceType"].exists()) return fail(ErrorCode::malformed_data, "in the manifest's place stands a FHIR resource");
  if (!root["output"].is(json::Value::Type::array)) return fail(ErrorCode::malformed_data, "the manifest has no list of files");
  BulkPage result;
  BulkManifest& manifest = result.manifest;
  manifest.as_of = exact_instant(root["transactionTime"].string());
  // Where nothing is said the files are the server's own like everything else.
  manifest.requires_token = !root["requiresAccessToken"].exists() || root["requiresAccessToken"].boolean();
  manifest.organised = !root["outputOrganizedBy"].string().empty();
  const auto read = [&](const char* name, BulkFile::Kind kind) { return read_files(root[name], kind, page, links, manifest); };
  for (const auto& [name, kind] : {std::pair("output", BulkFile::Kind::output), std::pair("deleted", BulkFile::Kind::deleted),
                                   std::pair("error", BulkFile::Kind::error), std::pair("outcome", BulkFile::Kind::error)})
    if (auto done = read(name, kind); !done) return tl::unexpected(done.error());
  for (const json::Value& link : root["link"].array()) {
    if (link["relation"].string() != "next") continue;
    auto target = links.exported(page, link["url"].string(), true);
    if (!target) return tl::unexpected(target.error());
    result.next = target->url.text();
  }
  return result;
}

void add_page(BulkManifest& manifest, const BulkManifest& page) {
  // As of the earliest that a page says; when one does not say, of none.
  if (!page.as_of || (manifest.as_of && *page.as_of < *manifest.as_of)) manifest.as_of = page.as_of;
  manifest.requires_token = manifest.requires_token || page.requires_token;
  manifest.organised = manifest.organised || page.organised;
  Urls known = urls_of(manifest);
  for (const BulkFile& file : page.files) add(manifest, file, known);
}

}  // namespace trialflag::fhir
