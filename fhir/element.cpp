#include "fhir/element.h"

#include <algorithm>

#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

using Type = json::Value::Type;

const char* name_of(Type type) {
  switch (type) {
    case Type::missing:
    case Type::null:
      return "null";
    case Type::boolean:
      return "a boolean";
    case Type::number:
      return "a number";
    case Type::string:
      return "a string";
    case Type::array:
      return "an array";
    case Type::object:
      return "an object";
  }
  return "";
}

bool absent(const json::Value& value) {
  return !value.exists() || value.is(Type::null);
}

}  // namespace

Element Element::lenient() const {
  Element copy = *this;
  copy.severity_ = Severity::warning;
  return copy;
}

const json::Value& Element::member(std::string_view name) const {
  return (*value_)[name];
}

bool Element::has(std::string_view name) const {
  return !absent(member(name));
}

std::size_t Element::count_beginning(std::string_view prefix) const {
  const auto members = value_->members();
  // Most names differ in their first letter, which spares the comparison of the rest.
  return static_cast<std::size_t>(std::count_if(members.begin(), members.end(), [&](const json::Value::Member& member) {
    return !member.name.empty() && member.name.front() == prefix.front() && member.name.starts_with(prefix);
  }));
}

std::string Element::path() const {
  std::string text = parent_ == nullptr ? std::string() : parent_->path() + ".";
  text += name_;
  if (index_ != kNoIndex) text += "[" + std::to_string(index_) + "]";
  return text;
}

void Element::issue(Severity severity, std::string_view name, std::string text) const {
  std::string where = path();
  if (!name.empty()) where.append(".").append(name);
  decoding_->issues.push_back({severity, std::move(where), std::move(text)});
}

void Element::wrong_type(const json::Value& value, const char* expected, std::string_view name, std::size_t index) const {
  std::string where(name);
  if (index != kNoIndex) where += "[" + std::to_string(index) + "]";
  issue(severity_, where, std::string("is ") + name_of(value.type()) + " where " + expected + " is due");
}

std::string_view Element::string_of(const json::Value& value, std::string_view name, std::size_t index) const {
  if (absent(value)) return {};
  if (!value.is(Type::string)) {
    wrong_type(value, "a string", name, index);
    return {};
  }
  if (value.string().empty()) issue(Severity::warning, name, "is an empty string");
  return arena().copy(value.string());
}

RecordedTime Element::time_of(const json::Value& value, std::string_view name, std::size_t index) const {
  if (absent(value)) return {};
  if (!value.is(Type::string)) {
    wrong_type(value, "a date", name, index);
    return {};
  }
  if (value.string().empty()) {
    issue(Severity::warning, name, "is an empty string");
    return {};
  }
  if (const auto time = parse_time(value.string())) return *time;
  issue(severity_, name, "is not a date that can be read");
  return {};
}

std::string_view Element::string(std::string_view name) const {
  return string_of(member(name), name, kNoIndex);
}

RecordedTime Element::time(std::string_view name) const {
  return time_of(member(name), name, kNoIndex);
}

std::optional<bool> Element::boolean(std::string_view name) const {
  const json::Value& value = member(name);
  if (absent(value)) return std::nullopt;
  if (value.is(Type::boolean)) return value.boolean();
  wrong_type(value, "a boolean", name, kNoIndex);
  return std::nullopt;
}

std::optional<double> Element::number(std::string_view name) const {
  const json::Value& value = member(name);
  if (absent(value)) return std::nullopt;
  if (value.is(Type::number)) return value.number();
  wrong_type(value, "a number", name, kNoIndex);
  return std::nullopt;
}

Element Element::object(std::string_view name) const& {
  const json::Value& value = member(name);
  if (!absent(value) && !value.is(Type::object)) wrong_type(value, "an object", name, kNoIndex);
  return {value, name, kNoIndex, *this};
}

std::span<const json::Value> Element::array(std::string_view name) const {
  const json::Value& value = member(name);
  if (!absent(value) && !value.is(Type::array)) wrong_type(value, "an array", name, kNoIndex);
  return value.array();
}

bool Element::is_object(const json::Value& value, std::string_view name, std::size_t index) const {
  if (value.is(Type::object)) return true;
  if (!absent(value)) wrong_type(value, "an object", name, index);
  return false;
}

std::vector<std::string_view> Element::strings(std::string_view name) const {
  std::vector<std::string_view> found;
  const auto elements = array(name);
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (const auto text = string_of(elements[i], name, i); !text.empty()) found.push_back(text);
  return found;
}

RecordedTime Element::first_time(std::string_view name) const {
  const auto elements = array(name);
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (const RecordedTime time = time_of(elements[i], name, i); time.known()) return time;
  return {};
}

}  // namespace trialflag::fhir
