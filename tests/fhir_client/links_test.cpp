#include "fhir/client/links.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::fhir;

namespace {

const Url kBase = *parse_url("https://ehr.example/app/FHIR/r4");
const Url kPage = *parse_url("https://ehr.example/app/FHIR/r4/Patient?_count=2");

/// The URL that a link leads to, or the beginning of why not.
std::string led(const Links& links, const std::string& link) {
  const auto url = links.next(kPage, link);
  return url ? url->text() : "refused: " + url.error().message.substr(0, url.error().message.find(';'));
}

}  // namespace

TEST_CASE("T03 a next link is refused unless scheme, host, port and base path are the base's own") {
  const Links links(kBase, {}, false);
  const std::string elsewhere = "refused: a next link leads to another origin";
  const std::string unusable = "refused: a next link is no usable URL";
  const std::string outside = "refused: a next link leads out of the path of ehr.base_url";
  CHECK(led(links, "https://EHR.example:443/app/FHIR/r4/Patient?a=1") == "https://ehr.example/app/FHIR/r4/Patient?a=1");
  CHECK(led(links, "https://ehr.example/app/FHIR/r4?_getpages=1") == "https://ehr.example/app/FHIR/r4?_getpages=1");
  CHECK(led(links, "https://ehr.example.evil.test/app/FHIR/r4/Patient") == elsewhere);
  CHECK(led(links, "https://ehr.example:8443/app/FHIR/r4/Patient") == elsewhere);
  CHECK(led(links, "//evil/app/FHIR/r4/Patient") == elsewhere);
  CHECK(led(links, "https://ehr.example@evil/app/FHIR/r4/Patient") == unusable);
  CHECK(led(links, "https://evil\\@ehr.example/app/FHIR/r4/Patient") == unusable);
  CHECK(led(links, "http://ehr.example/app/FHIR/r4/Patient") == "refused: a next link leads from https to plain http");
  CHECK(led(links, "http://ehr.example:443/app/FHIR/r4/Patient") == "refused: a next link leads from https to plain http");
  for (const char* path : {"/app/FHIR/r4x/Patient", "/other", "/app/FHIR/r4/../../admin", "/app/FHIR/r4/..%2fadmin",
                           "/app/FHIR/r4/%2e%2e/x", "/app/FHIR/r4/..%5cadmin", "/app/FHIR/r4/..\\admin",
                           "/app/FHIR/r4/%252e%252e%252fadmin", "/app/FHIR/r4/%252525252525252525252525x"}) {
    INFO(path);
    CHECK(led(links, std::string("https://ehr.example") + path) == outside);
  }
  CHECK(led(links, "https://ehr.example/app/FHIR/r4/page%2Fof..%2Fsorts").starts_with("https://"));
}

TEST_CASE("an address is of this server below its base, at an allowed origin, and anywhere when the server does not know its own") {
  const Links links(kBase, {"https://other.example"}, false);
  CHECK(links.is_ours("https://EHR.example:443/app/FHIR/r4/Patient/1"));
  CHECK(links.is_ours("https://other.example/fhir/Patient/1"));
  for (const char* address : {"https://ehr.example/app/FHIR/dstu2/Patient/1", "http://ehr.example/app/FHIR/r4/Patient/1",
                              "https://ehr.example.evil.test/app/FHIR/r4/Patient/1", "Patient/1", "urn:uuid:1", ""}) {
    INFO(address);
    CHECK_FALSE(links.is_ours(address));
  }
  CHECK(Links(kBase, {}, true).is_ours("http://internal:8080/fhir/Patient/1"));
}

TEST_CASE("T03 an origin that is allowed may be plain http only where the base is") {
  CHECK(led(Links(kBase, {"http://127.0.0.1:8080"}, false), "http://127.0.0.1:8080/x") ==
        "refused: a next link leads from https to plain http");
  CHECK(led(Links(kBase, {"https://192.0.2.7:8080"}, false), "https://192.0.2.7:8080/x") == "https://192.0.2.7:8080/x");
}

TEST_CASE("T04 a link to a metadata service, a link-local address or a file is refused, however it is written") {
  const Links links(kBase, {"http://169.254.169.254", "https://169.254.169.254"}, false);
  CHECK(led(links, "https://169.254.169.254/latest").starts_with("refused: a next link leads to an address that no EHR has"));
  CHECK(led(links, "file:///etc/passwd") == "refused: a next link is no usable URL");
  CHECK(led(Links(kBase, {}, true), "file:///etc/passwd") == "refused: a next link is no usable URL");
  for (const char* host : {"169.254.169.254", "169.254.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662", "0.0.0.0",
                           "0", "[::]", "[fe80::1]", "[fe80::1%eth0]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]",
                           "metadata.google.internal", "metadata.google.internal.", "100.100.100.200", "224.0.0.1", "255.255.255.255"}) {
    INFO(host);
    CHECK(is_blocked_host(host));
  }
  for (const char* host : {"ehr.example", "10.0.0.5", "192.168.1.1", "127.0.0.1", "[::1]", "[2001:db8::1]", "localhost", "169.253.0.1"}) {
    INFO(host);
    CHECK_FALSE(is_blocked_host(host));
  }
  CHECK(ranges_of("0.0.0.0") == std::set{Range::blocked});
  CHECK(ranges_of("no-such-host.invalid").empty());
}

