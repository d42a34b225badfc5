#include "fhir/client/http.h"

#define _TURN_OFF_PLATFORM_STRING  // cpprest's macro U would collide with other code
#include <cpprest/http_client.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <semaphore>
#include <vector>

#include "agent/base/clock.h"
#include "fhir/client/headers.h"
#include "fhir/client/memory.h"
#include "fhir/client/proxy.h"
#include "fhir/client/retry_after.h"
#include "fhir/client/tls_trouble.h"

namespace trialflag::fhir {

namespace http = web::http;
using Steady = std::chrono::steady_clock;

namespace {

/// What the process may grow by during an exchange, beside the pages that all connections may hold at once.
constexpr std::uint64_t kMayNeed = 256ULL << 20;

/// What may be held for each connection before anybody reads it.
constexpr std::uint64_t kSmallBody = 1ULL << 20;

/// Of the library. What runs on it never waits; two would mostly wake each other.
constexpr std::size_t kThreads = 1;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // of the library's interface; nothing is deleted through it
/// Runs what follows a task in the thread that ended it: a hop to another thread costs more than what is done there.
class AtOnce final : public pplx::scheduler_interface {
 public:
  void schedule(pplx::TaskProc_t proc, void* param) override { proc(param); }
};
#pragma GCC diagnostic pop

const pplx::task_options& at_once() {
  static const pplx::task_options kAtOnce{std::make_shared<AtOnce>()};
  return kAtOnce;
}

/// Waits for the library's tasks and cancels them when the deadline or a stop comes first: the library's own timeout is per read, so a
/// server that drips bytes would hold a thread for ever.
class Patience {
 public:
  Patience(Steady::time_point deadline, const std::stop_token& stop, std::uint64_t may_need)
      : deadline_(deadline), stop_(stop), may_need_(may_need) {}

  [[nodiscard]] pplx::cancellation_token token() const { return source_.get_token(); }

  /// True when the task is done (well or not); false when time was up or a stop was asked for: then it has been cancelled, and what is left
  /// of it holds all that it needs (the library cannot cancel a look-up of a name, nor what a proxy has not answered yet).
  template <typename T>
  bool await(const pplx::task<T>& task) {
    if (task.is_done()) return true;
    const auto ended = std::make_shared<std::promise<void>>();
    auto done = ended->get_future();
    task.then(
        [ended](const pplx::task<T>& finished) {
          try {
            finished.wait();
          } catch (...) {  // whoever asks for the result meets it again
          }
          ended->set_value();
        },
        at_once());
    while (done.wait_for(std::chrono::milliseconds(25)) != std::future_status::ready) {
      if (!limit_) limit_.emplace(may_need_);  // most answers are there before it is worth asking
      too_large_ = limit_->exceeded();
      if (!stop_.stop_requested() && !too_large_ && Steady::now() < deadline_) continue;
      source_.cancel();
      done.wait_for(std::chrono::seconds(1));
      return false;
    }
    return true;
  }

  /// What is still under way is not wanted any more: without this the library would go on reading.
  void give_up() { source_.cancel(); }

  [[nodiscard]] tl::unexpected<Error> why() const {
    if (too_large_) return fail(ErrorCode::malformed_data, "the answer is too large");
    return stop_.stop_requested() ? fail(ErrorCode::internal, "stopped") : fail(ErrorCode::timeout, "no whole answer in time");
  }

 private:
  Steady::time_point deadline_;
  std::stop_token stop_;
  std::uint64_t may_need_;
  std::optional<GrowthLimit> limit_;  ///< the library bounds neither headers nor a chunk
  bool too_large_ = false;
  pplx::cancellation_token_source source_;
};

/// The text of the exception that a task which is done ended with.
template <typename T>
std::optional<std::string> failure_of(const pplx::task<T>& task) {
  try {
    task.wait();
    return std::nullopt;
  } catch (const std::exception& error) {  // whoever asks for the result meets it again
    return error.what();
  }
}

/// The library's texts may repeat addresses, so nothing of them is handed on but the status that a proxy gave. `of_tls`: what TLS told
/// meanwhile; may be empty.
Error why_none(const std::string& failure, const std::string& of_tls) {
  constexpr std::string_view kProxy = "response from proxy, received: ";
  if (const std::size_t at = failure.find(kProxy); at != std::string::npos)
    return {ErrorCode::unavailable, "the proxy refuses the connection to the server (" + failure.substr(at + kProxy.size(), 3) +
                                        "); check HTTPS_PROXY with its sign-in, and NO_PROXY"};
  if (!of_tls.empty()) return {ErrorCode::unavailable, of_tls};
  if (failure.find("SSL handshake") != std::string::npos) return {ErrorCode::unavailable, TlsTrouble::broke_off()};
  return {ErrorCode::unavailable, "no connection, or it broke off"};
}

std::string header_of(const http::http_response& response, const char* name) {
  const auto found = response.headers().find(name);
  return found == response.headers().end() ? std::string() : found->second;
}

Answer head_of(const http::http_response& response) {
  Answer answer;
  answer.status = response.status_code();
  answer.content_type = media_type(header_of(response, "Content-Type"));
  answer.location = header_of(response, "Location");
  answer.content_location = header_of(response, "Content-Location");
  answer.progress = header_of(response, "X-Progress");
  answer.date = parse_http_date(header_of(response, "Date"));
  answer.retry_after = parse_retry_after_ms(header_of(response, "x-ms-retry-after-ms"));
  if (!answer.retry_after) answer.retry_after = parse_retry_after(header_of(response, "Retry-After"), answer.date);
  return answer;
}

/// A connection is for others again a moment after its answer has come: when the library's thread has left what brought the end. Whoever
/// asks before that would have it open one more. For one exchange; waits for that moment at its end.
class ConnectionReturn {
 public:
  ConnectionReturn() = default;
  ConnectionReturn(const ConnectionReturn&) = delete;
  ConnectionReturn& operator=(const ConnectionReturn&) = delete;
  ~ConnectionReturn() {
    constexpr std::chrono::seconds kAtMost{1};  // of what was given up, too
    if (expected_) (void)returned_->try_acquire_for(kAtMost);
  }

