// How complete each patient's types are (criteria.md 2.2).
#include <catch2/catch.hpp>

#include "folder.h"

using namespace trialflag;
using namespace trialflag::intake;
using fhir::ResourceType;
using Names = std::vector<std::string>;

namespace {

bool is_whole(const Reading& reading, const std::string& patient) {
  return reading.charts.at(patient).incomplete.none();
}
bool lacks_all(const Reading& reading, const std::string& patient) {
  return reading.charts.at(patient).incomplete.to_bits() == all_types().to_bits();
}
bool lacks(const Reading& reading, const std::string& patient, ResourceType type) {
  return reading.charts.at(patient).incomplete.has(type);
}

std::string page_link(const std::string& relation, const std::string& url) {
  return R"({"relation":")" + relation + R"(","url":")" + url + "\"}";
}

std::string outcome(const std::string& severity, const std::string& code, const std::string& more = {}) {
  return R"({"resourceType":"OperationOutcome","issue":[{"severity":")" + severity + R"(","code":")" + code + "\"" + more + "}]}";
}

}  // namespace

TEST_CASE("completeness: a damaged line that still names one subject costs that patient alone") {
  Folder folder;
  folder.write("a.ndjson", patient("p1") + "\n" + patient("p2") + "\n" +
                               R"({"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/p1"},"valueQ)" + "\n" +
                               condition("c1", "Patient/p2") + "\n");
  const Reading reading = read(folder);
  CHECK(reading.says("a.ndjson:3: Observation/o1: is cut off or malformed JSON; quarantined"));
  CHECK(reading.quarantined);
  CHECK(lacks(reading, "Patient/p1", ResourceType::observation));
  CHECK_FALSE(lacks(reading, "Patient/p1", ResourceType::condition));
  CHECK(is_whole(reading, "Patient/p2"));
  CHECK(reading.charts.at("Patient/p2").records == Names{"Condition/c1"});
}

TEST_CASE("completeness: a damaged line that names nobody costs all patients of its file, and only its type") {
  Folder folder;
  folder.write("a.ndjson", patient("p1") + "\n" + patient("p2") + "\n" + R"({"resourceType":"Condition","id":"c1","co)" + "\n");
  folder.write("b.json", patient("p3"));
  const Reading reading = read(folder);
  CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
  CHECK(lacks(reading, "Patient/p2", ResourceType::condition));
  CHECK_FALSE(lacks(reading, "Patient/p2", ResourceType::procedure));
  CHECK(is_whole(reading, "Patient/p3"));
}

TEST_CASE("completeness: a line so damaged that it names no type costs every type") {
  Folder folder;
  folder.write("a.ndjson", patient("p1") + "\n{\"id\":\"c1\",\"co\n");
  CHECK(lacks_all(read(folder), "Patient/p1"));
}

TEST_CASE("completeness: a damaged text that names two subjects names none") {
  Folder folder;
  folder.write("a.ndjson",
               patient("p1") + "\n" + patient("p2") + "\n" +
                   R"({"resourceType":"Condition","patient":{"reference":"Patient/p1"},"subject":{"reference":"Patient/p2"},"x)" + "\n");
  const Reading reading = read(folder);
  CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
  CHECK(lacks(reading, "Patient/p2", ResourceType::condition));
}

TEST_CASE("completeness: an export file of one type that names no patient may have lost records of anyone") {
  Folder folder;
  folder.write("Patient.ndjson", patient("p1") + "\n");
  folder.write("Condition.ndjson", "{\"resourceType\":\"Condition\",\"id\":\"c\n");
  folder.write("Observation.000.ndjson.gz", gzipped(std::string(5000, '{')).substr(0, 12));
  const Reading reading = read(folder);
  CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
  CHECK(lacks(reading, "Patient/p1", ResourceType::observation));
  CHECK_FALSE(lacks(reading, "Patient/p1", ResourceType::procedure));
}

TEST_CASE("completeness: a wrong JSON type, or an unreadable date, in an element that is read quarantines the record") {
  Folder folder;
  folder.write(
      "a.json",
      bundle("collection", {patient("p1"), R"({"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":"M79.7"})",
                            condition("c2", "Patient/p1", R"(,"onsetDateTime":"2020-02-31")"), condition("c3", "Patient/p1")}));
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c3"});
  CHECK(reading.quarantined);
  CHECK(reading.says_of("a.json: entry[1]: Condition/c1 Condition.code: "));
  CHECK(reading.says_of("a.json: entry[2]: Condition/c2 Condition.onsetDateTime: "));
  CHECK_FALSE(reading.says_of("2020-02-31"));
  CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
  CHECK_FALSE(lacks(reading, "Patient/p1", ResourceType::observation));
}

