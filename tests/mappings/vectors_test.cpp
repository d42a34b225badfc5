// Every test vector of codes and words: what a code or a phrase must say of a concept.
#include <sstream>

#include "tests/mappings/load.h"

using namespace trialflag::mappings;
using namespace trialflag::mappings::test;

namespace {

std::vector<std::vector<std::string>> rows_of(const char* file) {
  std::ifstream in(std::filesystem::path(TRIALFLAG_SOURCE_DIR) / "tests/mappings/vectors" / file);
  REQUIRE(in);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> fields;
    std::istringstream cells(line);
    for (std::string field; std::getline(cells, field, '\t');) fields.push_back(field);
    REQUIRE(fields.size() == 4);
    rows.push_back(fields);
  }
  return rows;
}

Place place_of(std::string_view concept_name, std::string_view system) {
  if (system == "ICD9CN3" || system == "ICD10PCS") return Place::procedure;
  if (concept_name.starts_with("drug_")) return Place::drug;
  return Place::condition;
}

}  // namespace

TEST_CASE("codes: every vector says of its concept what is expected") {
  const auto rows = rows_of("codes.tsv");
  CHECK(rows.size() == 189);
  for (const auto& row : rows) {
    const std::string_view uri = shipped().system_uri(row[1]);
    INFO(row[0] << " " << row[1] << " " << row[2]);
    CHECK(role_in(shipped(), row[0], uri.empty() ? row[1] : uri, row[2], place_of(row[0], row[1])) == row[3]);
  }
}

TEST_CASE("words: every vector says of its concept what is expected") {
  const auto rows = rows_of("words.tsv");
  CHECK(rows.size() == 170);
  for (const auto& row : rows) {
    INFO(row[0] << " | " << row[2]);
    CHECK(outcome_in(shipped(), row[0], row[2]) == row[3]);
  }
}
