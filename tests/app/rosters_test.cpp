// Who is a member of a Group, and which of its answers are none.
#include "agent/app/rosters.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::app;

namespace {

const Instant kNow = *parse_instant("2026-11-22T12:00:00Z", Zone::utc());

std::string group(const std::string& members, const std::string& more = R"("actual":true)") {
  return R"({"resourceType":"Group","id":"g",)" + more + R"(,"member":[)" + members + "]}";
}
std::string member(const std::string& reference, const std::string& more = "") {
  return R"({"entity":{"reference":")" + reference + "\"}" + more + "}";
}
std::string ids(const Result<GroupMembers>& members) {
  if (!members) return members.error().message;
  std::string all;
  for (const auto& patient : members->patients) all += patient.value + " ";
  return all;
}

}  // namespace

TEST_CASE("roster: members of a Group are its Patients, each once, without the inactive and those whose time is over") {
  CHECK(ids(members_of(group(member("Patient/a") + "," + member("https://ehr/fhir/Patient/b") + "," + member("Patient/a")), kNow)) ==
        "a b ");
  CHECK(ids(members_of(group(member("Patient/a", R"(,"inactive":true)") + "," + member("Patient/b", R"(,"inactive":false)")), kNow)) ==
        "b ");
  const auto until = [](const std::string& end) {
    return ids(
        members_of(group(member("Patient/a", R"(,"period":{"start":"2020","end":")" + end + "\"}") + "," + member("Patient/b")), kNow));
  };
  CHECK(until("2026-11-20") == "b ");
  CHECK(until("2026-11-22T11:59:00Z") == "b ");
  for (const char* end : {"2026-11-21", "2026-11-22", "2026", "2027-01-01", "2026-11-22T12:01:00Z", "soon"}) CHECK(until(end) == "a b ");
  const auto mixed = members_of(group(member("Device/d") + "," + member("Group/other") + "," + member("Patient/a")), kNow);
  REQUIRE(mixed);
  CHECK(mixed->others == 2);
}

TEST_CASE("roster: what is no list of people is no empty list") {
  CHECK(ids(members_of("{", kNow)) == "is no Group");
  CHECK(ids(members_of(R"({"resourceType":"Patient"})", kNow)) == "is no Group");
  CHECK_FALSE(members_of(group("", R"("actual":false)"), kNow));
  CHECK_FALSE(members_of(group("", R"("actual":true,"quantity":40)"), kNow));
  CHECK_FALSE(members_of(group(member("Patient/a"), R"("actual":true,"quantity":2)"), kNow));
  CHECK(members_of(group(member("Patient/a"), R"("actual":true,"quantity":1)"), kNow));
  CHECK_FALSE(members_of(group(member("Patient/a"), R"("active":false,"actual":true)"), kNow));
  CHECK_FALSE(members_of(group(member("Patient/a"), R"("actual":true,"meta":{"tag":[{"code":"SUBSETTED"}]})"), kNow));
  CHECK(members_of(group(""), kNow));
}
