#include "tests/properties/charts.h"

#include <array>
#include <ostream>

#include "agent/base/ids.h"
#include "tests/properties/pools.h"

namespace trialflag::properties {
namespace {

using fhir::ResourceType;
using Precision = RecordedTime::Precision;
using Words = std::vector<std::string>;

// The edge of every window of the trial, and the days beside it.
const std::vector<int> kWindows{0, 7, 14, 21, 30, 90, 180, 183, 294, 365, 730, 1826};

class PersonMaker {
 public:
  PersonMaker(Draw& draw, std::string name) : draw_(draw) { person_.name = std::move(name); }

  Person operator()(std::size_t most_records) {
    person_.gender = draw_.of(Words{"female", "female", "male", "other", ""});
    person_.language = draw_.of(Words{"", "", "", "zh", "en"});
    person_.deceased = draw_.chance(2);
    person_.birth = birth();
    const Theme& first = draw_.of(themes());
    const Theme& second = draw_.of(themes());
    const std::size_t count = 1 + draw_.below(most_records);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t chosen = draw_.below(10);
      record(chosen < 6 ? first : chosen < 9 ? second : draw_.of(themes()), static_cast<int>(i));
    }
    return std::move(person_);
  }

 private:
  SketchedTime birth() {
    const std::vector<int> ages{18, 51, 56, 30, 40, 70};
    const int days = as_of_day() - add_years(as_of_day(), -draw_.of(ages));
    SketchedTime time{draw_.chance(75) ? Precision::day : draw_.chance(60) ? Precision::year : Precision::none, days, 0, 0};
    time.days_ago += static_cast<int>(draw_.below(3)) - 1;
    return time;
  }

  SketchedTime time() {
    SketchedTime time;
    const std::size_t kind = draw_.below(100);
    time.precision = kind < 50   ? Precision::day
                     : kind < 75 ? Precision::instant
                     : kind < 86 ? Precision::month
                     : kind < 96 ? Precision::year
                                 : Precision::none;
    time.days_ago = draw_.chance(60) ? draw_.of(kWindows) + static_cast<int>(draw_.below(3)) - 1 : static_cast<int>(draw_.below(1000));
    if (draw_.chance(25)) time.days_ago = static_cast<int>(draw_.below(8));
    if (draw_.chance(4)) time.days_ago = -static_cast<int>(draw_.below(60));
    time.minute = static_cast<int>(draw_.below(24 * 60));
    time.offset_hours = draw_.of(std::vector<int>{8, 0, -5});
    return time;
  }

  SketchedTime later_than(const SketchedTime& start) {
    SketchedTime end = time();
    end.days_ago = start.days_ago - static_cast<int>(draw_.below(400));
    return end;
  }

  SketchedConcept concept_of(const std::string& name) {
    const Pool& rows = pool(name);
    SketchedConcept made;
    const bool in_words = rows.codings.empty() || (!rows.words.empty() && draw_.chance(15));
    if (in_words) {
      made.text = draw_.of(Words{"", "", "", "", "no ", "possible ", "history of ", "family history of "}) + draw_.of(rows.words);
      return made;
    }
    made.codings.push_back(draw_.of(rows.codings));
    if (draw_.chance(25)) made.codings.push_back(draw_.of(rows.codings));
    if (draw_.chance(8))
      made.codings.push_back(draw_.of(pool(draw_.of(Words{"gout", "osa", "drug_tramadol", "hypertension", "lactation"})).codings));
    if (draw_.chance(10)) made.codings.push_back({"http://hospital.example/codes", "X1"});
    if (draw_.chance(10) && !rows.words.empty()) made.text = draw_.of(rows.words);
    return made;
  }

  void record(const Theme& theme, int number) {
    using Fill = void (PersonMaker::*)(const Theme&, Sketch&);
    std::vector<std::pair<Fill, std::size_t>> kinds{
        {&PersonMaker::condition, theme.conditions.size()},     {&PersonMaker::drug, theme.drugs.size()},
        {&PersonMaker::observation, theme.observations.size()}, {&PersonMaker::act, theme.acts.size()},
        {&PersonMaker::allergy, theme.allergies.size()},        {&PersonMaker::encounter, theme.reasons.empty() ? 0 : 1}};
    std::vector<Fill> choices;
    for (const auto& [fill, weight] : kinds) choices.insert(choices.end(), weight, fill);
    Sketch sketch;
    sketch.number = number;
    sketch.start = time();
    if (draw_.chance(30)) sketch.end = later_than(sketch.start);
    if (draw_.chance(40)) sketch.recorded = later_than(sketch.start);
    if (draw_.chance(6)) sketch.twin = draw_.chance(50) ? Twin::older_sound : Twin::newer_in_error;
    if (draw_.chance(2))
      consent(sketch);
    else
      (this->*draw_.of(choices))(theme, sketch);
    person_.records.push_back(std::move(sketch));
  }

