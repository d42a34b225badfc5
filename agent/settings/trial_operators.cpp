// The named operators of a trial file: their concepts and numbers.
#include "agent/settings/trial_rules.h"

namespace trialflag::settings {

using namespace eligibility;

namespace {

int whole(MapReader& map, std::string_view key, int fallback) {
  return static_cast<int>(map.integer(key, fallback, 0, 36525));
}

}  // namespace

AgeRule RuleReader::age(const YamlNode& node) {
  MapReader map(node, "age", flaws_);
  AgeRule rule;
  rule.at_least = static_cast<int>(map.integer("at_least", 18, 0, 150));
  if (map.has("at_most")) rule.at_most = static_cast<int>(map.integer("at_most", 150, rule.at_least, 150));
  return rule;
}

AllergyHintRule RuleReader::allergy_hint(const YamlNode& node) {
  MapReader map(node, "allergy_hint", flaws_);
  AllergyHintRule rule;
  rule.concepts = concepts(map.node("drugs"));
  if (map.has("list")) rule.hint = named(map, "list");
  rule.covers = map.texts("covers");
  rule.then = outcome(map.node("then"));
  return rule;
}

DailyMeanRule RuleReader::daily_mean(const YamlNode& node) {
  MapReader map(node, "daily_mean", flaws_);
  DailyMeanRule rule;
  rule.concepts = concepts(map.node("of"));
  rule.within_days = static_cast<int>(map.integer("within", 7, 1, 31));
  rule.least_days = static_cast<int>(map.integer("least_days", 4, 1, 31));
  rule.bound = bound(map.node("test"));
  return rule;
}

ResultRule RuleReader::result(const YamlNode& node) {
  MapReader map(node, "result", flaws_);
  ResultRule rule;
  rule.concepts = concepts(map.node("of"));
  rule.latest = map.choice("pick", {"latest", "any"}, "any") == "latest";
  rule.answer = map.choice("answer", {"positive", "negative"}, "positive") == "positive" ? Answer::positive : Answer::negative;
  rule.within_days = whole(map, "within", 365);
  rule.then = outcome(map.node("then"));
  return rule;
}

ScorePairRule RuleReader::score_pair(const YamlNode& node) {
  MapReader map(node, "score_pair", flaws_);
  ScorePairRule rule;
  rule.widespread = named(map, "widespread");
  rule.severity = named(map, "severity");
  for (const YamlNode& item : map.node("arms").items()) {
    MapReader arm(item, "arms", flaws_);
    const auto range = arm.node("widespread").items();
    if (range.size() != 2) arm.flaw("widespread", "must be a range", "write [least, most]");
    const double least = range.size() == 2 ? range[0].number() : 0, most = range.size() == 2 ? range[1].number() : 0;
    rule.arms.push_back({least, most, arm.number("severity", 0)});
  }
  return rule;
}

ReliefRule RuleReader::relief(const YamlNode& node) {
  MapReader map(node, "relief", flaws_);
  ReliefRule rule;
  rule.therapy = named(map, "therapy");
  rule.since = named(map, "since");
  rule.pain = concepts(map.node("pain"));
  rule.bound = bound(map.node("test"));
  rule.stale_days = whole(map, "stale_after", 365);
  return rule;
}

StopBangRule RuleReader::stop_bang(const YamlNode& node) {
  MapReader map(node, "stop_bang", flaws_);
  StopBangRule rule;
  rule.total = named(map, "total");
  rule.snoring = named(map, "snoring");
  rule.tired = named(map, "tired");
  rule.observed = named(map, "observed");
  rule.hypertension = named(map, "hypertension");
  rule.antihypertensives = named(map, "antihypertensives");
  rule.systolic = named(map, "systolic");
  rule.diastolic = named(map, "diastolic");
  rule.bmi = named(map, "bmi");
  rule.weight = named(map, "weight");
  rule.height = named(map, "height");
  rule.neck = named(map, "neck");
  rule.window_days = whole(map, "within", 365);
  rule.threshold = whole(map, "threshold", 3);
  rule.age = whole(map, "age", 51);
  rule.bmi_above = map.number("bmi_above", 35);
  rule.systolic_below = map.number("systolic_below", 140);
  rule.diastolic_below = map.number("diastolic_below", 90);
  rule.neck_false_to = map.number("neck_false_to", 40);
  rule.neck_true_male = map.number("neck_true_male", 43);
  rule.neck_true_female = map.number("neck_true_female", 41);
  return rule;
}

PressureRule RuleReader::pressure(const YamlNode& node) {
  MapReader map(node, "pressure", flaws_);
  PressureRule rule;
  rule.systolic = named(map, "systolic");
  rule.diastolic = named(map, "diastolic");
  rule.drugs = named(map, "drugs");
  rule.systolic_high = map.number("systolic_high", 140);
  rule.diastolic_high = map.number("diastolic_high", 90);
  rule.systolic_crisis = map.number("systolic_crisis", 180);
  rule.diastolic_crisis = map.number("diastolic_crisis", 110);
  rule.window_days = whole(map, "within", 90);
  rule.crisis_days = whole(map, "crisis_within", 30);
  rule.classes_with_diuretic = whole(map, "classes_with_diuretic", 3);
  rule.classes_any = whole(map, "classes_any", 4);
  rule.diuretics = map.texts("diuretics");
  return rule;
}

PregnancyRule RuleReader::pregnancy(const YamlNode& node) {
  MapReader map(node, "pregnancy", flaws_);
  PregnancyRule rule;
  rule.pregnancy = named(map, "pregnancy");
  rule.test = named(map, "test");
  rule.end = named(map, "end");
  rule.quantities = concepts(map.node("levels"));
  rule.lasts_days = whole(map, "lasts", 294);
  rule.overdue_days = whole(map, "overdue", 21);
  rule.negative_days = whole(map, "negative_within", 14);
  rule.over_age = whole(map, "over_age", 56);
  rule.positive_from = map.number("positive_from", 25);
  rule.weak_from = map.number("weak_from", 5);
  return rule;
}

LactationRule RuleReader::lactation(const YamlNode& node) {
  MapReader map(node, "lactation", flaws_);
  LactationRule rule;
  rule.lactation = named(map, "lactation");
  rule.end = named(map, "end");
  rule.delivery_kind = map.text("delivery_kind");
  rule.lasts_days = whole(map, "lasts", 183);
  rule.delivery_days = whole(map, "delivery_within", 365);
  rule.over_age = whole(map, "over_age", 56);
  return rule;
}

AllergyRule RuleReader::allergy(const YamlNode& node) {
  MapReader map(node, "allergy", flaws_);
  AllergyRule rule;
  rule.study_drugs = concepts(map.node("study_drugs"));
  rule.possible_drugs = concepts(map.node("possible_drugs"));
  rule.study_allergy = named(map, "study_allergy");
  rule.unspecified = named(map, "unspecified");
  rule.none_known = named(map, "none_known");
  rule.no_information = named(map, "no_information");
  rule.food_environment = named(map, "food_environment");
  return rule;
}

}  // namespace trialflag::settings
