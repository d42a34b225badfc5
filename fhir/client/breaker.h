// A circuit breaker for each origin: a server that keeps failing is left alone for a while, then tried by one request at a time.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace trialflag::fhir {

/// Closed until `opens_after` calls in a row have failed; then open for a pause, in which nothing is asked; then one request may try
/// (half-open). If it fails, the pause doubles, up to `longest_pause`; any success closes it and forgets the failures.
/// A server that asks to be left alone (hold) is so until the time it named, whether or not the breaker is open. Thread-safe.
class Breaker {
 public:
  using Millis = std::chrono::milliseconds;
  using Moment = std::chrono::steady_clock::time_point;

  struct Rules {
    int opens_after = 3;  ///< calls, each with all its retries
    Millis pause{10000};
    Millis longest_pause{120000};
  };

  /// What a request that wants to go is told.
  struct Permit {
    Millis wait{0};      ///< zero: it may go now, and its end must be told by one of the functions below; else ask again then
    bool probe = false;  ///< it goes alone, to see whether the server is back: one attempt
    bool asked = false;  ///< the wait is the server's own wish
  };

  explicit Breaker(const Rules& rules) : rules_(rules) {}

  Permit ask(const std::string& origin, Moment now);
  /// The server answered, if only to refuse.
  void succeeded(const std::string& origin);
  /// A call ended without an answer, or a probe did.
  void failed(const std::string& origin, Moment now);
  /// The request was given up before anything could be said of the server.
  void abandoned(const std::string& origin);
  void hold(const std::string& origin, Moment until);
  /// How many origins are open, or held at the moment.
  [[nodiscard]] int open_count(Moment now);

 private:
  struct State {
    int failures = 0;
    bool open = false, probing = false;
    Millis pause{0};
    Moment open_until{}, held_until{};
  };

  const Rules rules_;
  std::mutex mutex_;
  std::map<std::string, State> states_;  ///< guarded by mutex_; as many as there are allowed origins
};

}  // namespace trialflag::fhir
