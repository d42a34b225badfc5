#include "fhir/client/own.h"

#include <catch2/catch.hpp>

using trialflag::fhir::put_over;

TEST_CASE("own: what people added stays, what is ours is replaced, and what we do not say any more goes") {
  const std::string theirs =
      R"({"resourceType":"Task","id":"7","meta":{"versionId":"3"},"text":{"status":"generated"},"identifier":[{"system":"urn:trialflag:id","value":"f"},)"
      R"({"system":"urn:oid:1.2","value":"9"},{"system":"urn:trialflag:written","value":"old"}],"status":"cancelled","_status":{"id":"s"},)"
      R"("statusReason":{"text":"why"},"owner":{"display":"N"},"note":[{"text":"a, \"b\""}]})";
  const std::string ours = R"({"resourceType":"Task","identifier":[{"system":"urn:trialflag:id","value":"f"}],"status":"requested"})";
  CHECK(put_over(theirs, ours, "urn:trialflag:", {"statusReason"}) ==
        R"({"resourceType":"Task","id":"7","identifier":[{"system":"urn:trialflag:id","value":"f"},{"system":"urn:oid:1.2","value":"9"}],)"
        R"("status":"requested","owner":{"display":"N"},"note":[{"text":"a, \"b\""}]})");
}

TEST_CASE("own: what is no object is not written over") {
  CHECK(put_over("[]", R"({"resourceType":"Task"})", "urn:", {}).empty());
  CHECK(put_over(R"({"id":"7",)", R"({"resourceType":"Task"})", "urn:", {}).empty());
}
