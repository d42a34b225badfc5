// Every kind of input, and how the records of one patient come together.
#include <catch2/catch.hpp>
#include <filesystem>

#include "folder.h"

using namespace trialflag;
using namespace trialflag::intake;
using fhir::ResourceType;
using Names = std::vector<std::string>;

TEST_CASE("intake: a Bundle in a .json file gives a chart a patient") {
  Folder folder;
  folder.write("a.json", bundle("collection", {patient("p1"), condition("c1", "Patient/p1"), patient("p2")}));
  const Reading reading = read(folder);
  REQUIRE(reading.order == Names{"Patient/p1", "Patient/p2"});
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c1"});
  CHECK(reading.charts.at("Patient/p2").records.empty());
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("intake: one resource a file, as in a folder of examples") {
  Folder folder;
  folder.write("Patient-p1.json", patient("p1"));
  folder.write("deep/er/Condition-c1.json", condition("c1", "Patient/p1"));
  CHECK(read(folder).charts.at("Patient/p1").records == Names{"Condition/c1"});
}

TEST_CASE("intake: NDJSON, .jsonl and gzip of either, one type a file") {
  Folder folder;
  folder.write("Patient.ndjson", patient("p1") + "\n" + patient("p2") + "\n");
  folder.write("Condition.jsonl", condition("c1", "Patient/p1") + "\n\n" + condition("c2", "Patient/p2"));
  folder.write("More.ndjson.gz", gzipped(condition("c3", "Patient/p2") + "\n"));
  folder.write("bundle.json.gz", gzipped(bundle("transaction", {condition("c4", "Patient/p1")})));
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c1", "Condition/c4"});
  CHECK(reading.charts.at("Patient/p2").records == Names{"Condition/c2", "Condition/c3"});
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("intake: a gzip file of several members is read to the end of the last") {
  Folder folder;
  folder.write("a.ndjson.gz", gzipped(patient("p1") + "\n") + gzipped(condition("c1", "Patient/p1") + "\n"));
  CHECK(read(folder).charts.at("Patient/p1").records == Names{"Condition/c1"});
}

TEST_CASE("intake: a byte-order mark, CRLF and blank lines are no matter") {
  Folder folder;
  folder.write("a.ndjson", "\xEF\xBB\xBF" + patient("p1") + "\r\n\r\n  " + condition("c1", "Patient/p1") + " \r\n");
  folder.write("b.json", "\xEF\xBB\xBF\r\n" + condition("c2", "Patient/p1") + "\r\n");
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c1", "Condition/c2"});
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("intake: a file input of another name is told by its first line") {
  Folder folder;
  const std::string lines = folder.write("export.txt", patient("p1") + "\n" + patient("p2") + "\n");
  const std::string pretty = folder.write("pretty.dat", "{\n \"resourceType\": \"Patient\",\n \"id\": \"p3\"\n}\n");
  CHECK(read({lines, pretty}).order == Names{"Patient/p1", "Patient/p2", "Patient/p3"});
}

TEST_CASE("intake: a Bundle a line, and a Bundle within a Bundle") {
  Folder folder;
  folder.write("a.ndjson",
               bundle("searchset", {patient("p1"), condition("c1", "Patient/p1")}) + "\n" + bundle("searchset", {patient("p2")}) + "\n");
  folder.write("b.json", bundle("batch-response", {bundle("searchset", {condition("c2", "Patient/p2")})}));
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c1"});
  CHECK(reading.charts.at("Patient/p2").records == Names{"Condition/c2"});
}

TEST_CASE("intake: a Bundle larger than any buffer, whose type stands last, is cut as it streams by") {
  Folder folder;
  std::vector<std::string> entries{patient("p1")};
  const std::string padding = R"(,"note":[{"text":")" + std::string(3000, 'x') + R"(\"]}"}])";
  for (int i = 0; i < 400; ++i) entries.push_back(condition("c" + std::to_string(i), "Patient/p1", padding));
  std::string text = R"({"entry":[)";
  for (const std::string& entry : entries) text += (text.back() == '[' ? "{\"resource\":" : ",\n{\"resource\":") + entry + "}";
  folder.write("a.json", text + R"(],"type":"collection","resourceType":"Bundle"})");
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records.size() == 400);
  CHECK(reading.messages.size() == 1);  // the types that are lacking
}

