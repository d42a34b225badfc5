#include "fhir/client/session.h"

#include <openssl/evp.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <random>
#include <sstream>

#include "agent/base/signing.h"
#include "agent/json/value.h"
#include "fhir/client/headers.h"
#include "fhir/client/pace.h"
#include "fhir/client/retry_after.h"

namespace trialflag::fhir {
namespace {

using Millis = std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr int kMaxRedirects = 5;

Millis since(Steady::time_point began) {
  return std::chrono::duration_cast<Millis>(Steady::now() - began);
}

Result<std::string> read_secret(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf()))
    return fail(ErrorCode::unauthorized, "the file of the sign-in secret cannot be read or is empty");
  std::string secret = text.str();
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  return secret;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool begins_object(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  const std::size_t at = body.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && body[at] == '{';
}

/// Whether a refusal's OperationOutcome has an issue of code `required`.
bool lacks_parameter(const Answer& answer) {
  constexpr std::size_t kLongest = 256 * 1024;
  json::Document document;
  if (answer.status != 400 || answer.body.size() > kLongest || !document.parse(answer.body)) return false;
  const auto issues = document.root()["issue"].array();
  return std::any_of(issues.begin(), issues.end(), [](const json::Value& issue) { return issue["code"].string() == "required"; });
}

Result<void> judge_status(const Answer& answer) {
  const std::string number = std::to_string(answer.status);
  const int status = answer.status;
  if (status == 401 || status == 403)
    return fail(ErrorCode::unauthorized, "the server refuses us (" + number + "); check ehr.auth and what the account may read");
  if (status == 404 || status == 410) return fail(ErrorCode::not_found, "the server has none (" + number + ")");
  const bool refuses = status == 501;  // it does not know how, and will not know when asked again
  if (status == 408 || status == 425 || status == 429 || (status >= 500 && !refuses))
    return fail(ErrorCode::unavailable, "the server answers " + number);
  if (status != 200) return fail(ErrorCode::invalid_config, "the server refuses the request (" + number + ")");
  // Some servers leave the type out; what begins like an object is then read as one, and refused by its reader if it is none.
  if (answer.content_type.empty() && begins_object(answer.body)) return {};
  if (!is_fhir_json(answer.content_type)) {
    const bool page = answer.content_type == "text/html";
    return fail(ErrorCode::malformed_data,
                page ? "the answer is a web page, not FHIR JSON; is ehr.base_url right?" : "the answer is not FHIR JSON");
  }
  return {};
}

bool worth_retrying(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::timeout;
}

/// Whoever refuses us the sign-in says nothing of what we may read.
Error signed_out(Error error) {
  if (error.code == ErrorCode::unauthorized) error.code = ErrorCode::signed_out;
  return error;
}

std::unique_ptr<SmartToken> smart_token(const Endpoint& endpoint, const Url& base, Http& http) {
  static const SystemClock clock;
  return endpoint.sign_in.kind == SignIn::Kind::smart_backend ? std::make_unique<SmartToken>(endpoint, base, http, clock) : nullptr;
}

/// Doubles from a quarter of a second to ten, each drawn from its upper half so that several agents do not come back together.
Millis back_off(int attempts) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int ceiling = std::min(10000, 250 << std::min(attempts, 6));
  return Millis(std::uniform_int_distribution<int>(ceiling / 2, ceiling)(random));
}

/// How long to wait before trying again. One who asks for no wait at all is taken at their word once.
Millis pause_before(const std::optional<Millis>& asked, int attempts) {
  if (!asked) return back_off(attempts);
  return attempts == 0 ? *asked : std::max(*asked, back_off(attempts));
}

Error held_back(const Breaker::Permit& permit) {
  return {ErrorCode::unavailable, permit.asked ? "the server asked to be left alone for a while; it is asked again when that is over"
                                               : "the server failed too often in a row; it is asked again after a pause"};
}

Error turn_is_over() {
  return {ErrorCode::timeout, "the server is too slow to answer all that is asked of the type in one cycle"};
}

}  // namespace

Session::Session(const Endpoint& endpoint, Url base, std::unique_ptr<Http> http)
    : endpoint_(endpoint),
      base_(std::move(base)),
      links_(base_, endpoint.allowed_origins, endpoint.rewrite_link_origin),
      http_(std::move(http)),
      smart_(smart_token(endpoint_, base_, *http_)),
      breaker_(endpoint.breaker) {}

Result<std::unique_ptr<Session>> Session::create(const Endpoint& endpoint) {
  auto base = parse_url(endpoint.base_url);
  if (!base || !base->query.empty()) return fail(ErrorCode::invalid_config, "ehr.base_url cannot be used; write https://host/path");
  while (base->path.ends_with('/')) base->path.pop_back();
  auto http = Http::create(endpoint);
  if (!http) return tl::unexpected(http.error());
  return std::unique_ptr<Session>(new Session(endpoint, std::move(*base), std::move(*http)));
}

