#include "agent/screening/shown_ids.h"

#include <utility>

namespace trialflag::screening {

Result<void> ShownIds::note(std::string_view id) {
  if (looks_for_known_) {
    if (const auto known = found_.find(id); known != found_.end()) known->second = true;
    return {};
  }
  shown_.emplace(id);
  return all_ || shown_.size() <= kFew ? Result<void>() : look_for_known();
}

Result<void> ShownIds::look_for_known() {
  auto known = store_.ids_of(type_);
  if (!known) return tl::unexpected(known.error());
  known_ = std::move(*known);
  for (const std::string& id : known_) found_.emplace(id, shown_.contains(id));
  looks_for_known_ = true;
  shown_ = {};
  return {};
}

void ShownIds::forget(const std::string& id) {
  shown_.erase(id);
  if (const auto known = found_.find(id); known != found_.end()) known->second = false;
}

std::unordered_set<std::string> ShownIds::shown() const {
  std::unordered_set<std::string> out = shown_;
  for (const auto& [id, found] : found_)
    if (found) out.emplace(id);
  return out;
}

std::unordered_set<std::string> ShownIds::take() {
  if (looks_for_known_) shown_ = shown();
  return std::move(shown_);
}

Result<ShownIds::Comparison> ShownIds::compare() const {
  Comparison out;
  if (looks_for_known_) {
    out.known = known_.size();
    for (const std::string& id : known_)
      if (!found_.at(id)) out.missing.push_back(id);
    return out;
  }
  auto known = store_.ids_of(type_);
  if (!known) return tl::unexpected(known.error());
  out.known = known->size();
  for (std::string& id : *known)
    if (!shown_.contains(id)) out.missing.push_back(std::move(id));
  return out;
}

}  // namespace trialflag::screening
