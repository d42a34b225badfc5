// GETs against one endpoint: signed in, redirected within the origin, retried within a budget, statuses told as errors.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/base/url.h"
#include "fhir/client/endpoint.h"
#include "fhir/client/http.h"
#include "fhir/client/smart_token.h"

namespace trialflag::fhir {

/// How much longer one search, read or history may go on retrying.
struct RetryBudget {
  std::chrono::milliseconds left;
};

/// Takes a FHIR JSON answer of status 200; may move from it. `unavailable` from it is retried like a broken connection.
using TakeAnswer = std::function<Result<void>(Answer&)>;

/// Thread-safe.
class Session {
 public:
  static Result<std::unique_ptr<Session>> create(const Endpoint& endpoint);

  /// Errors as Client says, without the type's name.
  Result<void> get(const Url& url, RetryBudget& budget, const TakeAnswer& take);

  /// How much of a type the sign-in allows, as far as that can be known without asking for it. Errors and retries as get().
  Result<Grant> grant(std::string_view type, Access access, RetryBudget& budget);

  [[nodiscard]] RetryBudget budget() const { return {endpoint_.retry_for}; }
  /// The URL of a path below base_url ("Condition?_count=5").
  [[nodiscard]] Url at(const std::string& path) const;
  /// Where a next link leads; invalid_config when it leaves the origins that are allowed.
  [[nodiscard]] Result<Url> follow(const Url& page, std::string_view link) const;
  [[nodiscard]] int page_size() const { return endpoint_.page_size; }
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }

 private:
  using Millis = std::chrono::milliseconds;
  Session(const Endpoint& endpoint, Url base, std::unique_ptr<Http> http);
  Result<Answer> get_redirected(Url url, Millis timeout);
  Result<Answer> get_signed_in(const Url& url, Millis timeout);
  Result<void> attempt(const Url& url, Millis timeout, const TakeAnswer& take, std::optional<Millis>& retry_after);
  [[nodiscard]] Result<std::string> authorization() const;
  [[nodiscard]] bool allowed(const Url& url) const;
  /// Waits before the next attempt; false when the budget does not last or a stop was asked for.
  [[nodiscard]] bool wait(const std::optional<Millis>& asked, int attempts, RetryBudget& budget) const;

  const Endpoint endpoint_;
  const Url base_;
  const std::unique_ptr<Http> http_;
  const std::unique_ptr<SmartToken> smart_;  ///< of kind smart_backend alone
  std::stop_token stop_;
};

}  // namespace trialflag::fhir
