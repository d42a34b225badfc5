// What the Patient and the Consents say: age, language, refusal.
#include "agent/eligibility/finding.h"

namespace trialflag::eligibility {

void apply(const AgeRule& rule, Question& ask) {
  const Person& person = ask.facts.person;
  if (!person.birth.known()) {
    ask.findings.add(Outcome::no_data, Text::age_missing);
    return;
  }
  Truth fits = ask.moment.aged(person.birth, rule.at_least);
  if (rule.at_most) fits = both(fits, negate(ask.moment.aged(person.birth, *rule.at_most + 1)));
  const Outcome outcome = fits == Truth::yes ? Outcome::yes : fits == Truth::no ? Outcome::no : Outcome::weak_evidence;
  Finding& finding = ask.findings.add(outcome, outcome == Outcome::weak_evidence ? Text::age_unsure : Text::age);
  int years = (ask.moment.day() - person.birth.first) / 365;
  while (years > 0 && add_years(person.birth.first, years) > ask.moment.day()) --years;
  finding.value = years;
  ask.findings.cite_record(person.record);
}

void apply(const LanguageRule&, Question& ask) {
  const Person& person = ask.facts.person;
  if (!person.prefers_outside || person.prefers_inside) return;
  ask.findings.add(Outcome::judgement, Text::language);
  ask.findings.cite_record(person.record);
}

void apply(const ConsentRule&, Question& ask) {
  if (ask.facts.declined) ask.findings.add(Outcome::yes, Text::refused);
  for (const Consent& consent : ask.facts.consents) {
    if (!ask.moment.visible(consent.seen)) continue;
    const bool denies = consent.active && consent.deny;
    if (!denies && !consent.rejected) continue;
    const bool other_study = consent.names_a_study && !consent.names_this_study;
    const bool unclear = other_study || (denies && !consent.rejected && consent.nested_permit);
    ask.findings.add(unclear ? Outcome::judgement : Outcome::yes, unclear ? Text::consent_unclear : Text::refused);
    ask.findings.cite_record(consent.record);
  }
}

}  // namespace trialflag::eligibility