TEST_CASE("T04 a private or loopback address is no target unless the base is at such a one itself, or its origin is allowed") {
  CHECK(ranges_of("localhost") == std::set{Range::loopback});
  for (const char* host : {"127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"}) CHECK(ranges_of(host) == std::set{Range::loopback});
  for (const char* host : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "[fc00::1]", "[fd12::1]"}) {
    INFO(host);
    CHECK(ranges_of(host) == std::set{Range::inner});
  }
  for (const char* host : {"192.0.2.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "[2001:db8::1]"}) {
    INFO(host);
    CHECK(ranges_of(host) == std::set{Range::open});
  }
  const std::set open{Range::open}, inner{Range::inner}, here{Range::loopback}, none{Range::blocked};
  CHECK(may_lead(open, open));
  CHECK_FALSE(may_lead(open, inner));
  CHECK_FALSE(may_lead(open, here));
  CHECK_FALSE(may_lead(open, {Range::open, Range::inner}));
  CHECK(may_lead(inner, open));
  CHECK(may_lead(inner, inner));
  CHECK_FALSE(may_lead(inner, here));
  CHECK(may_lead(here, inner));
  CHECK(may_lead(here, here));
  for (const auto& base : {open, inner, here, none}) CHECK_FALSE(may_lead(base, none));

  const Url open_base = *parse_url("https://192.0.2.1/fhir"), inner_base = *parse_url("https://10.1.1.1/fhir");
  for (const std::string host : {"10.0.0.5", "127.0.0.1", "[::1]", "localhost", "2130706433"}) {
    INFO(host);
    const std::string link = "https://" + host + "/x", origin = "https://" + host;
    const Links strict(open_base, {}, false), others(open_base, {origin + ":8443"}, false), allowing(open_base, {origin}, false);
    for (const Links* links : {&strict, &others}) {
      const auto file = links->exported(open_base, link, false);
      REQUIRE_FALSE(file);
      CHECK(file.error().code == ErrorCode::invalid_config);
      CHECK(file.error().message ==
            "a link of the export leads to a private or loopback address, and ehr.base_url is at none; if that is "
            "meant, add " +
                origin + " to ehr.allowed_origins");
      for (const auto& refused : {links->next(open_base, link), links->redirect(open_base, link)}) {
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("add it to ehr.allowed_origins") != std::string::npos);
      }
      CHECK_FALSE(links->exported(open_base, link, true));
    }
    CHECK(allowing.next(open_base, link));
    CHECK(allowing.redirect(open_base, link));
    for (const bool signed_in : {false, true}) {
      const auto target = allowing.exported(open_base, link, signed_in);
      REQUIRE(target);
      CHECK(target->ours);
    }
    CHECK(Links(inner_base, {}, false).exported(inner_base, link, false).has_value() == (host == "10.0.0.5"));
  }
}

TEST_CASE("T04 no word of an operator allows what no EHR has, nor plain http beside https") {
  const Url base = *parse_url("https://192.0.2.1/fhir");
  for (const std::string origin : {"https://169.254.169.254", "https://[fe80::1]", "https://metadata.google.internal", "http://10.0.0.5"}) {
    INFO(origin);
    const Links links(base, {origin}, false);
    CHECK_FALSE(links.next(base, origin + "/x"));
    CHECK_FALSE(links.redirect(base, origin + "/x"));
    CHECK_FALSE(links.exported(base, origin + "/x", false));
  }
}

TEST_CASE("T04 a base that is link-local itself is the operator's own choice") {
  const Url base = *parse_url("http://169.254.7.7/fhir");
  CHECK(Links(base, {}, false).next(base, "/fhir/Patient?page=2"));
}

TEST_CASE("T05 a relative next link is resolved against its page") {
  const Links links(kBase, {}, false);
  CHECK(led(links, "/app/FHIR/r4/Patient?page=2") == "https://ehr.example/app/FHIR/r4/Patient?page=2");
  CHECK(led(links, "?page=2") == "https://ehr.example/app/FHIR/r4/Patient?page=2");
  CHECK(led(links, "Patient?page=2") == "https://ehr.example/app/FHIR/r4/Patient?page=2");
}

TEST_CASE("T06 a port that is written once is the origin's, one written twice is read by the rewrite alone") {
  const Links plain(kBase, {}, false);
  const Links rewriting(kBase, {}, true);
  const std::string here = "https://ehr.example/app/FHIR/r4/Patient?page=2";
  CHECK(led(plain, "https://ehr.example:443/app/FHIR/r4/Patient?page=2") == here);
  CHECK(led(plain, "https://ehr.example:443:443/app/FHIR/r4/Patient?page=2") == "refused: a next link is no usable URL");
  CHECK(led(rewriting, "https://ehr.example:443:443/app/FHIR/r4/Patient?page=2") == here);
  CHECK(led(rewriting, "http://inside:8080/app/FHIR/r4/Patient?page=2") == here);
  CHECK(led(rewriting, "//inside/app/FHIR/r4/Patient?page=2") == here);
  CHECK(led(rewriting, "http://inside/admin") == "refused: a next link leads out of the path of ehr.base_url");
  CHECK(led(rewriting, "http://inside") == "refused: a next link leads out of the path of ehr.base_url");
  CHECK(led(rewriting, "https://user@inside/app/FHIR/r4/Patient?page=2") == here);
}

TEST_CASE("T02 a redirect is judged like a link and never rewritten") {
  const Links links(kBase, {}, true);
  CHECK(links.redirect(kPage, "/app/FHIR/r4/Patient")->text() == "https://ehr.example/app/FHIR/r4/Patient");
  for (const char* location : {"", "http://ehr.example/app/FHIR/r4/Patient", "https://other/app/FHIR/r4/Patient", "/login"}) {
    INFO(location);
    CHECK_FALSE(links.redirect(kPage, location));
  }
}
