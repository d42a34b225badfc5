// The as-of instant of one evaluation. Every question about time is asked here, so that the midnights at which an answer can change are
// known.
#pragma once

#include <vector>

#include "agent/base/time.h"
#include "agent/eligibility/fact.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::eligibility {

/// Not thread-safe; one per evaluation. Answers are three-valued: a year or a month may straddle a bound (criteria.md 2.4).
class Moment {
 public:
  /// `horizon` collects the later days on which an answer given here may differ; may be null.
  Moment(Instant as_of, const Zone& zone, std::vector<Day>* horizon) : as_of_(as_of), day_(zone.day_of(as_of)), horizon_(horizon) {}

  [[nodiscard]] Day day() const { return day_; }
  [[nodiscard]] Instant as_of() const { return as_of_; }

  /// criteria.md 2.5: may it have begun? Unknown times are visible.
  [[nodiscard]] bool visible(const When& seen);
  /// Has it happened: yes, no, or unknown when the interval holds the as-of day. Unknown times: no.
  [[nodiscard]] Truth reached(const When& when);
  /// The date is on or after as-of's date − `days` (criteria.md 2.3). Unknown times are never inside.
  [[nodiscard]] Truth within_days(const When& when, int days);
  [[nodiscard]] Truth within_years(const When& when, int years);
  /// At least `years` whole years old.
  [[nodiscard]] Truth aged(const When& birth, int years);
  /// criteria.md 2.12: present (yes) or past (no).
  [[nodiscard]] Truth present(const Fact& fact);
  /// Notes that an answer may change on that day.
  void note(Day day) {
    if (horizon_ != nullptr && day > day_) horizon_->push_back(day);
  }

 private:
  void note_begin(const When& seen);
  void note_window(const When& when, int days);

  Instant as_of_;
  Day day_;
  std::vector<Day>* horizon_;
};

inline bool Moment::visible(const When& seen) {
  if (!seen.known()) return true;
  const bool begun = seen.is_instant() ? seen.instant <= as_of_ : seen.first <= day_;
  if (!begun && horizon_ != nullptr) note_begin(seen);
  return begun;
}

inline Truth Moment::within_days(const When& when, int days) {
  if (!when.known()) return Truth::no;
  if (horizon_ != nullptr) note_window(when, days);
  const Day bound = day_ - days;
  if (when.first >= bound) return Truth::yes;
  return when.last < bound ? Truth::no : Truth::unknown;
}

/// Surely later: instants by instant, otherwise by whole days.
inline bool later(const When& a, const When& b) {
  if (!a.known() || !b.known()) return false;
  if (a.is_instant() && b.is_instant()) return a.instant > b.instant;
  return a.first > b.last;
}
/// Neither is surely later.
inline bool same_time(const When& a, const When& b) {
  return !later(a, b) && !later(b, a);
}

/// Strong Kleene.
inline Truth both(Truth a, Truth b) {
  return a < b ? a : b;
}
inline Truth either(Truth a, Truth b) {
  return a > b ? a : b;
}
inline Truth negate(Truth a) {
  return a == Truth::yes ? Truth::no : a == Truth::no ? Truth::yes : Truth::unknown;
}

}  // namespace trialflag::eligibility
