// Whose a record is (criteria.md 2.1): references in every form, colliding ids, merged patients, deletions, the newest version.
#include <catch2/catch.hpp>

#include "folder.h"

using namespace trialflag;
using namespace trialflag::intake;
using fhir::ResourceType;
using Names = std::vector<std::string>;

TEST_CASE("intake: a subject may be relative, absolute, versioned, escaped, or an entry's fullUrl") {
  Folder folder;
  folder.write("a.json", bundle("transaction", {at_url("urn:uuid:1", patient("p1")), condition("c1", "Patient/p1"),
                                                condition("c2", "https://h/fhir/Patient/p1"), condition("c3", "Patient/p1/_history/4"),
                                                condition("c4", "urn:uuid:1"), condition("c5", "Patient\\/p1")}));
  CHECK(read(folder).charts.at("Patient/p1").records ==
        Names{"Condition/c1", "Condition/c2", "Condition/c3", "Condition/c4", "Condition/c5"});
}

TEST_CASE("intake: the fullUrl of an entry counts before the id that it seems to name") {
  Folder folder;
  folder.write("a.json", bundle("collection", {at_url("https://h/Patient/2", patient("1")), condition("c1", "https://h/Patient/2")}));
  CHECK(read(folder).charts.at("Patient/1").records == Names{"Condition/c1"});
}

TEST_CASE("intake: a Patient without id takes its fullUrl") {
  Folder folder;
  const std::string nameless = R"({"resourceType":"Patient","birthDate":"1970-01-01"})";
  folder.write("a.json", bundle("document", {at_url("urn:uuid:7", nameless), condition("c1", "urn:uuid:7")}));
  const Reading reading = read(folder);
  REQUIRE(reading.order == Names{"urn:uuid:7"});
  CHECK(reading.charts.at("urn:uuid:7").records == Names{"Condition/c1"});
  CHECK(reading.charts.at("urn:uuid:7").birth_date == "1970-01-01");
}

TEST_CASE("intake: a Patient with neither id nor fullUrl is quarantined") {
  Folder folder;
  folder.write("a.json", bundle("collection", {patient("p1"), R"({"resourceType":"Patient"})"}));
  const Reading reading = read(folder);
  CHECK(reading.order == Names{"Patient/p1"});
  CHECK(reading.quarantined);
  CHECK(reading.says("a.json: entry[1]: Patient: has neither id nor fullUrl, so no record can belong to it; quarantined"));
}

TEST_CASE("intake: a subject that names no patient on file is told and has no effect") {
  Folder folder;
  folder.write("a.ndjson", patient("p1") + "\n" + condition("c1", "Patient/p9") + "\n" + condition("c2", "#x") + "\n" +
                               condition("c3", "Group/g") + "\n");
  const Reading reading = read(folder);
  CHECK(reading.says("a.ndjson:2: Condition of Patient/p9: its subject names no patient on file, so it counts for nobody"));
  CHECK(reading.says("a.ndjson:3: Condition of #x: its subject names no patient on file, so it counts for nobody"));
  CHECK(reading.says("a.ndjson:4: Condition of Group/g: its subject names no patient on file, so it counts for nobody"));
  CHECK(reading.charts.at("Patient/p1").incomplete.none());
  CHECK_FALSE(reading.quarantined);
}

TEST_CASE("intake: of one message twenty are told and the rest is counted") {
  Folder folder;
  std::string text = patient("p1") + "\n";
  for (int i = 0; i < 50; ++i) text += condition("c" + std::to_string(i), "Patient/none") + "\n";
  folder.write("a.ndjson", text);
  const Reading reading = read(folder);
  CHECK(reading.messages.size() == 22);
  CHECK(reading.says("a.ndjson: its subject names no patient on file, so it counts for nobody (30 more like this)"));
}

TEST_CASE("intake: a record without any subject is quarantined, and its type demotes the patients of its file") {
  Folder folder;
  folder.write("a.json", bundle("collection", {patient("p1"), R"({"resourceType":"Condition","id":"c1"})"}));
  folder.write("b.json", bundle("collection", {patient("p2")}));
  const Reading reading = read(folder);
  CHECK(reading.says("a.json: entry[1]: Condition/c1 Condition.subject: is missing; quarantined"));
  CHECK(reading.quarantined);
  CHECK(reading.charts.at("Patient/p1").incomplete.has(ResourceType::condition));
  CHECK_FALSE(reading.charts.at("Patient/p1").incomplete.has(ResourceType::observation));
  CHECK(reading.charts.at("Patient/p2").incomplete.none());
}

