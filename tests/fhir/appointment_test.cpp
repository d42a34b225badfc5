// What an Appointment tells of when and where a patient is expected.
#include "fhir/appointment.h"

#include <catch2/catch.hpp>

#include "agent/json/value.h"

using namespace trialflag;
using fhir::Appointment;

namespace {

struct Read {
  explicit Read(const std::string& json) {
    REQUIRE(document.parse(json));
    appointment = fhir::decode_appointment(document.root(), arena, issues);
  }
  Arena arena;
  fhir::Issues issues;
  json::Document document;
  Appointment appointment;
};

std::string with(const std::string& more) {
  return R"({"resourceType":"Appointment","id":"a1","status":"booked","start":"2026-12-01T09:30:00+08:00","participant":[)"
         R"({"actor":{"reference":"Location/l1","display":"Room 3"},"status":"accepted"},)"
         R"({"actor":{"reference":"https://ehr.example/fhir/Patient/p1"},"status":"tentative"}])" +
         more + "}";
}

}  // namespace

TEST_CASE("appointment: status, time, patient and place") {
  const Read read(with(""));
  CHECK(read.appointment.id == "a1");
  CHECK(read.appointment.status == "booked");
  CHECK(to_string(read.appointment.start) == "2026-12-01T01:30:00Z");
  CHECK(read.appointment.where == "Room 3");
  REQUIRE(read.appointment.patients.size() == 1);
  CHECK(read.appointment.patients[0].reference == "https://ehr.example/fhir/Patient/p1");
  CHECK(read.appointment.patients[0].status == "tentative");
}

TEST_CASE("appointment: the specialty says more than the service, and that more than the room") {
  CHECK(Read(with(R"(,"serviceType":[{"coding":[{"code":"394","display":"Pain clinic"}]}])")).appointment.where == "Pain clinic");
  CHECK(
      Read(with(R"(,"serviceType":[{"text":"Pain"}],"specialty":[{"coding":[{"code":"x"}]},{"text":"Rheumatology"}])")).appointment.where ==
      "Rheumatology");
}

TEST_CASE("appointment: what is damaged is missing") {
  const Read read(R"({"resourceType":"Appointment","status":7,"start":"soon","participant":[null,3,{"actor":"Patient/p1"}]})");
  CHECK(read.appointment.status.empty());
  CHECK_FALSE(read.appointment.start.known());
  CHECK(read.appointment.patients.empty());
  CHECK(read.appointment.where.empty());
}
