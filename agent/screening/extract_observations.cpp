// Observations, their components, and answered items of questionnaires: numbers, answers, dates (criteria.md 2.14).
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "agent/screening/extract.h"
#include "agent/screening/status.h"
#include "mappings/answers.h"

namespace trialflag::screening {

using namespace eligibility;
using fhir::Value;

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A plain number, optionally "/10"; nullopt for anything else.
std::optional<double> plain_number(std::string_view text, bool out_of_ten) {
  text = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  const std::string_view rest = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  if (rest.empty()) return number;
  if (!out_of_ten || rest.front() != '/' || trim(rest.substr(1)) != "10") return std::nullopt;
  return number;
}

bool is_ucum(const fhir::Quantity& quantity) {
  return quantity.system.empty() || quantity.system.find("unitsofmeasure.org") != std::string_view::npos ||
         quantity.system.find("2.16.840.1.113883.6.8") != std::string_view::npos;
}

/// Opens one side of an exact value by its comparator, within the plausible range.
Number with_comparator(double value, fhir::Comparator comparator, double least, double most) {
  Number number{value, value, Number::Kind::valid, false, false};
  switch (comparator) {
    case fhir::Comparator::none:
    case fhir::Comparator::unknown:
      break;
    case fhir::Comparator::less:
      number.high_open = true;
      [[fallthrough]];
    case fhir::Comparator::less_equal:
      number.low = std::min(least, value);
      break;
    case fhir::Comparator::greater:
      number.low_open = true;
      [[fallthrough]];
    case fhir::Comparator::greater_equal:
      number.high = std::max(most, value);
      break;
  }
  return number;
}

std::string_view last_part(std::string_view name) {
  const std::size_t at = name.find_last_of("/#|");
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

std::string plain(double number) {
  constexpr int kDigits = 10;
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, std::chars_format::general, kDigits);
  return {text, end};
}

std::string_view sign(fhir::Comparator comparator) {
  switch (comparator) {
    case fhir::Comparator::none:
      return "";
    case fhir::Comparator::unknown:
      return "? ";
    case fhir::Comparator::less:
      return "<";
    case fhir::Comparator::less_equal:
      return "<=";
    case fhir::Comparator::greater_equal:
      return ">=";
    case fhir::Comparator::greater:
      return ">";
  }
  return "";
}

std::string told(const fhir::Quantity& quantity) {
  if (!quantity.value) return {};
  std::string text = std::string(sign(quantity.comparator)) + plain(*quantity.value);
  const std::string_view unit = quantity.unit.empty() ? quantity.code : quantity.unit;
  return unit.empty() ? text : text + " " + std::string(unit);
}

}  // namespace

std::string_view Extraction::value_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::none:
    case Value::Kind::other:
      return {};
    case Value::Kind::quantity:
      return keep(told(value.quantity));
    case Value::Kind::range:
      return keep(told(value.quantity) + " to " + told(value.high));
    case Value::Kind::string:
      return value.string;
    case Value::Kind::boolean:
      return value.boolean ? "true" : "false";
    case Value::Kind::integer:
      return keep(plain(value.integer));
    case Value::Kind::time:
      return keep(to_string(value.time));
    case Value::Kind::concept_:
      if (!value.concept_.codings.empty()) {
        const fhir::Coding& coding = value.concept_.codings.front();
        return keep(std::string(coding.system) + "|" + std::string(coding.code));
      }
      return value.concept_.text;
  }
  return {};
}

void Extraction::add_observation(const fhir::Record& record, std::uint32_t index) {
  const StatusWeight standing = status_weight(record);
  if (standing == StatusWeight::ignored) return;
  const bool weak = standing == StatusWeight::weak;
  add_measurement(record, record.code, record.value, weak, index);
  for (const fhir::Component& component : record.components) add_measurement(record, component.code, component.value, weak, index);
}