TEST_CASE("intake: of one (type, id) the newest meta.lastUpdated counts, whatever the order") {
  Folder folder;
  const auto version = [](const std::string& updated, const std::string& subject) {
    return condition("c1", subject, R"(,"meta":{"lastUpdated":")" + updated + "\"}");
  };
  folder.write("1.json", bundle("collection", {patient("p1"), patient("p2"), version("2026-03-01T00:00:00Z", "Patient/p1")}));
  folder.write("2.json", version("2026-02-01T00:00:00Z", "Patient/p2"));
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c1"});
  CHECK(reading.charts.at("Patient/p2").records.empty());
  CHECK(reading.messages.size() == 1);
}

TEST_CASE("intake: without a lastUpdated the last read counts, and twins of different content are named") {
  Folder folder;
  folder.write("1.json",
               bundle("collection", {patient("p1"), patient("p2"), condition("c1", "Patient/p1"), condition("c2", "Patient/p1")}));
  folder.write("2.ndjson", condition("c1", "Patient/p2") + "\n" + condition("c2", "Patient/p1") + "\n");
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").records == Names{"Condition/c2"});
  CHECK(reading.charts.at("Patient/p2").records == Names{"Condition/c1"});
  CHECK(reading.says(
      "2.ndjson:1: Condition: its id occurs more than once with different content and no meta.lastUpdated tells which is newer; this one, "
      "the last read, counts"));
  CHECK_FALSE(reading.says_of("2.ndjson:2"));
}

TEST_CASE("intake: the same id under two types is two resources") {
  Folder folder;
  folder.write("a.json",
               bundle("collection", {patient("x"), condition("x", "Patient/x"),
                                     R"({"resourceType":"Procedure","id":"x","status":"completed","subject":{"reference":"Patient/x"}})"}));
  CHECK(read(folder).charts.at("Patient/x").records == Names{"Condition/x", "Procedure/x"});
}

TEST_CASE("intake: a Patient id with other content in another document or collection makes each Bundle stand alone") {
  Folder folder;
  const auto document = [](const std::string& born, const std::string& record) {
    return bundle("document", {patient("00001", R"(,"birthDate":")" + born + "\""), condition(record, "Patient/00001")});
  };
  folder.write("dir/one.json", document("1970-01-01", "c1"));
  folder.write("two.json", document("1980-01-01", "c1"));
  folder.write("other.json", bundle("document", {patient("p9")}));
  const Reading reading = read(folder);
  REQUIRE(reading.order == Names{"Patient/00001#dir/one.json", "Patient/00001#two.json", "Patient/p9"});
  CHECK(reading.charts.at("Patient/00001#dir/one.json").birth_date == "1970-01-01");
  CHECK(reading.charts.at("Patient/00001#two.json").records == Names{"Condition/c1"});
}

TEST_CASE("intake: two colliding Bundles on lines of one file are told apart by their lines") {
  Folder folder;
  const std::string file = folder.write("a.ndjson", bundle("collection", {patient("p", R"(,"gender":"male")")}) + "\n" +
                                                        bundle("collection", {patient("p", R"(,"gender":"female")")}) + "\n");
  CHECK(read({file}).order == Names{"Patient/p#a.ndjson:1", "Patient/p#a.ndjson:2"});
}

TEST_CASE("intake: meta, narrative and the order of members make no collision, nor do searchsets") {
  Folder folder;
  folder.write(
      "1.json",
      bundle("document", {R"({"resourceType":"Patient","id":"p1","gender":"male","birthDate":"1970-01-01","meta":{"versionId":"1"}})"}));
  folder.write("2.json",
               bundle("collection",
                      {R"({"resourceType":"Patient","id":"p1","birthDate":"1970-01-01","text":{"status":"generated"},"gender":"male"})",
                       condition("c1", "Patient/p1")}));
  folder.write("3.json", bundle("searchset", {patient("p2", R"(,"gender":"male")")}));
  folder.write("4.json", bundle("searchset", {patient("p2", R"(,"gender":"female")")}));
  CHECK(read(folder).order == Names{"Patient/p1", "Patient/p2"});
}

TEST_CASE("intake: records of a replaced patient count for the survivor, through a chain") {
  Folder folder;
  const auto replaced_by = [](const std::string& id) {
    return R"(,"link":[{"type":"replaced-by","other":{"reference":"Patient/)" + id + "\"}}]";
  };
  folder.write("a.ndjson", patient("a", replaced_by("b")) + "\n" + patient("b", replaced_by("c")) + "\n" + patient("c") + "\n" +
                               condition("1", "Patient/a") + "\n" + condition("2", "Patient/b") + "\n" + condition("3", "Patient/c") +
                               "\n" + patient("d", replaced_by("gone")) + "\n");
  const Reading reading = read(folder);
  REQUIRE(reading.order == Names{"Patient/c", "Patient/d"});
  CHECK(reading.charts.at("Patient/c").records == Names{"Condition/1", "Condition/2", "Condition/3"});
  CHECK(reading.says("a.ndjson:1: Patient/a: was replaced by Patient/c: its records count there, it has no line of its own"));
}

