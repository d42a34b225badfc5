// The generator of charts, and how a chart is made smaller when a property does not hold of it.
#pragma once

#include <rapidcheck.h>

#include <iosfwd>
#include <vector>

#include "tests/properties/sketch.h"

namespace trialflag::properties {

/// A generator of random choices that a seed decides.
class Draw {
 public:
  explicit Draw(const rc::Random& random) : random_(random) {}
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_.next() % limit); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <typename T>
  const T& of(const std::vector<T>& choices) {
    return choices.at(below(choices.size()));
  }

 private:
  rc::Random random_;
};

/// What one check of a property is given.
struct Case {
  std::vector<Person> people;
  std::uint64_t salt = 0;  ///< decides the choices of the check itself: an order, which records become weak
};
std::ostream& operator<<(std::ostream& out, const Case& made);

/// A choice below `limit` that depends on the salt and `what` alone, so that it stays while the chart is made smaller.
std::size_t pick(const Case& made, std::size_t what, std::size_t limit);

/// Cases of `people` patients with up to `records` records each; most of a chart's records belong to one or two criteria.
rc::Gen<Case> cases(std::size_t people, std::size_t records);

}  // namespace trialflag::properties
