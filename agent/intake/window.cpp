#include "agent/intake/window.h"

#include <cstring>

#include "agent/intake/file_reader.h"
#include "agent/json/scan.h"

namespace trialflag::intake {
namespace {
constexpr std::size_t kNone = std::string_view::npos;
}

bool Window::more() {
  if (ended_) return false;
  if (buffer_.size() - at_ > kMaxResourceBytes) {
    too_large_ = ended_ = true;
    return false;
  }
  if (at_ > 0) {
    buffer_.erase(0, at_);
    base_ += at_;
    at_ = 0;
  }
  // What is held is read again from its start with each piece that comes, so the pieces grow with it.
  const std::size_t wanted = buffer_.size() * 2;
  do {
    const std::string_view chunk = source_.next();
    if (chunk.empty()) {
      ended_ = true;
      return !buffer_.empty() && buffer_.size() > wanted / 2;
    }
    buffer_.append(chunk);
  } while (buffer_.size() < wanted);
  return true;
}

void Window::skip_mark() {
  while (buffer_.size() - at_ < 3 && more()) {
  }
  if (buffered().substr(0, 3) == "\xEF\xBB\xBF") at_ += 3;
}

char Window::peek() {
  for (;; ++at_) {
    if (at_ == buffer_.size() && !more()) return 0;
    const char c = buffer_[at_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c == 0 ? '\1' : c;
  }
}

std::optional<std::string_view> Window::value() {
  for (;;) {
    const std::size_t end = json::skip_value(buffer_, at_);
    // A number at the end of the buffer may go on in what is to come.
    const bool sure =
        end != kNone && (end < buffer_.size() || buffer_[end - 1] == '}' || buffer_[end - 1] == ']' || buffer_[end - 1] == '"');
    if (sure || (end != kNone && ended_)) {
      const std::string_view text = std::string_view(buffer_).substr(at_, end - at_);
      at_ = end;
      return text;
    }
    if (!more()) {
      if (end != kNone) continue;
      return std::nullopt;
    }
  }
}

std::optional<std::string_view> Window::line() {
  std::size_t searched = at_;
  for (;;) {
    const void* found = searched < buffer_.size() ? std::memchr(buffer_.data() + searched, '\n', buffer_.size() - searched) : nullptr;
    if (found != nullptr) {
      const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      const std::string_view text = std::string_view(buffer_).substr(at_, end - at_);
      at_ = end + 1;
      return text;
    }
    const std::size_t held = buffer_.size() - at_;
    if (!more()) break;
    searched = at_ + held;
  }
  if (at_ == buffer_.size()) return std::nullopt;
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  at_ = buffer_.size();
  return rest;
}

}  // namespace trialflag::intake
