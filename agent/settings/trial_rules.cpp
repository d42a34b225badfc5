#include "agent/settings/trial_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/record.h"

namespace trialflag::settings {

using namespace eligibility;

namespace {

constexpr int kMostDays = 36525;

template <typename T, std::size_t N>
std::optional<T> by_name(const std::array<std::pair<std::string_view, T>, N>& names, std::string_view name) {
  for (const auto& [each, value] : names)
    if (each == name) return value;
  return std::nullopt;
}

template <typename T, std::size_t N>
std::string list_of(const std::array<std::pair<std::string_view, T>, N>& names) {
  std::string list;
  for (const auto& [each, value] : names) list.append(list.empty() ? "" : ", ").append(each);
  return list;
}

constexpr std::array<std::pair<std::string_view, Outcome>, 10> kOutcomes{{{"yes", Outcome::yes},
                                                                          {"no", Outcome::no},
                                                                          {"conflicting", Outcome::conflicting},
                                                                          {"weak_evidence", Outcome::weak_evidence},
                                                                          {"incomplete_source", Outcome::incomplete_source},
                                                                          {"judgement", Outcome::judgement},
                                                                          {"partial", Outcome::partial},
                                                                          {"stale", Outcome::stale},
                                                                          {"no_data", Outcome::no_data},
                                                                          {"needs_person", Outcome::needs_person}}};
constexpr std::array<std::pair<std::string_view, Role>, 4> kRoles{
    {{"include", Role::include}, {"review", Role::review}, {"trap", Role::trap}, {"evidence", Role::evidence}}};
constexpr std::array<std::pair<std::string_view, Route>, 4> kRoutes{
    {{"iv", Route::iv}, {"nasal", Route::nasal}, {"other", Route::other}, {"unknown", Route::unknown}}};
constexpr std::array<std::pair<std::string_view, Source>, 3> kSourcesOfRecords{
    {{"condition", Source::condition}, {"reason", Source::reason}, {"procedure", Source::procedure}}};

}  // namespace

Concept RuleReader::concept_(const YamlNode& node) {
  if (const auto id = tables_.find(node.text()); id && node.is_scalar()) return id->index;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < tables_.concept_count(); ++i) known.emplace_back(tables_.name({static_cast<std::uint16_t>(i)}));
  const std::string_view near = nearest(node.text(), known);
  flaws_.add(node.line(), "\"" + node.text() + "\" is no concept of the tables",
             near.empty() ? "name one of concepts.tsv" : "did you mean " + std::string(near) + "?");
  return kNoConcept;
}

std::vector<Concept> RuleReader::concepts(const YamlNode& node) {
  std::vector<Concept> list;
  if (node.present() && !node.is_sequence()) flaws_.add(node.line(), "must be a list of concepts", "write [name, …]");
  for (const YamlNode& item : node.items()) list.push_back(concept_(item));
  return list;
}

Outcome RuleReader::outcome(const YamlNode& node) {
  if (const auto outcome = by_name(kOutcomes, node.text())) return *outcome;
  flaws_.add(node.line(), "\"" + node.text() + "\" is no outcome", "one of " + list_of(kOutcomes));
  return Outcome::nothing;
}

std::uint32_t RuleReader::types(const YamlNode& node) {
  std::uint32_t bits = 0;
  for (const YamlNode& item : node.items()) {
    const auto type = fhir::resource_type(item.text());
    if (type == fhir::ResourceType::other)
      flaws_.add(item.line(), "\"" + item.text() + "\" is no resource type that is read", "such as Condition");
    bits |= 1U << static_cast<unsigned>(type);
  }
  return bits;
}

std::string RuleReader::said(const YamlNode& node, std::string_view language) {
  if (node.is_scalar()) return node.text();
  const YamlNode& own = node[language];
  return own.present() ? own.text() : node["en"].text();
}

std::optional<Role> RuleReader::role(const YamlNode& node) {
  if (!node.present()) return std::nullopt;
  const auto role = by_name(kRoles, node.text());
  if (!role) flaws_.add(node.line(), "\"" + node.text() + "\" is no role", "one of " + list_of(kRoles));
  return role;
}

