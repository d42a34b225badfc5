// GETs against one endpoint: signed in, redirected within the origin, retried within a budget, statuses told as errors.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/base/url.h"
#include "fhir/client/allowance.h"
#include "fhir/client/endpoint.h"
#include "fhir/client/http.h"
#include "fhir/client/links.h"
#include "fhir/client/refusal.h"
#include "fhir/client/smart_token.h"

namespace trialflag::fhir {

/// How much longer one search, read or history may go on retrying.
struct RetryBudget {
  std::chrono::milliseconds left;
  Allowance* allowance = nullptr;  ///< null: no one pass is to be kept short

  /// Whether there is time for a wait and something after it.
  [[nodiscard]] bool lasts(std::chrono::milliseconds pause) const {
    return pause < left && (allowance == nullptr || pause < allowance->left());
  }
};

/// Takes a FHIR JSON answer of status 200; may move from it. `unavailable` from it is retried like a broken connection.
using TakeAnswer = std::function<Result<void>(Answer&)>;

/// A request that is no search: of a bulk export.
struct Asking {
  Url url;
  Request request = {};
  std::map<std::string, std::string> headers = {};
  bool sign_in = true;
  std::chrono::milliseconds timeout{0};
  std::stop_token stop = {};  ///< unless it can be requested, the session's own counts
};

/// Thread-safe.
class Session {
 public:
  static Result<std::unique_ptr<Session>> create(const Endpoint& endpoint);

  /// Errors as Client says, without the type's name. `refusal` may be null.
  Result<void> get(const Url& url, RetryBudget& budget, const TakeAnswer& take, Refusal* refusal = nullptr);

  /// One request; any status is an answer. A GET's redirects are followed as Links::exported allows, to other origins without the sign-in,
  /// unless one of the base's or the operator's answers 401 then. Errors: unavailable, timeout, signed_out, malformed_data,
  /// invalid_config, internal, as Client says.
  Result<Answer> ask(Asking asking);
  /// Writes once, signed in (once more after a 401, with a fresh sign-in); follows no redirect and retries nothing. The answer is of any
  /// status. Errors as Http, and signed_out.
  Result<Answer> send(const Url& url, Request request, std::map<std::string, std::string> headers);

  /// What the server says that it is. Epic wants to be told the client's id on every request, beside the token.
  void know_software(const std::string& name) { is_epic_ = name == "Epic"; }

  [[nodiscard]] TrafficCounts traffic();
  void count_page() { http_->traffic().page(); }

  /// How much of a type the sign-in allows, as far as that can be known without asking for it. Errors and retries as get().
  Result<Grant> grant(std::string_view type, Access access, RetryBudget& budget);

  [[nodiscard]] RetryBudget budget(Allowance* allowance = nullptr) const { return {endpoint_.retry_for, allowance}; }
  /// The URL of a path below base_url ("Condition?_count=5").
  [[nodiscard]] Url at(const std::string& path) const;
  [[nodiscard]] const Links& links() const { return links_; }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }

 private:
  using Millis = std::chrono::milliseconds;
  Session(const Endpoint& endpoint, Url base, std::unique_ptr<Http> http);
  Result<Answer> get_redirected(Url url, Millis timeout, const std::stop_token& stop);
  Result<Answer> send_signed_in(const Asking& asking);
  /// Where a redirect has led to another origin: without the sign-in, and with it after a 401 if that origin may have it.
  Result<Answer> send_redirected(Asking& asking, bool may_sign_in);
  [[nodiscard]] std::map<std::string, std::string> headers_of(const Asking& asking) const;
  /// How one attempt went, beside its result.
  struct Reply {
    Refusal refusal;
    std::optional<Millis> retry_after;
  };
  Result<void> attempt(const Url& url, Millis timeout, const std::stop_token& stop, const TakeAnswer& take, Reply& reply);
  /// Waits until the breaker lets a request go; false when the budget does not last for it or a stop was asked for.
  bool admit(const std::string& origin, RetryBudget& budget, Breaker::Permit& permit);
  /// Tells the breaker how an attempt went.
  void tell(const std::string& origin, const Result<void>& result, const Reply& reply, bool over);
  [[nodiscard]] Result<std::string> authorization() const;
  /// Waits within the budget; false when it does not last or a stop was asked for.
  [[nodiscard]] bool wait(Millis pause, RetryBudget& budget) const;
  [[nodiscard]] const std::stop_token& stop_of(const RetryBudget& budget) const;

  const Endpoint endpoint_;
  const Url base_;
  const Links links_;
  const std::unique_ptr<Http> http_;
  const std::unique_ptr<SmartToken> smart_;  ///< of kind smart_backend alone
  Breaker breaker_;
  std::atomic<bool> is_epic_{false};
  std::stop_token stop_;
};

}  // namespace trialflag::fhir
