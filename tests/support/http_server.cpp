#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>
#include <stdexcept>

namespace trialflag::testing {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

HttpRequest read_head(const std::string& head) {
  HttpRequest request;
  std::istringstream lines(head);
  lines >> request.method >> request.target;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(' ', colon + 1);
    const std::size_t end = line.find_last_not_of("\r ");
    if (begin != std::string::npos) request.headers[lower(line.substr(0, colon))] = line.substr(begin, end - begin + 1);
  }
  return request;
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

/// One connection, with or without TLS.
class HttpServer::Connection {
 public:
  Connection(int descriptor, SSL_CTX* context) : descriptor_(descriptor) {
    if (context == nullptr) return;
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, descriptor_);
    open_ = SSL_accept(tls_) == 1;
  }
  ~Connection() {
    if (tls_ != nullptr && open_) SSL_shutdown(tls_);
    SSL_free(tls_);
    shutdown(descriptor_, SHUT_RDWR);
    close(descriptor_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool open() const { return open_; }

  bool read_more(std::string& text) {
    std::array<char, 4096> piece{};
    const auto size = tls_ != nullptr ? SSL_read(tls_, piece.data(), static_cast<int>(piece.size()))
                                      : static_cast<int>(read(descriptor_, piece.data(), piece.size()));
    if (size <= 0) return false;
    text.append(piece.data(), static_cast<std::size_t>(size));
    return true;
  }

  void write_all(const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
      const char* at = text.data() + done;
      const auto size = tls_ != nullptr ? SSL_write(tls_, at, static_cast<int>(text.size() - done))
                                        : static_cast<int>(send(descriptor_, at, text.size() - done, MSG_NOSIGNAL));
      if (size <= 0) return;
      done += static_cast<std::size_t>(size);
    }
  }

 private:
  int descriptor_;
  SSL* tls_ = nullptr;
  bool open_ = true;
};

HttpServer::HttpServer(Serve serve, const std::string& certificate, const std::string& key) : serve_(std::move(serve)) {
  if (!certificate.empty()) {
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    tls_ = std::shared_ptr<void>(context, [](void* held) { SSL_CTX_free(static_cast<SSL_CTX*>(held)); });
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("the test server has no certificate");
  }
  listen_on_loopback();
  accepting_ = std::thread([this] { run(); });
}

void HttpServer::listen_on_loopback() {
  listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* at = reinterpret_cast<sockaddr*>(&address);
  if (bind(listening_, at, size) != 0 || listen(listening_, 64) != 0 || getsockname(listening_, at, &size) != 0)
    throw std::runtime_error("the test server finds no port");
  port_ = ntohs(address.sin_port);
}

HttpServer::~HttpServer() {
  shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  close(listening_);
  for (std::thread& connection : connections_) connection.join();
}

void HttpServer::run() {
  for (;;) {
    const int descriptor = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    connections_.emplace_back([this, descriptor] { answer(descriptor); });
  }
}

void HttpServer::answer(int descriptor) {
  Connection connection(descriptor, static_cast<SSL_CTX*>(tls_.get()));
  if (!connection.open()) return;
  std::string text;
  std::size_t end = std::string::npos;
  while ((end = text.find("\r\n\r\n")) == std::string::npos)
    if (!connection.read_more(text)) return;
  HttpRequest request = read_head(text.substr(0, end + 2));
  const std::string length = request.header("content-length");
  while (!length.empty() && text.size() < end + 4 + std::stoul(length))
    if (!connection.read_more(text)) return;
  request.body = text.substr(end + 4);
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
  }
  const HttpResponse response = serve_(request);
  std::string head = "HTTP/1.1 " + std::to_string(response.status) +
                     " Told\r\nConnection: close\r\nContent-Type: " + response.content_type +
                     "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  const std::size_t half = response.pause.count() > 0 ? response.body.size() / 2 : response.body.size();
  connection.write_all(head + "\r\n" + response.body.substr(0, half));
  if (half == response.body.size()) return;
  std::this_thread::sleep_for(response.pause);
  connection.write_all(response.body.substr(half));
}

std::string HttpServer::origin() const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

std::vector<HttpRequest> HttpServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

int HttpServer::count(const std::string& beginning) const {
  const auto all = requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(),
                                        [&](const HttpRequest& each) { return (each.method + " " + each.target).starts_with(beginning); }));
}

}  // namespace trialflag::testing