Bound RuleReader::bound(const YamlNode& node) {
  constexpr std::array<std::pair<std::string_view, Bound::Op>, 4> kOps{
      {{">=", Bound::Op::at_least}, {"<=", Bound::Op::at_most}, {">", Bound::Op::above}, {"<", Bound::Op::below}}};
  const std::string_view text = node.text();
  for (const auto& [sign, op] : kOps) {
    if (!text.starts_with(sign)) continue;
    double limit = 0;
    const auto [end, error] = std::from_chars(text.data() + sign.size(), text.data() + text.size(), limit);
    if (error == std::errc() && end == text.data() + text.size()) return {op, limit};
    break;
  }
  flaws_.add(node.line(), "\"" + node.text() + "\" is no test of a number", R"(write ">=4", "<4", ">4" or "<=4")");
  return {};
}

Concept RuleReader::named(MapReader& map, std::string_view key) {
  const YamlNode& node = map.node(key);
  if (node.present()) return concept_(node);
  map.flaw(key, "is missing", "name a concept");
  return kNoConcept;
}

std::optional<int> RuleReader::days(MapReader& map, std::string_view key) {
  if (!map.has(key)) {
    map.node(key);
    return std::nullopt;
  }
  return static_cast<int>(map.integer(key, 0, 0, kMostDays));
}

std::vector<IndicationTest> RuleReader::indications(const YamlNode& node) {
  std::vector<IndicationTest> tests;
  for (const YamlNode& item : node.items()) {
    MapReader map(item, "for", flaws_);
    IndicationTest test;
    test.concepts = concepts(map.node("concepts"));
    test.role = role(map.node("role")).value_or(Role::include);
    test.kind = map.text("kind");
    if (map.has("words")) test.by_words = map.boolean("words", false);
    test.own_reason = map.boolean("own_reason", false);
    tests.push_back(test);
  }
  return tests;
}

void RuleReader::drug_conditions(MapReader& map, Case& line) {
  for (const YamlNode& item : map.node("route").items()) {
    if (const auto route = by_name(kRoutes, item.text())) {
      line.routes.push_back(*route);
    } else {
      flaws_.add(item.line(), "\"" + item.text() + "\" is no route", "one of " + list_of(kRoutes));
    }
  }
  line.indications = indications(map.node("for"));
  line.recent_days = days(map, "recent");
  line.on_or_ended_days = days(map, "on_or_ended");
  line.open_ended_days = days(map, "open_ended");
}

Case RuleReader::one_case(const YamlNode& node) {
  MapReader map(node, "cases", flaws_);
  Case line;
  line.concepts = concepts(map.node("concepts"));
  line.role = role(map.node("role"));
  const std::string state = map.choice("state", {"present", "past"}, "");
  if (!state.empty()) line.present = state == "present";
  line.within_days = days(map, "within");
  if (map.has("within_years")) line.within_years = static_cast<int>(map.integer("within_years", 0, 0, 120));
  line.undated = map.boolean("undated", false);
  line.kind = map.text("kind");
  line.only_classes = map.texts("only_classes");
  line.with_classes = map.texts("with_classes");
  drug_conditions(map, line);
  line.then = outcome(map.node("then"));
  return line;
}

std::vector<Case> RuleReader::cases(const YamlNode& node) {
  std::vector<Case> lines;
  for (const YamlNode& item : node.items()) lines.push_back(one_case(item));
  if (lines.empty()) flaws_.add(node.line(), "a decision table needs cases", "add cases: [{then: …}]");
  return lines;
}

std::vector<ValueCase> RuleReader::value_cases(const YamlNode& node) {
  std::vector<ValueCase> lines;
  for (const YamlNode& item : node.items()) {
    MapReader map(item, "cases", flaws_);
    ValueCase line;
    if (const YamlNode& test = map.node("test"); test.present()) line.bound = bound(test);
    line.then = outcome(map.node("then"));
    lines.push_back(line);
  }
  return lines;
}

