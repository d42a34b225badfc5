// trialflag mappings: try the tables on a file of expectations, or ask which row decides about a code.
#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/command.h"
#include "agent/app/shipped.h"
#include "agent/settings/agent_config.h"
#include "mappings/tables.h"

namespace trialflag::app {
namespace {

using mappings::Place;
using mappings::Tables;

/// The shipped tables under the overlays of the configuration, if there is one; null (and the flaws on stderr) when something is wrong.
std::shared_ptr<const Tables> load_tables(Context& context) {
  std::vector<std::filesystem::path> overlays;
  if (!context.config_file.empty()) {
    settings::Flaws flaws(context.config_file);
    const auto config = settings::load_screening_config(context.config_file, flaws);
    for (const std::string& line : flaws.lines()) context.err << line << '\n';
    if (!config) return nullptr;
    overlays = config->mappings;
  }
  std::vector<mappings::TableFlaw> flaws;
  auto tables = Tables::load(shipped_tables(), overlays, flaws);
  for (const mappings::TableFlaw& flaw : flaws) context.err << flaw.file << ':' << flaw.line << ": " << flaw.problem << '\n';
  return tables ? *tables : nullptr;
}

std::string_view name_of(mappings::Role role) {
  constexpr std::string_view kNames[] = {"include", "review", "trap", "evidence", "ignore"};
  return kNames[static_cast<std::size_t>(role)];
}

std::string_view system_of(const Tables& tables, std::string_view key_or_name) {
  const std::string_view uri = tables.system_uri(key_or_name);
  return uri.empty() ? key_or_name : uri;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == '\t') {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

/// A file of expectations: tab-separated, named columns.
class Expectations {
 public:
  explicit Expectations(const std::string& file) : in_(file) {
    std::string line;
    std::getline(in_, line);
    if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    const std::vector<std::string> header = split(line);
    for (std::size_t i = 0; i < header.size(); ++i) columns_.emplace(header[i], i);
  }
  [[nodiscard]] bool readable() const { return has("concept") && has("expected") && (has("text") || (has("system") && has("code"))); }
  [[nodiscard]] bool has(const std::string& column) const { return columns_.contains(column); }
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] std::string field(const std::string& column) const {
    const auto at = columns_.find(column);
    return at == columns_.end() || at->second >= fields_.size() ? std::string() : fields_[at->second];
  }
  bool next() {
    std::string text;
    while (std::getline(in_, text)) {
      ++line_;
      fields_ = split(text);
      if (!field("concept").empty()) return true;
    }
    return false;
  }

 private:
  std::ifstream in_;
  std::map<std::string, std::size_t> columns_;
  std::vector<std::string> fields_;
  std::size_t line_ = 1;
};

/// Where a record would carry a code of that concept and system.
Place place_of(std::string_view concept_name, std::string_view system) {
  if (system == "ICD9CN3" || system == "ICD10PCS") return Place::procedure;
  return concept_name.starts_with("drug_") ? Place::drug : Place::condition;
}

std::string code_outcome(const Tables& tables, mappings::ConceptId wanted, const Expectations& row) {
  const std::string system = row.field("system");
  std::vector<mappings::CodeMatch> found;
  tables.match_code(system_of(tables, system), row.field("code"), place_of(tables.name(wanted), system), found);
  for (const mappings::CodeMatch& match : found) {
    if (match.concept_ == wanted) return std::string(name_of(match.role));
  }
  return "none";
}

/// As code_outcome, also "negated", "uncertain", "past", and "filtered" for a hit that speaks of somebody or something else.
std::string text_outcome(const Tables& tables, mappings::ConceptId wanted, const Expectations& row) {
  std::vector<mappings::TextMatch> found;
  tables.match_text(row.field("text"), found);
  for (const mappings::TextMatch& match : found) {
    if (match.concept_ != wanted) continue;
    constexpr const char* kAssertions[] = {"stated", "uncertain", "past", "negated", "filtered"};
    const bool turned = match.assertion != mappings::Assertion::stated && match.role != mappings::Role::trap;
    return turned ? kAssertions[static_cast<std::size_t>(match.assertion)] : std::string(name_of(match.role));
  }
  return "none";
}

/// "negated" is said of any filter that leaves nothing, "none" of no hit as well as of a filter other than a negation.
bool agrees(const std::string& expected, const std::string& outcome) {
  return expected == outcome || (outcome == "filtered" && (expected == "none" || expected == "negated"));
}

std::string outcome_of(const Tables& tables, const Expectations& row) {
  const auto wanted = tables.find(row.field("concept"));
  if (!wanted) return "no such concept";
  return row.has("text") ? text_outcome(tables, *wanted, row) : code_outcome(tables, *wanted, row);
}

void test_mappings(Context& context, const std::string& file) {
  Expectations rows(file);
  if (!rows.readable()) {
    context.err << file
                << ":1: no table of expectations; the header names concept, system, code, expected or concept, language, text, expected\n";
    context.status = usage;
    return;
  }
  const auto tables = load_tables(context);
  if (!tables) {
    context.status = usage;
    return;
  }
  std::size_t count = 0, differences = 0;
  while (rows.next()) {
    ++count;
    const std::string outcome = outcome_of(*tables, rows), expected = rows.field("expected");
    if (agrees(expected, outcome)) continue;
    ++differences;
    const std::string what = rows.has("text") ? rows.field("text") : rows.field("system") + " " + rows.field("code");
    context.out << file << ':' << rows.line() << ": " << rows.field("concept") << ": " << what << ": expected " << expected << ", is "
                << outcome << '\n';
  }
  if (!context.quiet) context.err << count << " rows, " << differences << " differences\n";
  context.status = differences == 0 ? done : in_part;
}

void explain_code(Context& context, const std::string& system, const std::string& code) {
  const auto tables = load_tables(context);
  if (!tables) {
    context.status = usage;
    return;
  }
  const std::string_view name = system_of(*tables, system);
  const Place place = place_of({}, tables->system_key(name));
  std::vector<mappings::CodeMatch> found;
  tables->match_code(name, code, place, found);
  for (const mappings::CodeMatch& match : found) {
    const mappings::Origin origin = tables->origin(match);
    context.out << origin.file << ':' << origin.line << '\t' << tables->name(match.concept_) << '\t' << name_of(match.role);
    if (match.by_shape) context.out << "\tby its ICD-10 shape, in conditions and reasons alone";
    context.out << '\n';
  }
  if (!found.empty()) return;
  if (tables->knows(name, code, place)) {
    context.err << "known, and of no concept: a site's row says ignore\n";
    return;
  }
  const bool known_system = !tables->system_key(name).empty();
  context.err << "not mapped: " << (known_system ? "no table has this code" : "no table names this system") << "; add a row to "
              << (known_system ? "codes.csv" : "codes.csv, or the system to systems.csv,") << " of the site's mappings\n";
  context.status = in_part;
}

}  // namespace

void add_mappings_command(CLI::App& app, Context& context) {
  CLI::App* mappings = app.add_subcommand("mappings", "what codes and words mean to the trials");
  mappings->require_subcommand(1);

  auto file = std::make_shared<std::string>();
  CLI::App* test = mappings->add_subcommand("test", "compare the tables with a file of expectations; prints each difference");
  test->add_option("FILE", *file, "tab-separated: concept, system, code, expected; or concept, language, text, expected")->required();
  test->footer("Example: trialflag mappings test expectations.tsv");
  test->callback([&context, file] { test_mappings(context, *file); });

  auto system = std::make_shared<std::string>(), code = std::make_shared<std::string>();
  CLI::App* explain = mappings->add_subcommand("explain", "the row that decides about a code: FILE:LINE, concept, use");
  explain->add_option("SYSTEM", *system, "address, alias or key of the code system")->required();
  explain->add_option("CODE", *code, "the code as recorded")->required();
  explain->footer("Example: trialflag mappings explain ICD10CM M79.7");
  explain->callback([&context, system, code] { explain_code(context, *system, *code); });
}

}  // namespace trialflag::app
