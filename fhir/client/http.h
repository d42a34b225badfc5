// One HTTP request at a time, bounded in time and size: the only user of the HTTP library in this module.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "agent/base/url.h"
#include "fhir/client/endpoint.h"
#include "fhir/client/pace.h"
#include "fhir/client/traffic.h"

namespace trialflag::fhir {

/// A whole answer of any status.
struct Answer {
  int status = 0;
  std::string content_type;      ///< media type alone, lower case
  std::string body;              ///< unpacked
  std::string location;          ///< of a redirect, as written
  std::uint64_t wire_bytes = 0;  ///< of the body as it came
  std::optional<Instant> date;
  std::optional<std::chrono::milliseconds> retry_after;
  std::string content_location, progress;  ///< of an export: Content-Location and X-Progress, as written
};

/// A request beside its address and headers.
struct Request {
  std::string method = "GET";  ///< what writes is never tried again by itself
  std::optional<std::string> body = std::nullopt;
  std::string body_type = {};  ///< media type
  /// Set: is given the body of a 200 as it comes over the wire, gzip or plain, in pieces; at most `max_bytes` of it. The answer's own is
  /// empty then.
  std::function<Result<void>(std::string_view)> take = nullptr;
  std::uint64_t max_bytes = 0;
};

/// Thread-safe. A GET that fails before an answer begins, on an origin that had answered before, is tried once more at once: the server may
/// have closed a connection that was kept. What writes is sent once, on a connection of its own. Errors: unavailable (no connection, TLS
/// that failed, a body cut off), timeout, malformed_data (too large, unreadable packing or one not asked for), invalid_config (TLS files),
/// internal ("stopped").
class Http {
 public:
  static Result<std::unique_ptr<Http>> create(const Endpoint& endpoint);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Waits for its turn by Endpoint::requests_per_minute. Follows no redirect; `timeout` is for the whole exchange after that. `headers`
  /// are sent beside Accept-Encoding and User-Agent.
  Result<Answer> send(const Request& request, const Url& url, const std::map<std::string, std::string>& headers,
                      std::chrono::milliseconds timeout, const std::stop_token& stop);
  Result<Answer> get(const Url& url, const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout,
                     const std::stop_token& stop);
  /// The same with POST and an application/x-www-form-urlencoded body.
  Result<Answer> post_form(const Url& url, const std::string& form, const std::map<std::string, std::string>& headers,
                           std::chrono::milliseconds timeout, const std::stop_token& stop);

  [[nodiscard]] Traffic& traffic() { return traffic_; }

 private:
  struct Connections;
  explicit Http(const Endpoint& endpoint);
  Result<Answer> exchange(const Request& request, const Url& url, const std::map<std::string, std::string>& headers,
                          std::chrono::milliseconds timeout, const std::stop_token& stop);

  const std::uint64_t max_bytes_, may_need_;
  const std::string user_agent_;
  const std::function<void()> on_exchange_;
  std::counting_semaphore<64> free_;
  Traffic traffic_;
  Pace pace_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace trialflag::fhir
