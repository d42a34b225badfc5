#include "fhir/client/page.h"

#include <catch2/catch.hpp>
#include <string>

namespace trialflag::fhir {
namespace {

std::string refusal(const std::string& text) {
  const auto page = cut_page(text);
  return page ? "" : page.error().message;
}

std::string with_links(const std::string& links) {
  return R"({"resourceType":"Bundle","type":"searchset","entry":[],"link":)" + links + "}";
}

}  // namespace

TEST_CASE("page: what stands around the entries is read, before or after them") {
  const std::string text =
      R"({"resourceType":"Bundle","link":[{"relation":"self","url":"u1"},{"relation":"next","url":"https:\/\/h\/next?a=1"}],)"
      R"("entry":[{"fullUrl":"https:\/\/h\/Patient\/p1","resource":{"resourceType":"Patient","id":"p1"},"search":{"mode":"include"}}],)"
      R"("total":7,"type":"searchset"})";
  const auto page = cut_page(text);
  REQUIRE(page);
  CHECK(page->kind == "searchset");
  CHECK(page->total == 7);
  CHECK(page->next == "https://h/next?a=1");
  REQUIRE(page->entries.size() == 1);
  const Entry& entry = page->entries.front();
  CHECK(entry.full_url == "https://h/Patient/p1");
  CHECK(entry.type + "/" + entry.id == "Patient/p1");
  CHECK(entry.mode == "include");
  CHECK(entry.resource == R"({"resourceType":"Patient","id":"p1"})");
}

// A list of links that could not be parsed was read as "no further page": the rest of a search was left out without a word.
TEST_CASE("page: links that cannot be read are no last page") {
  CHECK(refusal(with_links("[]")).empty());
  CHECK(refusal(with_links(R"([{"relation":"self","url":"u"}])")).empty());
  CHECK(refusal(with_links(R"([{"relation":"next","url":"u","relation":"self"}])")) == "Bundle.link is no sound list");
  CHECK(refusal(with_links(R"({"relation":"next","url":"u"})")) == "Bundle.link is no sound list");
  CHECK(refusal(with_links(R"([{"relation":"next"}])")) == "Bundle.link names a next page without its address");
}

// An entry that was damaged before its resource was handed on as an entry without one, and with it whose record it was.
TEST_CASE("page: of a damaged entry all there is is kept") {
  const std::string record = R"({"subject":{"reference":"Patient/p1"},"id":"c1"})";
  for (const std::string& entry : {R"({"search":{"mode":match},"resource":)" + record + "}", R"({"fullUrl" "u","resource":)" + record + "}",
                                   R"({"fullUrl":"u","resource":)" + record + "x}"}) {
    INFO(entry);
    const std::string text = R"({"resourceType":"Bundle","type":"searchset","entry":[)" + entry + "]}";
    const auto page = cut_page(text);
    REQUIRE(page);
    REQUIRE(page->entries.size() == 1);
    CHECK(page->entries.front().resource.find("Patient/p1") != std::string_view::npos);
  }
}

TEST_CASE("page: what is cut off is to be asked for again, what is malformed is not") {
  const std::string text = with_links("[]");
  for (std::size_t size = 0; size < text.size(); ++size) {
    INFO(size);
    const auto page = cut_page(text.substr(0, size));
    REQUIRE_FALSE(page);
    CHECK((page.error().code == ErrorCode::unavailable || size == 0));
  }
  for (const char* malformed : {"[]", "7", R"({"resourceType":"Bundle","entry":{}})", R"({"resourceType":"Bundle"]})",
                                R"({"resourceType":"Bundle","entry":[],"entry":[]})"}) {
    INFO(malformed);
    const auto page = cut_page(malformed);
    REQUIRE_FALSE(page);
    CHECK(page.error().code == ErrorCode::malformed_data);
  }
}

// What tells how to go on is there before the entries are looked at.
TEST_CASE("page: its outline is all but the entries") {
  const std::string text = R"({"resourceType":"Bundle","type":"history","entry":[{"resource":{"resourceType":"Patient","id":"p1"}}],)"
                           R"("link":[{"relation":"next","url":"n"}]})";
  auto page = outline_page(text);
  REQUIRE(page);
  CHECK(page->kind == "history");
  CHECK(page->next == "n");
  CHECK(page->entries.empty());
  REQUIRE(cut_entries(*page));
  REQUIRE(page->entries.size() == 1);
  CHECK(page->entries.front().id == "p1");
}

}  // namespace trialflag::fhir