TEST_CASE("completeness: a Patient is never quarantined for one element") {
  Folder folder;
  folder.write("a.json", patient("p1", R"(,"birthDate":"yesterday")"));
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").birth_date.empty());
  CHECK_FALSE(reading.quarantined);
  CHECK(reading.says_of("a.json: Patient/p1 Patient.birthDate: "));
  CHECK_FALSE(reading.says_of("yesterday"));
}

TEST_CASE("completeness: a type that is not R4's is quarantined and demotes its successor") {
  Folder folder;
  const auto of_type = [](const std::string& type) {
    return R"({"resourceType":")" + type + R"(","id":"x","subject":{"reference":"Patient/p1"}})";
  };
  folder.write("a.json", bundle("collection", {patient("p1"), of_type("MedicationOrder")}));
  folder.write("b.json", bundle("collection", {patient("p2"), R"({"resourceType":"ReferralRequest","id":"x"})"}));
  folder.write("c.json", bundle("collection", {patient("p3"), R"({"resourceType":"Nonsense","id":"x"})"}));
  const Reading reading = read(folder);
  CHECK(reading.says("a.json: entry[1]: MedicationOrder/x: is of a type that R4 does not have; quarantined"));
  CHECK(reading.quarantined);
  CHECK(lacks(reading, "Patient/p1", ResourceType::medication_request));
  CHECK(lacks(reading, "Patient/p2", ResourceType::service_request));
  CHECK_FALSE(lacks(reading, "Patient/p2", ResourceType::medication_request));
  CHECK(is_whole(reading, "Patient/p3"));
}

TEST_CASE("completeness: types named by the caller are incomplete for everyone") {
  Folder folder;
  folder.write("a.json", patient("p1"));
  Options options;
  options.incomplete.add(ResourceType::procedure);
  const Reading reading = read(folder, options);
  CHECK(lacks(reading, "Patient/p1", ResourceType::procedure));
  CHECK_FALSE(lacks(reading, "Patient/p1", ResourceType::condition));
}

TEST_CASE("completeness: a searchset whose next page is among the inputs is whole") {
  Folder folder;
  folder.write("1.json", bundle("searchset", {patient("p1"), condition("c1", "Patient/p1")},
                                ",\"link\":[" + page_link("self", "https://h/Condition?page=1") + "," +
                                    page_link("next", "https://h/Condition?page=2") + "]"));
  folder.write("2.json",
               bundle("searchset", {condition("c2", "Patient/p1")}, ",\"link\":[" + page_link("self", "https://h/Condition?page=2") + "]"));
  const Reading reading = read(folder);
  CHECK(is_whole(reading, "Patient/p1"));
  CHECK_FALSE(reading.says_of("next page"));
}

