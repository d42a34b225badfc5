#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace trialflag::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int line, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(line, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// "Name:value" as "Name: value", so that a test can look for it however a client writes it.
std::string spaced(const std::string& head) {
  std::string result;
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t end = head.find("\r\n", at) + 2;
    const std::string line = head.substr(at, end - at);
    const std::size_t colon = at == 0 ? std::string::npos : line.find(':');
    const bool close = colon != std::string::npos && line[colon + 1] != ' ';
    result += close ? line.substr(0, colon) + ": " + line.substr(colon + 1) : line;
    at = end;
  }
  return result;
}

/// Up to the blank line; empty when the other side ends before.
std::string read_head(int line) {
  std::string head;
  char c = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (recv(line, &c, 1, 0) != 1) return {};
    head += c;
  }
  return spaced(head);
}

/// Closes the line so that the other side sees a broken connection, not an ended one; its number stays ours.
void reset(int line) {
  const linger hard{1, 0};
  setsockopt(line, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  const int spare = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  dup3(spare, line, O_CLOEXEC);
  close(spare);
}

bool hand_on(int from, int to) {
  std::array<char, 16384> piece{};
  const ssize_t count = recv(from, piece.data(), piece.size(), 0);
  return count > 0 && send_all(to, {piece.data(), static_cast<std::size_t>(count)});
}

}  // namespace

std::string answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Said\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::string searchset(const std::vector<std::string>& entries, const std::string& more) {
  std::string text = R"({"resourceType":"Bundle","type":"searchset",)" + more + R"("entry":[)";
  for (std::size_t at = 0; at < entries.size(); ++at) text += (at == 0 ? "" : ",") + entries[at];
  return text + "]}";
}

std::string condition(const std::string& id, const std::string& more) {
  return R"({"fullUrl":"http://h/fhir/Condition/)" + id + R"(","resource":{"resourceType":"Condition","id":")" + id + "\"" + more +
         R"(},"search":{"mode":"match"}})";
}

std::string next_link(const std::string& url) {
  return R"("link":[{"relation":"next","url":")" + url + "\"}],";
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, plain, size) != 0 || listen(listener_, 64) != 0 || getsockname(listener_, plain, &size) != 0)
    throw std::runtime_error("no port for a scripted server");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  ending_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const int line : lines_) shutdown(line, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int line : lines_) close(line);
  close(listener_);
}

std::vector<std::string> ScriptedServer::targets() const {
  const std::scoped_lock lock(mutex_);
  return targets_;
}

void ScriptedServer::break_lines() {
  const std::scoped_lock lock(mutex_);
  for (const int line : lines_) {
    shutdown(line, SHUT_RD);
    reset(line);
  }
}

void ScriptedServer::accept_all() {
  while (!ending_) {
    const int line = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (line < 0) continue;
    ++connections_;
    ++open_lines_;
    const std::scoped_lock lock(mutex_);
    lines_.push_back(line);
    threads_.emplace_back([this, line] { serve(line); });
  }
}

void ScriptedServer::serve(int line) {
  for (int count = 0; !ending_; ++count) {
    Asked asked;
    asked.head = read_head(line);
    if (asked.head.empty()) break;
    const std::size_t blank = asked.head.find(' ');
    asked.method = asked.head.substr(0, blank);
    asked.target = asked.head.substr(blank + 1, asked.head.find(' ', blank + 1) - blank - 1);
    asked.on_its_line = count;
    Said said;
    {
      const std::scoped_lock lock(mutex_);
      asked.number = static_cast<int>(targets_.size());
      targets_.push_back(asked.target);
      said = script_(asked);
    }
    if (!say(line, said)) break;
  }
  shutdown(line, SHUT_RDWR);
  --open_lines_;
}

/// True when the connection goes on.
bool ScriptedServer::say(int line, const Said& said) {
  if (!send_all(line, said.first)) return false;
  do {
    if (said.drip_ms == 0 && !send_all(line, said.bytes)) return false;
    for (std::size_t at = 0; said.drip_ms > 0 && at < said.bytes.size(); ++at) {
      if (ending_ || !send_all(line, {&said.bytes[at], 1})) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(said.drip_ms));
    }
  } while (said.again && !ending_);
  if (said.tunnel_to != 0) relay(line, said.tunnel_to);
  if (said.then == Said::Then::silence) {
    char c = 0;
    while (recv(line, &c, 1, 0) == 1) {
    }
  }
  if (said.then == Said::Then::reset) reset(line);
  return said.then == Said::Then::keep && said.tunnel_to == 0;
}

void ScriptedServer::relay(int line, int port) {
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  bool going = connect(other, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (going && !ending_) {
    std::array<pollfd, 2> ends{{{line, POLLIN, 0}, {other, POLLIN, 0}}};
    if (poll(ends.data(), ends.size(), 100) < 0) break;
    if (ends[0].revents != 0) going = hand_on(line, other);
    if (going && ends[1].revents != 0) going = hand_on(other, line);
  }
  close(other);
}

}  // namespace trialflag::testing
