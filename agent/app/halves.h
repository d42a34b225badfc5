// A search whose later pages the server forgets before they are read is asked in two halves of its time, and these again, until each can be
// read to its end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/base/time.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// Of meta.lastUpdated, both ends within; nullopt: no bound.
struct Window {
  std::optional<Instant> from, to;
  friend bool operator==(const Window&, const Window&) = default;
};

/// Where to cut it: in its middle, which lies after `earliest` where no bound says how old records may be, and before `now` where none says
/// how new. nullopt: what is left is less than two seconds wide, and servers round, so that no cut is of use.
std::optional<Instant> middle_of(const Window& window, std::optional<Instant> earliest, Instant now);

/// The search `about` within the window.
std::vector<fhir::Parameter> within(std::vector<fhir::Parameter> about, const Window& window);

/// The windows that are still to be read, the earliest first.
class Halves {
 public:
  explicit Halves(const Window& all) : todo_{all} {}

  [[nodiscard]] bool any() const { return !todo_.empty(); }
  [[nodiscard]] const Window& next() const { return todo_.back(); }
  void done() { todo_.pop_back(); }
  /// Puts the halves of the next one in its place; false when it cannot be divided, or has been too often.
  bool divide(std::optional<Instant> earliest, Instant now);

 private:
  std::vector<Window> todo_;  ///< the last is the next
  int divided_ = 0;
};

}  // namespace trialflag::app