  /// An answer has begun, so that there is something to wait for.
  void expect() { expected_ = true; }
  /// By the library's thread, which does next what is posted here.
  static void watch(const http::http_response& response, const std::shared_ptr<std::binary_semaphore>& returned) {
    response.content_ready().then(
        [returned](const pplx::task<http::http_response>& whole) {
          (void)failure_of(whole);
          crossplat::threadpool::shared_instance().service().post([returned] { returned->release(); });
        },
        at_once());
  }
  [[nodiscard]] const std::shared_ptr<std::binary_semaphore>& returned() const { return returned_; }

 private:
  const std::shared_ptr<std::binary_semaphore> returned_ = std::make_shared<std::binary_semaphore>(0);
  bool expected_ = false;
};

/// The answer as soon as its head is there; where that tells a small body, with the body, so that its reader need not wait again. A body
/// that does not come whole is for its reader to meet.
pplx::task<http::http_response> with_small_body(const pplx::task<http::http_response>& asking, const ConnectionReturn& coming) {
  return asking.then(
      [returned = coming.returned()](const http::http_response& response) {
        ConnectionReturn::watch(response, returned);
        const auto length = response.headers().content_length();
        if (length == 0 || length > kSmallBody) return pplx::task_from_result(response);
        return response.content_ready().then(
            [response](const pplx::task<http::http_response>& whole) {
              (void)failure_of(whole);
              return response;
            },
            at_once());
      },
      at_once());
}

/// Gives the body to `take` as it comes over the wire, in pieces, so that its size is bounded while it comes.
Result<void> read_body(const http::http_response& response, std::uint64_t max_bytes, Patience& patience,
                       const std::function<Result<void>(std::string_view)>& take) {
  std::uint64_t taken = 0;
  auto stream = response.body().streambuf();
  const auto piece = std::make_shared<std::vector<std::uint8_t>>(64 * 1024);
  while (true) {
    auto reading = stream.getn(piece->data(), piece->size()).then([piece](std::size_t count) { return count; }, at_once());
    if (!patience.await(reading)) return patience.why();
    const std::size_t count = reading.get();
    if (count == 0) break;
    taken += count;
    if (taken > max_bytes) return fail(ErrorCode::malformed_data, "the answer is too large");
    if (auto done = take({reinterpret_cast<const char*>(piece->data()), count}); !done) return done;
  }
  auto whole = response.content_ready();
  if (!patience.await(whole)) return patience.why();
  whole.get();
  return {};
}

/// Errors unless it is gzip or nothing: nothing else was asked for.
Result<bool> is_gzip(const http::http_response& response) {
  const std::string packing = media_type(header_of(response, "Content-Encoding"));
  if (packing.empty() || packing == "identity") return false;
  if (packing == "gzip" || packing == "x-gzip") return true;
  return fail(ErrorCode::malformed_data, "the answer is packed " + encoding_name(packing) + ", though gzip alone was asked for");
}

http::client::http_client_config config_of(const Endpoint& endpoint) {
  http::client::http_client_config config;
  config.set_max_redirects(0);  // the library would carry the Authorization header to another host
  // Only a backstop, per read: Patience's deadline comes first.
  config.set_timeout(std::chrono::duration_cast<std::chrono::microseconds>(endpoint.request_timeout + std::chrono::seconds(5)));
  config.set_validate_certificates(true);
  config.set_ssl_context_callback([endpoint](boost::asio::ssl::context& tls) {
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    if (!endpoint.ca_file.empty()) tls.load_verify_file(endpoint.ca_file.string());
    if (endpoint.client_cert_file.empty()) return;
    tls.use_certificate_chain_file(endpoint.client_cert_file.string());
    tls.use_private_key_file(endpoint.client_key_file.string(), boost::asio::ssl::context::pem);
  });
  return config;
}

Result<void> check_tls_files(const Endpoint& endpoint) {
  try {
    boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
    config_of(endpoint).get_ssl_context_callback()(tls);
  } catch (const std::exception&) {
    return fail(ErrorCode::invalid_config, "the TLS files cannot be used; check ca_file, client_cert_file and client_key_file");
  }
  return {};
}

/// The proxy is given its sign-in by the library for a tunnel alone: at each use, the library leaks a copy of the password
/// (microsoft/cpprestsdk#1696), and a plain request can carry it as a header of ours.
http::client::http_client_config through(const Proxy* proxy, bool tunnel, http::client::http_client_config config) {
  if (proxy == nullptr) return config;
  web::web_proxy address{web::uri(proxy->address())};
  if (tunnel && !proxy->user.empty()) address.set_credentials(web::credentials(proxy->user, proxy->password));
  config.set_proxy(address);
  return config;
}

std::string basic(const Proxy& proxy) {
  const std::string sign_in = proxy.user + ":" + proxy.password;
  return "Basic " + utility::conversions::to_base64(std::vector<unsigned char>(sign_in.begin(), sign_in.end()));
}

}  // namespace

/// One client of the library for each origin, made when first needed; each keeps its connections open.
struct Http::Connections {
  struct Line {
    std::unique_ptr<http::client::http_client> client;
    std::string proxy_sign_in;      ///< Proxy-Authorization of a plain request; may be empty
    std::atomic<bool> kept{false};  ///< an answer came: connections may lie ready, and be dead by now
    std::shared_ptr<TlsTrouble> tls = std::make_shared<TlsTrouble>();
  };

