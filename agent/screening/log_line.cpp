#include "agent/screening/log_line.h"

#include "agent/eligibility/fact.h"

namespace trialflag::screening {
namespace {

using eligibility::Effect;
using eligibility::Person;

/// Whole years of age.
int years(Day birth, Day today) {
  int age = (today - birth) / 365;
  while (age > 0 && add_years(birth, age) > today) --age;
  return age;
}

struct Band {
  int from = 0, to = 0;  ///< to: 0 means open
};

/// By ten years, the grown-up ones; the very old are few and so stand together.
Band band_of(int age) {
  if (age >= 90) return {90, 0};
  if (age < 18) return {0, 17};
  if (age < 30) return {18, 29};
  return {age / 10 * 10, age / 10 * 10 + 9};
}

std::string_view sex_of(Person::Gender gender) {
  switch (gender) {
    case Person::Gender::female:
      return "female";
    case Person::Gender::male:
      return "male";
    case Person::Gender::other:
      return "other";
    case Person::Gender::unknown:
      break;
  }
  return "unknown";
}

void append(std::string& list, const std::string& word) {
  if (!list.empty()) list += ' ';
  list += word;
}

}  // namespace

std::string age_band(Day first_birth, Day last_birth, Day today) {
  if (first_birth > today) return {};
  const Band younger = band_of(years(last_birth, today));
  const Band older = band_of(years(first_birth, today));
  if (younger.from >= 90) return "90+";
  return std::to_string(younger.from) + (older.to == 0 ? "+" : "-" + std::to_string(older.to));
}

LogLine log_line(const eligibility::PatientVerdict& verdict, const Person& person, std::string_view entry, Day today) {
  LogLine line;
  line.day = today;
  line.trial_version = verdict.trial_version;
  if (person.birth.known()) line.age_band = age_band(person.birth.first, person.birth.last, today);
  line.sex = sex_of(person.gender);
  line.status = eligibility::name_of(verdict.status);
  for (const eligibility::Verdict& criterion : verdict.criteria) {
    if (criterion.id == entry) line.entered = criterion.holds != eligibility::Truth::no;
    if (criterion.effect == Effect::fail) append(line.failed, criterion.id);
    if (criterion.effect == Effect::open) append(line.open, criterion.id + ":" + std::string(eligibility::name_of(criterion.reason)));
  }
  return line;
}

}  // namespace trialflag::screening
