#include "fhir/client/smart_token.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>

#include "fhir/client/assertion.h"
#include "fhir/client/headers.h"
#include "fhir/client/signing_key.h"

namespace trialflag::fhir {
namespace {

using Kind = TokenRefusal::Kind;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kShortLife = 50 * kSecond;
constexpr std::int64_t kAssertionLife = 240 * kSecond;  ///< SMART allows 300 s; the rest is for clocks that differ
constexpr std::int64_t kShortRest = 5 * kSecond, kFirstRest = 30 * kSecond, kLongestRest = 5 * kMinute, kLongestAsked = 60 * kMinute,
                       kBarren = kMinute;

Instant after(Instant at, std::int64_t ms) {
  return {at.ms + ms};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

TokenRefusal refusal_of(const Error& error) {
  if (error.code == ErrorCode::internal) return {Kind::stopped, error.message, {}};
  const bool passing = error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
  return {passing ? Kind::busy : Kind::ours, error.message, {}};
}

/// What a person can do about it.
std::string remedy_of(Kind kind) {
  if (kind == Kind::ours) return {};
  if (kind == Kind::client)
    return "; is the public key (trialflag keys jwks) registered for ehr.auth.client_id under its key id, and is the machine's clock "
           "right?";
  if (kind == Kind::scope) return "; ask the EHR's administrator which scopes the client has, or set ehr.auth.scopes";
  if (kind == Kind::request) return "; check ehr.auth, and what the EHR's administrator registered for the client";
  return "; check ehr.auth.token_url and ehr.base_url";
}

}  // namespace

SmartToken::SmartToken(const Endpoint& endpoint, Url base, Http& http, const Clock& clock)
    : endpoint_(endpoint), base_(std::move(base)), http_(http), clock_(clock) {}

SmartToken::~SmartToken() {
  wipe(header_);
}

Result<std::string> SmartToken::header(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const Instant began = clock_.now();
  if (!due(began)) return header_;
  if (flying_) {
    if (good(began)) return header_;
    const std::uint64_t flight = flights_;
    if (!landed_.wait(lock, stop, [&] { return flights_ != flight; })) return fail(ErrorCode::internal, "stopped");
    return outcome(clock_.now());
  }
  // A clock that was set back must not make the rest longer than it may be.
  const bool quiet = quiet_until_ && began < *quiet_until_ && quiet_until_->ms - began.ms <= kLongestAsked;
  if (quiet) return outcome(began);
  flying_ = true;
  lock.unlock();
  Asked asked = tl::unexpected(TokenRefusal{Kind::busy, "the sign-in broke off", {}});
  try {
    asked = fetch(stop);
  } catch (const std::exception&) {  // nobody may wait for ever for a flight that has crashed
    asked = tl::unexpected(TokenRefusal{Kind::busy, "the sign-in broke off", {}});
  }
  lock.lock();
  land(std::move(asked), began);
  return outcome(clock_.now());
}

Result<std::string> SmartToken::outcome(Instant now) const {
  if (good(now)) return header_;
  // A token whose life was over before it came to be used is used once all the same: the server may see it otherwise.
  if (!refused_ && !header_.empty()) return header_;
  return tl::unexpected(refused_.value_or(Error{ErrorCode::unavailable, "there is no access token yet"}));
}

void SmartToken::land(Asked asked, Instant began) {
  flying_ = false;
  ++flights_;
  if (asked) {
    keep(*asked, began);
    wipe(asked->value);
  } else {
    rest(asked.error(), clock_.now());
  }
  landed_.notify_all();
}

void SmartToken::keep(const AccessToken& token, Instant began) {
  const std::int64_t life = std::chrono::milliseconds(token.lifetime).count();
  wipe(header_);
  header_ = "Bearer " + token.value;
  expires_ = after(began, life);
  renew_ = after(expires_, -std::min(std::max(30 * kSecond, life / 10), life / 2));
  granted_ = GrantedScopes(token.scope.value_or(joined(asked_)));
  worked_ = true;
  refused_.reset();
  quiet_until_.reset();
  pause_ms_ = 0;
}

void SmartToken::rest(const TokenRefusal& refusal, Instant now) {
  const std::string text = "sign-in: " + refusal.message;
  if (refusal.kind == Kind::stopped) {
    refused_ = Error{ErrorCode::internal, refusal.message};
    return;
  }
  if (refusal.retry_after) quiet_until_ = after(now, std::min<std::int64_t>(refusal.retry_after->count(), kLongestAsked));
  // Some servers refuse a renewal in passing, without a reason (Epic has); what has worked is worth another try.
  if (refusal.kind == Kind::busy || (refusal.kind == Kind::unclear && worked_)) {
    refused_ = Error{ErrorCode::unavailable, text};
    // While there is a good token nobody is in a hurry; without one the callers have their own pauses.
    if (good(now) && !refusal.retry_after) quiet_until_ = after(now, kShortRest);
    return;
  }
  refused_ = Error{ErrorCode::unauthorized, text + remedy_of(refusal.kind)};
  pause_ms_ = std::clamp(2 * pause_ms_, kFirstRest, kLongestRest);
  const Instant until = after(now, pause_ms_);
  if (!quiet_until_ || *quiet_until_ < until) quiet_until_ = until;
}

void SmartToken::forget() {
  wipe(header_);
  expires_ = renew_ = {};
}

std::optional<Instant> SmartToken::expires() {
  const std::scoped_lock lock(mutex_);
  return header_.empty() ? std::nullopt : std::optional(expires_);
}

void SmartToken::accepted(const std::string& header) {
  const std::scoped_lock lock(mutex_);
  if (header == header_) barren_until_.reset();
}

bool SmartToken::worth_another(const std::string& header) {
  const std::scoped_lock lock(mutex_);
  if (header != header_) return true;  // another thread has already done it
  const Instant now = clock_.now();
  if (barren_until_ && now < *barren_until_ && barren_until_->ms - now.ms <= kBarren) return false;
  barren_until_ = after(now, kBarren);
  forget();
  return true;
}

Result<Grant> SmartToken::grant(std::string_view type, Access access, const std::stop_token& stop) {
  auto had = header(stop);
  if (!had) return tl::unexpected(had.error());
  wipe(*had);
  const std::scoped_lock lock(mutex_);
  return granted_.of(type, access);
}

// --- one flight

SmartToken::Asked SmartToken::fetch(const std::stop_token& stop) {
  if (auto refusal = find_server(stop)) return tl::unexpected(std::move(*refusal));
  if (asked_.empty()) {
    const SmartClient& client = endpoint_.sign_in.smart;
    asked_ = split_scopes(client.scopes);
    if (asked_.empty()) asked_ = scopes_for(client.types, server_->version_2);
    if (client.scopes.empty())
      for (std::string& scope : writing_scopes_for(client.written, server_->version_2)) asked_.push_back(std::move(scope));
    if (client.scopes.empty())
      for (std::string& scope : adding_scopes_for(client.added, server_->version_2)) asked_.push_back(std::move(scope));
  }
  Asked asked = ask(asked_, stop);
  if (!asked && asked.error().kind == Kind::scope) asked = ask_for_less(stop);
  // Whatever was wrong, what the server said of itself may have been: it is asked anew before the next attempt.
  if (!asked && asked.error().kind != Kind::busy && asked.error().kind != Kind::stopped) server_.reset();
  return asked;
}

std::optional<TokenRefusal> SmartToken::find_server(const std::stop_token& stop) {
  const Instant now = clock_.now();
  if (server_ && now.ms - found_.ms < kDay) return std::nullopt;
  auto found = find_smart_server(http_, base_, endpoint_, stop);
  if (!found) {
    // A server that is known still is: only its news are missing.
    if (server_ && found.error().code != ErrorCode::internal) return std::nullopt;
    return refusal_of(found.error());
  }
  server_ = std::move(*found);
  found_ = now;
  asked_.clear();
  return std::nullopt;
}

SmartToken::Asked SmartToken::ask(const std::vector<std::string>& scopes, const std::stop_token& stop) {
  Asked asked = ask_once(scopes, stop);
  // Once more with another jti, by the server's clock, which its answer has just shown, and for the other life: Keycloak refuses an
  // assertion without iat that is good for more than a minute. What was taken is kept to.
  if (!asked && asked.error().kind == Kind::client) {
    short_lived_ = !short_lived_;
    asked = ask_once(scopes, stop);
  }
  if (!asked && asked.error().kind == Kind::client && !server_->algorithms.empty()) {
    const auto signing = key();
    if (signing && !server_->algorithms.contains(std::string(name_of(signing->algorithm()))))
      asked.error().message += ", and does not list " + std::string(name_of(signing->algorithm())) + " among the signatures it takes";
  }
  return asked;
}

SmartToken::Asked SmartToken::ask_once(const std::vector<std::string>& scopes, const std::stop_token& stop) {
  auto text = form(scopes);
  if (!text) return tl::unexpected(refusal_of(text.error()));
  const auto timeout = std::min(endpoint_.request_timeout, kLongestExchange);
  auto answer = http_.post_form(server_->token_url, *text, {{"Accept", "application/json"}, {"Cache-Control", "no-store"}}, timeout, stop);
  wipe(*text);
  if (!answer) {
    TokenRefusal refusal = refusal_of(answer.error());
    if (refusal.kind != Kind::stopped) refusal.message = "the token endpoint: " + refusal.message;
    return tl::unexpected(std::move(refusal));
  }
  if (answer->date) {
    const std::int64_t ahead = answer->date->ms - clock_.now().ms;
    ahead_ms_ = std::abs(ahead) < kDay ? ahead : 0;  // what is a day off is no clock
  }
  Asked asked = read_token_answer(*answer);
  wipe(answer->body);
  return asked;
}

/// What is refused as a whole is asked for in part: what the server lists, and if that is refused, too, one scope at a time.
SmartToken::Asked SmartToken::ask_for_less(const std::stop_token& stop) {
  auto listed = supported_of(asked_, server_->scopes);
  if (!listed.empty() && listed != asked_) {
    Asked asked = ask(listed, stop);
    if (asked) asked_ = std::move(listed);
    if (asked || asked.error().kind != Kind::scope) return asked;
  }
  std::vector<std::string> taken;
  Asked last = tl::unexpected(TokenRefusal{Kind::scope, "the token endpoint refuses each scope by itself", {}});
  for (const std::string& scope : asked_) {
    Asked asked = ask({scope}, stop);
    if (asked) taken.push_back(scope);
    if (asked || asked.error().kind != Kind::scope) last = std::move(asked);
    if (!last && last.error().kind != Kind::scope) return last;
  }
  if (taken.empty()) {
    asked_.clear();
    return last;
  }
  asked_ = std::move(taken);
  return asked_.size() == 1 ? std::move(last) : ask(asked_, stop);
}

Result<SigningKey> SmartToken::key() const {
  const SmartClient& client = endpoint_.sign_in.smart;
  auto key = SigningKey::read(client.key_file);
  if (key && !client.algorithm.empty() && client.algorithm != name_of(key->algorithm()))
    return fail(ErrorCode::unauthorized, "the key file holds a key for " + std::string(name_of(key->algorithm())) +
                                             ", not for ehr.auth.algorithm; change one of the two");
  return key;
}

Result<std::string> SmartToken::form(const std::vector<std::string>& scopes) {
  const auto signing = key();
  if (!signing) return tl::unexpected(signing.error());
  const auto id = fresh_id();
  if (!id) return tl::unexpected(id.error());
  const SmartClient& client = endpoint_.sign_in.smart;
  const Instant expires = after(clock_.now(), ahead_ms_ + (short_lived_ ? kShortLife : kAssertionLife));
  auto assertion = signed_assertion(
      {client.client_id, server_->token_endpoint, client.key_id.empty() ? signing->thumbprint() : client.key_id, expires, *id}, *signing);
  if (!assertion) return tl::unexpected(assertion.error());
  std::string text = "grant_type=client_credentials&scope=" + percent_encode(joined(scopes)) +
                     "&client_assertion_type=" + percent_encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
                     "&client_assertion=" + *assertion;
  wipe(*assertion);
  return text;
}

}  // namespace trialflag::fhir
