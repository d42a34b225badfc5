// Resources as JSON text → what the cycle is given: decoded, with a fingerprint, flawed ones marked.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "agent/base/arena.h"
#include "agent/json/value.h"
#include "agent/screening/ports.h"

namespace trialflag::app {

/// Collects resources of one type. Views that it gives out live until clear().
class ResourcePage {
 public:
  explicit ResourcePage(fhir::ResourceType type) : type_(type) {}

  /// Decodes one resource. One that cannot be parsed is kept by id and subject where its text still tells them, else dropped.
  void add(std::string_view json, std::string_view full_url);
  [[nodiscard]] const std::vector<screening::Touched>& items() const { return items_; }
  void clear();

 private:
  void add_broken(std::string_view json, screening::Touched& touched);

  fhir::ResourceType type_;
  Arena arena_;
  json::Document document_;
  std::deque<fhir::Record> records_;
  std::deque<fhir::Patient> patients_;
  std::vector<screening::Touched> items_;
};

/// meta.lastUpdated as an instant, where it is one.
std::optional<Instant> instant_of(const RecordedTime& time);

}  // namespace trialflag::app
