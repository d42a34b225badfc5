#include "agent/eligibility/moment.h"

namespace trialflag::eligibility {

void Moment::note(Day day) {
  if (horizon_ != nullptr && day > day_) horizon_->push_back(day);
}

bool Moment::visible(const When& seen) {
  if (!seen.known) return true;
  if (seen.is_instant) {
    if (seen.instant <= as_of_) return true;
    note(seen.first);
    note(seen.first + 1);
    return false;
  }
  if (seen.first <= day_) return true;
  note(seen.first);
  return false;
}

Truth Moment::reached(const When& when) {
  if (!when.known) return Truth::no;
  if (when.is_instant) return visible(when) ? Truth::yes : Truth::no;
  note(when.first);
  note(when.last);
  if (when.last <= day_) return Truth::yes;
  return when.first > day_ ? Truth::no : Truth::unknown;
}

Truth Moment::within_days(const When& when, int days) {
  if (!when.known) return Truth::no;
  const Day bound = day_ - days;
  note(when.first + days + 1);
  note(when.last + days + 1);
  if (when.first >= bound) return Truth::yes;
  return when.last < bound ? Truth::no : Truth::unknown;
}

Truth Moment::within_years(const When& when, int years) {
  if (!when.known) return Truth::no;
  const Day bound = add_years(day_, -years);
  for (const Day edge : {when.first, when.last}) {
    note(add_years(edge, years));
    note(add_years(edge, years) + 1);
  }
  if (when.first >= bound) return Truth::yes;
  return when.last < bound ? Truth::no : Truth::unknown;
}

Truth Moment::aged(const When& birth, int years) {
  if (!birth.known) return Truth::unknown;
  const Day earliest = add_years(birth.first, years), latest = add_years(birth.last, years);
  note(earliest);
  note(latest);
  if (latest <= day_) return Truth::yes;
  return earliest > day_ ? Truth::no : Truth::unknown;
}

Truth Moment::present(const Fact& fact) {
  switch (fact.course) {
    case Course::refuted:
      return Truth::no;
    case Course::present:
      return Truth::yes;
    case Course::open:
      if (fact.ended_undated) return Truth::no;
      return fact.end.known ? negate(reached(fact.end)) : Truth::yes;
    case Course::past:
      return fact.end.known ? negate(reached(fact.end)) : Truth::no;
  }
  return Truth::unknown;
}

bool later(const When& a, const When& b) {
  if (!a.known || !b.known) return false;
  if (a.is_instant && b.is_instant) return a.instant > b.instant;
  return a.first > b.last;
}

bool same_time(const When& a, const When& b) {
  return !later(a, b) && !later(b, a);
}

}  // namespace trialflag::eligibility
