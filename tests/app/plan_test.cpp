// How each type of a server is followed, as a table; cases P09, P17 and P18 of the failure catalogue.
#include "agent/app/plan.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::app;
using fhir::ResourceType;
using Type = fhir::Capability::Type;

namespace {

const Type kFull{"Condition", {"_lastUpdated", "patient"}, {"search-type", "history-type"}};
const Type kNoHistory{"Condition", {"_lastUpdated", "patient"}, {"search-type"}};
const Type kUnnamed{"Condition", {"patient"}, {"search-type"}};

Learnt with(std::initializer_list<bool Learnt::*> what) {
  Learnt learnt;
  for (const auto member : what) learnt.*member = true;
  return learnt;
}

Shown refused(int status, bool required = false) {
  Shown shown;
  shown.failed = true;
  shown.error = status == 404 ? ErrorCode::not_found : ErrorCode::invalid_config;
  shown.refusal = {status, required};
  return shown;
}

/// The modes that are tried one after the other while a server answers each attempt so.
std::vector<std::string> ladder(const Type* listed, const Shown& always) {
  std::vector<std::string> tried;
  Learnt learnt;
  for (int step = 0; step < 5; ++step) {
    const Plan plan = plan_of(listed, ResourceType::condition, learnt);
    tried.push_back(std::string(name_of(plan.mode)) + (plan.since ? " since" : ""));
    learnt = learn(learnt, listed, plan, always);
    const Plan next = plan_of(listed, ResourceType::condition, learnt);
    if (next.mode == plan.mode && next.since == plan.since) break;
  }
  return tried;
}

using Tried = std::vector<std::string>;

}  // namespace

TEST_CASE("plan: the mode of a type by what the server says and what it has shown") {
  struct Row {
    const Type* listed;
    Learnt learnt;
    Mode mode;
    bool since, deletions;
    std::string why;
  };
  const std::vector<Row> rows = {
      {&kFull, {}, Mode::last_updated, true, true, "changes by _lastUpdated, deletions by history"},
      {&kNoHistory, {}, Mode::last_updated, true, false, "changes by _lastUpdated, deletions by reconciliation (no history)"},
      {&kUnnamed, {}, Mode::last_updated, true, false, "which the server does not name"},
      {nullptr, {}, Mode::last_updated, true, false, "which the server does not name"},
      {&kFull, with({&Learnt::ignores_updated}), Mode::history, true, true, "the server does not apply _lastUpdated"},
      {&kFull, with({&Learnt::refuses_updated}), Mode::history, true, true, "the server refuses _lastUpdated"},
      {&kFull, with({&Learnt::ignores_updated, &Learnt::refuses_history}), Mode::full, false, false, "every poll reads all there is"},
      {&kNoHistory, with({&Learnt::ignores_updated}), Mode::full, false, false, "every poll reads all there is"},
      {&kFull, with({&Learnt::undated}), Mode::full, false, true, "its records bear no meta.lastUpdated"},
      {&kFull, with({&Learnt::applies_silently}), Mode::last_updated, true, true, "changes by _lastUpdated"},
      {&kFull, with({&Learnt::needs_patient}), Mode::per_patient, true, true, "each patient is asked for, by _lastUpdated"},
      {&kNoHistory, with({&Learnt::needs_patient, &Learnt::refuses_updated}), Mode::per_patient, false, false, "whole each time"},
      {nullptr, with({&Learnt::absent}), Mode::none, false, false, "the server keeps no such records"},
      {&kFull, with({&Learnt::absent}), Mode::last_updated, true, true, "changes by _lastUpdated"},
  };
  for (const Row& row : rows) {
    const Plan plan = plan_of(row.listed, ResourceType::condition, row.learnt);
    INFO(plan.why);
    CHECK(plan.mode == row.mode);
    CHECK(plan.since == row.since);
    CHECK(plan.deletions == row.deletions);
    CHECK(plan.why.find(row.why) != std::string::npos);
  }
}

TEST_CASE("item 25: reports are asked for unless the server neither lists nor keeps them") {
  CHECK(plan_of(&kFull, ResourceType::diagnostic_report, {}).mode == Mode::last_updated);
  CHECK(plan_of(nullptr, ResourceType::diagnostic_report, {}).mode == Mode::last_updated);
  CHECK(plan_of(nullptr, ResourceType::diagnostic_report, with({&Learnt::absent})).mode == Mode::none);
}

TEST_CASE("plan: Patient and Medication are read by known ids where only given ids are answered") {
  for (const ResourceType type : {ResourceType::patient, ResourceType::medication}) {
    const Plan plan = plan_of(&kFull, type, with({&Learnt::needs_patient}));
    CHECK(plan.mode == Mode::per_patient);
    CHECK_FALSE(plan.since);
  }
}

TEST_CASE("plan: one patient is asked for by subject where the server has shown that, or lists it alone") {
  const Type subject_alone{"Condition", {"subject"}, {"search-type"}};
  const Type both{"Condition", {"patient", "subject"}, {"search-type"}};
  const auto form = [](const Type* listed, const Learnt& learnt) { return plan_of(listed, ResourceType::condition, learnt).form; };
  CHECK(form(&both, {}) == PatientForm::patient);
  CHECK(form(nullptr, {}) == PatientForm::patient);
  CHECK(form(&subject_alone, {}) == PatientForm::subject);
  CHECK(form(&both, with({&Learnt::by_subject})) == PatientForm::subject);
  CHECK(form(&subject_alone, with({&Learnt::by_bare_subject})) == PatientForm::bare_subject);
  CHECK(plan_of(&subject_alone, ResourceType::condition, {}).why.ends_with("; one patient is asked for by subject"));
}

