// Decodes what the catalogue lists for one patient into a chart.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/base/arena.h"
#include "agent/intake/catalogue.h"
#include "agent/intake/report.h"
#include "agent/json/value.h"
#include "fhir/issue.h"

namespace trialflag::intake {

/// Not thread-safe. Index and catalogue must outlive it.
class ChartBuilder {
 public:
  ChartBuilder(Index& index, const Catalogue& catalogue) : index_(index), catalogue_(catalogue) {}

  void build(const Enrolled& patient, screening::Chart& chart, Arena& arena, Report& report);

 private:
  // A decoded reference to a drug, and the Bundle in which it was made.
  struct DrugReference {
    std::string_view target;
    std::uint32_t bundle;
  };

  // `until`: how far the texts reach that are wanted next.
  const json::Value* parsed(const Item& item, std::uint64_t until, std::string_view& full_url, Report& report);
  [[nodiscard]] std::size_t neighbours(std::span<const std::uint32_t> records) const;
  void add_record(std::uint32_t number, std::uint64_t until, screening::Chart& chart, Arena& arena, Report& report);
  void add_medications(screening::Chart& chart, Arena& arena, Report& report);
  void queue_ingredients(const fhir::Record& record, std::uint32_t bundle);
  [[nodiscard]] const std::uint32_t* find_medication(const DrugReference& reference) const;
  bool sound(const Item& item, std::string_view id, const fhir::Issues& issues, Report& report);

  Index& index_;
  const Catalogue& catalogue_;
  json::Document document_;
  std::vector<DrugReference> wanted_;
  std::set<std::uint32_t> told_;  // Medications whose flaws were told: many patients may refer to one
};

}  // namespace trialflag::intake
