// The access token of SMART Backend Services: had, kept while it is good, renewed once for all threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/base/url.h"
#include "fhir/client/endpoint.h"
#include "fhir/client/http.h"
#include "fhir/client/scopes.h"
#include "fhir/client/smart_server.h"
#include "fhir/client/token_answer.h"

namespace trialflag::fhir {

class SigningKey;

/// Thread-safe; a call may wait for a token request, its own or another thread's. Token and assertions are in no message; the token is
/// overwritten when another takes its place.
///
/// A token is renewed when max(30 s, a tenth of its life) is left, or half of its life where that is less. While it is still good, a
/// renewal that fails is no failure, and other threads go on with it. After a refusal that a person must mend, nothing is asked again for
/// half a minute, then twice as long each time up to five minutes: until then calls fail at once with the same error. Retry-After of the
/// token endpoint is kept to for up to an hour.
class SmartToken {
 public:
  /// `http` and `clock` outlive it. The clock says what is left of a token; `exp` is reckoned by the token endpoint's own clock once an
  /// answer has shown it.
  SmartToken(const Endpoint& endpoint, Url base, Http& http, const Clock& clock);
  ~SmartToken();
  SmartToken(const SmartToken&) = delete;
  SmartToken& operator=(const SmartToken&) = delete;

  /// The Authorization header's value. Errors:
  ///   unavailable, timeout   the token endpoint, or what tells of it, does not answer, or refused without saying why though it has worked
  ///   unauthorized           refused, no usable key file, or no usable token endpoint: a person must act
  ///   internal               stopped
  Result<std::string> header(const std::stop_token& stop);

  /// When the token ends; nullopt: there is none.
  [[nodiscard]] std::optional<Instant> expires();

  /// The FHIR server took that header.
  void accepted(const std::string& header);
  /// The FHIR server answered 401 to that header. True: ask again with what header() gives now. False: it refuses a new token as well, so
  /// that yet another would bring nothing; after a minute one more is tried.
  [[nodiscard]] bool worth_another(const std::string& header);

  /// What the token allows; has one made when there is none. Errors as header().
  Result<Grant> grant(std::string_view type, Access access, const std::stop_token& stop);

 private:
  using Asked = tl::expected<AccessToken, TokenRefusal>;

  // What one flight does; only the thread that flies uses these and the members they use.
  Asked fetch(const std::stop_token& stop);
  std::optional<TokenRefusal> find_server(const std::stop_token& stop);
  Asked ask(const std::vector<std::string>& scopes, const std::stop_token& stop);
  Asked ask_once(const std::vector<std::string>& scopes, const std::stop_token& stop);
  Asked ask_for_less(const std::stop_token& stop);
  Result<std::string> form(const std::vector<std::string>& scopes);
  [[nodiscard]] Result<SigningKey> key() const;

  // With mutex_ held.
  [[nodiscard]] bool good(Instant now) const { return !header_.empty() && now < expires_; }
  [[nodiscard]] bool due(Instant now) const { return !good(now) || now >= renew_; }
  [[nodiscard]] Result<std::string> outcome(Instant now) const;
  void land(Asked asked, Instant began);
  void keep(const AccessToken& token, Instant began);
  void rest(const TokenRefusal& refusal, Instant now);
  void forget();

  const Endpoint endpoint_;
  const Url base_;
  Http& http_;
  const Clock& clock_;

  // Of the flight.
  std::optional<SmartServer> server_;
  Instant found_;                   ///< when server_ was
  std::vector<std::string> asked_;  ///< the scopes that the server takes, as far as is known; empty: none tried yet
  std::int64_t ahead_ms_ = 0;       ///< by how much the token endpoint's clock is ahead of ours

  bool short_lived_ = false;  ///< assertions are, since the token endpoint refused a longer one

  std::mutex mutex_;
  std::condition_variable_any landed_;
  bool flying_ = false;
  std::uint64_t flights_ = 0;
  std::string header_;
  Instant expires_, renew_;
  GrantedScopes granted_;
  bool worked_ = false;                  ///< a token was had once
  std::optional<Error> refused_;         ///< of the last flight
  std::optional<Instant> quiet_until_;   ///< nothing is asked before
  std::int64_t pause_ms_ = 0;            ///< how long the last rest was
  std::optional<Instant> barren_until_;  ///< a new token was refused as well: no other is had for a 401 before
};

}  // namespace trialflag::fhir
