// Writes metrics in Prometheus' text format 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace trialflag::monitor {

inline constexpr const char* kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

/// Family after family, each with its samples. Names are ours and sound; the values of labels may hold anything.
class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Opens a family; `type` is gauge or counter. What follows are its samples.
  Exposition& family(std::string_view name, std::string_view type, std::string_view help);
  Exposition& sample(double value, Labels labels = {});

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_, name_;
};

}  // namespace trialflag::monitor
