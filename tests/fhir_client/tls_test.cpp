// Case T15 of the failure catalogue: whom the client trusts, with real certificates and real handshakes.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/fhir_client/searching.h"
#include "tests/support/hospital_server.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

/// A folder in which an authority "ca" signs whatever a test needs: NAME.pem and NAME.key.
class Authority {
 public:
  Authority() { self_signed("ca", "trialflag test authority"); }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  [[nodiscard]] std::string cert(const std::string& name) const { return file(name + ".pem"); }
  [[nodiscard]] std::string key(const std::string& name) const { return file(name + ".key"); }

  void self_signed(const std::string& name, const std::string& subject) const {
    openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=" + subject + "' -addext subjectAltName=IP:127.0.0.1 -keyout " +
            key(name) + " -out " + cert(name));
  }

  void sign(const std::string& name, const std::string& subject_alternative, int days = 2) const {
    std::ofstream(file(name + ".ext")) << "subjectAltName=" << subject_alternative << "\n";
    openssl("req -newkey rsa:2048 -nodes -subj /CN=server -keyout " + key(name) + " -out " + file(name + ".csr"));
    openssl("x509 -req -in " + file(name + ".csr") + " -CA " + cert("ca") + " -CAkey " + key("ca") + " -CAcreateserial -days " +
            std::to_string(days) + " -extfile " + file(name + ".ext") + " -out " + cert(name));
  }

 private:
  static void openssl(const std::string& arguments) { REQUIRE(std::system(("openssl " + arguments + " 2>/dev/null").c_str()) == 0); }

  const TemporaryFolder folder_;
};

Endpoint trusting(const HospitalServer& server, const std::string& ca_file) {
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.ca_file = ca_file;
  endpoint.retry_for = 0ms;
  return endpoint;
}

void check_refused(const Endpoint& endpoint, const std::string& why) {
  const Collected all = collect(endpoint);
  REQUIRE_FALSE(all.end);
  CHECK(all.end.error().code == ErrorCode::unavailable);
  CHECK_THAT(all.end.error().message, Catch::Matchers::Contains(why));
}

/// The same of TLS, which every such text says.
void check_handshake(const Endpoint& endpoint, const std::string& why) {
  check_refused(endpoint, "the TLS handshake failed: ");
  check_refused(endpoint, why);
}

}  // namespace

TEST_CASE("T15 a certificate of a private authority is trusted when that is named, beside the system's own") {
  const Authority authority;
  authority.sign("server", "IP:127.0.0.1");
  const HospitalServer server({"--tls", authority.cert("server"), authority.key("server")});
  CHECK(collect(trusting(server, authority.cert("ca"))).end);
  check_handshake(trusting(server, ""), "set ehr.tls.ca_file to the certificate of the authority");
  Endpoint absent = trusting(server, authority.file("absent.pem"));
  REQUIRE_FALSE(Client::create(absent));
  CHECK(Client::create(absent).error().code == ErrorCode::invalid_config);
}

TEST_CASE("T15 an expired, a self-signed and a wrong host's certificate are refused, and no request is made") {
  const Authority authority;
  const std::string kind = GENERATE("expired", "stranger", "other-host");
  INFO(kind);
  if (kind == "expired") authority.sign(kind, "IP:127.0.0.1", -1);
  if (kind == "stranger") authority.self_signed(kind, "127.0.0.1");
  if (kind == "other-host") authority.sign(kind, "DNS:ehr.example,IP:127.0.0.2");
  const HospitalServer server({"--tls", authority.cert(kind), authority.key(kind)});
  check_handshake(trusting(server, authority.cert("ca")), kind == "expired"    ? "certificate is not valid now (certificate has expired)"
                                                          : kind == "stranger" ? "certificate is not trusted ("
                                                                               : "certificate does not name its host");
}

TEST_CASE("T15 a server that speaks nothing newer than TLS 1.1 is refused") {
  const Authority authority;
  authority.sign("server", "IP:127.0.0.1");
  const std::string newest = GENERATE("1", "1.1");
  const HospitalServer server({"--tls", authority.cert("server"), authority.key("server"), "--tls-max", newest});
  check_handshake(trusting(server, authority.cert("ca")), "speaks no TLS 1.2 or newer");
  // The server is sound: whoever stoops to its TLS is served.
  const std::string port =
      server.base_url().substr(server.base_url().rfind(':') + 1, server.base_url().rfind('/') - server.base_url().rfind(':') - 1);
  const std::string stooping = "openssl s_client -connect 127.0.0.1:" + port + " -CAfile " + authority.cert("ca") +
                               " -verify_return_error " + (newest == "1" ? "-tls1" : "-tls1_1") +
                               " -cipher DEFAULT@SECLEVEL=0 </dev/null >/dev/null 2>&1";
  CHECK(std::system(stooping.c_str()) == 0);
}

