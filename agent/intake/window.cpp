#include "agent/intake/window.h"

#include <algorithm>
#include <cstring>

#include "agent/intake/file_reader.h"
#include "agent/json/scan.h"

namespace trialflag::intake {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 18;  // stays in the cache of one core until it is looked at

}  // namespace

bool Window::more() {
  if (ended_) return false;
  const std::size_t held = size_ - at_;
  if (held > kMaxResourceBytes) {
    too_large_ = ended_ = true;
    return false;
  }
  // What is held is read again from its start with each piece that comes, so the pieces grow with it.
  const std::size_t wanted = held + std::max(held, kPiece);
  if (room_ < wanted) {
    auto larger = std::make_unique_for_overwrite<char[]>(wanted + kPiece);
    if (held != 0) std::memcpy(larger.get(), buffer_.get() + at_, held);
    buffer_ = std::move(larger);
    room_ = wanted + kPiece;
  } else if (at_ != 0) {
    std::memmove(buffer_.get(), buffer_.get() + at_, held);
  }
  base_ += at_;
  at_ = 0;
  size_ = held;
  while (size_ < wanted) {
    const std::size_t got = source_.next(buffer_.get() + size_, wanted - size_);
    ended_ = got == 0;
    if (ended_) break;
    size_ += got;
  }
  return size_ > held;
}

void Window::skip_mark() {
  while (size_ - at_ < 3 && more()) {
  }
  if (buffered().substr(0, 3) == "\xEF\xBB\xBF") at_ += 3;
}

char Window::peek() {
  for (;; ++at_) {
    if (at_ == size_ && !more()) return 0;
    const char c = buffer_[at_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c == 0 ? '\1' : c;
  }
}

std::optional<std::string_view> Window::value() {
  for (;;) {
    const std::string_view all{buffer_.get(), size_};
    const std::size_t end = json::skip_value(all, at_);
    // A number at the end of the buffer may go on in what is to come.
    const bool sure =
        end != std::string_view::npos && (end < size_ || buffer_[end - 1] == '}' || buffer_[end - 1] == ']' || buffer_[end - 1] == '"');
    if (sure || (end != std::string_view::npos && ended_)) {
      const std::string_view text = all.substr(at_, end - at_);
      at_ = end;
      return text;
    }
    if (!more()) {
      if (end != std::string_view::npos) continue;
      return std::nullopt;
    }
  }
}

std::optional<std::string_view> Window::line() {
  for (std::size_t searched = 0;;) {
    const std::string_view rest = buffered();
    const std::size_t end = rest.find('\n', searched);
    if (end != std::string_view::npos) {
      at_ += end + 1;
      return rest.substr(0, end);
    }
    searched = rest.size();
    if (!more()) break;
  }
  const std::string_view rest = buffered();
  at_ = size_;
  return rest.empty() ? std::nullopt : std::optional(rest);
}

}  // namespace trialflag::intake
