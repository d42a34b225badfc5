// States that last and end: pregnancy and lactation (criteria.md section 3, E11).
#include "agent/eligibility/finding.h"
#include "agent/eligibility/table.h"

namespace trialflag::eligibility {
namespace {

bool older_than_limit(const Person& person, int years, Moment& moment) {
  return person.birth.known() && moment.aged(person.birth, years) == Truth::yes;
}

bool is_end(const Fact& fact, Moment& moment) {
  const bool counted = fact.role == Role::include && !fact.by_words && !fact.weak && fact.course != Course::refuted;
  return counted && fact.source != Source::reason && moment.visible(fact.seen);
}

/// A record that says something, and one that takes it back.
struct Contested {
  const Fact* claim = nullptr;
  const Fact* refuted = nullptr;
};

/// A record of the end that is later than `since`, and the refuted one that contradicts it, where none stands.
Contested end_after(Concept end, const When& since, Question& ask) {
  Contested found;
  const Fact* refuted = latest_refuted(ask.facts.of(end), ask.moment);
  for (const Fact& fact : ask.facts.of(end)) {
    if (!is_end(fact, ask.moment) || !(later(fact.date, since) || (!since.known() && fact.date.known()))) continue;
    const bool contradicted = fact.source == Source::condition && refutes(refuted, fact);
    found = {&fact, contradicted ? refuted : nullptr};
    if (!contradicted) break;
  }
  return found;
}

/// An abatement ends it whatever its clinicalStatus says.
bool has_abated(const Fact& fact, Moment& moment) {
  return fact.end.known() && moment.reached(fact.end) == Truth::yes;
}

bool condition_open(std::span<const Fact> facts, Moment& moment) {
  for (const Fact& fact : facts) {
    const bool counted =
        fact.source == Source::condition && fact.course != Course::refuted && (fact.role == Role::include || fact.role == Role::review);
    if (counted && moment.visible(fact.seen) && moment.present(fact) != Truth::no) return true;
  }
  return false;
}

enum class Sign { none, positive, weak, negative };

/// The newest of each sign, and the records that gave them.
struct Signs {
  const Fact* positive = nullptr;
  const Fact* weak = nullptr;
  const Fact* negative = nullptr;
  const Fact* maybe_negative = nullptr;  ///< of a year or month that reaches into the window
  const Fact* weak_value = nullptr;      ///< the newest weak one among Observations
  Contested contested;                   ///< a positive one that does not stand
  When positive_date;
  bool surely_positive = false;  ///< false: of a year or month that reaches into the window