TEST_CASE("completeness: a searchset without its next page lacks its types for everyone it may be about") {
  Folder folder;
  folder.write("Patient.ndjson", patient("p1") + "\n" + patient("p2") + "\n");
  folder.write("1.json",
               bundle("searchset", {condition("c1", "Patient/p1")}, ",\"link\":[" + page_link("next", "https://h/Condition?page=2") + "]"));
  const Reading reading = read(folder);
  CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
  CHECK(lacks(reading, "Patient/p2", ResourceType::condition));
  CHECK_FALSE(lacks(reading, "Patient/p2", ResourceType::observation));
  CHECK(reading.says("1.json: Bundle.link: its next page is not among the inputs; its types count as incomplete"));
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("completeness: a search for one patient costs that patient alone") {
  Folder folder;
  folder.write("Patient.ndjson", patient("p1") + "\n" + patient("p2") + "\n");
  SECTION("by a parameter") {
    folder.write("1.json", bundle("searchset", {condition("c1", "Patient/p1")},
                                  ",\"link\":[" + page_link("self", "https://h/Condition?patient=Patient%2Fp1&_count=1") + "," +
                                      page_link("next", "https://h/?cursor=7") + "]"));
    const Reading reading = read(folder);
    CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
    CHECK(is_whole(reading, "Patient/p2"));
  }
  SECTION("by $everything, which may hold any type") {
    folder.write("1.json", bundle("searchset", {condition("c1", "Patient/p1")},
                                  ",\"link\":[" + page_link("next", "https://h/Patient/p1/$everything?page=2") + "]"));
    const Reading reading = read(folder);
    CHECK(lacks_all(reading, "Patient/p1"));
    CHECK(is_whole(reading, "Patient/p2"));
  }
  SECTION("as a closed Bundle shows") {
    folder.write("1.json", bundle("searchset", {patient("p1"), condition("c1", "Patient/p1")},
                                  ",\"link\":[" + page_link("next", "https://h/?cursor=7") + "]"));
    const Reading reading = read(folder);
    CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
    CHECK(is_whole(reading, "Patient/p2"));
  }
}

TEST_CASE("completeness: an OperationOutcome costs all types of the patients of its file") {
  const std::string gap = GENERATE(outcome("error", "exception"), outcome("fatal", "exception"), outcome("warning", "incomplete"),
                                   outcome("warning", "suppressed"),
                                   outcome("warning", "processing", R"(,"details":{"coding":[{"system":"urn:oid:1.2","code":"4119"}]})"));
  Folder folder;
  folder.write("a.json", bundle("searchset", {patient("p1"), gap}));
  folder.write("b.json", patient("p2"));
  const Reading reading = read(folder);
  CHECK(lacks_all(reading, "Patient/p1"));
  CHECK(is_whole(reading, "Patient/p2"));
  CHECK(reading.says("a.json: entry[1]: OperationOutcome: says that records may be missing; every type counts as incomplete"));
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("completeness: an OperationOutcome in a file that names nobody costs everyone") {
  Folder folder;
  folder.write("a.json", patient("p1"));
  folder.write("error.ndjson", outcome("error", "exception") + "\n");
  CHECK(lacks_all(read(folder), "Patient/p1"));
}

TEST_CASE("completeness: other warnings and informational outcomes cost nothing") {
  Folder folder;
  folder.write("a.json", bundle("searchset", {patient("p1"), outcome("information", "informational"), outcome("warning", "processing")}));
  CHECK(is_whole(read(folder), "Patient/p1"));
}

TEST_CASE("completeness: the outcome of a failed request in a batch response counts, too") {
  Folder folder;
  folder.write("a.json", bundle("batch-response", {patient("p1"), R"({"request":null,"response":{"status":"500","outcome":)" +
                                                                      outcome("error", "exception") + "}}"}));
  CHECK(lacks_all(read(folder), "Patient/p1"));
}

TEST_CASE("completeness: a Bulk Data manifest is held against its folder") {
  Folder folder;
  folder.write("Patient.ndjson", patient("p1") + "\n");
  folder.write("Condition.ndjson", condition("c1", "Patient/p1") + "\n");
  const auto manifest = [&](const std::string& output, const std::string& error = {}) {
    folder.write("manifest.json",
                 R"({"transactionTime":"2026-11-22T00:00:00Z","request":"https://h/$export","requiresAccessToken":false,"output":[)" +
                     output + R"(],"error":[)" + error + "]}");
  };
  SECTION("all there") {
    manifest(
        R"({"type":"Patient","url":"https://h/f/Patient.ndjson","count":1},{"type":"Condition","url":"https://h/f/Condition.ndjson?sig=x","count":1})");
    const Reading reading = read(folder);
    CHECK(is_whole(reading, "Patient/p1"));
    CHECK_FALSE(reading.says_of("manifest"));
  }
  SECTION("a file is missing") {
    manifest(R"({"type":"Observation","url":"https://h/f/Observation.ndjson","count":3})");
    const Reading reading = read(folder);
    CHECK(lacks(reading, "Patient/p1", ResourceType::observation));
    CHECK_FALSE(lacks(reading, "Patient/p1", ResourceType::condition));
    CHECK(reading.says("manifest.json: Observation: a file that the manifest lists is missing; the type counts as incomplete"));
  }
  SECTION("a file is short") {
    manifest(R"({"type":"Condition","url":"https://h/f/Condition.ndjson","count":2})");
    const Reading reading = read(folder);
    CHECK(lacks(reading, "Patient/p1", ResourceType::condition));
    CHECK(reading.says("manifest.json: Condition: a file holds fewer resources than the manifest says; the type counts as incomplete"));
  }
  SECTION("files under other names are counted together") {
    manifest(R"({"type":"Condition","url":"https://h/f/8c1f","count":1})");
    CHECK(is_whole(read(folder), "Patient/p1"));
  }
  SECTION("an error file that is not there") {
    manifest("", R"({"type":"OperationOutcome","url":"https://h/f/errors.ndjson"})");
    const Reading reading = read(folder);
    CHECK(lacks_all(reading, "Patient/p1"));
    CHECK(reading.says("manifest.json: the manifest lists an error; every type counts as incomplete"));
  }
  SECTION("an error of one type") {
    manifest("", R"({"type":"Procedure","url":"https://h/f/errors.ndjson"})");
    const Reading reading = read(folder);
    CHECK(lacks(reading, "Patient/p1", ResourceType::procedure));
    CHECK_FALSE(lacks(reading, "Patient/p1", ResourceType::condition));
  }
  SECTION("an error file that only informs") {
    manifest("", R"({"type":"OperationOutcome","url":"https://h/f/errors.ndjson"})");
    folder.write("errors.ndjson", outcome("information", "informational") + "\n");
    CHECK(is_whole(read(folder), "Patient/p1"));
  }
}

TEST_CASE("completeness: what a merged record lacked its survivor lacks") {
  Folder folder;
  folder.write("a.json", bundle("collection", {patient("a", R"(,"link":[{"type":"replaced-by","other":{"reference":"Patient/b"}}])"),
                                               R"({"resourceType":"Condition","id":"c1"})"}));
  folder.write("b.json", patient("b"));
  CHECK(lacks(read(folder), "Patient/b", ResourceType::condition));
}
