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

void check_row(ResourceType type, Words statuses, StatusWeight expected) {
  for (const std::string_view status : statuses) {
    INFO(fhir::name_of(type) << " " << status);
    CHECK(status_weight(record_of(type, status)) == expected);
  }
}

void check_table(ResourceType type, Words counts, Words ignored, Words weak) {
  check_row(type, counts, StatusWeight::counts);
  check_row(type, ignored, StatusWeight::ignored);
  check_row(type, weak, StatusWeight::weak);
  check_row(type, {"", "Completed", "no-such-status"}, StatusWeight::weak);
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
    CHECK(status_weight(condition(clinical, "")) == StatusWeight::counts);
    CHECK(status_weight(condition(clinical, "confirmed")) == StatusWeight::counts);
    CHECK(status_weight(condition(clinical, "entered-in-error")) == StatusWeight::ignored);
    CHECK(status_weight(condition(clinical, "refuted")) == StatusWeight::refuted);
    for (const std::string_view weak : {"provisional", "differential", "unconfirmed", "presumed", "Confirmed"})
      CHECK(status_weight(condition(clinical, weak)) == StatusWeight::weak);
  }
}

TEST_CASE("status: a Condition whose clinical status is none of R4's, or cannot be read, is weak") {
  CHECK(status_weight(condition("ongoing", "confirmed")) == StatusWeight::weak);
  Record unread = condition("", "");
  unread.clinical_status_unread = true;
  CHECK(status_weight(unread) == StatusWeight::weak);
}

TEST_CASE("status: an order counts by its status and its intent together") {
  for (const std::string_view intent : {"order", "original-order", "reflex-order", "filler-order", "instance-order"}) {
    for (const std::string_view status : {"active", "completed", "stopped"})
      CHECK(status_weight(request(status, intent)) == StatusWeight::counts);
    for (const std::string_view status : {"cancelled", "draft", "entered-in-error"})
      CHECK(status_weight(request(status, intent)) == StatusWeight::ignored);
    for (const std::string_view status : {"on-hold", "unknown", "", "no-such-status"})
      CHECK(status_weight(request(status, intent)) == StatusWeight::weak);
  }
}

TEST_CASE("status: a proposal, a plan or an option is no order, whatever its status") {
  for (const std::string_view intent : {"proposal", "plan", "option"})
    for (const std::string_view status : {"active", "completed", "on-hold", ""})
      CHECK(status_weight(request(status, intent)) == StatusWeight::ignored);
}

TEST_CASE("status: an order without an intent is weak, and none once it was cancelled") {
  CHECK(status_weight(request("active", "")) == StatusWeight::weak);
  CHECK(status_weight(request("active", "no-such-intent")) == StatusWeight::weak);
  CHECK(status_weight(request("cancelled", "")) == StatusWeight::ignored);
}

// criteria.md 2.10 leaves out the reasons of records that are in error, cancelled, revoked or drafts, and of no others.
TEST_CASE("status: an order not to give is no treatment, but why it was not to be given is a reason") {
  Record record = request("active", "order");
  record.do_not_perform = true;
  CHECK(status_weight(record) == StatusWeight::ignored);
  CHECK(reasons_speak(record));
  record.status = "cancelled";
  CHECK_FALSE(reasons_speak(record));
}

TEST_CASE("status: statements, dispenses, administrations, observations and procedures stand as their row says") {
  check_table(ResourceType::medication_statement, {"active", "completed", "stopped"}, {"intended", "entered-in-error"},
              {"on-hold", "unknown"});
  check_row(ResourceType::medication_statement, {"not-taken"}, StatusWeight::not_taken);
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
    for (const std::string_view clinical : {"", "active"}) CHECK(status_weight(allergy(clinical, verification)) == StatusWeight::counts);
    for (const std::string_view clinical : {"inactive", "resolved", "other"})
      CHECK(status_weight(allergy(clinical, verification)) == StatusWeight::weak);
  }
  CHECK(status_weight(allergy("active", "presumed")) == StatusWeight::weak);
  for (const std::string_view clinical : {"", "active", "inactive", "resolved"})
    for (const std::string_view verification : {"refuted", "entered-in-error"})
      CHECK(status_weight(allergy(clinical, verification)) == StatusWeight::ignored);
}

TEST_CASE("status: of orders for therapy only completed ones count, of care plans active and completed ones") {
  check_row(ResourceType::service_request, {"completed"}, StatusWeight::counts);
  check_row(ResourceType::service_request, {"draft", "active", "on-hold", "revoked", "entered-in-error", "unknown", ""},
            StatusWeight::ignored);
  check_row(ResourceType::care_plan, {"active", "completed"}, StatusWeight::counts);
  check_row(ResourceType::care_plan, {"draft", "on-hold", "revoked", "entered-in-error", "unknown", ""}, StatusWeight::ignored);
}

TEST_CASE("status: answers count when completed or amended, and are weak while in progress") {
  check_row(ResourceType::questionnaire_response, {"completed", "amended"}, StatusWeight::counts);
  check_row(ResourceType::questionnaire_response, {"in-progress", ""}, StatusWeight::weak);
  check_row(ResourceType::questionnaire_response, {"entered-in-error", "stopped"}, StatusWeight::ignored);
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
