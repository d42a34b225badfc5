// What a record's status makes of it: every cell of the table of criteria.md 2.11.
#include "agent/screening/status.h"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <string>

using namespace trialflag;
using namespace trialflag::screening;
using fhir::Record;
using fhir::ResourceType;

namespace {

using Words = std::initializer_list<std::string_view>;

Record record_of(ResourceType type, std::string_view status) {
  Record record;
  record.type = type;
  record.status = status;
  return record;
}

void check_row(ResourceType type, Words statuses, Standing expected) {
  for (const std::string_view status : statuses) {
    INFO(fhir::name_of(type) << " " << status);
    CHECK(standing_of(record_of(type, status)) == expected);
  }
}

void check_table(ResourceType type, Words counts, Words ignored, Words weak) {
  check_row(type, counts, Standing::counts);
  check_row(type, ignored, Standing::ignored);
  check_row(type, weak, Standing::weak);
  check_row(type, {"", "Completed", "no-such-status"}, Standing::weak);
}

Record request(std::string_view status, std::string_view intent) {
  Record record = record_of(ResourceType::medication_request, status);
  record.intent = intent;
  return record;
}

Record condition(std::string_view clinical, std::string_view verification) {
  Record record = record_of(ResourceType::condition, clinical);
  record.verification = verification;
  return record;
}

Record allergy(std::string_view clinical, std::string_view verification) {
  Record record = record_of(ResourceType::allergy_intolerance, clinical);
  record.verification = verification;
  return record;
}

}  // namespace

TEST_CASE("status: a Condition counts when confirmed or without a verification") {
  for (const std::string_view clinical : {"", "active", "recurrence", "relapse", "inactive", "remission", "resolved"}) {
    CHECK(standing_of(condition(clinical, "")) == Standing::counts);
    CHECK(standing_of(condition(clinical, "confirmed")) == Standing::counts);
    CHECK(standing_of(condition(clinical, "entered-in-error")) == Standing::ignored);
    CHECK(standing_of(condition(clinical, "refuted")) == Standing::refuted);
    for (const std::string_view weak : {"provisional", "differential", "unconfirmed", "presumed", "Confirmed"})
      CHECK(standing_of(condition(clinical, weak)) == Standing::weak);
  }
}

TEST_CASE("status: a Condition whose clinical status is none of R4's, or cannot be read, is weak") {
  CHECK(standing_of(condition("ongoing", "confirmed")) == Standing::weak);
  Record unread = condition("", "");
  unread.clinical_status_unread = true;
  CHECK(standing_of(unread) == Standing::weak);
}

TEST_CASE("status: an order counts by its status and its intent together") {
  for (const std::string_view intent : {"order", "original-order", "reflex-order", "filler-order", "instance-order"}) {
    for (const std::string_view status : {"active", "completed", "stopped"})
      CHECK(standing_of(request(status, intent)) == Standing::counts);
    for (const std::string_view status : {"cancelled", "draft", "entered-in-error"})
      CHECK(standing_of(request(status, intent)) == Standing::ignored);
    for (const std::string_view status : {"on-hold", "unknown", "", "no-such-status"})
      CHECK(standing_of(request(status, intent)) == Standing::weak);
  }
}

TEST_CASE("status: a proposal, a plan or an option is no order, whatever its status") {
  for (const std::string_view intent : {"proposal", "plan", "option"})
    for (const std::string_view status : {"active", "completed", "on-hold", ""})
      CHECK(standing_of(request(status, intent)) == Standing::ignored);
}

TEST_CASE("status: an order without an intent is weak, and none once it was cancelled") {
  CHECK(standing_of(request("active", "")) == Standing::weak);
  CHECK(standing_of(request("active", "no-such-intent")) == Standing::weak);
  CHECK(standing_of(request("cancelled", "")) == Standing::ignored);
}

// criteria.md 2.10 leaves out the reasons of records that are in error, cancelled, revoked or drafts, and of no others.
TEST_CASE("status: an order not to give is no treatment, but why it was not to be given is a reason") {
  Record record = request("active", "order");
  record.do_not_perform = true;
  CHECK(standing_of(record) == Standing::ignored);
  CHECK(reasons_speak(record));
  record.status = "cancelled";
  CHECK_FALSE(reasons_speak(record));
}

TEST_CASE("status: statements, dispenses, administrations, observations and procedures stand as their row says") {
  check_table(ResourceType::medication_statement, {"active", "completed", "stopped"}, {"intended", "entered-in-error"},
              {"on-hold", "unknown"});
  check_row(ResourceType::medication_statement, {"not-taken"}, Standing::not_taken);
  check_table(ResourceType::medication_dispense, {"completed", "in-progress"}, {"cancelled", "declined", "entered-in-error", "preparation"},
              {"on-hold", "stopped", "unknown"});
  check_table(ResourceType::medication_administration, {"completed", "in-progress", "stopped"}, {"not-done", "entered-in-error"},
              {"on-hold", "unknown"});
  check_table(ResourceType::observation, {"final", "amended", "corrected", "preliminary"}, {"entered-in-error", "cancelled"},
              {"registered", "unknown"});
  check_table(ResourceType::procedure, {"completed", "in-progress"}, {"not-done", "entered-in-error", "preparation"},
              {"on-hold", "stopped", "unknown"});
}

TEST_CASE("status: an allergy counts while active, also unconfirmed; inactive, resolved and presumed are weak") {
  for (const std::string_view verification : {"", "confirmed", "unconfirmed"}) {
    for (const std::string_view clinical : {"", "active"}) CHECK(standing_of(allergy(clinical, verification)) == Standing::counts);
    for (const std::string_view clinical : {"inactive", "resolved", "other"})
      CHECK(standing_of(allergy(clinical, verification)) == Standing::weak);
  }
  CHECK(standing_of(allergy("active", "presumed")) == Standing::weak);
  for (const std::string_view clinical : {"", "active", "inactive", "resolved"})
    for (const std::string_view verification : {"refuted", "entered-in-error"})
      CHECK(standing_of(allergy(clinical, verification)) == Standing::ignored);
}

TEST_CASE("status: of orders for therapy only completed ones count, of care plans active and completed ones") {
  check_row(ResourceType::service_request, {"completed"}, Standing::counts);
  check_row(ResourceType::service_request, {"draft", "active", "on-hold", "revoked", "entered-in-error", "unknown", ""}, Standing::ignored);
  check_row(ResourceType::care_plan, {"active", "completed"}, Standing::counts);
  check_row(ResourceType::care_plan, {"draft", "on-hold", "revoked", "entered-in-error", "unknown", ""}, Standing::ignored);
}

TEST_CASE("status: answers count when completed or amended, and are weak while in progress") {
  check_row(ResourceType::questionnaire_response, {"completed", "amended"}, Standing::counts);
  check_row(ResourceType::questionnaire_response, {"in-progress", ""}, Standing::weak);
  check_row(ResourceType::questionnaire_response, {"entered-in-error", "stopped"}, Standing::ignored);
}

TEST_CASE("status: a reason speaks unless its record is in error, cancelled, revoked or a draft") {
  for (const ResourceType type :
       {ResourceType::encounter, ResourceType::procedure, ResourceType::medication_request, ResourceType::service_request}) {
    for (const std::string_view status : {"entered-in-error", "cancelled", "revoked", "draft"})
      CHECK_FALSE(reasons_speak(record_of(type, status)));
    for (const std::string_view status : {"finished", "planned", "active", "completed", "unknown", ""})
      CHECK(reasons_speak(record_of(type, status)));
  }
}
