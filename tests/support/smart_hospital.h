// A FHIR server with SMART Backend Services on loopback that is strict where the specification is, and whose answers a test can replace.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fhir/client/endpoint.h"
#include "fhir/client/signing_key.h"
#include "tests/support/http_server.h"
#include "tests/support/temporary_folder.h"

namespace trialflag::testing {

/// The fields of a form, decoded.
std::map<std::string, std::string> read_form(const std::string& body);

/// FHIR under /fhir, tokens at /token. Members that steer it are set before the first request, the atomic ones at any time.
class SmartHospital {
 public:
  /// With a certificate (PEM files): https.
  explicit SmartHospital(const std::string& certificate = {}, const std::string& key = {});

  /// What a client needs to sign in here; retries are short.
  [[nodiscard]] fhir::Endpoint endpoint() const;
  [[nodiscard]] std::string origin() const { return server_->origin(); }
  [[nodiscard]] const HttpServer& server() const { return *server_; }

  /// Token requests so far, those whose assertion was good, and their scopes.
  [[nodiscard]] int token_requests() const { return server_->count("POST /token"); }
  [[nodiscard]] std::vector<std::string> scopes_asked() const;
  /// The claims of every assertion that was good, as JSON.
  [[nodiscard]] std::vector<std::string> claims() const;
  [[nodiscard]] std::vector<std::string> problems() const;  ///< what was wrong with assertions that were not
  [[nodiscard]] std::vector<std::string> tokens() const;    ///< every one given

  /// Takes the registered key away, or gives it back.
  void forget_key() { registered_ = false; }
  void register_key() { registered_ = true; }
  /// Ends every token given so far.
  void revoke();

  fhir::SigningKey key;
  std::string key_id = "k1";
  TemporaryFolder folder;
  std::string configuration;  ///< .well-known/smart-configuration; "{origin}" is this server's; empty: 404
  std::string capability;     ///< what /fhir/metadata answers; {origin} as above
  std::atomic<int> lifetime = 300;
  std::atomic<int> ahead_s = 0;         ///< of this server's clock
  std::atomic<int> longest_life = 300;  ///< seconds for which an assertion may be good
  /// In the place of the token (assertion good); nullopt: the token. `number` counts from 1.
  std::function<std::optional<HttpResponse>(int number, const std::string& scope)> on_token;
  /// In the place of the records (token good).
  std::function<std::optional<HttpResponse>(const HttpRequest&)> on_records;

 private:
  HttpResponse serve(const HttpRequest& request);
  HttpResponse token(const HttpRequest& request);
  HttpResponse records(const HttpRequest& request);
  std::string judge(const std::map<std::string, std::string>& form);
  [[nodiscard]] std::int64_t now_ms() const;

  std::atomic<bool> registered_ = true;
  mutable std::mutex mutex_;
  std::set<std::string> used_;
  std::map<std::string, std::int64_t> live_;  ///< token → its end
  std::vector<std::string> scopes_, claims_, problems_, tokens_;
  std::unique_ptr<HttpServer> server_;  // last: it stops before the rest goes
};

}  // namespace trialflag::testing
