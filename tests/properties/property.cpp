#include "tests/properties/property.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agent/app/record_json.h"

namespace trialflag::properties {
namespace {

namespace fs = std::filesystem;

// Under a sanitizer a case takes some ten times as long, so there are fewer.
#ifdef TRIALFLAG_SANITIZED
constexpr std::string_view kCount = "max_success=150";
#else
constexpr std::string_view kCount = "max_success=600";
#endif
constexpr std::string_view kSeed = "seed=20261122";

// rapidcheck reads RC_PARAMS once, at its first check; what it does not say is filled in here.
void fix_parameters() {
  const char* given = std::getenv("RC_PARAMS");
  std::string parameters = given == nullptr ? "" : given;
  if (parameters.find("max_success=") == std::string::npos) parameters.append(" ").append(kCount);
  if (parameters.find("seed=") == std::string::npos) parameters.append(" ").append(kSeed);
  setenv("RC_PARAMS", parameters.c_str(), 1);
}

void keep(const std::string& name, const Case& made) {
  fs::create_directories(TRIALFLAG_KEPT);
  std::ofstream(fs::path(TRIALFLAG_KEPT) / (name + ".ndjson"), std::ios::binary) << made;
}

}  // namespace

void check(const std::string& name, const rc::Gen<Case>& gen, const Property& property) {
  static const bool fixed = (fix_parameters(), true);
  REQUIRE(fixed);
  const bool held = rc::check(name, [&] {
    const Case made = *gen;
    const std::string problem = property(made);
    if (problem.empty()) return;
    keep(name, made);  // the last one kept is the smallest
    RC_FAIL(problem);
  });
  INFO(
      "trialflag screen --trial NCT07230171 --as-of 2026-11-22T12:00:00+08:00 --timezone Asia/Shanghai --all --format "
      "ndjson " TRIALFLAG_KEPT "/"
      << name << ".ndjson");
  CHECK(held);
}

std::vector<std::string> files_of(const Case& made, const Writing& writing) {
  std::vector<std::string> files;
  for (const Person& person : made.people) files.push_back(ndjson(written(person, writing)));
  return files;
}

std::string difference(const Verdicts& expected, const Verdicts& got) {
  if (expected.size() != got.size()) return std::to_string(expected.size()) + " patients before, " + std::to_string(got.size()) + " after";
  for (auto a = expected.begin(), b = got.begin(); a != expected.end(); ++a, ++b) {
    if (a->first != b->first) return a->first + " before, " + b->first + " after";
    for (std::size_t i = 0; i < a->second.criteria.size(); ++i) {
      const std::string before = app::criteria_json({a->second.criteria[i]}, Zone::utc());
      const std::string after = app::criteria_json({b->second.criteria.at(i)}, Zone::utc());
      if (before != after) return before + "\n" + after;
    }
    if (printed(a->second) != printed(b->second)) return printed(a->second) + "\n" + printed(b->second);
  }
  return {};
}

std::string told(const eligibility::Verdict& before, const eligibility::Verdict& after) {
  return before.id + ": " + std::string(name_of(before.effect)) + " before, " + std::string(name_of(after.effect)) + " after\n" +
         app::criteria_json({before}, Zone::utc()) + "\n" + app::criteria_json({after}, Zone::utc());
}

}  // namespace trialflag::properties
