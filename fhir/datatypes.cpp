#include "fhir/datatypes.h"

#include <array>
#include <utility>

namespace trialflag::fhir {
namespace {

/// Blanks alone say nothing.
std::string_view words_of(const Element& element, std::string_view name) {
  const std::string_view text = element.string(name);
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos ? std::string_view() : text;
}

CodeableConcept concept_of(const Element& element) {
  CodeableConcept concept_;
  concept_.codings = element.each_as<Coding>("coding", [](const Element& coding) {
    return Coding{coding.string("system"), coding.string("code"), words_of(coding, "display")};
  });
  concept_.text = words_of(element, "text");
  return concept_;
}

Reference reference_of(const Element& element) {
  return {element.string("reference"), words_of(element, "display")};
}

Quantity quantity_of(const Element& element) {
  Quantity quantity;
  quantity.value = element.number("value");
  quantity.unit = element.string("unit");
  quantity.system = element.string("system");
  quantity.code = element.string("code");
  const std::string_view comparator = element.string("comparator");
  if (comparator.empty()) return quantity;
  constexpr std::array<std::pair<std::string_view, Comparator>, 4> kComparators = {
      {{"<", Comparator::less}, {"<=", Comparator::less_equal}, {">=", Comparator::greater_equal}, {">", Comparator::greater}}};
  for (const auto& [text, known] : kComparators)
    if (text == comparator) quantity.comparator = known;
  if (quantity.comparator == Comparator::none) {
    element.issue(Severity::warning, "comparator", "is none of R4's; the value is not used");
    quantity.comparator = Comparator::unknown;
  }
  return quantity;
}

CodeableConcept concept_of_coding(const Element& parent, std::string_view name) {
  const Element coding = parent.object(name);
  const std::vector<Coding> one = {{coding.string("system"), coding.string("code"), words_of(coding, "display")}};
  return {parent.arena().copy(one), {}};
}

using Kind = Value::Kind;

Value kind_of(Kind kind) {
  Value value;
  value.kind = kind;
  return value;
}

Value quantity_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::quantity);
  value.quantity = quantity_at(parent, name);
  return value;
}

Value range_value(const Element& parent, std::string_view name) {
  const Element range = parent.object(name);
  Value value = kind_of(Kind::range);
  value.quantity = quantity_at(range, "low");
  value.high = quantity_at(range, "high");
  return value;
}

Value concept_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::concept_);
  value.concept_ = concept_at(parent, name);
  return value;
}

Value coding_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::concept_);
  value.concept_ = concept_of_coding(parent, name);
  return value;
}

Value string_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::string);
  value.string = parent.string(name);
  return value.string.empty() ? Value{} : value;
}

Value boolean_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::boolean);
  value.boolean = parent.boolean(name).value_or(false);
  return value;
}

Value number_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::integer);
  value.integer = parent.number(name).value_or(0);
  return value;
}

Value time_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::time);
  value.time = parent.time(name);
  return value;
}

/// Times of unlike precision are not compared.
bool surely_before(const RecordedTime& a, const RecordedTime& b) {
  if (!a.known() || !b.known()) return false;
  const bool a_instant = a.precision == RecordedTime::Precision::instant, b_instant = b.precision == RecordedTime::Precision::instant;
  if (a_instant != b_instant) return false;
  return a_instant ? a.instant < b.instant : a.last < b.first;
}

Value period_value(const Element& parent, std::string_view name) {
  Value value = kind_of(Kind::time);
  value.time = period_at(parent, name).start;
  return value;
}

Value other_value(const Element&, std::string_view) {
  return kind_of(Kind::other);
}

struct Choice {
  std::string_view name;
  Value (*read)(const Element& parent, std::string_view name);
};

