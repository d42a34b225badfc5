// A small HTTP server on loopback whose answers a test writes as a function.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace trialflag::testing {

struct HttpRequest {
  std::string method, target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers = {};
  std::chrono::milliseconds pause{0};  ///< in the middle of the body
};

/// Each connection has a thread of its own and carries one request. Throws std::runtime_error when it cannot start.
class HttpServer {
 public:
  using Serve = std::function<HttpResponse(const HttpRequest&)>;

  /// `serve` is called by many threads. With `certificate` and `key` (PEM files) it speaks TLS.
  explicit HttpServer(Serve serve, const std::string& certificate = {}, const std::string& key = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::string origin() const;  ///< "http://127.0.0.1:PORT"
  [[nodiscard]] std::vector<HttpRequest> requests() const;
  /// How many of them began with that ("POST /token").
  [[nodiscard]] int count(const std::string& beginning) const;

 private:
  class Connection;
  void listen_on_loopback();
  void run();
  void answer(int descriptor);

  const Serve serve_;
  std::shared_ptr<void> tls_;
  int listening_ = -1, port_ = 0;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::vector<std::thread> connections_;
  std::thread accepting_;
};

}  // namespace trialflag::testing
