// The shipped tables as every test of this folder uses them, and folders of overlays made for one test.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mappings/tables.h"

namespace trialflag::mappings::test {

inline const std::filesystem::path kShipped = std::filesystem::path(TRIALFLAG_SOURCE_DIR) / "mappings/tables";

inline constexpr const char* kIcd10cm = "http://hl7.org/fhir/sid/icd-10-cm";

/// Loads once for all tests.
inline const Tables& shipped() {
  static const std::shared_ptr<const Tables> tables = [] {
    std::vector<TableFlaw> flaws;
    auto loaded = Tables::load(kShipped, {}, flaws);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return *loaded;
  }();
  return *tables;
}

/// A temporary folder of overlay files; removed with the object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "mappings-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Folder(std::initializer_list<std::pair<const char*, std::string_view>> files) : Folder() {
    for (const auto& [name, bytes] : files) std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::shared_ptr<const Tables> load_over(std::initializer_list<const Folder*> folders) {
  std::vector<std::filesystem::path> paths;
  for (const Folder* folder : folders) paths.push_back(folder->path());
  std::vector<TableFlaw> flaws;
  auto loaded = Tables::load(kShipped, paths, flaws);
  for (const TableFlaw& flaw : flaws) UNSCOPED_INFO(flaw.file << ":" << flaw.line << ": " << flaw.problem);
  REQUIRE(loaded.has_value());
  return *loaded;
}

inline const char* name_of(Role role) {
  constexpr const char* kNames[] = {"include", "review", "trap", "evidence", "ignore"};
  return kNames[static_cast<std::size_t>(role)];
}

/// "include", …, or "none" when the concept is not touched.
inline std::string role_in(const Tables& tables, std::string_view concept_name, std::string_view system, std::string_view code,
                           Place place) {
  std::vector<CodeMatch> found;
  tables.match_code(system, code, place, found);
  const auto wanted = tables.find(concept_name);
  REQUIRE(wanted.has_value());
  for (const CodeMatch& match : found) {
    if (match.concept_ == *wanted) return name_of(match.role);
  }
  return "none";
}

/// What a text says of a concept: include, review, uncertain, past, negated, none or trap.
inline std::string outcome_in(const Tables& tables, std::string_view concept_name, std::string_view text) {
  std::vector<TextMatch> found;
  tables.match_text(text, found);
  const auto wanted = tables.find(concept_name);
  REQUIRE(wanted.has_value());
  for (const TextMatch& match : found) {
    if (match.concept_ != *wanted) continue;
    if (match.role == Role::trap || match.role == Role::ignore) return "trap";
    constexpr const char* kAssertions[] = {"", "uncertain", "past", "negated", "none"};
    return match.assertion == Assertion::stated ? name_of(match.role) : kAssertions[static_cast<std::size_t>(match.assertion)];
  }
  return "none";
}

}  // namespace trialflag::mappings::test
