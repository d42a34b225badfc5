#include "agent/intake/manifest.h"

#include <filesystem>
#include <map>

#include "agent/json/value.h"
#include "fhir/decode.h"

namespace trialflag::intake {
namespace {

using fhir::ResourceType;

std::string last_segment(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return std::string(url.substr(url.find_last_of('/') + 1));
}

std::vector<ManifestFile> files_of(const json::Value& list) {
  std::vector<ManifestFile> files;
  for (const json::Value& item : list.array()) {
    ManifestFile file{fhir::resource_type(item["type"].string()), last_segment(item["url"].string()), std::nullopt};
    if (item["count"].is(json::Value::Type::number) && item["count"].number() >= 0)
      file.count = static_cast<std::uint64_t>(item["count"].number());
    files.push_back(std::move(file));
  }
  return files;
}

// What the folder of one manifest holds.
class Folder {
 public:
  Folder(const Manifest& manifest, const Index& index) {
    for (const File& file : index.files) {
      std::filesystem::path path = file.input.path;
      if (path.empty() || file.input.format == Format::manifest) continue;
      const std::filesystem::path below = path.lexically_relative(manifest.folder);
      if (below.empty() || *below.begin() == "..") continue;
      if (path.extension() == ".gz") path = path.stem();
      by_name_[path.filename().string()] = &file;
      for (std::size_t type = 0; type < 32; ++type) count_of_type_[type] += file.count_of_type[type];
    }
  }

  [[nodiscard]] const File* find(std::string name) const {
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }
  [[nodiscard]] std::uint64_t count(ResourceType type) const { return count_of_type_[static_cast<std::size_t>(type)]; }

 private:
  std::map<std::string, const File*> by_name_;
  std::uint64_t count_of_type_[32] = {};
};

// Files that were saved under other names than their urls' can only be counted together.
bool holds_enough(const Manifest& manifest, const Folder& folder, ResourceType type) {
  std::uint64_t promised = 0;
  for (const ManifestFile& file : manifest.output) {
    if (file.type != type) continue;
    if (!file.count) return false;
    promised += *file.count;
  }
  return folder.count(type) >= promised;
}

}  // namespace

std::optional<Manifest> parse_manifest(std::string_view text) {
  json::Document document;
  if (!document.parse(text)) return std::nullopt;
  const json::Value& root = document.root();
  if (!root["output"].is(json::Value::Type::array) || !root["transactionTime"].exists()) return std::nullopt;
  Manifest manifest;
  manifest.output = files_of(root["output"]);
  manifest.error = files_of(root["error"]);
  return manifest;
}

screening::TypeSet missing_types(const Manifest& manifest, const Index& index, Report& report) {
  const Folder folder(manifest, index);
  screening::TypeSet missing;
  for (const ManifestFile& file : manifest.output) {
    if (file.type == ResourceType::other) continue;
    const File* found = folder.find(file.file_name);
    const bool enough = found != nullptr ? !file.count || found->resources >= *file.count : holds_enough(manifest, folder, file.type);
    if (enough) continue;
    missing.add(file.type);
    report.note({manifest.name}, std::string(fhir::name_of(file.type)),
                found == nullptr ? "a file that the manifest lists is missing; the type counts as incomplete"
                                 : "a file holds fewer resources than the manifest says; the type counts as incomplete");
  }
  for (const ManifestFile& file : manifest.error) {
    const bool of_a_type = file.type != ResourceType::other && file.type != ResourceType::operation_outcome;
    if (!of_a_type && folder.find(file.file_name) != nullptr) continue;  // its OperationOutcomes speak for themselves
    if (of_a_type) {
      missing.add(file.type);
    } else {
      missing.add_all();
    }
    report.note(
        {manifest.name}, "",
        "the manifest lists an error; " + (of_a_type ? std::string(fhir::name_of(file.type)) : "every type") + " counts as incomplete");
  }
  return missing;
}

}  // namespace trialflag::intake
