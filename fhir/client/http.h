// One HTTP request at a time, bounded in time and size: the only user of the HTTP library in this module.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <string>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "agent/base/url.h"
#include "fhir/client/endpoint.h"
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
};

/// What is written to a server.
struct Sending {
  std::string method;      ///< "POST", "PUT", "DELETE"
  std::string type, body;  ///< both empty: no body
};

/// Thread-safe. An exchange that fails before an answer begins, on an origin that had answered before, is tried once more at once: the
/// server may have closed a connection that was kept. Errors: unavailable (no connection, a body cut off), timeout, malformed_data (too
/// large, unreadable packing or one not asked for), invalid_config (TLS files), internal ("stopped").
class Http {
 public:
  static Result<std::unique_ptr<Http>> create(const Endpoint& endpoint);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Follows no redirect; `timeout` is for the whole exchange. `headers` are sent beside Accept-Encoding and User-Agent.
  Result<Answer> get(const Url& url, const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout,
                     const std::stop_token& stop);
  /// The same with POST and an application/x-www-form-urlencoded body.
  Result<Answer> post_form(const Url& url, const std::string& form, const std::map<std::string, std::string>& headers,
                           std::chrono::milliseconds timeout, const std::stop_token& stop);

  /// The same with any method that writes; never tried again by itself.
  Result<Answer> send(const Url& url, const Sending& sending, const std::map<std::string, std::string>& headers,
                      std::chrono::milliseconds timeout, const std::stop_token& stop);
  [[nodiscard]] Traffic& traffic() { return traffic_; }

 private:
  struct Connections;
  explicit Http(const Endpoint& endpoint);
  /// Without `sending`: GET.
  Result<Answer> ask(const Url& url, const std::map<std::string, std::string>& headers, const Sending* sending,
                     std::chrono::milliseconds timeout, const std::stop_token& stop);
  Result<Answer> exchange(const Url& url, const std::map<std::string, std::string>& headers, const Sending* sending,
                          std::chrono::milliseconds timeout, const std::stop_token& stop);

  const std::uint64_t max_bytes_, may_need_;
  const std::string user_agent_;
  const std::function<void()> on_exchange_;
  std::counting_semaphore<64> free_;
  Traffic traffic_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace trialflag::fhir
