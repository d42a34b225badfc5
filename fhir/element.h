// A JSON object of a resource, read member by member with its FHIR type; what does not fit becomes an issue with the element's path.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/arena.h"
#include "agent/base/time.h"
#include "agent/json/value.h"
#include "fhir/issue.h"

namespace trialflag::fhir {

/// What one resource is decoded into.
struct Decoding {
  Arena& arena;
  Issues& issues;
};

/// A place in a resource. Refers to its parent, which must outlive it. An absent element is one without members: every getter answers
/// empty. A getter asked for a member of another JSON type answers empty and states an issue. JSON null counts as absent.
class Element {
 public:
  /// The resource itself; `name` begins every path.
  Element(const json::Value& resource, std::string_view name, Decoding& decoding) : value_(&resource), name_(name), decoding_(&decoding) {}

  /// The same place, where flaws are only worth a warning: of elements that decide nothing.
  [[nodiscard]] Element lenient() const;

  [[nodiscard]] bool has(std::string_view name) const;
  /// How many members' names begin so: how many forms of value[x] there are. `prefix` is not empty.
  [[nodiscard]] std::size_t count_beginning(std::string_view prefix) const;
  [[nodiscard]] bool exists() const { return value_->is(json::Value::Type::object); }

  [[nodiscard]] std::string_view string(std::string_view name) const;  ///< copied into the arena; "" is absent, with a warning
  [[nodiscard]] std::optional<bool> boolean(std::string_view name) const;
  [[nodiscard]] std::optional<double> number(std::string_view name) const;
  [[nodiscard]] RecordedTime time(std::string_view name) const;
  [[nodiscard]] Element object(std::string_view name) const&;
  Element object(std::string_view name) const&& = delete;  // its parent would be gone
  [[nodiscard]] std::vector<std::string_view> strings(std::string_view name) const;
  /// The first of an array of times.
  [[nodiscard]] RecordedTime first_time(std::string_view name) const;

  /// Calls visit(Element) for each object of an array; nulls are passed over.
  template <typename Visit>
  void each(std::string_view name, Visit&& visit) const {
    const auto elements = array(name);
    for (std::size_t i = 0; i < elements.size(); ++i)
      if (is_object(elements[i], name, i)) visit(Element(elements[i], name, i, *this));
  }

  /// What make(Element) gives for each object of an array, without what is empty(), in the arena.
  template <typename T, typename Make>
  std::span<const T> each_as(std::string_view name, Make&& make) const {
    const auto elements = array(name);
    const std::span<T> made = arena().room<T>(elements.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (!is_object(elements[i], name, i)) continue;
      made[count] = make(Element(elements[i], name, i, *this));
      if (!made[count].empty()) ++count;
    }
    return made.first(count);
  }

  /// States an issue of the member `name`, or of this element when the name is empty.
  void issue(Severity severity, std::string_view name, std::string text) const;

  [[nodiscard]] Arena& arena() const { return decoding_->arena; }

 private:
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);

  Element(const json::Value& value, std::string_view name, std::size_t index, const Element& parent)
      : value_(&value), name_(name), index_(index), parent_(&parent), decoding_(parent.decoding_), severity_(parent.severity_) {}

  [[nodiscard]] const json::Value& member(std::string_view name) const;
  [[nodiscard]] std::span<const json::Value> array(std::string_view name) const;
  [[nodiscard]] bool is_object(const json::Value& value, std::string_view name, std::size_t index) const;
  [[nodiscard]] std::string_view string_of(const json::Value& value, std::string_view name, std::size_t index) const;
  [[nodiscard]] RecordedTime time_of(const json::Value& value, std::string_view name, std::size_t index) const;
  [[nodiscard]] std::string path() const;
  void wrong_type(const json::Value& value, const char* expected, std::string_view name, std::size_t index) const;

  const json::Value* value_;
  std::string_view name_;
  std::size_t index_ = kNoIndex;
  const Element* parent_ = nullptr;
  Decoding* decoding_;
  Severity severity_ = Severity::error;
};

}  // namespace trialflag::fhir
