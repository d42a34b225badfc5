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

/// At most `size` bytes, cut between UTF-8 characters; then an ellipsis tells that it was cut, for a long list.
std::string at_most(std::string text, std::size_t size) {
  constexpr std::string_view kMore = "…";
  if (text.size() <= size) return text;
  size -= std::min(size, kMore.size());
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
  return text + std::string(kMore);
}

/// In `size` bytes: what is too long is cut in the text, for the link leads to the rest.
std::string plain(const ChatNote& note, std::size_t size) {
  const std::size_t around = note.title().size() + note.link().size() + 4;
  return at_most(note.title() + "\n\n" + at_most(note.text(), size - std::min(size, around)) + "\n\n" + note.link(), size);
}

/// An Adaptive Card in a message, as "When a Teams webhook request is received" wants it.
std::string teams(const ChatNote& note) {
  const auto block = [](const std::string& text, const char* more) {
    return R"({"type":"TextBlock","wrap":true,"text":)" + in_quotes(text) + more + "}";
  };
  std::string card = R"({"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[)" +
                     block(note.title(), R"(,"weight":"Bolder","size":"Medium")") + "," + block(at_most(note.text(), 16000), "");
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
  constexpr std::size_t kMost = 2000;  // a section takes 3000 characters, with the title and link
  std::string text = for_slack(note.text());
  for (std::size_t size = note.text().size(); text.size() > kMost; size = size * 9 / 10) text = for_slack(at_most(note.text(), size));
  const std::string title = for_slack(note.title()), link = for_slack(note.link());
  const std::string rich = "*" + title + "*\n" + text + "\n" + (has_address(note) ? "<" + link + ">" : "`" + link + "`");
  return "{\"text\":" + in_quotes(title) + R"(,"blocks":[{"type":"section","text":{"type":"mrkdwn","text":)" + in_quotes(rich) + "}}]}";
}

}  // namespace

std::string chat_body(Hook::Format format, const ChatNote& note) {
  switch (format) {
    case Hook::Format::teams:
      return teams(note);
    case Hook::Format::slack:
      return slack(note);
    case Hook::Format::wecom:
      return R"({"msgtype":"text","text":{"content":)" + in_quotes(plain(note, 2048)) + "}}";
    case Hook::Format::dingtalk:
      return R"({"msgtype":"text","text":{"content":)" + in_quotes(plain(note, 16000)) + "}}";
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
