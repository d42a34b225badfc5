// The listener: exact paths, no more than is asked for, and never a port that another holds.
#include "agent/monitor/listener.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::monitor;

namespace {

/// What comes back for these bytes, to the end of the connection.
std::string said_to(const Listener& listener, const std::string& bytes, bool wait = true) {
  const int line = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(listener.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(line, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  (void)!::send(line, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::string answer;
  char piece[4096];
  for (ssize_t got = 0; wait && (got = ::recv(line, piece, sizeof piece, 0)) > 0;) answer.append(piece, static_cast<std::size_t>(got));
  ::close(line);
  return answer;
}

std::string request(const std::string& line, const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool begins(const std::string& answer, const std::string& status) {
  return answer.starts_with("HTTP/1.1 " + status);
}

}  // namespace

TEST_CASE("the listener serves what it was given, by exact path") {
  std::atomic<int> hints = 0;
  Pages pages;
  pages.get["/metrics"] = [] { return Reply{200, "text/plain; version=0.0.4", "a 1\n"}; };
  pages.get["/bad"] = []() -> Reply { throw std::runtime_error("never seen"); };
  pages.post["/hint/s3cret"] = [&] {
    ++hints;
    return Reply{204, "text/plain", ""};
  };
  const auto listener = Listener::open("127.0.0.1:0", std::move(pages));
  REQUIRE(listener);

  const std::string got = said_to(**listener, request("GET /metrics"));
  CHECK(begins(got, "200"));
  CHECK(got.find("Content-Type: text/plain; version=0.0.4") != std::string::npos);
  CHECK(got.ends_with("a 1\n"));
  CHECK(begins(said_to(**listener, request("GET /metrics/")), "404"));
  CHECK(begins(said_to(**listener, request("GET /../etc/passwd")), "4"));
  const std::string failed = said_to(**listener, request("GET /bad"));
  CHECK(begins(failed, "500"));
  CHECK(failed.find("never seen") == std::string::npos);

  CHECK(begins(said_to(**listener, request("POST /hint/s3cret", "{}")), "204"));
  CHECK(begins(said_to(**listener, request("PUT /hint/s3cret", "{}")), "204"));
  CHECK(begins(said_to(**listener, request("POST /hint/other", "{}")), "404"));
  CHECK(begins(said_to(**listener, request("GET /hint/s3cret")), "404"));
  CHECK(begins(said_to(**listener, request("DELETE /hint/s3cret")), "4"));
  CHECK(hints == 2);
}

TEST_CASE("the listener refuses a flood in one request and survives what is no HTTP") {
  std::atomic<int> hints = 0;
  Pages pages;
  pages.get["/healthz"] = [] { return Reply{}; };
  pages.post["/h"] = [&] {
    ++hints;
    return Reply{};
  };
  const auto listener = Listener::open("127.0.0.1:0", std::move(pages));
  REQUIRE(listener);
  CHECK(begins(said_to(**listener, "POST /h HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n"), "413"));
  // What tells no length is refused before it is read: the head alone is answered, and what follows is no request of its own.
  const std::string chunked = "POST /h HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(begins(said_to(**listener, chunked), "411"));
  CHECK(begins(said_to(**listener, chunked + "2\r\n{}\r\n0\r\n\r\n"), "411"));
  CHECK(begins(said_to(**listener, "PUT /h HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}"), "411"));
  CHECK(begins(said_to(**listener, "POST /h HTTP/1.1\r\nHost: h\r\n\r\n"), "411"));
  CHECK(begins(said_to(**listener, "POST /h HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), "415"));
  said_to(**listener, "\r\n\r\n", false);
  said_to(**listener, std::string(100000, 'x') + "\r\n\r\n", false);
  CHECK(hints == 0);
  CHECK(begins(said_to(**listener, request("GET /healthz")), "200"));
}

TEST_CASE("a port that is taken is told, not shared") {
  const auto first = Listener::open("127.0.0.1:0", {});
  REQUIRE(first);
  const auto second = Listener::open("127.0.0.1:" + std::to_string((*first)->port()), {});
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("is the port taken") != std::string::npos);
}