  void condition(const Theme& theme, Sketch& s) {
    s.type = ResourceType::condition;
    s.code = concept_of(draw_.of(theme.conditions));
    s.status = draw_.of(Words{"active", "active", "active", "", "recurrence", "remission", "resolved", "inactive", "relapse"});
    s.verification = draw_.of(Words{"confirmed", "confirmed", "confirmed", "confirmed", "", "provisional", "unconfirmed", "differential",
                                    "refuted", "entered-in-error"});
  }

  void allergy(const Theme& theme, Sketch& s) {
    s.type = ResourceType::allergy_intolerance;
    s.code = concept_of(draw_.of(theme.allergies));
    s.status = draw_.of(Words{"active", "active", "active", "", "inactive", "resolved"});
    s.verification = draw_.of(Words{"confirmed", "confirmed", "confirmed", "unconfirmed", "", "presumed", "refuted", "entered-in-error"});
    s.category = draw_.of(Words{"medication", "medication", "", "food", "environment"});
    s.intent = draw_.of(Words{"allergy", "allergy", "", "intolerance"});
  }

  void drug(const Theme& theme, Sketch& s) {
    s.type = draw_.of(std::vector<ResourceType>{ResourceType::medication_request, ResourceType::medication_request,
                                                ResourceType::medication_statement, ResourceType::medication_statement,
                                                ResourceType::medication_dispense, ResourceType::medication_administration});
    s.code = concept_of(draw_.of(theme.drugs));
    s.status = draw_.of(Words{"active", "active", "completed", "completed", "stopped", "on-hold", "unknown", "entered-in-error",
                              "not-taken", "cancelled", "in-progress", "not-done", "", "draft"});
    if (s.type == ResourceType::medication_request)
      s.intent = draw_.of(Words{"order", "order", "order", "order", "plan", "filler-order", ""});
    if (!theme.reasons.empty() && draw_.chance(60)) s.reason = concept_of(draw_.of(theme.reasons));
    if (!theme.reasons.empty() && draw_.chance(15)) s.setting = concept_of(draw_.of(theme.reasons));
    if (draw_.chance(60)) s.route.codings.push_back(draw_.of(pool("routes").codings));
    s.form = draw_.chance(80) ? DrugForm::written : draw_.chance(50) ? DrugForm::contained : DrugForm::referred;
  }

  void observation(const Theme& theme, Sketch& s) {
    const std::string name = draw_.of(theme.observations);
    s.type = name.starts_with("stopbang_") && draw_.chance(30) ? ResourceType::questionnaire_response : ResourceType::observation;
    s.code = concept_of(name);
    s.status =
        draw_.of(s.type == ResourceType::observation ? Words{"final", "final", "final", "final", "amended", "corrected", "preliminary",
                                                             "registered", "unknown", "entered-in-error", "cancelled", ""}
                                                     : Words{"completed", "completed", "amended", "in-progress", "entered-in-error"});
    s.value = value_of(name);
  }

  SketchedValue value_of(const std::string& name) {
    using Kind = SketchedValue::Kind;
    SketchedValue value;
    if (name == "blood_pressure") {
      value = value_of("bp_systolic");
      value.kind = Kind::panel;
      value.diastolic = draw_.of(measure("bp_diastolic").numbers);
      return value;
    }
    const Measure& around = measure(name);
    if (around.numbers.empty()) {
      value.kind = draw_.chance(10) ? Kind::none : draw_.chance(8) ? Kind::date : Kind::answer;
      value.answer.codings.push_back(draw_.of(pool(draw_.chance(80) ? "answer" : draw_.of(Words{"pregnancy", "lactation"})).codings));
      value.date = time();
      value.date.days_ago -= 300;
      return value;
    }
    value.kind = draw_.chance(85) ? Kind::quantity : draw_.chance(50) ? Kind::integer : Kind::string;
    value.number = draw_.of(around.numbers);
    value.unit = draw_.of(around.units);
    value.comparator = draw_.of(Words{"", "", "", "", "", "", "", "<", "<=", ">=", ">"});
    return value;
  }

