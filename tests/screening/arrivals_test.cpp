// What polls bring enters the stored chart, or asks for a whole reading; it never guesses.
#include "agent/screening/arrivals.h"

#include <catch2/catch.hpp>

#include "agent/screening/chart_blob.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::Record;
using fhir::ResourceType;

namespace {

Record record(ResourceType type, std::string_view id, std::int64_t updated = 0) {
  Record record;
  record.type = type;
  record.id = id;
  if (updated > 0) record.updated = RecordedTime::at({updated});
  return record;
}

Record order_of(std::string_view id, std::string_view medication) {
  Record order = record(ResourceType::medication_request, id);
  order.medication.target = medication;
  return order;
}

Chart chart(std::vector<Record> records, std::vector<Record> medications = {}) {
  Chart chart;
  chart.reference = "Patient/p1";
  chart.patient.id = "p1";
  chart.records = std::move(records);
  chart.medications = std::move(medications);
  return chart;
}

Chart arrived(std::vector<Record> records, std::vector<Record> medications = {}) {
  Chart arrived = chart(std::move(records), std::move(medications));
  arrived.patient = {};
  return arrived;
}

std::vector<std::string> ids(const std::vector<Record>& records) {
  std::vector<std::string> ids;
  for (const Record& record : records) ids.emplace_back(record.id);
  return ids;
}

using Ids = std::vector<std::string>;

bool takes(Chart& chart, const Chart& arrived) {
  Misdated misdated;
  return enter(chart, arrived, misdated);
}

}  // namespace

TEST_CASE("arrivals: a new record comes behind those of its type, a new version in place of the former") {
  Chart stored = chart(
      {record(ResourceType::condition, "c1", 10), record(ResourceType::observation, "o1", 10), record(ResourceType::procedure, "r1")});
  Record corrected = record(ResourceType::condition, "c1", 11);
  corrected.status = "resolved";
  REQUIRE(takes(stored, arrived({corrected, record(ResourceType::observation, "o2"), record(ResourceType::condition, "c2")})));
  CHECK(ids(stored.records) == Ids{"c1", "c2", "o1", "o2", "r1"});
  CHECK(stored.records.front().status == "resolved");
  // One id under two types is two records.
  REQUIRE(takes(stored, arrived({record(ResourceType::procedure, "c1")})));
  CHECK(ids(stored.records) == Ids{"c1", "c2", "o1", "o2", "r1", "c1"});
}

TEST_CASE("arrivals: a version dated before the one on file asks for a whole reading") {
  Chart stored = chart({record(ResourceType::condition, "c1", 10)});
  CHECK_FALSE(takes(stored, arrived({record(ResourceType::condition, "c1", 9)})));
  // Without dates, or with the same, the later one received counts.
  stored = chart({record(ResourceType::condition, "c1", 10)});
  CHECK(takes(stored, arrived({record(ResourceType::condition, "c1", 10)})));
  CHECK(takes(stored, arrived({record(ResourceType::condition, "c1")})));
  CHECK(takes(stored, arrived({record(ResourceType::condition, "c1", 1)})));
}

TEST_CASE("W07 arrivals: a version of a lower number asks for a whole reading, whatever its date") {
  const auto version = [](std::string_view number, std::int64_t day) {
    Record one = record(ResourceType::condition, "c1", day);
    one.version = number;
    return one;
  };
  const auto enters = [&](std::string_view known, std::string_view later, std::int64_t day) {
    Chart stored = chart({version(known, 10)});
    return takes(stored, arrived({version(later, day)}));
  };
  CHECK_FALSE(enters("2", "1", 11));
  CHECK_FALSE(enters("10", "9", 10));
  CHECK_FALSE(enters("1", "2", 9));
  CHECK(enters("2", "2", 10));
  CHECK(enters("9", "10", 10));
  // A version is a name: only what is a number says what came first.
  CHECK(enters("b", "a", 11));
  CHECK(enters("2", "1-a", 11));
  CHECK(enters("2", "", 11));
  Chart stored = chart({});
  stored.patient.version = "2";
  Chart former = arrived({});
  former.patient.id = "p1";
  former.patient.version = "1";
  CHECK_FALSE(takes(stored, former));
}