  explicit Connections(const Endpoint& endpoint) : config(config_of(endpoint)), proxies(endpoint.proxies) {}

  std::shared_ptr<Line> to(const Url& url) {
    const std::scoped_lock lock(mutex);
    auto& line = lines[url.origin()];
    if (!line) line = make(url);
    return line;
  }

  /// In the place of one whose connections proved dead: one without any.
  std::shared_ptr<Line> instead_of(const std::shared_ptr<Line>& dead, const Url& url) {
    const std::scoped_lock lock(mutex);
    auto& line = lines[url.origin()];
    if (line == dead) line = make(url);
    return line;
  }

  [[nodiscard]] std::shared_ptr<Line> make(const Url& url) const {
    auto line = std::make_shared<Line>();
    const Proxy* proxy = proxies.find(url);
    auto settings = through(proxy, url.secure(), config);
    settings.set_ssl_context_callback([prepare = config.get_ssl_context_callback(), trouble = line->tls](boost::asio::ssl::context& tls) {
      prepare(tls);
      TlsTrouble::watch(tls.native_handle(), trouble);
    });
    line->client = std::make_unique<http::client::http_client>(web::uri(url.origin()), settings);
    if (proxy != nullptr && !url.secure() && !proxy->user.empty()) line->proxy_sign_in = basic(*proxy);
    return line;
  }

  const http::client::http_client_config config;
  const Proxies proxies;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Line>> lines;
};

Http::Http(const Endpoint& endpoint)
    : max_bytes_(endpoint.max_page_bytes),
      may_need_(kMayNeed + 3 * endpoint.max_page_bytes * static_cast<std::uint64_t>(endpoint.max_connections)),
      user_agent_(endpoint.user_agent),
      on_exchange_(endpoint.on_exchange),
      free_(endpoint.max_connections),
      pace_(endpoint.requests_per_minute),
      connections_(std::make_unique<Connections>(endpoint)) {}

Http::~Http() = default;

/// The library starts forty threads for the process, unless it is told before its first use; for a few connections they only get in each
/// other's way. Between its own steps, too, it would go from thread to thread.
void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      pplx::set_ambient_scheduler(std::make_shared<AtOnce>());
      crossplat::threadpool::initialize_with_threads(kThreads);
    } catch (const std::exception&) {  // they run already
    }
  });
}

Result<std::unique_ptr<Http>> Http::create(const Endpoint& endpoint) {
  if (endpoint.max_connections < 1 || endpoint.max_connections > 64)
    return fail(ErrorCode::invalid_config, "max_connections is not within 1 to 64");
  if (const auto usable = check_tls_files(endpoint); !usable) return tl::unexpected(usable.error());
  prepare_library();
  return std::unique_ptr<Http>(new Http(endpoint));
}

Result<Answer> Http::get(const Url& url, const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout,
                         const std::stop_token& stop) {
  return send({}, url, headers, timeout, stop);
}

