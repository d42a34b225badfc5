#include "agent/app/record_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace trialflag::app {
namespace {

// The length of the UTF-8 character at the start of the text, 0 when there is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t size = lead < 0x80                    ? 1
                           : lead >= 0xF0 && lead <= 0xF4 ? 4
                           : lead >= 0xE0 && lead < 0xF0  ? 3
                           : lead >= 0xC2 && lead < 0xE0  ? 2
                                                          : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool outside = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
  return overlong || outside ? 0 : size;
}

void append_control(std::string& json, char c) {
  switch (c) {
    case '\n':
      json += "\\n";
      return;
    case '\r':
      json += "\\r";
      return;
    case '\t':
      json += "\\t";
      return;
    default:
      break;
  }
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
  json += escape;
}

// How much of the text stands in JSON as it is: ASCII without quotes, backslashes and controls.
std::size_t plain_size(std::string_view text) {
  const auto plain = [](char c) { return c >= 0x20 && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80; };
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
}

// Writes the members of one object; commas are its business.
class Object {
 public:
  explicit Object(std::string& json) : json_(json) { json_ += '{'; }
  void text(std::string_view name, std::string_view value) {
    begin(name);
    append_json_string(json_, value);
  }
  /// The shortest text that reads back as the same number.
  void number_if_any(std::string_view name, double value) {
    if (value == 0) return;
    begin(name);
    std::array<char, 32> text{};
    json_.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  }
  void text_if_any(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void text_or_null(std::string_view name, std::string_view value) {
    if (!value.empty()) return text(name, value);
    begin(name);
    json_ += "null";
  }
  void raw(std::string_view name, std::string_view value) {
    begin(name);
    json_ += value;
  }
  void end() { json_ += '}'; }

 private:
  void begin(std::string_view name) {
    if (!first_) json_ += ',';
    first_ = false;
    append_json_string(json_, name);
    json_ += ':';
  }

  std::string& json_;
  bool first_ = true;
};

template <typename Items, typename Append>
std::string array_of(const Items& items, Append append) {
  std::string json = "[";
  for (const auto& item : items) {
    if (json.size() > 1) json += ',';
    append(json, item);
  }
  return json + "]";
}

std::string time_or_nothing(const std::optional<Instant>& at, const Zone& zone) {
  return at ? zone.format(*at) : std::string();
}

void append_evidence(std::string& json, const eligibility::Evidence& evidence) {
  Object object(json);
  object.text("resource", evidence.resource);
  object.text_if_any("version", evidence.version);
  object.text_if_any("code", evidence.code);
  object.text_if_any("display", evidence.display);
  object.text_if_any("concept", evidence.concept_);
  object.text_if_any("time", evidence.time);
  object.text_if_any("value", evidence.value);
  object.end();
}

void append_said(std::string& json, const eligibility::Verdict& verdict) {
  const eligibility::Said& said = verdict.said;
  Object object(json);
  if (said.text != eligibility::Text::count_) object.text("text", name_of(said.text));
  object.number_if_any("value", said.value);
  object.number_if_any("low", said.low);
  object.number_if_any("high", said.high);
  object.number_if_any("items", said.items);
  object.end();
}

void append_verdict(std::string& json, const eligibility::Verdict& verdict, const Zone& zone) {
  Object object(json);
  object.text("id", verdict.id);
  object.text("kind", name_of(verdict.kind));
  object.text("holds", name_of(verdict.holds));
  object.text("basis", name_of(verdict.basis));
  object.text_or_null("reason", name_of(verdict.reason));
  object.text("effect", name_of(verdict.effect));
  object.text("summary", verdict.summary);
  object.raw("evidence", array_of(verdict.evidence, append_evidence));
  object.raw("ask", array_of(verdict.ask, append_json_string));
  object.text_or_null("revisit_at", time_or_nothing(verdict.revisit_at, zone));
  object.end();
}

}  // namespace

void append_json_string(std::string& json, std::string_view text) {
  json += '"';
  for (;;) {
    const std::size_t plain = plain_size(text);
    json.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char c = text.front();
    const std::size_t size = character_size(text);
    if (size == 0) {
      json += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      json.append(1, '\\').append(1, c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      append_control(json, c);
    } else {
      json.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  json += '"';
}

std::string criteria_json(const std::vector<eligibility::Verdict>& criteria, const Zone& zone) {
  return array_of(criteria, [&zone](std::string& json, const eligibility::Verdict& verdict) { append_verdict(json, verdict, zone); });
}

std::string record_json(const eligibility::PatientVerdict& verdict, const Zone& zone) {
  std::string json;
  Object object(json);
  object.text("trial", verdict.trial);
  object.text("trial_version", verdict.trial_version);
  object.text("as_of", zone.format(verdict.as_of));
  object.text("patient", verdict.patient);
  object.text("status", name_of(verdict.status));
  object.text_or_null("revisit_at", time_or_nothing(verdict.revisit_at, zone));
  object.raw("criteria", criteria_json(verdict.criteria, zone));
  object.raw("questions", array_of(verdict.questions, append_json_string));
  object.text("engine", verdict.engine_version);
  object.text("tables", verdict.tables_version);
  object.end();
  return json;
}

std::string record_json_to_keep(const eligibility::PatientVerdict& verdict, const Zone& zone) {
  std::string json = record_json(verdict, zone);
  json.pop_back();
  json += ",\"said\":";
  json += array_of(verdict.criteria, append_said);
  return json += '}';
}

}  // namespace trialflag::app