Url Session::at(const std::string& path) const {
  Url url = base_;
  const std::size_t question = path.find('?');
  url.path += "/" + path.substr(0, question);
  if (question != std::string::npos) url.query = path.substr(question + 1);
  return url;
}

Result<std::string> Session::authorization() const {
  const SignIn& sign_in = endpoint_.sign_in;
  if (sign_in.kind == SignIn::Kind::none) return std::string();
  if (smart_) return smart_->header(stop_);
  const auto secret = read_secret(sign_in.secret_file);
  if (!secret) return tl::unexpected(secret.error());
  const bool printable = std::none_of(secret->begin(), secret->end(), [](unsigned char c) { return c < ' ' || c == 127; });
  if (!printable) return fail(ErrorCode::unauthorized, "the file of the sign-in secret holds a line break or a control character");
  return sign_in.kind == SignIn::Kind::bearer ? "Bearer " + *secret : "Basic " + base64(sign_in.user + ":" + *secret);
}

Result<Answer> Session::send(const Url& url, Request request, std::map<std::string, std::string> headers) {
  headers["Accept"] = "application/fhir+json";
  return send_signed_in({url, std::move(request), std::move(headers), true, endpoint_.request_timeout});
}

TrafficCounts Session::traffic() {
  TrafficCounts counts = http_->traffic().counts();
  counts.open_breakers = breaker_.open_count(Steady::now());
  if (smart_) counts.token_expires = smart_->expires();
  return counts;
}

std::map<std::string, std::string> Session::headers_of(const Asking& asking) const {
  auto headers = asking.headers;
  const bool ours = asking.sign_in || asking.url.same_origin(base_);
  if (is_epic_ && smart_ && ours) headers["Epic-Client-ID"] = endpoint_.sign_in.smart.client_id;
  return headers;
}

Result<Answer> Session::send_signed_in(const Asking& asking) {
  const std::stop_token& stop = asking.stop.stop_possible() ? asking.stop : stop_;
  if (!asking.sign_in) return http_->send(asking.request, asking.url, headers_of(asking), asking.timeout, stop);
  std::string signature;
  const auto once = [&]() -> Result<Answer> {
    auto headers = headers_of(asking);
    auto authorized = authorization();
    if (!authorized) return tl::unexpected(signed_out(authorized.error()));
    signature = std::move(*authorized);
    if (!signature.empty()) headers["Authorization"] = signature;
    return http_->send(asking.request, asking.url, headers, asking.timeout, stop);
  };
  auto answer = once();
  // The secret may have been changed between reading its file and using it; an access token may have ended early.
  const bool signs_in = endpoint_.sign_in.kind != SignIn::Kind::none;
  if (answer && answer->status == 401 && signs_in && (!smart_ || smart_->worth_another(signature))) answer = once();
  if (smart_ && answer && answer->status != 401) smart_->accepted(signature);
  return answer;
}

Result<Grant> Session::grant(std::string_view type, Access access, RetryBudget& budget) {
  for (int attempts = 0; smart_; ++attempts) {
    auto granted = smart_->grant(type, access, stop_);
    if (granted) return granted;
    if (!worth_retrying(granted.error().code) || !wait(pause_before(std::nullopt, attempts), budget))
      return tl::unexpected(signed_out(granted.error()));
  }
  return Grant::whole;
}

Result<Answer> Session::get_redirected(Url url, Millis timeout, const std::stop_token& stop) {
  Asking asking;
  asking.headers = {{"Accept", "application/fhir+json"}, {"Cache-Control", "no-cache"}, {"Prefer", "handling=strict"}};
  asking.timeout = timeout;
  asking.stop = stop;
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    asking.url = url;
    auto answer = send_redirected(asking, true);
    if (!answer || !is_redirect(answer->status)) return answer;
    auto target = links_.redirect(url, answer->location);
    if (!target) return tl::unexpected(target.error());
    asking.sign_in = asking.sign_in && target->same_origin(url);
    url = std::move(*target);
  }
  return fail(ErrorCode::malformed_data, "the server redirects in circles");
}

/// Some stores refuse who signs in twice, by the address and by a header; others of the operator's want the header.
Result<Answer> Session::send_redirected(Asking& asking, bool may_sign_in) {
  auto answer = send_signed_in(asking);
  if (!answer || answer->status != 401 || asking.sign_in || !may_sign_in) return answer;
  asking.sign_in = true;
  return send_signed_in(asking);
}

