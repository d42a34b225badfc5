// Look-ups beside a plain reading of the same rows: made tables of many systems and layers, made codes, odd ones among them.
#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <tuple>

#include "tests/mappings/load.h"

using namespace trialflag::mappings;
using namespace trialflag::mappings::test;

namespace {

struct System {
  const char *name, *uri, *form;
};
constexpr std::array<System, 9> kSystems{{{"S0", "http://s0.example", "list"},
                                          {"S1", "http://s1.example/of/a/rather/long/path", "cased"},
                                          {"S2", "urn:oid:2.16.840.1.113883.6.96", "tree"},
                                          {"S3", "urn:oid:2.16.840.1.113883.6.103", "icd"},
                                          {"S4", "S4", "list"},
                                          {"S5", "http://s5.example", "cased"},
                                          {"S6", "http://s6.example", "tree"},
                                          {"S7", "http://s7.example", "icd"},
                                          {"S8", "http://s8.example", "tree"}}};
constexpr std::array<const char*, 4> kConcepts{"fibromyalgia", "gout", "osa", "bipolar"};
constexpr std::array<const char*, 5> kRoles{"include", "review", "trap", "evidence", "ignore"};

struct ExpandedRow {
  std::size_t system = 0;
  std::string code;  ///< without its star
  bool prefix = false;
  int concept_ = 0;  ///< -1: a site's `ignore` row of no concept
  std::size_t role = 0;
  int layer = 0;  ///< 0: expansions, 1: codes, 2 and 3: sites
};

bool is_tree(std::size_t system) {
  const std::string_view form = kSystems[system].form;
  return form == "tree" || form == "icd";
}

std::string normal(std::string code, std::size_t system) {
  const std::string_view form = kSystems[system].form;
  const std::size_t first = code.find_first_not_of(" \t"), last = code.find_last_not_of(" \t");
  code = first == std::string::npos ? "" : code.substr(first, last - first + 1);
  if (form == "icd") std::erase(code, '.');
  if (form != "cased") std::transform(code.begin(), code.end(), code.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return code.size() > 64 ? "" : code;
}

/// Few letters, so that codes meet; lengths about those at which codes are held otherwise.
class Codes {
 public:
  explicit Codes(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t count) { return random_() % count; }

  std::string code() {
    constexpr std::array<std::size_t, 16> kSizes{1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 63, 64};
    static const std::string kLetters = "aAB1.-/_";
    const std::size_t size = kSizes[below(kSizes.size())];
    std::string out(size, kLetters[below(2)]);
    for (std::size_t changed = below(3); changed > 0; --changed) out[below(size)] = kLetters[below(kLetters.size())];
    return out;
  }

 private:
  std::mt19937 random_;
};

class Reference {
 public:
  void add(const ExpandedRow& row) { rows_[{row.system, normal(row.code, row.system)}].push_back(row); }

  /// Concept → role and whether a site says it.
  [[nodiscard]] std::map<int, std::pair<std::size_t, bool>> match(std::size_t system, const std::string& code) const {
    std::map<int, std::pair<std::size_t, bool>> out;
    const std::string whole = normal(code, system);
    for (std::size_t size = whole.size(); size > 0; --size) {
      std::map<int, ExpandedRow> best;
      each(system, whole.substr(0, size), size == whole.size(), [&](const ExpandedRow& row) {
        const auto [at, is_new] = best.emplace(row.concept_, row);
        if (!is_new && rank(row) < rank(at->second)) at->second = row;
      });
      for (const auto& [concept_, row] : best) {
        if (concept_ >= 0) out.emplace(concept_, std::pair(row.role, row.layer >= 2));
      }
    }
    return out;
  }

  [[nodiscard]] bool knows(std::size_t system, const std::string& code) const {
    const std::string whole = normal(code, system);
    bool known = false;
    for (std::size_t size = whole.size(); size > 0; --size)
      each(system, whole.substr(0, size), size == whole.size(), [&](const ExpandedRow&) { known = true; });
    return known;
  }

 private:
  template <typename Take>
  void each(std::size_t system, const std::string& code, bool whole, Take take) const {
    const auto rows = rows_.find({system, code});
    if (rows == rows_.end()) return;
    for (const ExpandedRow& row : rows->second) {
      if (whole || row.prefix) take(row);
    }
  }

  static std::tuple<int, bool, int> rank(const ExpandedRow& row) {
    constexpr std::array<int, 5> kStrength{1, 2, 3, 0, 4};
    const int layer = is_tree(row.system) ? std::max(row.layer, 1) : row.layer;
    return {-layer, layer >= 2 && row.prefix, -kStrength[row.role]};
  }

  std::map<std::pair<std::size_t, std::string>, std::vector<ExpandedRow>> rows_;
};

struct Made {
  Folder shipped, site, later;
  Reference reference;
  std::vector<std::string> codes;
};

void write(const Folder& folder, const char* name, const std::string& text) {
  std::ofstream(folder.path() / name, std::ios::binary) << text;
}

/// The code as a table or a spreadsheet would write it.
std::string written(const ExpandedRow& row) {
  return row.code + (row.prefix ? "*" : "");
}

void make_shipped(Made& made, Codes& random) {
  std::ostringstream codes("system\tcode\tconcept\trole\n", std::ios::ate),
      expansions("concept\tsystem\trole\tattributes\tcodes\n", std::ios::ate);
  for (int i = 0; i < 1500; ++i) {
    ExpandedRow row{random.below(kSystems.size()),
                    random.code(),
                    random.below(3) == 0,
                    static_cast<int>(random.below(kConcepts.size())),
                    random.below(4),
                    static_cast<int>(random.below(2))};
    if (normal(row.code, row.system).empty()) continue;
    made.codes.push_back(row.code);
    made.reference.add(row);
    if (row.layer == 1) {
      codes << kSystems[row.system].name << '\t' << written(row) << '\t' << kConcepts[row.concept_] << '\t' << kRoles[row.role] << '\n';
    } else {
      expansions << kConcepts[row.concept_] << '\t' << kSystems[row.system].name << '\t' << kRoles[row.role] << "\t\t" << written(row)
                 << '\n';
    }
  }
  std::filesystem::copy(kShipped, made.shipped.path(), std::filesystem::copy_options::recursive);
  std::string systems = "system\tform\turi\n";
  for (const System& system : kSystems) systems += std::string(system.name) + '\t' + system.form + '\t' + system.uri + '\n';
  write(made.shipped, "systems.tsv", systems);
  write(made.shipped, "codes.tsv", codes.str());
  write(made.shipped, "expansions.tsv", expansions.str());
}

void make_site(Made& made, Codes& random, const Folder& folder, int layer) {
  std::string codes = "system,code,concept,use\n";
  std::set<std::tuple<std::size_t, std::string, bool, int>> seen;
  for (int i = 0; i < 300; ++i) {
    ExpandedRow row{random.below(kSystems.size()),
                    random.below(2) == 0 ? made.codes[random.below(made.codes.size())] : random.code(),
                    random.below(4) == 0,
                    static_cast<int>(random.below(kConcepts.size())),
                    random.below(3),
                    layer};
    if (random.below(6) == 0) {
      row.role = 4;
      row.concept_ = static_cast<int>(random.below(kConcepts.size() + 1)) - 1;
    }
    const std::string code = normal(row.code, row.system);
    if (code.empty() || !seen.emplace(row.system, code, row.prefix, row.concept_).second) continue;
    made.reference.add(row);
    codes += std::string(kSystems[row.system].name) + ',' + written(row) + ',' + (row.concept_ < 0 ? "" : kConcepts[row.concept_]) + ',' +
             kRoles[row.role] + '\n';
  }
  write(folder, "codes.csv", codes);
}

/// A code of the tables, whole or changed at its end or its ends; or any.
std::string asked(const Made& made, Codes& random) {
  std::string code = made.codes[random.below(made.codes.size())];
  switch (random.below(7)) {
    case 0:
      return random.code();
    case 1:
      return code + random.code();
    case 2:
      return " \t" + code + ' ';
    case 3:
      return code.substr(0, random.below(code.size() + 1));
    case 4:
      std::transform(code.begin(), code.end(), code.begin(), [](char c) { return c == 'A' ? 'a' : c; });
      return code;
    case 5:
      return code + std::string(random.below(3), '\0');
    default:
      return code;
  }
}

std::string told(const std::map<int, std::pair<std::size_t, bool>>& matches) {
  std::string out;
  for (const auto& [concept_, says] : matches)
    out += std::string(kConcepts[concept_]) + ' ' + kRoles[says.first] + (says.second ? " by site; " : "; ");
  return out;
}

}  // namespace

TEST_CASE("codes: whatever the tables and the code, a look-up says what a plain reading of the rows says") {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    Codes random(seed);
    Made made;
    make_shipped(made, random);
    make_site(made, random, made.site, 2);
    make_site(made, random, made.later, 3);
    std::vector<TableFlaw> flaws;
    const std::array<std::filesystem::path, 2> sites{made.site.path(), made.later.path()};
    const auto loaded = Tables::load(made.shipped.path(), sites, flaws);
    for (const TableFlaw& flaw : flaws) UNSCOPED_INFO(flaw.file << ":" << flaw.line << ": " << flaw.problem);
    REQUIRE(loaded.has_value());
    std::size_t found = 0;
    for (int i = 0; i < 20000; ++i) {
      const std::size_t system = random.below(kSystems.size());
      const std::string code = asked(made, random);
      std::vector<CodeMatch> matches;
      (*loaded)->match_code(kSystems[system].uri, code, Place::drug, matches);
      std::map<int, std::pair<std::size_t, bool>> ours;
      for (const CodeMatch& match : matches) {
        const auto* named = std::find(kConcepts.begin(), kConcepts.end(), (*loaded)->name(match.concept_));
        ours.emplace(static_cast<int>(named - kConcepts.begin()), std::pair(static_cast<std::size_t>(match.role), match.by_site));
      }
      found += matches.empty() ? 0 : 1;
      const auto theirs = made.reference.match(system, code);
      const bool same = ours.size() == matches.size() && ours == theirs &&
                        (*loaded)->knows(kSystems[system].uri, code, Place::drug) == made.reference.knows(system, code);
      if (same) continue;
      FAIL("seed " << seed << ", " << kSystems[system].name << " '" << code << "': " << told(ours) << "but by the rows: " << told(theirs));
    }
    CHECK(found > 1000);
    CHECK(found < 19000);
  }
}
