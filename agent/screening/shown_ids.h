// The ids that the poll of one type shows, as far as it matters who is missing: a hospital's Observations are millions, those in charts
// few.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/screening/ports.h"

namespace trialflag::screening {

/// Keeps every id while they are few; from then on it looks only for those that the store knew at that moment. What becomes known later
/// became so by being shown.
class ShownIds {
 public:
  /// `all`: every id is kept, however many there are. `store` outlives it.
  ShownIds(ScreeningStore& store, fhir::ResourceType type, bool all) : store_(store), type_(type), all_(all) {}

  Result<void> note(std::string_view id);
  /// The source says that this is gone, whatever it showed.
  void forget(const std::string& id);
  /// Those shown: all, or of many those that the store knew.
  [[nodiscard]] std::unordered_set<std::string> shown() const;
  /// As shown(), at the end: nothing else may be asked afterwards.
  [[nodiscard]] std::unordered_set<std::string> take();

  struct Comparison {
    std::vector<std::string> missing;  ///< known to the store and not shown, in the store's order
    std::size_t known = 0;             ///< of all that the store knew
  };
  [[nodiscard]] Result<Comparison> compare() const;

 private:
  static constexpr std::size_t kFew = 10'000;
  Result<void> look_for_known();

  ScreeningStore& store_;
  const fhir::ResourceType type_;
  const bool all_;
  std::unordered_set<std::string> shown_;
  bool looks_for_known_ = false;
  std::vector<std::string> known_;
  std::unordered_map<std::string_view, bool> found_;  ///< whether it was shown, for each of known_
};

}  // namespace trialflag::screening