Result<Answer> Session::ask(Asking asking) {
  bool may_sign_in = asking.sign_in;
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    const std::string origin = asking.url.origin();
    const Breaker::Permit permit = breaker_.ask(origin, Steady::now());
    if (permit.wait.count() > 0) return tl::unexpected(held_back(permit));
    auto answer = send_redirected(asking, may_sign_in);
    // A refusal here says little of the searches, so it neither opens nor closes what they go by.
    if (!answer && worth_retrying(answer.error().code)) {
      breaker_.failed(origin, Steady::now());
    } else if (!answer || answer->status >= 500) {
      breaker_.abandoned(origin);
    } else {
      breaker_.succeeded(origin);
    }
    if (!answer || !is_redirect(answer->status) || asking.request.method != "GET") return answer;
    auto target = links_.exported(asking.url, answer->location, false);
    if (!target) return tl::unexpected(target.error());
    may_sign_in = may_sign_in && target->ours;
    asking.sign_in = asking.sign_in && target->ours && target->url.same_origin(asking.url);
    asking.url = std::move(target->url);
  }
  return fail(ErrorCode::malformed_data, "the server redirects in circles");
}

Result<void> Session::attempt(const Url& url, Millis timeout, const std::stop_token& stop, const TakeAnswer& take, Reply& reply) {
  reply = Reply();
  auto answer = get_redirected(url, timeout, stop);
  if (!answer) return tl::unexpected(answer.error());
  reply.refusal = {answer->status, lacks_parameter(*answer)};
  reply.retry_after = answer->retry_after;
  if (!reply.retry_after && answer->status == 429) reply.retry_after = wait_told_in(answer->body);
  if (auto judged = judge_status(*answer); !judged) return judged;
  return take(*answer);
}

const std::stop_token& Session::stop_of(const RetryBudget& budget) const {
  return budget.allowance != nullptr && budget.allowance->stop().stop_possible() ? budget.allowance->stop() : stop_;
}

bool Session::wait(Millis pause, RetryBudget& budget) const {
  if (!budget.lasts(pause)) return false;
  budget.left -= pause;
  if (budget.allowance != nullptr) budget.allowance->waited(pause);
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop_of(budget), pause, [] { return false; });
  return !stop_of(budget).stop_requested();
}

bool Session::admit(const std::string& origin, RetryBudget& budget, Breaker::Permit& permit) {
  while (true) {
    permit = breaker_.ask(origin, Steady::now());
    if (permit.wait.count() == 0) return true;
    if (!wait(permit.wait, budget)) return false;
  }
}

void Session::tell(const std::string& origin, const Result<void>& result, const Reply& reply, bool over) {
  const bool busy = reply.refusal.status == 429 || reply.refusal.status == 503;
  if (busy && reply.retry_after) breaker_.hold(origin, Steady::now() + *reply.retry_after);
  if (result || !(worth_retrying(result.error().code) || result.error().code == ErrorCode::internal)) return breaker_.succeeded(origin);
  if (result.error().code == ErrorCode::internal) return breaker_.abandoned(origin);
  if (over) breaker_.failed(origin, Steady::now());
}

Result<void> Session::get(const Url& url, RetryBudget& budget, const TakeAnswer& take, Refusal* refusal) {
  const std::string origin = url.origin();
  const std::stop_token stop = stop_of(budget);
  std::optional<Error> last;
  for (int attempts = 0;; ++attempts) {
    Breaker::Permit permit;
    const bool admitted = admit(origin, budget, permit);
    if (stop.stop_requested()) return fail(ErrorCode::internal, "stopped");
    if (!admitted) return tl::unexpected(last.value_or(held_back(permit)));
    if (budget.allowance != nullptr && budget.allowance->left().count() == 0) {
      breaker_.abandoned(origin);
      return tl::unexpected(last.value_or(turn_is_over()));
    }
    if (attempts > 0) http_->traffic().retried();
    const auto began = Steady::now();
    const Millis paced = Pace::of_this_thread();
    Millis timeout = attempts == 0 ? endpoint_.request_timeout : std::min(endpoint_.request_timeout, budget.left);
    if (budget.allowance != nullptr) timeout = std::min(timeout, budget.allowance->left());
    Reply reply;
    auto result = attempt(url, timeout, stop, take, reply);
    if (refusal != nullptr) *refusal = reply.refusal;
    // Our own budget's waits are not the server's.
    const Millis took = since(began) - (Pace::of_this_thread() - paced);
    if (attempts > 0) budget.left -= std::min(budget.left, took);
    const bool retry = !result && worth_retrying(result.error().code);
    if (budget.allowance != nullptr) budget.allowance->waited(took);
    if (budget.allowance != nullptr && !retry) budget.allowance->answered();
    const Millis pause = pause_before(reply.retry_after, attempts);
    tell(origin, result, reply, permit.probe || !budget.lasts(pause));
    if (!retry) return result;
    last = result.error();
    if (!wait(pause, budget)) return stop.stop_requested() ? fail(ErrorCode::internal, "stopped") : std::move(result);
  }
}

}  // namespace trialflag::fhir
