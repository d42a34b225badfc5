#include "mappings/pattern.h"

#include <re2/re2.h>

namespace trialflag::mappings {

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

Result<Pattern> Pattern::compile(std::string_view expression) {
  re2::RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(expression.data(), expression.size()), options);
  if (!compiled->ok()) return fail(ErrorCode::invalid_config, compiled->error());
  if (re2::RE2::FullMatch("", *compiled)) return fail(ErrorCode::invalid_config, "it matches the empty text");
  return Pattern(std::move(compiled));
}

void Pattern::find_all(std::string_view text, std::vector<std::pair<std::size_t, std::size_t>>& out) const {
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece found;
  for (std::size_t from = 0; from < text.size();) {
    if (!compiled_->Match(whole, from, text.size(), re2::RE2::UNANCHORED, &found, 1)) return;
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    if (found.empty()) {
      from = begin + 1;
      continue;
    }
    out.emplace_back(begin, begin + found.size());
    from = begin + found.size();
  }
}

}  // namespace trialflag::mappings