constexpr Choice kChoices[] = {
    {"valueQuantity", quantity_value}, {"valueCodeableConcept", concept_value},
    {"valueCoding", coding_value},     {"valueInteger", number_value},
    {"valueDecimal", number_value},    {"valueString", string_value},
    {"valueBoolean", boolean_value},   {"valueDateTime", time_value},
    {"valueDate", time_value},         {"valuePeriod", period_value},
    {"valueRange", range_value},       {"valueRatio", other_value},
    {"valueSampledData", other_value}, {"valueTime", other_value},
    {"valueUri", other_value},         {"valueAttachment", other_value},
    {"valueReference", other_value},
};

}  // namespace

CodeableConcept concept_at(const Element& parent, std::string_view name) {
  return concept_of(parent.object(name));
}

std::span<const CodeableConcept> concepts_at(const Element& parent, std::string_view name) {
  return parent.each_as<CodeableConcept>(name, concept_of);
}

Reference reference_at(const Element& parent, std::string_view name) {
  return reference_of(parent.object(name));
}

std::span<const Reference> references_at(const Element& parent, std::string_view name) {
  return parent.each_as<Reference>(name, reference_of);
}

Period period_at(const Element& parent, std::string_view name) {
  const Element element = parent.object(name);
  const Period period{element.time("start"), element.time("end")};
  if (surely_before(period.end, period.start)) element.issue(Severity::warning, {}, "ends before it begins");
  return period;
}

Quantity quantity_at(const Element& parent, std::string_view name) {
  return quantity_of(parent.object(name));
}

std::optional<double> days_at(const Element& parent, std::string_view name, bool bare_is_days) {
  const Quantity duration = quantity_at(parent, name);
  if (!duration.value || duration.comparator != Comparator::none) return std::nullopt;
  const std::string_view unit = duration.code.empty() ? duration.unit : duration.code;
  if (unit.empty() && bare_is_days) return duration.value;
  constexpr double kYear = 365.25;
  constexpr std::array<std::pair<std::string_view, double>, 22> kUnits = {{{"d", 1},
                                                                           {"day", 1},
                                                                           {"days", 1},
                                                                           {"Day", 1},
                                                                           {"Days", 1},
                                                                           {"wk", 7},
                                                                           {"week", 7},
                                                                           {"weeks", 7},
                                                                           {"mo", kYear / 12},
                                                                           {"month", kYear / 12},
                                                                           {"months", kYear / 12},
                                                                           {"a", kYear},
                                                                           {"year", kYear},
                                                                           {"years", kYear},
                                                                           {"h", 1.0 / 24},
                                                                           {"hour", 1.0 / 24},
                                                                           {"hours", 1.0 / 24},
                                                                           {"min", 1.0 / 1440},
                                                                           {"minute", 1.0 / 1440},
                                                                           {"minutes", 1.0 / 1440},
                                                                           {"天", 1},
                                                                           {"日", 1}}};
  for (const auto& [known, days] : kUnits)
    if (known == unit) return *duration.value * days;
  parent.issue(Severity::warning, name, "is in no unit of time");
  return std::nullopt;
}

Value value_of(const Element& parent) {
  Value found;
  std::size_t left = parent.count_beginning("value");
  for (const Choice& choice : kChoices) {
    if (left == 0) break;
    if (!parent.has(choice.name)) continue;
    --left;
    if (found.kind != Kind::none) {
      parent.issue(Severity::warning, choice.name, "stands beside another value and is not read");
      break;
    }
    found = choice.read(parent, choice.name);
  }
  return found;
}

std::string_view status_code(const CodeableConcept& status, std::string_view system) {
  // HL7's own of other versions, and one that names no system, mean the same; two that differ mean nothing.
  const auto said = [&](auto of_system) {
    std::string_view code;
    bool differ = false;
    for (const Coding& coding : status.codings) {
      if (coding.code.empty() || !of_system(coding.system)) continue;
      differ = differ || (!code.empty() && code != coding.code);
      code = coding.code;
    }
    return std::pair(differ ? std::string_view() : code, !code.empty());
  };
  const auto [own, there] = said([&](std::string_view name) { return name == system; });
  if (there) return own;
  return said([](std::string_view name) { return name.empty() || name.find("hl7.org") != std::string_view::npos; }).first;
}

}  // namespace trialflag::fhir