RecordsRule RuleReader::records(const YamlNode& node) {
  MapReader map(node, "records", flaws_);
  RecordsRule rule;
  rule.concepts = concepts(map.node("records"));
  for (const YamlNode& item : map.node("from").items()) {
    if (const auto source = by_name(kSourcesOfRecords, item.text())) {
      rule.from[static_cast<std::size_t>(*source)] = true;
    } else {
      flaws_.add(item.line(), "\"" + item.text() + "\" is no source", "one of " + list_of(kSourcesOfRecords));
    }
  }
  rule.reason_days = days(map, "reasons_within");
  rule.except = concepts(map.node("except"));
  rule.cases = cases(map.node("cases"));
  return rule;
}

DrugsRule RuleReader::drugs(const YamlNode& node) {
  MapReader map(node, "drugs", flaws_);
  DrugsRule rule;
  rule.concepts = concepts(map.node("drugs"));
  rule.unreadable = map.boolean("unreadable", false);
  rule.procedures = map.boolean("procedures", false);
  rule.cases = cases(map.node("cases"));
  return rule;
}

ValuesRule RuleReader::values(const YamlNode& node) {
  MapReader map(node, "values", flaws_);
  ValuesRule rule;
  rule.concepts = concepts(map.node("values"));
  for (const YamlNode& item : map.node("roles").items())
    if (const auto each = role(item)) rule.roles.push_back(*each);
  rule.pick = map.choice("pick", {"latest", "any"}, "latest") == "any" ? ValuesRule::Pick::any : ValuesRule::Pick::latest;
  if (map.has("times")) rule.times = static_cast<int>(map.integer("times", 1, 2, 1000));
  rule.within_days = days(map, "within").value_or(kMostDays);
  rule.cases = value_cases(map.node("cases"));
  if (rule.times > 1 && (rule.pick != ValuesRule::Pick::any || rule.cases.size() != 1))
    map.flaw("times", "counts values of one kind", "write pick: any and a single case beside it");
  rule.older_days = days(map, "older_within");
  rule.older = value_cases(map.node("older"));
  const std::string says = map.choice("says", {"value", "named_value", "stale_value"}, "value");
  rule.text = says == "stale_value" ? Text::stale_value : says == "named_value" ? Text::named_value : Text::value;
  return rule;
}

std::optional<SimpleRule> RuleReader::rule(const YamlNode& node) {
  if (node["records"].present()) return records(node);
  if (node["drugs"].present()) return drugs(node);
  if (node["values"].present()) return values(node);
  if (!node.is_map() || node.members().size() != 1) {
    flaws_.add(node.line(), "a rule is a map with one operator", "such as records, drugs, values, age");
    return std::nullopt;
  }
  const std::string& name = node.members().front().name;
  const YamlNode& body = node.members().front().value;
  if (name == "age") return age(body);
  if (name == "language") return LanguageRule{};
  if (name == "consent") return ConsentRule{};
  if (name == "morphology") return MorphologyRule{outcome(body["then"])};
  if (name == "allergy_hint") return allergy_hint(body);
  if (name == "daily_mean") return daily_mean(body);
  if (name == "result") return result(body);
  if (name == "score_pair") return score_pair(body);
  if (name == "relief") return relief(body);
  if (name == "stop_bang") return stop_bang(body);
  if (name == "pressure") return pressure(body);
  if (name == "pregnancy") return pregnancy(body);
  if (name == "lactation") return lactation(body);
  if (name == "allergy") return allergy(body);
  const std::vector<std::string> known{"records", "drugs",      "values",       "first",      "age",       "language",
                                       "consent", "morphology", "allergy_hint", "daily_mean", "result",    "score_pair",
                                       "relief",  "stop_bang",  "pressure",     "pregnancy",  "lactation", "allergy"};
  const std::string_view near = nearest(name, known);
  flaws_.add(node.line(), "\"" + name + "\" is no operator",
             near.empty() ? "see config/README.md" : "did you mean " + std::string(near) + "?");
  return std::nullopt;
}

std::optional<Clause> RuleReader::clause(const YamlNode& node) {
  Clause clause;
  if (const YamlNode& list = node["first"]; list.present()) {
    clause.first_only = true;
    for (const YamlNode& item : list.items())
      if (auto each = rule(item)) clause.rules.push_back(std::move(*each));
    return clause;
  }
  auto only = rule(node);
  if (!only) return std::nullopt;
  clause.rules.push_back(std::move(*only));
  return clause;
}

}  // namespace trialflag::settings
