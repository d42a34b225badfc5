// Ways to change the input that may move a verdict in one direction alone: towards doubt, or towards exclusion.
#include <catch2/catch.hpp>
#include <set>

#include "fhir/record.h"
#include "tests/properties/property.h"

namespace trialflag::properties {
namespace {

using eligibility::Basis;
using eligibility::Effect;
using eligibility::Reason;
using eligibility::Truth;
using eligibility::Verdict;
using fhir::ResourceType;
using Precision = RecordedTime::Precision;

const std::vector<Verdict>& criteria_of(const Verdicts& verdicts) {
  return verdicts.begin()->second.criteria;
}

Verdicts screened(const Person& person) {
  return screen({ndjson(written(person))}, as_of_instant());
}

// Rules of the latest record, where a newer one may undo an older one (criteria.md 3): the latest total, HbA1c, pressure, positive test.
bool of_the_latest(const std::string& id) {
  static const std::set<std::string> ids{"E5.stop_bang", "E9.uncontrolled_diabetes", "E9.refractory_hypertension", "E11.pregnant",
                                         "E11.lactating"};
  return ids.contains(id);
}

std::string what_decides_alone(const Case& made) {
  const Person& person = made.people.front();
  const Verdicts whole = screened(person);
  for (const Sketch& record : person.records) {
    Person alone = person;
    alone.records = {record};
    const Verdicts single = screened(alone);
    for (std::size_t i = 0; i < criteria_of(single).size(); ++i) {
      const Verdict& verdict = criteria_of(single)[i];
      if (verdict.kind != eligibility::Kind::exclusion || verdict.effect != Effect::fail || of_the_latest(verdict.id)) continue;
      const Verdict& among = criteria_of(whole).at(i);
      if (among.effect == Effect::pass || (among.effect == Effect::open && among.reason != Reason::conflicting))
        return told(verdict, among);
    }
  }
  return {};
}

bool is_drug(ResourceType type) {
  return type == ResourceType::medication_request || type == ResourceType::medication_statement ||
         type == ResourceType::medication_dispense || type == ResourceType::medication_administration || type == ResourceType::medication;
}

bool starts_with_any(const std::string& id, std::initializer_list<std::string_view> beginnings) {
  for (const std::string_view beginning : beginnings)
    if (id.starts_with(beginning)) return true;
  return false;
}

// criteria.md 2.15: does the lack of the type matter to the criterion, or did it only add or warn?
bool reads(const std::string& id, ResourceType type) {
  if (is_drug(type)) return starts_with_any(id, {"I3.drug_naive", "E6", "E7", "E9.esketamine_contraindication"});
  switch (type) {
    case ResourceType::condition:
      return !starts_with_any(id, {"I1.age", "I1.language", "I3.drug_naive", "I3.nonpharmacological", "I4", "E1", "E6", "E7", "E12"}) ||
             starts_with_any(id, {"E10", "E11"});
    case ResourceType::observation:
      return starts_with_any(
          id, {"I3.nonpharmacological", "I4", "E5.stop_bang", "E9.uncontrolled_diabetes", "E9.refractory_hypertension", "E11"});
    case ResourceType::procedure:
    case ResourceType::service_request:
    case ResourceType::care_plan:
      return id == "I3.nonpharmacological";
    case ResourceType::allergy_intolerance:
      return id == "E12.allergy";
    default:
      return false;
  }
}

// What decides without the type stands, even where the type's records had contradicted it: a male's positive test, the items beside a
// total.
bool decides_without(const Verdict& before, ResourceType type) {
  return before.reason == Reason::conflicting && ((before.id == "E11.pregnant" && type == ResourceType::observation) ||
                                                  (before.id == "E5.stop_bang" && type == ResourceType::condition));
}

std::string without_a_type(const Case& made) {
  const std::vector<Resource> resources = written(made.people.front());
  const Verdicts base = screen({ndjson(resources)}, as_of_instant());
  std::set<ResourceType> types;
  for (const Resource& resource : resources)
    if (resource.type != ResourceType::patient) types.insert(resource.type);
  for (const ResourceType type : types) {
    std::vector<Resource> kept;
    for (const Resource& resource : resources)
      if (resource.type != type) kept.push_back(resource);
    screening::TypeSet incomplete;
    incomplete.add(type);
    const Verdicts lacking = screen({ndjson(kept)}, as_of_instant(), incomplete);
    for (std::size_t i = 0; i < criteria_of(base).size(); ++i) {
      const Verdict& before = criteria_of(base)[i];
      const Verdict& after = criteria_of(lacking).at(i);
      if (before.effect != Effect::pass && after.effect == Effect::pass && reads(before.id, type) && !decides_without(before, type))
        return "without " + std::string(name_of(type)) + ", " + told(before, after);
    }
  }
  return {};
}

// A record that counts, made one that counts weakly (criteria.md 2.11); others stay.
void weaken(Sketch& sketch) {
  std::string& status = sketch.type == ResourceType::condition ? sketch.verification : sketch.status;
  static const std::set<std::string> counting{"confirmed", "active",  "completed", "stopped",    "in-progress",
                                              "final",     "amended", "corrected", "preliminary"};
  if (sketch.type == ResourceType::condition) {
    if (status == "confirmed" || status.empty()) status = "provisional";
  } else if (sketch.type == ResourceType::allergy_intolerance) {
    if (status == "active" || status.empty()) status = "inactive";
  } else if (is_drug(sketch.type) || sketch.type == ResourceType::observation || sketch.type == ResourceType::procedure) {
    if (counting.contains(status)) status = "unknown";
  }
}

// No date any more but the month. What may lie ahead of as-of stays, in every zone: an interval is visible if it may have begun
// (criteria.md 2.5), so a month would show what the date had hidden.
void blur(SketchedTime& time) {
  if (time.precision == Precision::none || time.precision == Precision::year || time.days_ago < 2) return;
  time.precision = Precision::month;
}

Person less_known(const Case& made) {
  Person person = made.people.front();
  for (Sketch& sketch : person.records) {
    const std::size_t how = pick(made, static_cast<std::size_t>(sketch.number), 4);
    if (how == 0) weaken(sketch);
    if (how == 1) blur(sketch.start);
  }
  if (pick(made, 100, 4) == 0) person.gender.clear();
  if (pick(made, 101, 4) == 0) person.birth = {};
  return person;
}

// Who is of no known sex is asked like a woman, who is of no known age like one below 56 (criteria.md 3, E11): to know less there may
// exclude, where a man's record had been no pregnancy; it never includes.
bool asked_like_a_woman(const Verdict& sure, const Verdict& doubtful) {
  return sure.id.starts_with("E11.") && sure.holds == Truth::no && doubtful.holds == Truth::yes;
}

std::string what_becomes_unknown(const Case& made) {
  const Verdicts base = screened(made.people.front());
  const Verdicts after = screened(less_known(made));
  for (std::size_t i = 0; i < criteria_of(base).size(); ++i) {
    const Verdict& sure = criteria_of(base)[i];
    const Verdict& doubtful = criteria_of(after).at(i);
    if (sure.holds != Truth::unknown && doubtful.holds != Truth::unknown && sure.holds != doubtful.holds &&
        !asked_like_a_woman(sure, doubtful))
      return told(sure, doubtful) + "\nless known:\n" + ndjson(written(less_known(made)));
  }
  return {};
}

}  // namespace

TEST_CASE("a record that alone decides an exclusion never helps, save for rules of the latest") {
  check("exclusion", cases(1, 7), what_decides_alone);
}

TEST_CASE("a type removed and declared incomplete never turns fail or open into pass, save what only warns") {
  check("incomplete", cases(1, 8), without_a_type);
}

TEST_CASE("a fact made unknown never flips yes to no or no to yes") {
  check("unknown", cases(1, 8), what_becomes_unknown);
}

}  // namespace trialflag::properties