TEST_CASE("P17 what is refused leads to the next narrower question, and a search that lacks a parameter to patients at once") {
  CHECK(ladder(&kNoHistory, refused(400, true)) == Tried{"last_updated since", "per_patient since", "per_patient"});
  CHECK(ladder(&kNoHistory, refused(422)) == Tried{"last_updated since", "per_patient since", "per_patient"});
  CHECK(ladder(&kNoHistory, refused(400)) == Tried{"last_updated since", "full", "per_patient"});
  Shown away = refused(0);
  away.error = ErrorCode::unavailable;
  CHECK(ladder(&kFull, away) == Tried{"last_updated since"});
}

TEST_CASE("P18 a type that is not listed and answers 404 is no longer asked for; one that is listed is") {
  CHECK(ladder(nullptr, refused(404)) == Tried{"last_updated since", "none"});
  CHECK(ladder(&kFull, refused(404)) == Tried{"last_updated since"});
  const Learnt absent = with({&Learnt::absent});
  CHECK(learn(absent, nullptr, plan_of(nullptr, ResourceType::condition, absent), {}) == absent);  // nothing was asked, nothing learnt
}

TEST_CASE("P09 a bound that is not applied is learnt from older records, or from the same search without it") {
  const Plan plan = plan_of(&kNoHistory, ResourceType::condition, {});
  Shown shown;
  shown.found = shown.dated = 3;
  CHECK(learn({}, &kNoHistory, plan, shown) == Learnt());
  shown.older = true;
  CHECK(learn({}, &kNoHistory, plan, shown).ignores_updated);
  shown.older = false;
  shown.ignored = shown.asked_without = true;
  shown.found_without = 3;
  CHECK(learn({}, &kNoHistory, plan, shown).ignores_updated);
  shown.found_without = 4;
  CHECK(learn({}, &kNoHistory, plan, shown) == with({&Learnt::applies_silently}));
  shown.found = shown.dated = shown.found_without = 0;
  CHECK(learn({}, &kNoHistory, plan, shown) == Learnt());
}

TEST_CASE("plan: records without times are learnt, and unlearnt when one has a time") {
  Shown shown;
  shown.found = 2;
  const Learnt undated = learn({}, &kFull, plan_of(&kFull, ResourceType::condition, {}), shown);
  CHECK(undated == with({&Learnt::undated}));
  shown.dated = 1;
  CHECK(learn(undated, &kFull, plan_of(&kFull, ResourceType::condition, undated), shown) == Learnt());
}

TEST_CASE("plan: what was learnt is kept as text, and what cannot be read is nothing") {
  Lore lore{"HAPI 8.8", {1764000000000}, {}};
  lore.types[ResourceType::condition] = with({&Learnt::ignores_updated, &Learnt::refuses_history});
  lore.types[ResourceType::patient] = with({&Learnt::needs_patient});
  lore.types[ResourceType::procedure] = with({&Learnt::by_subject, &Learnt::by_bare_subject, &Learnt::hides_patient});
  const Lore read = Lore::from_text(lore.to_text());
  CHECK(read.software == lore.software);
  CHECK(read.at == lore.at);
  CHECK(read.types == lore.types);
  lore.types[ResourceType::condition].slow = 3;
  CHECK(Lore::from_text(lore.to_text()).types == lore.types);
  lore.types[ResourceType::condition].untold = 1764000000003;
  lore.types[ResourceType::medication].untold = 1764000000009;
  CHECK(Lore::from_text(lore.to_text()).types == lore.types);
  for (const char* text : {"", "x", "\n\n\n", "12\nsoft\nCondition\n"}) CHECK(Lore::from_text(text).types.empty());
}

TEST_CASE("R03 who answers and had too little time has twice as much the next time, up to hours; who is silent has no more") {
  using namespace std::chrono_literals;
  Learnt learnt;
  fhir::Allowance silent = allowance_of(learnt, 60s);
  silent.waited(60s);
  CHECK(slowness_after(learnt, silent) == 0);
  std::chrono::milliseconds last = 0s;
  for (const std::chrono::seconds time : {60s, 120s, 240s}) {
    fhir::Allowance allowance = allowance_of(learnt, 60s);
    CHECK(allowance.left() == time);
    allowance.answered();
    allowance.waited(time + 10s);
    learnt.slow = slowness_after(learnt, allowance);
  }
  fhir::Allowance enough = allowance_of(learnt, 60s);
  enough.answered();
  enough.waited(20s);
  CHECK(slowness_after(learnt, enough) == learnt.slow);
  for (int pass = 0; pass < 20; ++pass) {
    fhir::Allowance allowance = allowance_of(learnt, 60s);
    last = allowance.left();
    allowance.answered();
    allowance.waited(last + 10s);
    learnt.slow = slowness_after(learnt, allowance);
  }
  CHECK(last == 256 * 60s);
  fhir::Allowance quick = allowance_of(learnt, 60s);
  quick.answered();
  quick.waited(1s);
  CHECK(slowness_after(learnt, quick) == 0);
}
