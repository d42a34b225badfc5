// What a webhook is sent: an event for a program, or a note for people in a chat. Two types, for the one may say more than the other.
#pragma once

#include <string>
#include <vector>

#include "agent/screening/message.h"
#include "agent/screening/tiers.h"

namespace trialflag::screening {

/// An event for a program (interface.md section 6), of the coded tier.
class WebhookEvent {
 public:
  /// About one flag.
  WebhookEvent(const LinkFacts& notice, const CodedFacts& facts);
  /// A digest of several.
  WebhookEvent(const LinkFacts& notice, Instant at, const std::vector<CodedFacts>& facts);

  [[nodiscard]] const std::string& id() const { return id_; }      ///< the same for each repeat
  [[nodiscard]] const std::string& hook() const { return hook_; }  ///< the id of the webhook it is for
  /// JSON; byte for byte the same for each repeat, unless somebody in it was forgotten in between.
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  std::string id_, hook_, body_;
};

/// A note in a chat, of the link tier.
class ChatNote {
 public:
  ChatNote(const LinkFacts& facts, const MessageContext& context);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& hook() const { return hook_; }
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::string& text() const { return text_; }  ///< paragraphs, with empty lines between them, and a list of at most 50
  [[nodiscard]] const std::string& link() const { return link_; }  ///< an address, or a command

 private:
  std::string id_, hook_, title_, text_, link_;
};

/// Carries both. Adapters: HTTP.
class HookSender {
 public:
  virtual ~HookSender() = default;
  virtual DeliveryOutcome send(const WebhookEvent& event) = 0;
  virtual DeliveryOutcome send(const ChatNote& note) = 0;
};

}  // namespace trialflag::screening
