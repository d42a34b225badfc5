#include "agent/intake/report.h"

#include <utility>

namespace trialflag::intake {
namespace {

constexpr std::size_t kToldOfOneKind = 20;

/// Names come from the records, and what steers a terminal or forges a line must not come with them.
std::string without_controls(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool second_half = byte >= 0x80 && byte < 0xA0 && i > 0 && text[i - 1] == '\xC2';  // U+0080 to U+009F
    if (second_half) text[i - 1] = ' ';
    if (second_half || byte < 0x20 || byte == 0x7F) text[i] = ' ';
  }
  return text;
}

}  // namespace

std::string to_string(const Place& place) {
  std::string text(place.file);
  if (place.line > 0) text += ":" + std::to_string(place.line);
  if (place.entry >= 0) text += ": entry[" + std::to_string(place.entry) + "]";
  return text;
}

void Report::note(const Place& place, std::string_view subject, std::string_view problem) {
  say(place, subject, problem);
}

void Report::quarantine(const Place& place, std::string_view subject, std::string_view problem) {
  quarantined_ = true;
  say(place, subject, problem);
}

void Report::say(const Place& place, std::string_view subject, std::string_view problem) {
  std::string kind(place.file);
  if (!kind.empty()) kind += ": ";
  kind.append(problem);
  if (++told_[kind] > kToldOfOneKind) return;
  std::string text = place.file.empty() ? std::string() : to_string(place) + ": ";
  if (!subject.empty()) text.append(subject).append(": ");
  messages_.push_back(without_controls(text.append(problem)));
}

std::vector<std::string> Report::take() {
  return std::exchange(messages_, {});
}

std::vector<std::string> Report::take_left_out() {
  std::vector<std::string> left_out;
  for (const auto& [kind, times] : told_)
    if (times > kToldOfOneKind) left_out.push_back(kind + " (" + std::to_string(times - kToldOfOneKind) + " more like this)");
  told_.clear();
  return left_out;
}

}  // namespace trialflag::intake
