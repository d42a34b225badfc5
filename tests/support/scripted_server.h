// A server on loopback of which a test decides every byte: what it answers, when it falls silent, how it ends a connection.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace trialflag::testing {

/// One request as it came.
struct Asked {
  std::string method, target;
  std::string head;     ///< request line and headers, each as "Name: value"
  int number = 0;       ///< of all requests, from 0
  int on_its_line = 0;  ///< of its connection, from 0

  [[nodiscard]] bool has(const std::string& text) const { return head.find(text) != std::string::npos; }
};

/// What comes back.
struct Said {
  enum class Then { keep, close, reset, silence };  ///< silence: keeps the connection and says no more
  std::string bytes;
  Then then = Then::keep;
  int drip_ms = 0;         ///< a byte every so many milliseconds, if not 0
  bool again = false;      ///< the bytes again and again, for as long as anyone takes them
  int tunnel_to = 0;       ///< after the bytes: hands everything on to and from this port of loopback
  std::string first = {};  ///< before the bytes, once
};

/// A whole answer with a Content-Length. `headers` are whole lines, each with its CRLF.
std::string answer(int status, const std::string& body, const std::string& headers = "Content-Type: application/fhir+json\r\n");

/// The searchset of these entries, each whole; `more`: members before them, each with its comma.
std::string searchset(const std::vector<std::string>& entries, const std::string& more = "");

/// The entry of a Condition.
std::string condition(const std::string& id, const std::string& more = "");

/// "\"link\":[{\"relation\":\"next\",…}],", for searchset.
std::string next_link(const std::string& url);

class ScriptedServer {
 public:
  using Script = std::function<Said(const Asked&)>;

  /// The script is called by several threads, one at a time.
  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string base_url() const { return origin() + "/fhir"; }
  /// The targets of all requests so far.
  [[nodiscard]] std::vector<std::string> targets() const;
  /// Resets every connection that is open.
  void break_lines();
  /// Connections that are served at the moment.
  [[nodiscard]] int open_lines() const { return open_lines_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int line);
  bool say(int line, const Said& said);
  void relay(int line, int port);

  const Script script_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<int> connections_{0}, open_lines_{0};
  mutable std::mutex mutex_;  ///< guards all below
  std::vector<std::string> targets_;
  std::vector<std::thread> threads_;
  std::vector<int> lines_;
  std::thread acceptor_;
};

}  // namespace trialflag::testing