TEST_CASE("intake: whoever names a replacement that is not on file is replaced by nothing; other links stay") {
  Folder folder;
  const auto linked = [](const std::string& id, const std::string& type, const std::string& to) {
    return patient(id, R"(,"link":[{"type":")" + type + R"(","other":{"reference":"Patient/)" + to + "\"}}]");
  };
  folder.write("a.ndjson", linked("a", "replaced-by", "gone") + "\n" + linked("b", "seealso", "gone") + "\n" +
                               linked("c", "replaced-by", "d") + "\n" + linked("d", "replaced-by", "c") + "\n");
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/a").links == 0);
  CHECK(reading.charts.at("Patient/b").links == 1);
  CHECK(reading.charts.at("Patient/c").links == 1);
}

TEST_CASE("intake: patients who replace each other in a circle each keep their line") {
  Folder folder;
  const auto replaced_by = [](const std::string& id) {
    return R"(,"link":[{"type":"replaced-by","other":{"reference":"Patient/)" + id + "\"}}]";
  };
  folder.write("a.ndjson", patient("a", replaced_by("b")) + "\n" + patient("b", replaced_by("a")) + "\n");
  CHECK(read(folder).order == Names{"Patient/a", "Patient/b"});
}

TEST_CASE("intake: a deletion read after a resource removes it, one read before does not") {
  const std::string deletion = R"({"request":{"method":"DELETE","url":"Condition/c1"}})";
  Folder after, before;
  after.write("1.ndjson", patient("p1") + "\n" + condition("c1", "Patient/p1") + "\n" + bundle("transaction", {deletion}) + "\n");
  before.write("1.ndjson", patient("p1") + "\n" + bundle("transaction", {deletion}) + "\n" + condition("c1", "Patient/p1") + "\n");
  CHECK(read(after).charts.at("Patient/p1").records.empty());
  CHECK(read(before).charts.at("Patient/p1").records == Names{"Condition/c1"});
}

TEST_CASE("intake: a history Bundle begins with the newest") {
  Folder folder;
  const std::string older = condition("c1", "Patient/p1"), other = condition("c2", "Patient/p1");
  folder.write("a.json", bundle("history", {R"({"request":{"method":"DELETE","url":"Condition/c1"}})", older, other,
                                            R"({"request":{"method":"DELETE","url":"Condition/c2"}})", patient("p1")}));
  CHECK(read(folder).charts.at("Patient/p1").records == Names{"Condition/c2"});
}

TEST_CASE("intake: a deleted Patient is no longer on file") {
  Folder folder;
  folder.write("a.ndjson", patient("p1") + "\n" + patient("p2") + "\n" +
                               bundle("transaction", {R"({"request":{"method":"DELETE","url":"Patient/p1"}})"}) + "\n");
  CHECK(read(folder).order == Names{"Patient/p2"});
}

TEST_CASE("intake: Medications come with the charts whose drug records refer to them, ingredients included") {
  const auto request = [](const std::string& id, const std::string& subject, const std::string& medication) {
    return R"({"resourceType":"MedicationRequest","id":")" + id + R"(","status":"active","intent":"order","subject":{"reference":")" +
           subject + R"("},"medicationReference":{"reference":")" + medication + "\"}}";
  };
  Folder folder;
  folder.write(
      "a.json",
      bundle(
          "collection",
          {patient("p1"), patient("p2"), request("r1", "Patient/p1", "Medication/m1"), request("r2", "Patient/p2", "urn:uuid:m"),
           R"({"resourceType":"Medication","id":"m1","code":{"text":"x"},"ingredient":[{"itemReference":{"reference":"Medication/m2"}}]})",
           R"({"resourceType":"Medication","id":"m2","code":{"text":"y"}})",
           at_url("urn:uuid:m", R"({"resourceType":"Medication","code":{"text":"z"}})")}));
  const Reading reading = read(folder);
  CHECK(reading.charts.at("Patient/p1").medications == Names{"Medication/m1", "Medication/m2"});
  CHECK(reading.charts.at("Patient/p2").medications == Names{"Medication/urn:uuid:m"});
}
