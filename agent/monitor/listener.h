// A small HTTP server for machines on the same host or network: pages that are made when they are asked for, and words that are taken.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/base/result.h"

namespace trialflag::monitor {

struct Reply {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// Called by the listener's threads, several at a time.
using MakeReply = std::function<Reply()>;

/// What is served, by exact path, a request a connection. A body that comes with a request is thrown away; one above 1 MiB (413), one that
/// tells no length, chunked for instance (411), and a packed one (415) are refused before they are read. Whoever is slow to ask, or to take
/// the answer, is left after a few seconds.
struct Pages {
  std::map<std::string, MakeReply> get, post;  ///< those of `post` answer PUT, too
};

/// Listens until it is destroyed.
class Listener {
 public:
  /// `address`: HOST:PORT; port 0 takes any that is free. unavailable when nobody can listen there.
  static Result<std::unique_ptr<Listener>> open(const std::string& address, Pages pages);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] int port() const;

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace trialflag::monitor
