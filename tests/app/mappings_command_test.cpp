// trialflag mappings test|explain: output and exit status.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/app/command.h"

using namespace trialflag::app;

namespace {

struct Ran {
  int status;
  std::string out, err;
};

Ran run(std::vector<std::string> arguments) {
  std::istringstream in;
  std::ostringstream out, err;
  Context context{in, out, err, false, false, "", "info"};
  CLI::App app;
  add_mappings_command(app, context);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  return {context.status, out.str(), err.str()};
}

/// A file of expectations for one test.
struct File {
  explicit File(const std::string& text)
      : path(std::filesystem::temp_directory_path() / ("expectations-" + std::to_string(getpid()) + ".tsv")) {
    std::ofstream(path) << text;
  }
  ~File() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("mappings test: agrees with every vector of codes and words") {
  for (const char* name : {"codes.tsv", "words.tsv"}) {
    const Ran outcome = run({"mappings", "test", std::string(TRIALFLAG_SOURCE_DIR) + "/tests/mappings/vectors/" + name});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.ends_with(" rows, 0 differences\n"));
  }
}

TEST_CASE("mappings test: prints each difference by line and exits 1") {
  const File file(
      "concept\tsystem\tcode\texpected\nfibromyalgia\tICD10CM\tM79.7\ttrap\nfibromyalgia\tICD10CM\tM79.7\tinclude\nx\tICD10CM\tM79."
      "7\tinclude\n");
  const Ran outcome = run({"mappings", "test", file.path.string()});
  CHECK(outcome.status == 1);
  CHECK(outcome.out == file.path.string() + ":2: fibromyalgia: ICD10CM M79.7: expected trap, is include\n" + file.path.string() +
                           ":4: x: ICD10CM M79.7: expected include, is no such concept\n");
}

TEST_CASE("mappings test: negated is said of every filter that leaves nothing") {
  const File file(
      "concept\tlanguage\ttext\texpected\nfibromyalgia\ten\tMother has fibromyalgia\tnegated\nfibromyalgia\ten\tMother has "
      "fibromyalgia\tnone\n"
      "fibromyalgia\ten\tNo fibromyalgia\tnegated\nfibromyalgia\ten\tHistory of fibromyalgia\tpast\n");
  CHECK(run({"mappings", "test", file.path.string()}).status == 0);
}

TEST_CASE("mappings test: a file that is no table of expectations exits 2") {
  CHECK(run({"mappings", "test", "/nonexistent.tsv"}).status == 2);
  const File file("a\tb\n");
  CHECK(run({"mappings", "test", file.path.string()}).status == 2);
}

TEST_CASE("mappings explain: the deciding row, by key, alias or address") {
  for (const char* system : {"ICD10CM", "http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.90"}) {
    const Ran outcome = run({"mappings", "explain", system, "m79.7"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("mappings/tables/codes.tsv:") != std::string::npos);
    CHECK(outcome.out.find("\tfibromyalgia\tinclude\n") != std::string::npos);
    CHECK(outcome.out.find("\tother_painful_conditions\ttrap\n") != std::string::npos);
  }
}

TEST_CASE("mappings explain: an unmapped code or system exits 1 and says what to do") {
  const Ran code = run({"mappings", "explain", "SNOMED", "1"});
  CHECK(code.status == 1);
  CHECK(code.err == "not mapped: no table has this code; add a row to codes.csv of the site's mappings\n");
  const Ran system = run({"mappings", "explain", "http://hospital.example/dx", "1"});
  CHECK(system.status == 1);
  CHECK(system.err ==
        "not mapped: no table names this system; add a row to codes.csv, or the system to systems.csv, of the site's mappings\n");
}