  void act(const Theme& theme, Sketch& s) {
    s.type = draw_.of(std::vector<ResourceType>{ResourceType::procedure, ResourceType::procedure, ResourceType::service_request,
                                                ResourceType::care_plan});
    s.code = concept_of(draw_.of(theme.acts));
    s.status = draw_.of(
        Words{"completed", "completed", "completed", "active", "in-progress", "not-done", "entered-in-error", "unknown", "on-hold"});
    if (s.type != ResourceType::procedure) s.intent = draw_.of(Words{"order", "order", "plan"});
    if (!theme.reasons.empty() && draw_.chance(40)) s.reason = concept_of(draw_.of(theme.reasons));
  }

  void encounter(const Theme& theme, Sketch& s) {
    s.type = ResourceType::encounter;
    s.status = draw_.of(Words{"finished", "finished", "in-progress", "cancelled", "entered-in-error"});
    s.reason = concept_of(draw_.of(theme.reasons));
  }

  void consent(Sketch& s) {
    s.type = ResourceType::consent;
    s.status = draw_.of(Words{"active", "active", "rejected", "entered-in-error", "inactive"});
    s.intent = draw_.of(Words{"deny", "permit"});
    s.category = draw_.of(Words{"", "NCT07230171", "NCT00000001"});
  }

  Draw& draw_;
  Person person_;
};

Case make_case(const rc::Random& random, std::size_t people, std::size_t records) {
  Draw draw(random);
  Case made;
  made.salt = draw.below(1U << 30U);
  for (std::size_t i = 0; i < people; ++i) made.people.push_back(PersonMaker(draw, "p" + std::to_string(i + 1))(records));
  return made;
}

// The record with one of its parts left out, for each part that it has.
std::vector<Sketch> simpler(const Sketch& sketch) {
  std::vector<Sketch> all;
  const auto add = [&](auto change) {
    Sketch copy = sketch;
    change(copy);
    all.push_back(std::move(copy));
  };
  if (sketch.twin != Twin::none) add([](Sketch& s) { s.twin = Twin::none; });
  if (!sketch.setting.empty()) add([](Sketch& s) { s.setting = {}; });
  if (!sketch.reason.empty()) add([](Sketch& s) { s.reason = {}; });
  if (!sketch.route.empty()) add([](Sketch& s) { s.route = {}; });
  if (sketch.form != DrugForm::written) add([](Sketch& s) { s.form = DrugForm::written; });
  if (sketch.end.precision != Precision::none) add([](Sketch& s) { s.end = {}; });
  if (sketch.recorded.precision != Precision::none) add([](Sketch& s) { s.recorded = {}; });
  if (!sketch.code.codings.empty() && !sketch.code.text.empty()) add([](Sketch& s) { s.code.text.clear(); });
  for (std::size_t i = 0; sketch.code.codings.size() > 1 && i < sketch.code.codings.size(); ++i)
    add([i](Sketch& s) { s.code.codings.erase(s.code.codings.begin() + static_cast<std::ptrdiff_t>(i)); });
  if (sketch.start.precision == Precision::instant) add([](Sketch& s) { s.start.precision = Precision::day; });
  if (!sketch.value.comparator.empty()) add([](Sketch& s) { s.value.comparator.clear(); });
  return all;
}

// The case with one patient, one record or one part of a record less.
std::vector<Case> smaller(const Case& made) {
  std::vector<Case> all;
  const auto at = [](auto& list, std::size_t i) { return list.begin() + static_cast<std::ptrdiff_t>(i); };
  for (std::size_t p = 0; p < made.people.size(); ++p) {
    if (made.people.size() > 1) {
      all.push_back(made);
      all.back().people.erase(at(all.back().people, p));
    }
    const std::vector<Sketch>& records = made.people[p].records;
    for (std::size_t i = 0; i < records.size(); ++i) {
      all.push_back(made);
      all.back().people[p].records.erase(at(all.back().people[p].records, i));
    }
    for (std::size_t i = 0; i < records.size(); ++i)
      for (Sketch& sketch : simpler(records[i])) {
        all.push_back(made);
        all.back().people[p].records[i] = std::move(sketch);
      }
    if (!made.people[p].language.empty()) {
      all.push_back(made);
      all.back().people[p].language.clear();
    }
  }
  return all;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Case& made) {
  for (const Person& person : made.people) out << ndjson(written(person));
  return out;
}

std::size_t pick(const Case& made, std::size_t what, std::size_t limit) {
  return static_cast<std::size_t>(fingerprint({std::to_string(made.salt), std::to_string(what)})) % limit;
}

rc::Gen<Case> cases(std::size_t people, std::size_t records) {
  return [=](const rc::Random& random, int /*size*/) {
    return rc::shrinkable::shrinkRecur(make_case(random, people, records),
                                       [](const Case& made) { return rc::seq::fromContainer(smaller(made)); });
  };
}

}  // namespace trialflag::properties
