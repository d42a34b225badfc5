#include "fhir/client/scopes.h"

#include <catch2/catch.hpp>

using namespace trialflag::fhir;
using Words = std::vector<std::string>;

TEST_CASE("scopes: one is asked for each type, in the version that the server speaks") {
  CHECK(scopes_for({"Patient", "Condition"}, true) == Words{"system/Patient.rs", "system/Condition.rs"});
  CHECK(scopes_for({"Patient"}, false) == Words{"system/Patient.read"});
  CHECK(split_scopes(" system/*.rs  openid,\nsystem/*.rs ") == Words{"system/*.rs", "openid"});
}

TEST_CASE("scopes: A06 what is granted is read in both versions, by type and by wildcard") {
  const GrantedScopes granted("openid system/Patient.r system/Condition.rs system/Consent.read system/Encounter.cud launch");
  CHECK(granted.of("Condition", Access::search) == Grant::whole);
  CHECK(granted.of("Consent", Access::search) == Grant::whole);
  CHECK(granted.of("Patient", Access::read) == Grant::whole);
  CHECK(granted.of("Patient", Access::search) == Grant::none);
  CHECK(granted.of("Encounter", Access::search) == Grant::none);
  CHECK(granted.of("Observation", Access::search) == Grant::none);
  CHECK(GrantedScopes("system/*.rs").of("Observation", Access::search) == Grant::whole);
  CHECK(GrantedScopes("system/*.*").of("Observation", Access::read) == Grant::whole);
  CHECK(GrantedScopes("user/*.read").of("Observation", Access::read) == Grant::whole);
  CHECK(GrantedScopes("patient/*.read system/Patient.rs").of("Observation", Access::read) == Grant::none);
}

TEST_CASE("scopes: a scope that is narrowed by a query grants a part") {
  const GrantedScopes granted("system/Observation.rs?category=http://x|laboratory system/Condition.rs?a=b system/Condition.rs");
  CHECK(granted.of("Observation", Access::search) == Grant::part);
  CHECK(granted.of("Condition", Access::search) == Grant::whole);
}

TEST_CASE("scopes: a text without scopes for resources says nothing, so that the server is asked") {
  for (const char* text : {"", "openid", "all", "system/Patient", "system/.rs", "/", "system/Patient.xyz"})
    CHECK(GrantedScopes(text).of("Condition", Access::search) == Grant::whole);
  CHECK(GrantedScopes().of("Condition", Access::search) == Grant::whole);
}

TEST_CASE("scopes: of what is wanted, that is asked which the server lists, as it lists it") {
  const Words wanted = {"system/Condition.rs", "system/Consent.rs", "system/Patient.rs"};
  CHECK(supported_of(wanted, {"system/Patient.rs", "system/Condition.cruds", "openid"}) ==
        Words{"system/Condition.rs", "system/Patient.rs"});
  CHECK(supported_of(wanted, {"system/Patient.read"}) == Words{"system/Patient.read"});
  CHECK(supported_of(wanted, {"system/*.read"}) == Words{"system/Condition.read", "system/Consent.read", "system/Patient.read"});
  CHECK(supported_of(wanted, {"system/*.rs"}) == wanted);
  CHECK(supported_of({"system/Patient.read"}, {"system/*.cruds"}) == Words{"system/Patient.rs"});
  CHECK(supported_of(wanted, {"user/*.rs", "system/Patient.r", "system/Patient.rs?a=b"}).empty());
  CHECK(supported_of({"openid", "x"}, {"openid"}) == Words{"openid"});
}
