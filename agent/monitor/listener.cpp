#include "agent/monitor/listener.h"

#include <httplib.h>

#include <chrono>
#include <thread>

#include "agent/base/url.h"

namespace trialflag::monitor {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::size_t kLongestBody = 1 << 20;
constexpr time_t kPatience = 5;  // seconds, for each read and write

void set_up(httplib::Server& server) {
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };  // the library deletes it
  server.set_payload_max_length(kLongestBody);
  server.set_read_timeout(kPatience);
  server.set_write_timeout(kPatience);
  server.set_keep_alive_timeout(kPatience);
  server.set_keep_alive_max_count(1);  // what is left unread of a refused body is no next request
  // SO_REUSEADDR alone: with the library's own SO_REUSEPORT a second agent would share the port in silence.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_exception_handler([](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
    response.status = 500;
    response.set_content("", "text/plain");
  });
}

/// The library holds no body to its limit that tells no length, nor one that it inflates: those are refused before they are read. 0: fine.
int refusal_of_body(const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding") || !request.has_header("Content-Length")) return 411;
  if (request.has_header("Content-Encoding")) return 415;
  return request.get_header_value<std::uint64_t>("Content-Length") > kLongestBody ? 413 : 0;
}

}  // namespace

struct Listener::Impl {
  explicit Impl(Pages served) : pages(std::move(served)) {
    set_up(server);
    // By exact path: the library's own patterns are regular expressions.
    server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (request.method == "GET" || request.method == "HEAD") return answer(pages.get, request, response);
      if (const int status = refusal_of_body(request); status != 0) {
        response.status = status;
        return httplib::Server::HandlerResponse::Handled;
      }
      return httplib::Server::HandlerResponse::Unhandled;
    });
    const auto take = [this](const httplib::Request& request, httplib::Response& response) { answer(pages.post, request, response); };
    server.Post(".*", take);
    server.Put(".*", take);
  }

  static httplib::Server::HandlerResponse answer(const std::map<std::string, MakeReply>& known, const httplib::Request& request,
                                                 httplib::Response& response) {
    const auto page = known.find(request.path);
    const Reply reply = page == known.end() ? Reply{404, "text/plain; charset=utf-8", "nothing here\n"} : page->second();
    response.status = reply.status;
    response.set_content(reply.body, reply.type);
    return httplib::Server::HandlerResponse::Handled;
  }

  const Pages pages;
  httplib::Server server;
  std::thread thread;
  int port = 0;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Listener>> Listener::open(const std::string& address, Pages pages) {
  // A port that is left out, or 0, is not what parse_url is for.
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const int wanted = colon == std::string::npos ? 0 : std::atoi(address.c_str() + colon + 1);
  try {
    auto impl = std::make_unique<Impl>(std::move(pages));
    if (wanted == 0) {
      impl->port = impl->server.bind_to_any_port(host);
    } else {
      impl->port = impl->server.bind_to_port(host, wanted) ? wanted : -1;
    }
    if (impl->port <= 0)
      return fail(ErrorCode::unavailable, "nobody can listen at " + address + "; is the port taken, or the address another machine's?");
    Impl* const raw = impl.get();
    impl->thread = std::thread([raw] { raw->server.listen_after_bind(); });
    // Before it runs it cannot be stopped.
    while (!impl->server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
  } catch (const std::exception&) {
    return fail(ErrorCode::unavailable, "nobody can listen at " + address + "; the system gives no thread or socket");
  }
}

Listener::~Listener() {
  impl_->server.stop();
  impl_->thread.join();
}

int Listener::port() const {
  return impl_->port;
}

}  // namespace trialflag::monitor
