// Words, codes and units as records write them, against the shipped tables: any bytes are taken, a match names a row, and the same text
// gives the same matches. Lines: a code system, a code, a unit, then the words.
#include <filesystem>

#include "mappings/tables.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;
using mappings::Place;

namespace {

std::shared_ptr<const mappings::Tables> load() {
  std::vector<mappings::TableFlaw> flaws;
  const auto tables = mappings::Tables::load(std::filesystem::path(TRIALFLAG_SOURCE_DIR) / "mappings" / "tables", {}, flaws);
  require(tables.has_value(), "the shipped tables are sound");
  return *tables;
}

void match_words(const mappings::Tables& tables, std::string_view text) {
  std::vector<mappings::TextMatch> matches, again;
  tables.match_text(text, matches);
  tables.match_text(text, again);
  require(matches.size() == again.size(), "the same text gives the same matches");
  for (const mappings::TextMatch& match : matches) {
    require(!tables.origin(match).file.empty() && !tables.name(match.concept_).empty(), "a match names its row and concept");
    static_cast<void>(tables.attributes(match));
  }
  static_cast<void>(tables.answer_word(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto tables = load();
  std::string_view text = fuzz::text_of(bytes, size);
  const std::string_view system = fuzz::take_line(text);
  const std::string_view code = fuzz::take_line(text);
  const std::string_view unit = fuzz::take_line(text);
  std::vector<mappings::CodeMatch> matches;
  for (const Place place : {Place::condition, Place::reason, Place::drug, Place::procedure, Place::observation}) {
    const std::size_t given = tables->match_code(system, code, place, matches);
    require(given == 0 || tables->knows(system, code, place), "a code that matches is known");
  }
  tables->match_bare_code(code, matches);
  for (const mappings::CodeMatch& match : matches) require(tables->origin(match).line > 0, "a match names its row");
  const auto measured = tables->find("hba1c");
  require(measured.has_value(), "the concept is in the tables");
  static_cast<void>(tables->to_canonical(*measured, 7.1, unit, {}, code));
  static_cast<void>(tables->to_canonical(*measured, 7.1, {}, unit, code));
  match_words(*tables, text);
  return 0;
}