TEST_CASE("T15 a server that speaks TLS 1.2 alone is served") {
  const Authority authority;
  authority.sign("server", "IP:127.0.0.1");
  const HospitalServer server({"--tls", authority.cert("server"), authority.key("server"), "--tls-max", "1.2"});
  CHECK(collect(trusting(server, authority.cert("ca"))).end);
}

TEST_CASE("T15 a server that asks who we are is shown the client's certificate") {
  const Authority authority;
  authority.sign("server", "IP:127.0.0.1");
  authority.sign("agent", "DNS:agent");
  const HospitalServer server({"--tls", authority.cert("server"), authority.key("server"), "--tls-client-ca", authority.cert("ca")});
  Endpoint endpoint = trusting(server, authority.cert("ca"));
  check_handshake(endpoint, "set ehr.tls.client_cert_file");
  endpoint.client_cert_file = authority.cert("agent");
  endpoint.client_key_file = authority.key("agent");
  CHECK(collect(endpoint).end);
  SECTION("one of an authority that the server does not know is refused") {
    authority.self_signed("nobody", "agent");
    endpoint.client_cert_file = authority.cert("nobody");
    endpoint.client_key_file = authority.key("nobody");
    check_handshake(endpoint, "ehr.tls.client_cert_file?");
  }
  SECTION("a key of another certificate cannot be used") {
    endpoint.client_key_file = authority.key("server");
    REQUIRE_FALSE(Client::create(endpoint));
    CHECK(Client::create(endpoint).error().code == ErrorCode::invalid_config);
  }
}

TEST_CASE("proxy: https goes through it in a tunnel, to the server whose certificate is checked") {
  const Authority authority;
  authority.sign("server", "DNS:ehr.test");
  const HospitalServer server({"--tls", authority.cert("server"), authority.key("server")});
  const int port = std::stoi(server.base_url().substr(server.base_url().rfind(':') + 1));
  const bool has_port = GENERATE(false, true);
#ifdef __SANITIZE_ADDRESS__
  const bool signs_in = false;  // the library leaks the password at each tunnel (microsoft/cpprestsdk#1696)
#else
  const bool signs_in = GENERATE(false, true);
#endif
  const ScriptedServer proxy([&](const Asked& asked) -> Said {
    if (signs_in != asked.has("Proxy-Authorization: Basic YWdlbnQ6cHc=")) return {answer(407, ""), Said::Then::close};
    return {"HTTP/1.1 200 Connection established\r\n\r\n", Said::Then::keep, 0, false, port};
  });
  Endpoint endpoint = trusting(server, authority.cert("ca"));
  endpoint.base_url = has_port ? "https://ehr.test:8443/fhir" : "https://ehr.test/fhir";
  endpoint.proxies.for_https = Proxy{"127.0.0.1", proxy.port(), signs_in ? "agent" : "", signs_in ? "pw" : ""};
  const auto client = client_of(endpoint);
  CHECK(collect(*client).end);
  CHECK(collect(*client).end);
  for (const std::string& target : proxy.targets()) CHECK(target == (has_port ? "ehr.test:8443" : "ehr.test:443"));
  endpoint.base_url = "https://ehr.other/fhir";
  CHECK_FALSE(collect(endpoint).end);
  if (!signs_in) return;
  endpoint.base_url = "https://ehr.test/fhir";
  endpoint.proxies.for_https->password = "wrong";
  check_refused(endpoint, "the proxy refuses the connection to the server (407); check HTTPS_PROXY");
}

TEST_CASE("T15 a handshake that ends without a reason is told as one") {
  const ScriptedServer proxy([](const Asked&) -> Said { return {"HTTP/1.1 200 Connection established\r\n\r\n", Said::Then::close}; });
  Endpoint endpoint = endpoint_at("https://ehr.test/fhir");
  endpoint.retry_for = 0ms;
  endpoint.proxies.for_https = Proxy{"127.0.0.1", proxy.port(), "", ""};
  check_handshake(endpoint, "the server ended it without a reason");
}