Result<Answer> Http::post_form(const Url& url, const std::string& form, const std::map<std::string, std::string>& headers,
                               std::chrono::milliseconds timeout, const std::stop_token& stop) {
  return send({.method = "POST", .body = form, .body_type = "application/x-www-form-urlencoded"}, url, headers, timeout, stop);
}

Result<Answer> Http::send(const Request& request, const Url& url, const std::map<std::string, std::string>& headers,
                          std::chrono::milliseconds timeout, const std::stop_token& stop) {
  const auto paced = Pace::of_this_thread();
  const bool goes = pace_.wait(stop);
  traffic_.paced(Pace::of_this_thread() - paced);
  if (!goes) return fail(ErrorCode::internal, "stopped");
  while (!free_.try_acquire_for(std::chrono::milliseconds(50)))
    if (stop.stop_requested()) return fail(ErrorCode::internal, "stopped");
  traffic_.began();
  auto answer = [&]() -> Result<Answer> {
    try {
      return exchange(request, url, headers, timeout, stop);
    } catch (const std::exception&) {
      // The library's texts may repeat addresses; what matters to the caller is that no whole answer came.
      return fail(ErrorCode::unavailable, "no connection, or it broke off");
    }
  }();
  traffic_.ended(answer ? answer->status : 0, answer ? answer->wire_bytes : 0);
  static const SystemClock kClock;
  if (answer && answer->date) traffic_.dated(*answer->date, kClock.now());
  free_.release();
  if (on_exchange_) on_exchange_();
  return answer;
}

Result<Answer> Http::exchange(const Request& wanted, const Url& url, const std::map<std::string, std::string>& headers,
                              std::chrono::milliseconds timeout, const std::stop_token& stop) {
  Patience patience(Steady::now() + timeout, stop, may_need_);
  // What writes goes on a connection of its own. On one that was kept and proves dead, the library sends a request again by itself,
  // whatever its method: the server may have done it already, and the assertion of a sign-in may be used once.
  const bool reads = wanted.method == "GET";
  auto line = reads ? connections_->to(url) : connections_->make(url);
  ConnectionReturn coming;
  std::uint64_t troubles = line->tls->count();
  const auto ask = [&] {
    http::http_request request(wanted.method);
    if (wanted.body) {  // as bytes: the library's way with strings takes one kind of stream for another
      request.set_body(std::vector<unsigned char>(wanted.body->begin(), wanted.body->end()));
      request.headers().set_content_type(wanted.body_type);
    }
    request.set_request_uri(web::uri(as_uri(url.target())));
    request.headers().add("User-Agent", user_agent_);
    request.headers().add("Accept-Encoding", "gzip");
    for (const auto& [name, value] : headers) request.headers().add(name, value);
    if (!line->proxy_sign_in.empty()) request.headers().add("Proxy-Authorization", line->proxy_sign_in);
    return with_small_body(line->client->request(request, patience.token()), coming);
  };
  auto asking = ask();
  if (!patience.await(asking)) return patience.why();
  auto failure = failure_of(asking);
  if (failure && line->kept && reads) {
    // The server may have closed the connections that were kept: that says nothing about the server, so once more on a new one.
    line = connections_->instead_of(line, url);
    troubles = line->tls->count();
    asking = ask();
    if (!patience.await(asking)) return patience.why();
    failure = failure_of(asking);
  }
  if (failure) return tl::unexpected(why_none(*failure, line->tls->since(troubles)));
  const http::http_response response = asking.get();
  coming.expect();
  line->kept = true;
  Answer answer = head_of(response);
  const auto gzip = is_gzip(response);
  if (wanted.take && answer.status == 200) {
    const auto take = [&](std::string_view piece) {
      answer.wire_bytes += piece.size();
      if (on_exchange_) on_exchange_();  // a file of hours is a sign of life as long as it comes
      return wanted.take(piece);
    };
    const auto taken = gzip ? read_body(response, wanted.max_bytes, patience, take) : tl::unexpected(gzip.error());
    if (taken) return answer;
    patience.give_up();
    return tl::unexpected(taken.error());
  }
  const auto keep = [&](std::string_view piece) -> Result<void> {
    answer.body.append(piece);
    answer.wire_bytes += piece.size();
    return {};
  };
  if (const auto taken = read_body(response, max_bytes_, patience, keep); !taken) {
    patience.give_up();
    return tl::unexpected(taken.error());
  }
  if (answer.body.empty()) return answer;
  if (!gzip) return tl::unexpected(gzip.error());
  if (!*gzip) return answer;
  auto unpacked = unpack(answer.body, max_bytes_);
  if (!unpacked) return tl::unexpected(unpacked.error());
  answer.body = std::move(*unpacked);
  return answer;
}

}  // namespace trialflag::fhir