void Extraction::add_measurement(const fhir::Record& record, const fhir::CodeableConcept& code, const Value& value, bool weak,
                                 std::uint32_t index) {
  const auto& hits = hits_.find(code, mappings::Place::observation);
  const bool names_item = std::any_of(hits.begin(), hits.end(), [&](const Hit& hit) { return vocabulary_.score_items.has(hit.concept_); });
  const RecordedTime& ended = record.start_is_period && record.end.known() ? record.end : record.start;
  const When date = when(ended.known() ? ended : record.recorded);
  facts_.times[index] = ended.known() ? ended : record.recorded;
  const std::size_t first = facts_.facts.size();
  for (const Hit& hit : hits) {
    const bool trap = hit.role == mappings::Role::trap && (hit.by_words || hit.attributes.answer.empty());
    if (trap || hit.negated || hit.role == mappings::Role::ignore || (hit.concept_ == vocabulary_.score_total && names_item)) continue;
    if (hit.long_text) continue;
    Fact fact = fact_of(hit, Source::observation, index);
    const bool told_fully = hit.by_words && vocabulary_.full_words.has(hit.concept_) && !hit.uncertain && !hit.past;
    fact.weak = weak || (hit.weak && !told_fully);
    fact.date = fact.seen = date;
    fact.answer = answer_named(hit.attributes.answer);
    facts_.facts.push_back(fact);
  }
  const std::string_view text = first < facts_.facts.size() ? value_text(value) : std::string_view();
  // hits_ is used again for the value's own codes, so the values are read once all facts stand.
  for (std::size_t i = first; i < facts_.facts.size(); ++i) {
    Fact& fact = facts_.facts[i];
    measure(fact, value, code, record);
    answer(fact, value, record);
    facts_.wordings[fact.wording].value = text;
  }
}

void Extraction::measure(Fact& fact, const Value& value, const fhir::CodeableConcept& code, const fhir::Record& record) {
  const mappings::ConceptId concept_{fact.concept_};
  if (value.kind == Value::Kind::time && fact.kind == "date") fact.value_time = when(value.time);
  if (value.kind == Value::Kind::time && fact.kind == "delivery") fact.date = when(value.time);
  const bool odd_date = fact.kind == "date" && value.kind != Value::Kind::time && value.kind != Value::Kind::none;
  if (odd_date && fact.role != Role::trap) {
    fact.number.kind = Number::Kind::rejected;
    return remark(record, std::string(tables_.name(concept_)) + ": has no date where a date is read; the value is not used");
  }
  const auto range = tables_.plausible(concept_);
  const bool read = range && vocabulary_.measured.has(fact.concept_) && fact.role != Role::trap;
  if (!read || value.kind == Value::Kind::none) return;
  const auto reject = [&](std::string_view why) {
    fact.number.kind = Number::Kind::rejected;
    // Words beside a code of another thing ("BMI percentile") are no reason to complain of the value.
    if (!fact.by_words) remark(record, std::string(tables_.name(concept_)) + ": " + std::string(why) + "; the value is not used");
  };
  const std::string_view observed = code.codings.empty() ? std::string_view() : code.codings.front().code;
  const auto convert = [&](double number, const fhir::Quantity& quantity) {
    return tables_.to_canonical(concept_, number, is_ucum(quantity) ? quantity.code : std::string_view(), quantity.unit,
                                fact.by_words ? observed : facts_.wordings[fact.wording].code);
  };
  std::optional<double> low, high;
  fhir::Comparator comparator = fhir::Comparator::none;
  switch (value.kind) {
    case Value::Kind::quantity:
      if (!value.quantity.value) return;
      comparator = value.quantity.comparator;
      if (comparator == fhir::Comparator::unknown) return reject("has a comparator that is not known");
      low = high = convert(*value.quantity.value, value.quantity);
      break;
    case Value::Kind::range:
      if (value.quantity.value && value.high.value) {
        low = convert(*value.quantity.value, value.quantity);
        high = convert(*value.high.value, value.high);
      }
      break;
    case Value::Kind::integer:
      low = high = convert(value.integer, {});
      break;
    case Value::Kind::string:
      if (const auto number = plain_number(value.string, range->high == 10)) low = high = convert(*number, {});
      if (!low) return reject("has a text that is no plain number");
      break;
    case Value::Kind::concept_:
      return fact.kind.empty() && fact.answer == Answer::none ? reject("has a coded value where a number is read") : void();
    case Value::Kind::other:
      return reject("has a value of a form that is not read");
    default:
      return;
  }
  if (!low || !high) return reject("has a unit that is not known for it");
  if (std::min(*low, *high) < range->low || std::max(*low, *high) > range->high) return reject("lies outside the plausible range");
  fact.number = with_comparator(*low, comparator, range->low, range->high);
  if (comparator == fhir::Comparator::none) fact.number.high = *high;
}

Answer Extraction::answer_of(Concept concept_, const fhir::CodeableConcept& value) {
  Answer coded = Answer::none;
  for (const fhir::Coding& coding : value.codings) {
    codes_.clear();
    tables_.match_code(coding.system, coding.code, mappings::Place::value, codes_);
    for (const mappings::CodeMatch& match : codes_) {
      const Answer answer = answer_named(tables_.attributes(match).answer);
      if (answer == Answer::none) continue;
      if (match.concept_.index == concept_) return answer;
      if (match.concept_.index == trial_.answers) coded = answer;
    }
  }
  return coded;
}

