// The shipped tables, the sites' overlays and the spreadsheets they are: any bytes are taken, a flaw names a line of the file, and rows
// that passed compile and answer. The first line names the table.
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "mappings/csv.h"
#include "mappings/tables.h"
#include "mappings/unicode.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using fuzz::require;

namespace {

constexpr std::array kShipped = {"concepts.tsv", "systems.tsv", "codes.tsv",   "expansions.tsv",
                                 "terms.tsv",    "units.tsv",   "filters.tsv", "answers.tsv"};
constexpr std::array kOfSites = {"site/codes.csv", "site/systems.csv", "site/text.csv", "site/units.csv"};

/// Small tables of every kind: the concepts and systems whole, of the others the first rows.
void write_small_tables(const TemporaryFolder& folder) {
  for (const std::string name : kShipped) {
    std::ifstream in(std::filesystem::path(TRIALFLAG_SOURCE_DIR) / "mappings" / "tables" / name);
    const bool whole = name == "concepts.tsv" || name == "systems.tsv";
    std::string line, text;
    for (int lines = 0; (whole || lines < 8) && std::getline(in, line); ++lines) text += line + "\n";
    folder.write(name, text);
  }
}

std::string table_of(std::string_view line) {
  for (const char* name : kOfSites)
    if (line == name) return name;
  for (const char* name : kShipped)
    if (line == name) return name;
  const std::size_t number = line.empty() ? 0 : static_cast<unsigned char>(line.front());
  return kOfSites[number % kOfSites.size()];
}

std::string content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void ask(const mappings::Tables& tables, std::string_view text) {
  std::vector<mappings::CodeMatch> codes;
  std::vector<mappings::TextMatch> words;
  tables.match_code("http://hl7.org/fhir/sid/icd-10", "M79.7", mappings::Place::condition, codes);
  tables.match_bare_code(text.substr(0, 40), codes);
  tables.match_text(text.substr(0, 400), words);
  for (const mappings::TextMatch& match : words) require(!tables.name(match.concept_).empty(), "a match has a concept");
  for (std::uint16_t i = 0; i < tables.concept_count(); ++i) {
    static_cast<void>(tables.plausible(mappings::ConceptId{i}));
    static_cast<void>(tables.to_canonical(mappings::ConceptId{i}, 7, "%", "percent", ""));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const TemporaryFolder folder;
  static const bool written = (write_small_tables(folder), true);
  require(written, "the tables are at hand");
  std::string_view text = fuzz::text_of(bytes, size);
  if (const auto decoded = mappings::decode_file(text)) static_cast<void>(mappings::read_csv(*decoded));

  const std::string table = table_of(fuzz::take_line(text));
  const bool of_site = table.starts_with("site/");
  const std::string before = of_site ? std::string() : content_of(folder.path() + "/" + table);
  const std::string file = folder.write(table, text);
  std::vector<mappings::TableFlaw> flaws;
  const std::array<std::filesystem::path, 1> overlays = {folder.path() + "/site"};
  std::filesystem::create_directories(overlays[0]);
  const auto tables = mappings::Tables::load(folder.path(), overlays, flaws);
  require(tables.has_value() == flaws.empty(), "tables are loaded or have a flaw");
  for (const mappings::TableFlaw& flaw : flaws) require(!flaw.file.empty() && !flaw.problem.empty(), "a flaw has a file and a problem");
  if (tables) ask(**tables, text);
  if (of_site) {
    std::filesystem::remove(file);
  } else {
    folder.write(table, before);
  }
  return 0;
}
