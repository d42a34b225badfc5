#include "agent/notify/webhook.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "agent/base/signing.h"
#include "agent/base/url.h"
#include "agent/json/value.h"
#include "agent/notify/transfer.h"

namespace trialflag::notify {
namespace {

using screening::ChatNote;
using screening::Delivery;
using screening::DeliveryOutcome;
using screening::WebhookEvent;

constexpr std::size_t kMostAnswer = 4096;
constexpr long kMostWait = 86400;

/// The first line; nullopt when the file cannot be read.
std::optional<std::string> read_line(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line)) return std::nullopt;
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

/// Empty when there is none.
std::string key_of(const Hook& hook) {
  return signing_key(read_line(hook.secret_file).value_or(""));
}

/// The beginning of an answer is kept; what follows is let pass.
std::size_t take(char* data, std::size_t, std::size_t size, void* answer) {
  auto& text = *static_cast<std::string*>(answer);
  text.append(data, std::min(size, kMostAnswer - std::min(kMostAnswer, text.size())));
  return size;
}

void set_receiver(CURL* curl, const Hook& hook, const std::string& url) {
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (!hook.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, hook.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(hook.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(5L, static_cast<long>(hook.timeout.count())));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  const auto parsed = parse_url(url);
  if (parsed && is_loopback(parsed->host)) curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

std::string said(const Hook& hook, const std::string& what) {
  return "webhook " + hook.id + ": " + what;
}

DeliveryOutcome judge_status(const Hook& hook, long status, std::chrono::seconds retry_after) {
  const std::string answered = "its receiver answered " + std::to_string(status);
  if (status >= 200 && status < 300) return {};
  if (status == 410)
    return {Delivery::gone,
            said(hook, answered + ", so nothing is sent there any more; correct its address, then `trialflag notices retry`")};
  if (status >= 300 && status < 400)
    return {Delivery::refused_for_now, said(hook, answered + ", a redirect, which is never followed; configure the address it leads to")};
  return {status >= 500 ? Delivery::uncertain : Delivery::refused_for_now, said(hook, answered), retry_after};
}

/// WeCom and DingTalk answer 200 whatever they think of a message.
DeliveryOutcome judge_errcode(const Hook& hook, const std::string& answer) {
  json::Document document;
  if (!document.parse(answer) || !document.root()["errcode"].is(json::Value::Type::number))
    return {Delivery::uncertain, said(hook, "its receiver answered something that is no answer of this kind of chat")};
  const auto code = static_cast<long>(document.root()["errcode"].number());
  if (code == 0) return {};
  return {Delivery::refused_for_now, said(hook, "its receiver answered errcode " + std::to_string(code))};
}

DeliveryOutcome judge_failure(CURL* curl, const Hook& hook, CURLcode code) {
  long sent = 0;
  curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
  const bool went = sent > 0 && (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
                                 code == CURLE_PARTIAL_FILE || code == CURLE_SEND_ERROR || code == CURLE_ABORTED_BY_CALLBACK);
  if (!went) return {Delivery::refused_for_now, said(hook, trouble_of(curl, code))};
  return {Delivery::uncertain, said(hook, std::string("it is not known whether its receiver took the message: ") + trouble_of(curl, code))};
}

DeliveryOutcome no_such_hook(const std::string& id) {
  return {Delivery::refused_for_good, "webhook " + id + " is configured no more"};
}

}  // namespace

std::vector<std::string> signature_headers(std::string_view key, const std::string& id, Instant now, const std::string& body) {
  const std::string seconds = std::to_string(now.ms / 1000);
  return {"webhook-id: " + id, "webhook-timestamp: " + seconds,
          "webhook-signature: v1," + base64(hmac_sha256(key, id + "." + seconds + "." + body))};
}

WebhookSender::WebhookSender(std::vector<Hook> hooks, const Clock& clock) : hooks_(std::move(hooks)), clock_(clock) {
  start_curl_once();
}

const Hook* WebhookSender::find(const std::string& id) const {
  const auto at = std::find_if(hooks_.begin(), hooks_.end(), [&](const Hook& hook) { return hook.id == id; });
  return at == hooks_.end() ? nullptr : &*at;
}

DeliveryOutcome WebhookSender::send(const WebhookEvent& event) {
  const Hook* hook = find(event.hook());
  if (hook == nullptr) return no_such_hook(event.hook());
  const std::string key = key_of(*hook);
  if (key.empty())
    return {Delivery::refused_for_now, said(*hook, "its secret_file holds no base64; write the receiver's signing secret into it")};
  return post(*hook, hook->url, event.body(), signature_headers(key, event.id(), clock_.now(), event.body()));
}

DeliveryOutcome WebhookSender::send(const ChatNote& note) {
  const Hook* hook = find(note.hook());
  if (hook == nullptr) return no_such_hook(note.hook());
  std::string url = hook->url;
  if (hook->format == Hook::Format::dingtalk && !hook->secret_file.empty()) {
    const auto secret = read_line(hook->secret_file);
    if (!secret) return {Delivery::refused_for_now, said(*hook, "its secret_file cannot be read; check its path and rights")};
    std::string signature = dingtalk_signature(*secret, clock_.now());
    if (url.find('?') == std::string::npos) signature.front() = '?';
    url += signature;
  }
  return post(*hook, url, chat_body(hook->format, note), {});
}

DeliveryOutcome WebhookSender::post(const Hook& hook, const std::string& url, const std::string& body,
                                    const std::vector<std::string>& lines) {
  Line line;
  const Handle curl(curl_easy_init());
  if (!curl) return {Delivery::refused_for_now, "out of memory"};
  List headers;
  append(headers, "Content-Type: application/json; charset=utf-8");
  append(headers, "User-Agent: trialflag");
  append(headers, "Expect:");  // receivers that do not know it let the sender wait
  for (const std::string& each : lines) append(headers, each);
  std::string answer;
  set_receiver(curl.get(), hook, url);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  line.hold(curl.get(), stop_);
  const std::stop_callback cut_when_stopped(stop_, [&line] { line.cut(); });
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  // An answer whose body was not waited for to its end is an answer.
  if (status < 200) return judge_failure(curl.get(), hook, code);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &retry_after);
  auto outcome = judge_status(hook, status, std::chrono::seconds(std::clamp<curl_off_t>(retry_after, 0, kMostWait)));
  const bool chinese = hook.format == Hook::Format::wecom || hook.format == Hook::Format::dingtalk;
  return outcome.delivery == Delivery::accepted && chinese ? judge_errcode(hook, answer) : outcome;
}

Result<void> WebhookSender::try_out(const std::string& id) {
  const Hook* hook = find(id);
  if (hook == nullptr) return fail(ErrorCode::not_found, "no webhook has that id");
  if (hook->format == Hook::Format::json && key_of(*hook).empty()) return fail(ErrorCode::unauthorized, "its secret_file holds no base64");
  const Handle curl(curl_easy_init());
  if (!curl) return fail(ErrorCode::internal, "out of memory");
  set_receiver(curl.get(), *hook, hook->url);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECT_ONLY, 1L);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  return fail(ErrorCode::unavailable, trouble_of(curl.get(), code));
}

}  // namespace trialflag::notify
