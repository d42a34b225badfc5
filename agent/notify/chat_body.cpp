// The bodies that chats take, as their makers document them. Only notes of the link tier come here.
#include <algorithm>

#include "agent/base/signing.h"
#include "agent/json/quote.h"
#include "agent/notify/webhook.h"

namespace trialflag::notify {
namespace {

using json::in_quotes;
using screening::ChatNote;

bool has_address(const ChatNote& note) {
  return note.link().starts_with("http");
}

std::string plain(const ChatNote& note) {
  return note.title() + "\n\n" + note.text() + "\n\n" + note.link();
}

/// An Adaptive Card in a message, as "When a Teams webhook request is received" wants it.
std::string teams(const ChatNote& note) {
  const auto block = [](const std::string& text, const char* more) {
    return R"({"type":"TextBlock","wrap":true,"text":)" + in_quotes(text) + more + "}";
  };
  std::string card = R"({"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[)" +
                     block(note.title(), R"(,"weight":"Bolder","size":"Medium")") + "," + block(note.text(), "");
  if (has_address(note)) {
    card += R"(],"actions":[{"type":"Action.OpenUrl","title":)" + in_quotes(note.link()) + ",\"url\":" + in_quotes(note.link()) + "}]}";
  } else {
    card += "," + block(note.link(), R"(,"fontType":"Monospace")") + "]}";
  }
  return R"({"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":)" +
         card + "}]}";
}

/// Slack takes these three signs for its own.
std::string for_slack(const std::string& text) {
  std::string out;
  for (const char sign : text) {
    if (sign == '&') {
      out += "&amp;";
    } else if (sign == '<') {
      out += "&lt;";
    } else if (sign == '>') {
      out += "&gt;";
    } else {
      out += sign;
    }
  }
  return out;
}

std::string slack(const ChatNote& note) {
  const std::string title = for_slack(note.title()), text = for_slack(note.text()), link = for_slack(note.link());
  const std::string rich = "*" + title + "*\n" + text + "\n" + (has_address(note) ? "<" + link + ">" : "`" + link + "`");
  return "{\"text\":" + in_quotes(title) + R"(,"blocks":[{"type":"section","text":{"type":"mrkdwn","text":)" + in_quotes(rich) + "}}]}";
}

/// At most `size` bytes, cut between UTF-8 characters.
std::string at_most(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
  return text;
}

}  // namespace

std::string chat_body(Hook::Format format, const ChatNote& note) {
  switch (format) {
    case Hook::Format::teams:
      return teams(note);
    case Hook::Format::slack:
      return slack(note);
    case Hook::Format::wecom:
      return R"({"msgtype":"text","text":{"content":)" + in_quotes(at_most(plain(note), 2048)) + "}}";
    case Hook::Format::dingtalk:
      return R"({"msgtype":"text","text":{"content":)" + in_quotes(plain(note)) + "}}";
    case Hook::Format::json:
      break;
  }
  return {};
}

std::string dingtalk_signature(std::string_view secret, Instant now) {
  const std::string timestamp = std::to_string(now.ms);
  std::string escaped;
  for (const char sign : base64(hmac_sha256(secret, timestamp + "\n" + std::string(secret)))) {
    escaped += sign == '+' ? "%2B" : sign == '/' ? "%2F" : sign == '=' ? "%3D" : std::string(1, sign);
  }
  return "&timestamp=" + timestamp + "&sign=" + escaped;
}

}  // namespace trialflag::notify
