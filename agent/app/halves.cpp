#include "agent/app/halves.h"

namespace trialflag::app {
namespace {

constexpr std::int64_t kNarrowest = 2000;  ///< ms
constexpr int kMostCuts = 4096;

}  // namespace

std::optional<Instant> middle_of(const Window& window, std::optional<Instant> earliest, Instant now) {
  const auto from = window.from ? window.from : earliest;
  const Instant to = window.to.value_or(now);
  if (!from || to.ms - from->ms < kNarrowest) return std::nullopt;
  return Instant{from->ms + (to.ms - from->ms) / 2};
}

std::vector<fhir::Parameter> within(std::vector<fhir::Parameter> about, const Window& window) {
  if (window.from) about.push_back({"_lastUpdated", "ge" + Zone::utc().format(*window.from)});
  if (window.to) about.push_back({"_lastUpdated", "le" + Zone::utc().format(*window.to)});
  return about;
}

bool Halves::divide(std::optional<Instant> earliest, Instant now) {
  const Window window = next();
  const auto middle = middle_of(window, earliest, now);
  if (!middle || ++divided_ > kMostCuts) return false;
  todo_.back() = {middle, window.to};
  todo_.push_back({window.from, middle});
  return true;
}

}  // namespace trialflag::app
