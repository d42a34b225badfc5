#include "agent/settings/trial_file.h"

#include <sodium.h>

#include <fstream>
#include <iterator>

#include "agent/settings/trial_rules.h"

namespace trialflag::settings {
namespace {

using namespace eligibility;

std::vector<std::string> said_list(const YamlNode& node, std::string_view language) {
  const YamlNode& own = node[language].present() ? node[language] : node["en"];
  std::vector<std::string> list;
  for (const YamlNode& item : own.items()) list.push_back(item.text());
  return list;
}

Criterion read_criterion(const YamlNode& node, RuleReader& rules, std::string_view language, Flaws& flaws) {
  MapReader map(node, "criteria", flaws);
  Criterion criterion;
  criterion.id = map.required_text("id");
  criterion.kind = map.choice("kind", {"inclusion", "exclusion"}, "") == "exclusion" ? Kind::exclusion : Kind::inclusion;
  if (!map.has("kind")) map.flaw("kind", "is missing", "inclusion or exclusion");
  criterion.label = rules.said(map.node("label"), language);
  criterion.cite = rules.said(map.node("cite"), language);
  if (criterion.cite.empty()) map.flaw("cite", "is missing", "the protocol's sentence");
  criterion.reads = rules.types(map.node("reads"));
  criterion.reads_if_high = rules.types(map.node("reads_if_high"));
  criterion.uncertain_counts = map.choice("uncertain_words", {"weak", "nothing"}, "weak") == "weak";
  criterion.ask = said_list(map.node("ask"), language);
  criterion.ask_if_absent = rules.said(map.node("ask_if_absent"), language);
  criterion.ask_if_yes = rules.said(map.node("ask_if_yes"), language);
  for (const YamlNode& item : map.node("rules").items())
    if (auto clause = rules.clause(item)) criterion.clauses.push_back(std::move(*clause));
  if (criterion.clauses.empty()) map.flaw("rules", "is empty", "a criterion needs at least one rule");
  if (map.has("none")) {
    criterion.none = rules.outcome(map.node("none"));
  } else {
    map.flaw("none", "is missing", "write what holds where no rule does: none: no_data, say");
  }
  return criterion;
}

void check_ids(Trial& trial, const YamlNode& entry, Flaws& flaws) {
  bool found = false;
  for (std::size_t i = 0; i < trial.criteria.size(); ++i) {
    if (trial.criteria[i].id == trial.entry) {
      trial.entry_index = i;
      found = true;
    }
    for (std::size_t j = 0; j < i; ++j)
      if (trial.criteria[j].id == trial.criteria[i].id)
        flaws.add(0, "criterion \"" + trial.criteria[i].id + "\" occurs twice", "give each its own id");
  }
  if (!found)
    flaws.add(entry.line(), "entry \"" + trial.entry + "\" is no criterion of this file", "name the criterion that makes a candidate");
}

std::string sha256(std::string_view text) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  char hex[sizeof hash * 2 + 1];
  return sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Trial read_trial(const YamlNode& root, const mappings::Tables& tables, std::string_view language, Flaws& flaws) {
  RuleReader rules(tables, flaws);
  MapReader map(root, "", flaws);
  Trial trial;
  trial.id = map.required_text("id");
  trial.version = map.required_text("version");
  trial.title = map.text("title");
  trial.entry = map.required_text("entry");
  trial.languages = map.texts("languages");
  trial.full_words = rules.concepts(map.node("full_words"));
  if (const YamlNode& routes = map.node("routes"); routes.present()) trial.routes = rules.concept_(routes);
  if (const YamlNode& answers = map.node("answers"); answers.present()) trial.answers = rules.concept_(answers);
  for (const YamlNode& item : map.node("sponsor_questions").items()) trial.sponsor_questions.push_back(rules.said(item, language));
  for (const YamlNode& item : map.node("criteria").items()) trial.criteria.push_back(read_criterion(item, rules, language, flaws));
  check_ids(trial, root["entry"], flaws);
  trial.language = language;
  trial.texts = texts_in(language);
  for (std::size_t i = 0; i < tables.concept_count(); ++i) {
    const mappings::ConceptId id{static_cast<std::uint16_t>(i)};
    trial.concept_names.emplace_back(tables.name(id));
    trial.concept_labels.emplace_back(tables.label(id, language));
  }
  return trial;
}

}  // namespace

Result<std::shared_ptr<const Trial>> load_trial_text(const std::string& text, const std::string& name, const mappings::Tables& tables,
                                                     std::vector<std::string>& flaws, std::string_view language) {
  Flaws found(name);
  Trial trial;
  if (const auto root = parse_yaml(text, found)) {
    const std::string_view spoken = spoken_language(language);
    trial = read_trial(*root, tables, spoken.empty() ? "en" : spoken, found);
    trial.file_hash = sha256(text);
    trial.file_text = text;
  }
  if (found.empty()) return std::make_shared<const Trial>(std::move(trial));
  for (const std::string& line : found.lines()) flaws.push_back(line);
  return fail(ErrorCode::invalid_config, "trial file " + name + " has " + std::to_string(found.lines().size()) + " flaws");
}

Result<std::shared_ptr<const Trial>> load_trial(const std::filesystem::path& path, const mappings::Tables& tables,
                                                std::vector<std::string>& flaws, std::string_view language) {
  if (const auto text = read_file(path)) return load_trial_text(*text, path.string(), tables, flaws, language);
  Flaws found(path.string());
  found.add(0, "cannot be read", "check the path and its permissions");
  for (const std::string& line : found.lines()) flaws.push_back(line);
  return fail(ErrorCode::invalid_config, "trial file " + path.string() + " has 1 flaws");
}

}  // namespace trialflag::settings
