// What a poll makes of resources as the server writes them, damaged ones above all.
#include "agent/app/resource_page.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using app::ResourcePage;
using fhir::ResourceType;

namespace {

struct Told {
  bool readable;
  std::string id, subject;
  bool operator==(const Told&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Told& told) {
  return out << (told.readable ? "readable " : "unreadable ") << told.id << " of " << told.subject;
}

Told told(std::string_view json, std::string_view full_url = {}) {
  ResourcePage page(ResourceType::condition);
  page.add(json, full_url);
  REQUIRE(page.items().size() == 1);
  const screening::Touched& item = page.items().front();
  CHECK(item.record->type == ResourceType::condition);
  return {item.readable, std::string(item.record->id), std::string(item.record->subject.target)};
}

}  // namespace

TEST_CASE("page of resources: nothing is left out, and what cannot be read tells whose it is if its text does") {
  CHECK(told(R"({"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}})") == Told{true, "c1", "Patient/p1"});
  CHECK(told(R"({"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":oops})") ==
        Told{false, "c1", "Patient/p1"});
  CHECK(told(R"({"code":oops,"subject":{"reference":"Patient/p1"}})", "https://h/fhir/Condition/c1") == Told{false, "c1", "Patient/p1"});
  CHECK(told(R"({"resourceType":"Condition","id":"c1"})") == Told{false, "c1", ""});
  CHECK(told(R"({"id":"c1","subject":{"reference":"Patient/p1"}})") == Told{false, "c1", "Patient/p1"});
  CHECK(told(R"({"code":oops,"subject":{"reference":"Patient/p1"},"x":{"subject":{"reference":"Patient/p2"}}})") == Told{false, "", ""});
  for (const char* nothing : {"", "5", "null", "[]", "{}", "{\"subject\"", "\"Patient/p1\""}) CHECK(told(nothing) == Told{false, "", ""});
}

TEST_CASE("page of resources: no subject is nobody where none is needed, and a subject without an id is somebody") {
  ResourcePage page(ResourceType::observation);
  page.add(R"({"resourceType":"Observation","id":"o1"})", "");
  page.add(R"({"resourceType":"Observation","id":"o2","subject":{"identifier":{"value":"7"}}})", "");
  page.add(R"({"resourceType":"Observation","id":"o3","subject":{"reference":"Group/g"}})", "");
  page.add(R"({"resourceType":"Observation","id":"o4","effectiveDateTime":"long ago"})", "");
  for (const std::size_t i : {0, 1, 3}) CHECK_FALSE(page.items()[i].readable);
  CHECK(page.items()[0].of_nobody);
  CHECK(page.items()[0].reason == "names no patient");
  CHECK_FALSE(page.items()[1].of_nobody);
  CHECK(page.items()[1].reason == "Observation.subject: names a patient by no id of this server");
  CHECK(page.items()[2].readable);
  CHECK_FALSE(page.items()[3].of_nobody);
}

TEST_CASE("page of resources: an id of another server says nothing of who it is") {
  const std::string about_p1 =
      R"({"resourceType":"Observation","id":"o1","subject":{"reference":"https://other.example/fhir/Patient/p1"}})";
  const auto is_readable = [&](std::string_view full_url, ResourcePage::IsOurs is_ours) {
    ResourcePage page(ResourceType::observation, std::move(is_ours));
    page.add(about_p1, full_url);
    CHECK(page.items().front().record->subject.target == "https://other.example/fhir/Patient/p1");
    if (!page.items().front().readable)
      CHECK(page.items().front().reason.starts_with("Observation.subject: names a patient at another server's address; if that is"));
    CHECK_FALSE(page.items().front().of_nobody);
    return page.items().front().readable;
  };
  CHECK_FALSE(is_readable("https://ehr.example/fhir/Observation/o1", {}));
  CHECK_FALSE(is_readable("https://other.example/else/Observation/o1", [](std::string_view) { return false; }));
  CHECK(is_readable("https://ehr.example/fhir/Observation/o1", [](std::string_view) { return true; }));
  CHECK(is_readable("https://other.example/fhir/Observation/o1", {}));
  CHECK(is_readable("", {}));
  CHECK(is_readable("", [](std::string_view) { return false; }));
  // In a search whose entries bear no address, what is not ours is elsewhere.
  for (const bool ours : {true, false}) {
    ResourcePage page(
        ResourceType::observation, [&](std::string_view) { return ours; }, true);
    page.add(about_p1, "");
    page.add(R"({"resourceType":"Observation","id":"o2","subject":{"reference":"Patient/p1"}})", "");
    CHECK(page.items()[0].readable == ours);
    CHECK(page.items()[1].readable);
  }
  CHECK(is_readable("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", {}));
}

TEST_CASE("S13 page of resources: what is given in part only is set aside with its reason and its text") {
  const std::string part =
      R"({"resourceType":"Condition","id":"c1","meta":{"tag":[{"code":"SUBSETTED"}]},"subject":{"reference":"Patient/p1"}})";
  ResourcePage page(ResourceType::condition);
  page.add(part, "");
  CHECK_FALSE(page.items().front().readable);
  CHECK(page.items().front().reason == "it is given in part only (SUBSETTED)");
  CHECK(page.items().front().raw == part);
}

TEST_CASE("page of resources: a Patient that cannot be read is one all the same") {
  ResourcePage page(ResourceType::patient);
  page.add(R"({"resourceType":"Patient","id":"p1","gender":oops})", "");
  page.add("oops", "https://h/fhir/Patient/p2");
  page.add("oops", "https://h/fhir/Condition/p3");
  REQUIRE(page.items().size() == 3);
  CHECK(page.items()[0].patient->id == "p1");
  CHECK(page.items()[1].patient->id == "p2");
  CHECK(page.items()[2].patient->id.empty());
  for (const auto& item : page.items()) CHECK_FALSE(item.readable);
}