/// A state that a value names by its own code or words, or whose answer stands among other words: seldom a sure one.
Answer Extraction::answer_within(Fact& fact, const Value& value) {
  static const fhir::CodeableConcept kNothing;
  const fhir::CodeableConcept& concept_ = value.kind == Value::Kind::concept_ ? value.concept_ : kNothing;
  const std::string_view words = value.kind == Value::Kind::string ? value.string : std::string_view();
  if (vocabulary_.states.has(fact.concept_)) {
    for (const Hit& hit : hits_.find(concept_, mappings::Place::value, words)) {
      const bool said = hit.role == mappings::Role::include || hit.role == mappings::Role::review;
      if (hit.concept_ != fact.concept_ || hit.negated || hit.long_text || !said) continue;
      fact.weak = fact.weak || hit.weak || hit.by_words || hit.uncertain || hit.past || hit.role == mappings::Role::review;
      return Answer::positive;
    }
  }
  bool positive = mappings::answers_yes_within(tables_, words) || mappings::answers_yes_within(tables_, concept_.text);
  for (const fhir::Coding& coding : concept_.codings) positive = positive || mappings::answers_yes_within(tables_, coding.display);
  fact.weak = fact.weak || positive;
  return positive ? Answer::positive : Answer::none;
}

/// What the words beside codes answer that say nothing, or say no: never a sure thing.
Answer Extraction::told_beside(Fact& fact, const fhir::CodeableConcept& value, Answer found) {
  if (value.codings.empty()) return found;
  const auto take = [&](std::string_view words) {
    const Answer said = answer_named(tables_.answer_word(words));
    if (said == Answer::none || said == found || (found == Answer::negative && said != Answer::positive)) return;
    found = said;
    fact.weak = true;
  };
  take(value.text);
  for (const fhir::Coding& coding : value.codings) take(coding.display);
  return found;
}

void Extraction::answer(Fact& fact, const Value& value, const fhir::Record& record) {
  Answer found = Answer::none;
  switch (value.kind) {
    case Value::Kind::boolean:
      found = value.boolean ? Answer::positive : Answer::negative;
      break;
    case Value::Kind::concept_:
      found = answer_of(fact.concept_, value.concept_);
      if (found == Answer::none && value.concept_.codings.empty()) found = answer_named(tables_.answer_word(value.concept_.text));
      if (found == Answer::none || found == Answer::negative) found = told_beside(fact, value.concept_, found);
      break;
    case Value::Kind::string:
      found = answer_named(tables_.answer_word(value.string));
      break;
    case Value::Kind::integer:
      if (vocabulary_.score_items.has(fact.concept_) && (value.integer == 0 || value.integer == 1))
        found = value.integer == 1 ? Answer::positive : Answer::negative;
      break;
    default:
      break;
  }
  for (const fhir::CodeableConcept& interpretation : record.interpretations) {
    const Answer interpreted = answer_of(fact.concept_, interpretation);
    if (found == Answer::none) found = interpreted;
    if (found != Answer::negative || interpreted != Answer::positive) continue;
    found = Answer::positive;
    fact.weak = true;
  }
  const bool worded = value.kind == Value::Kind::concept_ || value.kind == Value::Kind::string;
  if (found == Answer::none && worded && vocabulary_.signs.has(fact.concept_)) found = answer_within(fact, value);
  if (found == Answer::none && worded && vocabulary_.score_items.has(fact.concept_)) found = Answer::unknown;
  const bool own_statement = value.kind == Value::Kind::none && found == Answer::none && fact.kind != "question" && fact.kind != "date";
  if (!own_statement) fact.answer = found;
}

void Extraction::add_answers(const fhir::Record& record, std::uint32_t index) {
  const StatusWeight standing = status_weight(record);
  if (standing == StatusWeight::ignored) return;
  for (const fhir::Item& item : record.items) {
    for (const std::string_view name : {last_part(item.link_id), last_part(item.definition)}) {
      if (name.empty()) continue;
      codes_.clear();
      tables_.match_bare_code(name, codes_);
      const std::vector<mappings::CodeMatch> matches = codes_;
      for (const mappings::CodeMatch& match : matches) {
        if (!vocabulary_.answers.has(match.concept_.index) || match.role != mappings::Role::include) continue;
        Hit hit;
        hit.concept_ = match.concept_.index;
        hit.role = match.role;
        hit.code = name;
        hit.attributes = tables_.attributes(match);
        Fact fact = fact_of(hit, Source::answer, index);
        fact.weak = standing == StatusWeight::weak;
        fact.date = fact.seen = when(record.start);
        facts_.wordings[fact.wording].value = value_text(item.value);
        measure(fact, item.value, {}, record);
        answer(fact, item.value, record);
        facts_.facts.push_back(fact);
      }
    }
  }
}

}  // namespace trialflag::screening
