// Bad input: each kind is survived and named, and the rest is read.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "folder.h"

using namespace trialflag;
using namespace trialflag::intake;
using fhir::ResourceType;
using Names = std::vector<std::string>;

namespace {

// A folder with one sound patient in a file of their own, so that every test sees the rest being read.
struct Ward : Folder {
  Ward() { write("sound.json", bundle("collection", {patient("sound"), condition("s1", "Patient/sound")})); }
  [[nodiscard]] Reading reading() const {
    Reading reading = read(*this);
    CHECK(reading.charts.at("Patient/sound").records == Names{"Condition/s1"});
    CHECK(reading.charts.at("Patient/sound").incomplete.none());
    return reading;
  }
};

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("bad input: of a Bundle that is cut off the entries before the cut are read, the rest counts as missing") {
  Ward ward;
  const std::string text = bundle("collection", {patient("p1"), condition("c1", "Patient/p1"), condition("c2", "Patient/p1")});
  ward.write("cut.json", text.substr(0, text.size() - 40));
  const Reading reading = ward.reading();
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c1"});
  CHECK(reading.charts.at("Patient/p1").incomplete.to_bits() == all_types().to_bits());
  CHECK(reading.says("cut.json: entry[2]: is cut off; what stands before was read, the rest counts as missing"));
  CHECK(reading.quarantined);
}

TEST_CASE("bad input: a Bundle is readable wherever it is cut") {
  const std::string text = bundle("collection", {patient("p1"), condition("c1", "Patient/p1")});
  for (std::size_t size = 1; size < text.size(); ++size) {
    Folder folder;
    const std::string json = folder.write("a.json", text.substr(0, size)), lines = folder.write("a.ndjson", text.substr(0, size));
    CHECK(read({json}).quarantined);
    CHECK(read({lines}).quarantined);
  }
}

TEST_CASE("bad input: a single resource that is cut off costs its type") {
  Ward ward;
  ward.write("p.json", patient("p1"));
  ward.write("c.json", R"({"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":{"co)");
  const Reading reading = ward.reading();
  CHECK(reading.says("c.json: Condition/c1: is cut off; quarantined"));
  CHECK(reading.charts.at("Patient/p1").incomplete.has(ResourceType::condition));
  CHECK_FALSE(reading.charts.at("Patient/p1").incomplete.has(ResourceType::observation));
}

TEST_CASE("bad input: an array of resources is refused with the remedy") {
  Ward ward;
  ward.write("array.json", "[" + patient("p1") + "]");
  const Reading reading = ward.reading();
  CHECK(reading.says(
      "array.json: is an array, not a FHIR resource; wrap it in a Bundle, or write one resource a line (.ndjson); quarantined"));
  CHECK(reading.quarantined);
}

TEST_CASE("bad input: several resources in one .json file are told to be NDJSON") {
  Ward ward;
  ward.write("lines.json", patient("p1") + "\n" + patient("p2") + "\n");
  const Reading reading = ward.reading();
  CHECK(reading.says_of("lines.json: goes on after its end; if it holds one resource a line, name it .ndjson"));
  CHECK(reading.quarantined);
}

TEST_CASE("bad input: nesting of 200,000 is named, in a resource, an entry, a line and a file") {
  Ward ward;
  const std::string deep = condition("c1", "Patient/p1", ",\"extension\":" + nested(200000));
  ward.write("a.json", bundle("collection", {patient("p1"), deep, condition("c2", "Patient/p1")}));
  ward.write("b.ndjson", patient("p2") + "\n" + condition("c3", "Patient/p2", ",\"extension\":" + nested(200000)) + "\n");
  ward.write("c.json", std::string(200000, '['));
  ward.write("d.json", [] {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += "{\"a\":";
    return text;
  }());
  const Reading reading = ward.reading();
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c2"});
  CHECK(reading.charts.at("Patient/p1").incomplete.has(ResourceType::condition));
  CHECK(reading.charts.at("Patient/p2").incomplete.has(ResourceType::condition));
  CHECK(reading.says_of("a.json: entry[1]: Condition: is nested deeper than"));
  CHECK(reading.says_of("b.ndjson:2: Condition: is nested deeper than"));
  CHECK(reading.says_of("c.json: is an array"));
  CHECK(reading.says_of("d.json: is cut off"));
}

TEST_CASE("bad input: duplicate members, invalid UTF-8, NUL, huge numbers and stray text each cost one record") {
  const std::string flaw = GENERATE(std::string(R"(,"status":"a","status":"b")"), std::string(",\"note\":\"\xC3\x28\""),
                                    std::string(",\"note\":\"\x00\"", 11), std::string(R"(,"note":"\u0000")"),
                                    std::string(R"(,"value":1e400)"), std::string(R"(,"value":nul)"), std::string(",\"value\":tru,"));
  Ward ward;
  ward.write("a.ndjson", patient("p1") + "\n" + condition("c1", "Patient/p1", flaw) + "\n" + condition("c2", "Patient/p1") + "\n");
  ward.write("b.json", bundle("collection", {patient("p2"), condition("c3", "Patient/p2", flaw), condition("c4", "Patient/p2")}));
  const Reading reading = ward.reading();
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c2"});
  CHECK(reading.charts.at("Patient/p2").records == Names{"Condition/c4"});
  CHECK(reading.charts.at("Patient/p1").incomplete.has(ResourceType::condition));
  CHECK(reading.charts.at("Patient/p2").incomplete.has(ResourceType::condition));
  CHECK(reading.says_of("a.ndjson:2: Condition"));
  CHECK(reading.says_of("b.json: entry[1]: Condition"));
  CHECK(reading.quarantined);
}

TEST_CASE("bad input: an empty file is named; an empty NDJSON file has simply no lines") {
  Ward ward;
  ward.write("empty.json", "");
  CHECK(ward.reading().says("empty.json: is empty"));
  CHECK(ward.reading().quarantined);
  Ward other;
  other.write("empty.ndjson", "\n");
  CHECK(other.reading().says("empty.ndjson: is empty"));
  CHECK_FALSE(other.reading().quarantined);
}

TEST_CASE("bad input: what is no JSON, or no FHIR, is named") {
  Ward ward;
  ward.write("a.json", "hello");
  ward.write("b.json", "{}");
  ward.write("c.json", R"({"name":"a package","version":"1"})");
  ward.write("d.ndjson", "42\n\"x\"\n");
  ward.write("e.json", std::string("\xFF\xFE{\0}\0", 6));
  const Reading reading = ward.reading();
  CHECK(reading.says_of("a.json: is no JSON object"));
  CHECK(reading.says("b.json: has no resourceType, so it is no FHIR resource; quarantined"));
  CHECK(reading.says("c.json: has no resourceType, so it is no FHIR resource; quarantined"));
  CHECK(reading.says("d.ndjson:1: is not a JSON object; quarantined"));
  CHECK(reading.says("d.ndjson:2: is not a JSON object; quarantined"));
  CHECK(reading.says_of("e.json: is no JSON object"));
}

TEST_CASE("bad input: entries that are null, empty or no objects cost nothing else") {
  Ward ward;
  ward.write("a.json", R"({"resourceType":"Bundle","type":"collection","entry":[null,{},{"resource":null},)" +
                           ("{\"resource\":" + patient("p1") + "}") + R"(,5]})");
  CHECK(ward.reading().charts.contains("Patient/p1"));
}

TEST_CASE("bad input: of a gzip file that is cut off or corrupt what was inflated before counts") {
  Ward ward;
  std::string lines = patient("p1") + "\n" + condition("c1", "Patient/p1") + "\n";
  for (int i = 0; i < 20000; ++i) lines += condition("x" + std::to_string(i * 7919 % 20011), "Patient/p1") + "\n";
  const std::string whole = gzipped(lines);
  ward.write("cut.ndjson.gz", whole.substr(0, whole.size() / 2));
  std::string corrupt = whole;
  for (std::size_t i = corrupt.size() / 2; i < corrupt.size() / 2 + 64; ++i) corrupt[i] = '\x55';
  ward.write("corrupt.ndjson.gz", corrupt);
  const Reading reading = ward.reading();
  CHECK(reading.charts.at("Patient/p1").records.size() > 100);
  CHECK(reading.charts.at("Patient/p1").incomplete.to_bits() == all_types().to_bits());
  CHECK(reading.says_of("the gzip stream is cut off; what stands before was read, the rest counts as missing"));
  CHECK(reading.says_of("the gzip stream is corrupt; what stands before was read, the rest counts as missing"));
}

TEST_CASE("bad input: an input that does not exist is named, and the others are read") {
  Ward ward;
  const std::string none = ward.path() + "/none.json";
  const Reading reading = read({none, ward.path() + "/sound.json"});
  CHECK(reading.order == Names{"Patient/sound"});
  CHECK(reading.says(none + ": there is no such file or folder"));
  CHECK(reading.quarantined);
}

TEST_CASE("bad input: a folder and a file that may not be read are named") {
  Ward ward;
  ward.write("locked/a.json", patient("p1"));
  std::filesystem::create_symlink(ward.path() + "/nowhere.json", ward.path() + "/dangling.json");
  std::filesystem::permissions(ward.path() + "/locked", std::filesystem::perms::none);
  const Reading reading = ward.reading();
  std::filesystem::permissions(ward.path() + "/locked", std::filesystem::perms::owner_all);
  CHECK(reading.says("dangling.json: cannot be opened: No such file or directory"));
  CHECK(reading.quarantined);
  if (geteuid() != 0) CHECK(reading.says_of("locked: the folder cannot be read"));  // root may read everything
}

TEST_CASE("bad input: a file that vanishes or changes after it was indexed costs its patients those records") {
  Ward ward;
  const std::string file = ward.write("a.ndjson", patient("p1") + "\n");
  const std::string records = ward.write("b.ndjson", condition("c1", "Patient/p1") + "\n");
  Report report;
  auto intake = Intake::open({file, records}, {}, report);
  REQUIRE(intake);
  SECTION("vanished") {
    std::filesystem::remove(records);
  }
  SECTION("changed") {
    ward.write("b.ndjson", condition("c1", "Patient/p1") + " \n");
  }
  screening::Chart chart;
  Arena arena;
  REQUIRE(intake->next(chart, arena, report));
  CHECK(chart.records.empty());
  CHECK(chart.incomplete.has(ResourceType::condition));
  CHECK(report.quarantined());
}

TEST_CASE("bad input: files that are not R4 are refused by name, and their patients are incomplete") {
  Ward ward;
  ward.write("stu3.json", bundle("collection",
                                 {patient("p1"), condition("c1", "Patient/p1", R"(,"clinicalStatus":"active","assertedDate":"2018-01-01")"),
                                  condition("c2", "Patient/p1", R"(,"clinicalStatus":"active","assertedDate":"2018-01-01")")}));
  ward.write("r4.json", bundle("collection", {patient("p2")}));
  ward.write(
      "more.ndjson",
      R"({"resourceType":"Condition","id":"c3","patient":{"reference":"Patient/p2"},"clinicalStatus":"active","dateRecorded":"2014-01-01"})"
      "\n");
  const Reading reading = ward.reading();
  CHECK_FALSE(reading.charts.contains("Patient/p1"));
  CHECK(reading.charts.at("Patient/p2").records.empty());
  CHECK(reading.charts.at("Patient/p2").incomplete.to_bits() == all_types().to_bits());
  CHECK(reading.says("stu3.json: is STU3, not R4; none of its resources is read (export it as FHIR R4)"));
  CHECK(reading.says("more.ndjson: is DSTU2, not R4; none of its resources is read (export it as FHIR R4)"));
  CHECK(reading.quarantined);
}

TEST_CASE("bad input: a fhirVersion that a file states is believed") {
  Ward ward;
  ward.write("a.json", bundle("collection", {patient("p1"), R"({"resourceType":"CapabilityStatement","fhirVersion":"3.0.2"})"}));
  ward.write("b.json", bundle("collection", {patient("p2"), R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"})"}));
  const Reading reading = ward.reading();
  CHECK_FALSE(reading.charts.contains("Patient/p1"));
  CHECK(reading.charts.contains("Patient/p2"));
  CHECK(reading.says("a.json: is STU3, not R4; none of its resources is read (export it as FHIR R4)"));
}

TEST_CASE("bad input: no message holds a value of a record") {
  Ward ward;
  const std::string secret = "Zhang-San-1950";
  ward.write("a.ndjson", patient("p1", R"(,"birthDate":")" + secret + R"(","name":[{"text":")" + secret + R"("}],"gender":["x"])") + "\n" +
                             condition("c1", "Patient/p1", R"(,"onsetDateTime":")" + secret + "\"") + "\n" +
                             condition("c2", "Patient/p1", ",\"note\":" + secret) + "\n" +
                             R"({"resourceType":"Condition","id":"c3","note":")" + secret + "\n");
  CHECK_FALSE(ward.reading().says_of(secret));
}
