// Webhooks over HTTP through libcurl: signed events for programs (Standard Webhooks), notes for chats.
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/screening/hook_message.h"

namespace trialflag::notify {

struct Hook {
  enum class Format : std::uint8_t { json, teams, slack, wecom, dingtalk };
  std::string id, url;
  Format format = Format::json;
  std::filesystem::path secret_file;  ///< read for every message, so that a new secret needs no restart
  std::filesystem::path ca_file;      ///< empty: the system's authorities
  std::chrono::seconds timeout{10};   ///< of one attempt, whatever the receiver does
};

/// Posts one message at a time over a connection of its own. Never follows a redirect. Not thread-safe.
class WebhookSender final : public screening::HookSender {
 public:
  WebhookSender(std::vector<Hook> hooks, const Clock& clock);

  /// A message under way is given up soon after `stop` is requested.
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }

  /// accepted: 2xx (of WeCom and DingTalk: and errcode 0). gone: 410. uncertain: 5xx, or no answer after the message went out: the receiver
  /// may have acted on it. refused_for_now: all else. refused_for_good: no webhook of that id is configured.
  screening::DeliveryOutcome send(const screening::WebhookEvent& event) override;
  screening::DeliveryOutcome send(const screening::ChatNote& note) override;

  /// Connects, with TLS where the address says so; sends nothing. not_found: no webhook of that id.
  Result<void> try_out(const std::string& id);

 private:
  [[nodiscard]] const Hook* find(const std::string& id) const;
  screening::DeliveryOutcome post(const Hook& hook, const std::string& url, const std::string& body,
                                  const std::vector<std::string>& headers);

  std::vector<Hook> hooks_;
  const Clock& clock_;
  std::stop_token stop_;
};

/// The three headers of Standard Webhooks, as lines without line ends. `key`: the secret's bytes.
std::vector<std::string> signature_headers(std::string_view key, const std::string& id, Instant now, const std::string& body);

/// The note in the form that this kind of chat takes. Not for json.
std::string chat_body(Hook::Format format, const screening::ChatNote& note);

/// What DingTalk wants behind the address of a robot that checks signatures: "&timestamp=…&sign=…".
std::string dingtalk_signature(std::string_view secret, Instant now);

}  // namespace trialflag::notify