  /// `inside`: the window; never no.
  void take(Sign sign, const Fact& fact, const When& date, Truth inside) {
    if (sign == Sign::positive) surely_positive = surely_positive || inside == Truth::yes;
    if (sign == Sign::positive && (positive == nullptr || later(date, positive_date))) {
      positive = &fact;
      positive_date = date;
    }
    if (sign == Sign::negative && inside == Truth::unknown) {
      if (maybe_negative == nullptr || later(fact.date, maybe_negative->date)) maybe_negative = &fact;
      return;
    }
    if (sign == Sign::weak && (weak == nullptr || later(fact.date, weak->date))) weak = &fact;
    const bool value = fact.source == Source::observation;
    if (sign == Sign::weak && value && (weak_value == nullptr || later(fact.date, weak_value->date))) weak_value = &fact;
    if (sign == Sign::negative && (negative == nullptr || later(fact.date, negative->date))) negative = &fact;
  }
};

Sign sign_of_answer(const Fact& fact) {
  // A statement that may or may not mean it, or a value that does.
  if (fact.answer == Answer::none && fact.role == Role::review) return Sign::weak;
  if (fact.answer == Answer::negative) return fact.weak ? Sign::none : Sign::negative;
  if (fact.answer != Answer::positive) return Sign::none;
  return fact.weak || fact.role == Role::review ? Sign::weak : Sign::positive;
}

Sign sign_of_level(const PregnancyRule& rule, const Fact& fact) {
  if (fact.number.kind != Number::Kind::valid) return Sign::none;
  if (holds({Bound::Op::below, rule.weak_from}, fact.number) == Truth::yes) return fact.weak ? Sign::none : Sign::negative;
  const bool surely = holds({Bound::Op::at_least, rule.positive_from}, fact.number) == Truth::yes;
  return surely && !fact.weak && fact.role != Role::review ? Sign::positive : Sign::weak;
}

Sign sign_of_condition(const Fact& fact, std::span<const Fact> same, Moment& moment) {
  if (fact.source == Source::reason && condition_open(same, moment)) return Sign::none;
  if (fact.long_text) return Sign::none;
  if (fact.role != Role::include) return fact.role == Role::review ? Sign::weak : Sign::none;
  return fact.weak ? Sign::weak : Sign::positive;
}

/// Pregnancy as recorded by one fact, not yet asking whether it ended.
Sign pregnancy_sign(const PregnancyRule& rule, const Fact& fact, std::span<const Fact> same, Moment& moment) {
  if (fact.source == Source::condition && fact.role == Role::trap) return sign_of_answer(fact);
  if (fact.source == Source::condition || fact.source == Source::reason) return sign_of_condition(fact, same, moment);
  if (fact.source != Source::observation) return Sign::none;
  if (fact.value_time.known()) return fact.weak ? Sign::weak : Sign::positive;
  if (fact.number.kind != Number::Kind::none) return sign_of_level(rule, fact);
  return sign_of_answer(fact);
}

/// An expected delivery is read whatever the observation's own time (2.5), which may be the delivery's, once the pregnancy may have begun.
bool is_seen(const PregnancyRule& rule, const Fact& fact, Moment& moment) {
  if (moment.visible(fact.seen)) return true;
  const When& due = fact.value_time;
  return due.known() && moment.visible(When::on(due.first - rule.lasts_days, due.last - rule.lasts_days));
}

/// The date of an expected delivery counts back to the pregnancy's begin when the observation itself has none, or the delivery's.
When pregnancy_date(const Fact& fact, Moment& moment) {
  constexpr int kGestationDays = 280;
  if (!fact.value_time.known() || (fact.date.known() && moment.visible(fact.date))) return fact.date;
  return When::on(fact.value_time.first - kGestationDays, fact.value_time.last - kGestationDays);
}

Truth lasts(const PregnancyRule& rule, const Fact& fact, Sign sign, Moment& moment) {
  if (fact.value_time.known()) return moment.within_days(fact.value_time, rule.overdue_days);
  return moment.within_days(fact.date, sign == Sign::negative ? rule.negative_days : rule.lasts_days);
}

void collect_pregnancy(const PregnancyRule& rule, Concept concept_, Signs& signs, Question& ask) {
  const auto facts = ask.facts.of(concept_);
  const Fact* refuted = latest_refuted(facts, ask.moment);
  for (const Fact& fact : facts) {
    if (fact.course == Course::refuted || !is_seen(rule, fact, ask.moment)) continue;
    Sign sign = pregnancy_sign(rule, fact, facts, ask.moment);
    if (sign == Sign::none) continue;
    const When date = pregnancy_date(fact, ask.moment);
    const bool condition = fact.source == Source::condition && fact.role != Role::trap;
    if (condition && (ask.moment.present(fact) == Truth::no || has_abated(fact, ask.moment))) continue;
    const bool undated_include = condition && !date.known() && fact.role == Role::include;
    if (undated_include) sign = Sign::weak;
    const Truth inside = undated_include ? Truth::yes : lasts(rule, fact, sign, ask.moment);
    if (inside == Truth::no) continue;
    const Contested end = sign == Sign::negative ? Contested() : end_after(rule.end, date, ask);
    if (end.claim != nullptr && end.refuted == nullptr) continue;
    ask.findings.cite(fact);
    if (sign == Sign::positive && condition && refutes(refuted, fact)) {
      signs.contested = {&fact, refuted};
    } else if (sign == Sign::positive && end.claim != nullptr) {
      signs.contested = end;
    } else {
      signs.take(sign, fact, date, inside);
    }
  }
}

/// A negative one that is surely not earlier than the positive one.
const Fact* contradicts(const Signs& signs) {
  if (signs.positive == nullptr) return nullptr;
  for (const Fact* negative : {signs.negative, signs.maybe_negative})
    if (negative != nullptr && !later(signs.positive_date, negative->date)) return negative;
  return nullptr;
}

/// A weak Observation later than the negative one would change the verdict (2.12).
bool doubted(const Signs& signs) {
  return signs.negative != nullptr && signs.weak_value != nullptr && later(signs.weak_value->date, signs.negative->date);
}

/// Opens a finding that decides nothing and lists the Patient, whose gender and age are read, and every sign that plays a part.
void begin_evidence(Question& ask) {
  ask.findings.add(Outcome::nothing, Text::on_record);
  ask.findings.cite_record(ask.facts.person.record);
}

void find_state(Question& ask, Outcome outcome, Text text, const Fact* fact, const Fact* other = nullptr) {
  ask.findings.add(outcome, text);
  if (fact != nullptr) ask.findings.cite(*fact);
  if (other != nullptr) ask.findings.cite(*other);
}

/// A no (or a conflict) that the Patient resource decides.
void find_by_person(Question& ask, Text text, bool by_absence) {
  Finding& finding = ask.findings.add(Outcome::no, text);
  finding.by_absence = by_absence;
  finding.settles = !by_absence;
  ask.findings.cite_record(ask.facts.person.record);
}

/// A level or an expected delivery that cannot be used, and no other of its concept that can (criteria.md 2.14).
const Fact* rejected_value(const PregnancyRule& rule, Question& ask) {
  const auto rejected_of = [&](Concept concept_) {
    const Fact* rejected = nullptr;
    for (const Fact& fact : ask.facts.of(concept_)) {
      if (!ask.moment.visible(fact.seen) || ask.moment.within_days(fact.date, rule.lasts_days) == Truth::no) continue;
      if (fact.number.kind == Number::Kind::valid || fact.value_time.known()) return static_cast<const Fact*>(nullptr);
      if (fact.number.kind == Number::Kind::rejected) rejected = &fact;
    }
    return rejected;
  };
  for (const Concept concept_ : rule.quantities)
    if (const Fact* rejected = rejected_of(concept_); rejected != nullptr) return rejected;
  return rejected_of(rule.pregnancy);
}

void judge_pregnancy(const PregnancyRule& rule, const Signs& signs, Question& ask) {
  const Person& person = ask.facts.person;
  if (person.gender == Person::Gender::male) {
    if (const Fact* positive = signs.positive != nullptr ? signs.positive : signs.contested.claim; positive != nullptr) {
      find_state(ask, Outcome::conflicting, Text::state_conflict, positive);
      ask.findings.cite_record(person.record);
    } else {
      find_by_person(ask, Text::male, false);
    }
    return;
  }
  const bool over = older_than_limit(person, rule.over_age, ask.moment);
  if (const Fact* negative = contradicts(signs); negative != nullptr) {
    find_state(ask, Outcome::conflicting, Text::state_conflict, signs.positive, negative);
  } else if (signs.positive != nullptr) {
    find_state(ask, over || !signs.surely_positive ? Outcome::weak_evidence : Outcome::yes, Text::state_positive, signs.positive);
    if (over) ask.findings.cite_record(person.record);
  } else if (signs.contested.claim != nullptr) {
    find_state(ask, Outcome::conflicting, Text::state_conflict, signs.contested.claim, signs.contested.refuted);
  } else if (doubted(signs)) {
    find_state(ask, Outcome::weak_evidence, Text::weak, signs.weak_value, signs.negative);
  } else if (const Fact* rejected = rejected_value(rule, ask); rejected != nullptr && signs.weak == nullptr) {
    find_state(ask, Outcome::incomplete_source, Text::rejected, rejected);
  } else if (signs.negative != nullptr) {
    find_state(ask, Outcome::no, Text::state_negative, signs.negative);
  } else if (signs.weak != nullptr) {
    find_state(ask, Outcome::weak_evidence, Text::weak, signs.weak);
  } else if (over) {
    find_by_person(ask, Text::over_age, true);
  } else if (signs.maybe_negative != nullptr) {
    find_state(ask, Outcome::partial, Text::partial, signs.maybe_negative);
  } else {
    ask.findings.add(Outcome::no_data, Text::no_data);
  }
}

Sign lactation_sign(const Fact& fact, std::span<const Fact> same, Moment& moment) {
  if (fact.source == Source::observation) return sign_of_answer(fact);
  if (fact.source != Source::condition && fact.source != Source::reason) return Sign::none;
  if (fact.role == Role::trap) return sign_of_answer(fact);
  return sign_of_condition(fact, same, moment);
}

/// Signs within the window, and the newest positive of any age.
struct LactationSigns {
  Signs recent;
  const Fact* older = nullptr;
};

LactationSigns collect_lactation(const LactationRule& rule, Question& ask) {
  LactationSigns signs;
  const auto facts = ask.facts.of(rule.lactation);
  const Fact* refuted = latest_refuted(facts, ask.moment);
  for (const Fact& fact : facts) {
    if (fact.course == Course::refuted || !ask.moment.visible(fact.seen)) continue;
    const Sign sign = lactation_sign(fact, facts, ask.moment);
    if (sign == Sign::none) continue;
    const bool condition = fact.source == Source::condition && fact.role != Role::trap;
    if (condition && (ask.moment.present(fact) == Truth::no || has_abated(fact, ask.moment))) continue;
    const bool contested = sign == Sign::positive && condition && refutes(refuted, fact);
    if (const Truth inside = ask.moment.within_days(fact.date, rule.lasts_days); inside != Truth::no) {
      if (contested) signs.recent.contested = {&fact, refuted};
      if (!contested) signs.recent.take(sign, fact, fact.date, inside);
      ask.findings.cite(fact);
    } else if (sign == Sign::positive) {
      signs.older = &fact;
    }
  }
  return signs;
}

const Fact* recent_delivery(const LactationRule& rule, Question& ask) {
  for (const Fact& fact : ask.facts.of(rule.end)) {
    const bool delivery = is_end(fact, ask.moment) && fact.kind == rule.delivery_kind;
    if (delivery && ask.moment.within_days(fact.date, rule.delivery_days) != Truth::no) return &fact;
  }
  return nullptr;
}

}  // namespace

void apply(const PregnancyRule& rule, Question& ask) {
  Signs signs;
  begin_evidence(ask);
  collect_pregnancy(rule, rule.pregnancy, signs, ask);
  collect_pregnancy(rule, rule.test, signs, ask);
  for (const Concept concept_ : rule.quantities)
    if (concept_ != rule.test && concept_ != rule.pregnancy) collect_pregnancy(rule, concept_, signs, ask);
  judge_pregnancy(rule, signs, ask);
}

void apply(const LactationRule& rule, Question& ask) {
  const Person& person = ask.facts.person;
  if (person.gender == Person::Gender::male) return find_by_person(ask, Text::male, false);
  if (older_than_limit(person, rule.over_age, ask.moment)) return find_by_person(ask, Text::too_old, false);
  begin_evidence(ask);
  const LactationSigns signs = collect_lactation(rule, ask);
  const Signs& recent = signs.recent;
  const Fact* ended = recent.negative != nullptr ? recent.negative : recent.maybe_negative;
  if (recent.positive != nullptr && (ended == nullptr || later(recent.positive_date, ended->date))) {
    find_state(ask, recent.surely_positive ? Outcome::yes : Outcome::weak_evidence, Text::state_positive, recent.positive);
  } else if (recent.positive != nullptr && !later(ended->date, recent.positive_date)) {
    find_state(ask, Outcome::conflicting, Text::state_conflict, recent.positive, ended);
  } else if (recent.contested.claim != nullptr) {
    find_state(ask, Outcome::conflicting, Text::state_conflict, recent.contested.claim, recent.contested.refuted);
  } else if (doubted(recent)) {
    find_state(ask, Outcome::weak_evidence, Text::weak, recent.weak_value, recent.negative);
  } else if (recent.negative != nullptr) {
    find_state(ask, Outcome::no, Text::state_negative, recent.negative);
  } else if (recent.weak != nullptr) {
    find_state(ask, Outcome::weak_evidence, Text::weak, recent.weak);
  } else if (const Fact* delivery = recent_delivery(rule, ask); delivery != nullptr) {
    find_state(ask, Outcome::weak_evidence, Text::delivered, delivery);
  } else if (recent.maybe_negative != nullptr) {
    find_state(ask, Outcome::partial, Text::partial, recent.maybe_negative);
  } else if (signs.older != nullptr) {
    find_state(ask, Outcome::stale, Text::stale, signs.older);
  } else {
    ask.findings.add(Outcome::no_data, Text::no_data);
  }
}

}  // namespace trialflag::eligibility