TEST_CASE("W07 arrivals: another content under the same date, and one that is read under an older, is noted; what says the same is not") {
  const auto version = [](std::string_view status, std::int64_t day, std::string_view number = "") {
    Record one = record(ResourceType::condition, "c1", day);
    one.status = status;
    one.version = number;
    return one;
  };
  const Misdated its = {{ResourceType::condition, "c1"}};
  const auto noted = [&](const Record& later) {
    Chart stored = chart({version("active", 10)});
    Misdated misdated;
    CHECK(enter(stored, arrived({later}), misdated));
    return misdated;
  };
  CHECK(noted(version("resolved", 10)) == its);
  CHECK(noted(version("resolved", 11)).empty());
  CHECK(noted(version("resolved", 0)).empty());
  CHECK(noted(version("active", 10, "2")).empty());
  const auto read = [&](const Record& later) {
    Misdated misdated;
    find_misdated(chart({version("active", 10)}), chart({later}), misdated);
    return misdated;
  };
  CHECK(read(version("resolved", 9)) == its);
  CHECK(read(version("resolved", 10)) == its);
  CHECK(read(version("resolved", 11)).empty());
  CHECK(read(version("active", 9)).empty());
}

TEST_CASE("arrivals: a type of which something may be missing asks for a whole reading, others do not") {
  Chart stored = chart({});
  stored.incomplete.add(ResourceType::observation);
  CHECK(takes(stored, arrived({record(ResourceType::condition, "c1")})));
  CHECK_FALSE(takes(stored, arrived({record(ResourceType::observation, "o1")})));
}

TEST_CASE("arrivals: a drug that the chart does not hold asks for a whole reading") {
  Chart stored = chart({}, {record(ResourceType::medication, "m1")});
  CHECK(takes(stored, arrived({order_of("x1", "Medication/m1"), order_of("x2", "#inside"), order_of("x3", "")})));
  CHECK_FALSE(takes(stored, arrived({order_of("x4", "Medication/m2")})));
  // It may come by the same way.
  stored = chart({}, {record(ResourceType::medication, "m1")});
  CHECK(takes(stored, arrived({order_of("x4", "Medication/m2")}, {record(ResourceType::medication, "m2")})));
  // So may what it is made of.
  const std::vector<fhir::Reference> made_of = {{"Medication/m3", ""}};
  fhir::Drug drug;
  drug.ingredient_refs = made_of;
  const std::vector<fhir::Drug> drugs = {drug};
  Record mixture = record(ResourceType::medication, "m1");
  mixture.contained_drugs = drugs;
  CHECK_FALSE(takes(stored, arrived({}, {mixture})));
}

TEST_CASE("arrivals: a Patient enters unless it is or was linked to another") {
  Chart stored = chart({});
  Chart changed = arrived({});
  changed.patient.id = "p1";
  changed.patient.gender = "female";
  REQUIRE(takes(stored, changed));
  CHECK(stored.patient.gender == "female");
  // Records without a Patient leave it alone.
  REQUIRE(takes(stored, arrived({record(ResourceType::condition, "c1")})));
  CHECK(stored.patient.gender == "female");
  const std::vector<fhir::PatientLink> links = {{{"Patient/p2", ""}, "replaces"}};
  Chart linked = changed;
  linked.patient.links = links;
  CHECK_FALSE(takes(stored, linked));
  stored.patient.links = links;
  CHECK_FALSE(takes(stored, changed));
}

TEST_CASE("arrivals: what cannot be read asks for a whole reading") {
  Arena arena;
  Chart stored = chart({});
  const std::vector<std::string> good = {encode_chart(arrived({record(ResourceType::condition, "c1", 1)})),
                                         encode_chart(arrived({record(ResourceType::condition, "c1", 2)}))};
  Misdated misdated;
  REQUIRE(enter_all(stored, good, arena, misdated));
  CHECK(stored.records.front().updated.instant.ms == 2);
  CHECK_FALSE(enter_all(stored, std::vector<std::string>{good[0].substr(0, good[0].size() / 2)}, arena, misdated));
  CHECK_FALSE(enter_all(stored, std::vector<std::string>{good[1], good[0]}, arena, misdated));
}