TEST_CASE("intake: files of other kinds are counted, and a Bulk Data journal is one") {
  Folder folder;
  folder.write("a.json", patient("p1"));
  folder.write("README.txt", "hello");
  folder.write("log.ndjson", R"({"eventId":"kickoff"})");
  const Reading reading = read({folder.path()});
  CHECK(reading.says(folder.path() + ": 2 files of other kinds left aside (read are .json, .ndjson and .jsonl, plain or .gz)"));
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("intake: types that nobody reads are skipped, whatever is in them") {
  Folder folder;
  folder.write("a.ndjson",
               patient("p1") + "\n" + R"({"resourceType":"Claim","id":"x","subject":{"reference":"Patient/p1"},"total":1e999})" + "\n");
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records.empty());
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("intake: types that the whole input lacks are named") {
  Folder folder;
  folder.write("a.json", bundle("collection", {patient("p1"), condition("c1", "Patient/p1")}));
  CHECK(read(folder).says(
      "the input: holds no Observation, MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration, "
      "AllergyIntolerance, Procedure, ServiceRequest, CarePlan, Encounter, Consent, QuestionnaireResponse"));
}

TEST_CASE("intake: charts come in the byte order of references, whatever the order of files") {
  Folder folder;
  folder.write("1.json", patient("b"));
  folder.write("2.json", patient("a"));
  folder.write("3.json", patient("B"));
  CHECK(read(folder).order == Names{"Patient/B", "Patient/a", "Patient/b"});
}

TEST_CASE("intake: one patient can be asked for by id, by reference, or by a former id") {
  Folder folder;
  folder.write("a.json", bundle("collection", {patient("p1", R"(,"link":[{"type":"replaced-by","other":{"reference":"Patient/p2"}}])"),
                                               patient("p2"), patient("p3")}));
  for (const std::string name : {"p2", "Patient/p2", "p1"}) {
    Report report;
    auto intake = Intake::open({folder.path()}, {}, report);
    REQUIRE(intake);
    REQUIRE(intake->only(name));
    screening::Chart chart;
    Arena arena;
    REQUIRE(intake->next(chart, arena, report));
    CHECK(chart.reference == "Patient/p2");
    CHECK_FALSE(intake->next(chart, arena, report));
  }
  Report report;
  auto intake = Intake::open({folder.path()}, {}, report);
  REQUIRE(intake);
  CHECK_FALSE(intake->only("p4"));
}

TEST_CASE("intake: what is read leaves no temporary file behind") {
  Folder folder, temporary;
  folder.write("a.ndjson.gz", gzipped(patient("p1") + "\n" + condition("c1", "Patient/p1") + "\n"));
  setenv("TMPDIR", temporary.path().c_str(), 1);
  const Reading reading = read(folder);
  unsetenv("TMPDIR");
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c1"});
  CHECK(std::filesystem::is_empty(temporary.path()));
}

TEST_CASE("intake: without room for a temporary file the failure names the remedy") {
  Folder folder;
  folder.write("a.ndjson.gz", gzipped(patient("p1") + "\n"));
  setenv("TMPDIR", (folder.path() + "/none").c_str(), 1);
  Report report;
  const auto intake = Intake::open({folder.path()}, {}, report);
  unsetenv("TMPDIR");
  REQUIRE_FALSE(intake);
  CHECK(intake.error().code == ErrorCode::storage);
  CHECK(intake.error().message.find("set TMPDIR to a folder with room") != std::string::npos);
}
