#include "agent/eligibility/moment.h"

namespace trialflag::eligibility {

void Moment::note_begin(const When& seen) {
  note(seen.first);
  if (seen.is_instant()) note(seen.first + 1);
}

void Moment::note_window(const When& when, int days) {
  note(when.first + days + 1);
  note(when.last + days + 1);
}

Truth Moment::reached(const When& when) {
  if (!when.known()) return Truth::no;
  if (when.is_instant()) return visible(when) ? Truth::yes : Truth::no;
  note(when.first);
  note(when.last);
  if (when.last <= day_) return Truth::yes;
  return when.first > day_ ? Truth::no : Truth::unknown;
}

Truth Moment::within_years(const When& when, int years) {
  if (!when.known()) return Truth::no;
  const Day bound = add_years(day_, -years);
  for (const Day edge : {when.first, when.last}) {
    note(add_years(edge, years));
    note(add_years(edge, years) + 1);
  }
  if (when.first >= bound) return Truth::yes;
  return when.last < bound ? Truth::no : Truth::unknown;
}

Truth Moment::aged(const When& birth, int years) {
  if (!birth.known()) return Truth::unknown;
  const Day earliest = add_years(birth.first, years), latest = birth.first == birth.last ? earliest : add_years(birth.last, years);
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
      return fact.end.known() ? negate(reached(fact.end)) : Truth::yes;
    case Course::past:
      return fact.end.known() ? negate(reached(fact.end)) : Truth::no;
  }
  return Truth::unknown;
}

}  // namespace trialflag::eligibility
