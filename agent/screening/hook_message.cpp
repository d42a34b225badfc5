#include "agent/screening/hook_message.h"

#include <algorithm>

#include "agent/base/sentence.h"
#include "agent/json/quote.h"
#include "agent/screening/mail_text.h"

namespace trialflag::screening {
namespace {

using json::in_quotes;

std::string_view type_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::opened:
      return "flag.opened";
    case NoticeKind::retracted:
      return "flag.retracted";
    case NoticeKind::digest:
      return "digest";
    default:
      return "flag.changed";
  }
}

std::string data_of(const CodedFacts& facts) {
  const auto status = [](FlagStatus value) { return in_quotes(name_of(value)); };
  std::string out = "{\"flag\":" + in_quotes(facts.flag) + ",\"code\":" + in_quotes(facts.code) + ",\"trial\":" + in_quotes(facts.trial) +
                    ",\"patient\":" + in_quotes(facts.patient) + ",\"status\":" + status(facts.status) +
                    ",\"previous_status\":" + (facts.previous ? status(*facts.previous) : "null") +
                    ",\"reason\":" + in_quotes(facts.reason);
  if (!facts.replaces.empty()) out += ",\"replaces\":" + in_quotes(facts.replaces);
  out += ",\"criteria\":[";
  for (const CodedFacts::Criterion& criterion : facts.criteria)
    out += (out.back() == '[' ? "{\"id\":" : ",{\"id\":") + in_quotes(criterion.id) + ",\"effect\":" + in_quotes(criterion.effect) + "}";
  return out + "]}";
}

std::string body_of(std::string_view type, Instant at, const std::string& data) {
  return "{\"type\":" + in_quotes(type) + ",\"timestamp\":" + in_quotes(Zone::utc().format(at)) + ",\"data\":" + data + "}";
}

}  // namespace

WebhookEvent::WebhookEvent(const LinkFacts& notice, const CodedFacts& facts)
    : id_(notice.notice), hook_(notice.to.recipient), body_(body_of(type_of(facts.kind), facts.at, data_of(facts))) {}

WebhookEvent::WebhookEvent(const LinkFacts& notice, Instant at, const std::vector<CodedFacts>& facts)
    : id_(notice.notice), hook_(notice.to.recipient) {
  std::string data = "{\"flags\":[";
  for (const CodedFacts& each : facts) {
    std::string flag = data_of(each);
    flag.insert(1, "\"type\":" + in_quotes(type_of(each.kind)) + ",");
    data += (data.back() == '[' ? "" : ",") + flag;
  }
  body_ = body_of("digest", at, data + "]}");
}

ChatNote::ChatNote(const LinkFacts& facts, const MessageContext& context) : id_(facts.notice), hook_(facts.to.recipient) {
  const Words words = words_of(facts, context);
  title_ = words.subject;
  for (const std::string& paragraph : words.paragraphs) text_ += (text_.empty() ? "" : "\n\n") + paragraph;
  constexpr std::size_t kMost = 50;  // so that what a chat takes holds them, and the link behind
  for (std::size_t i = 0; i < std::min(kMost, words.list.size()); ++i) text_ += "\n- " + words.list[i];
  if (words.list.size() > kMost) {
    const std::string rest = std::to_string(words.list.size() - kMost);
    text_ += "\n- " + filled(mail_texts(context.language).of(MailText::and_more), {{"{count}", rest}});
  }
  link_ = words.link;
}

}  // namespace trialflag::screening
