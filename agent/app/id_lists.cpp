#include "agent/app/id_lists.h"

#include <algorithm>
#include <utility>

#include "agent/app/resource_page.h"
#include "agent/json/value.h"

namespace trialflag::app {
namespace {

constexpr std::size_t kAtOnce = 20;
constexpr std::size_t kLongest = 1400;  ///< of a list: proxies cut long addresses off

/// The id of a resource that is given whole; what is not is for a read by id to show.
std::string id_of_whole(std::string_view text, std::string_view type) {
  json::Document document;
  if (!document.parse(text) || document.root()["resourceType"].string() != type || is_subset(document.root())) return {};
  return std::string(document.root()["id"].string());
}

std::string joined(const std::vector<std::string>& ids) {
  std::string list;
  for (const std::string& id : ids) list.append(list.empty() ? "" : ",").append(id);
  return list;
}

}  // namespace

std::vector<std::vector<std::string>> IdLists::divided(std::span<const std::string> ids) {
  std::vector<std::vector<std::string>> lists;
  std::size_t length = 0;
  for (const std::string& id : ids) {
    if (lists.empty() || lists.back().size() == kAtOnce || length + id.size() > kLongest) {
      lists.emplace_back();
      length = 0;
    }
    lists.back().push_back(id);
    length += id.size() + 3;  // with an encoded comma
  }
  return lists;
}

Result<IdLists::Texts> IdLists::read(const std::vector<std::string>& list) {
  Texts found;
  if (list.size() < 2 || singly_) return found;
  const std::string_view type = fhir::name_of(type_);
  bool others = false;
  fhir::Refusal refusal;
  const auto take = [&](const fhir::Found& one) -> Result<void> {
    if (one.included) return {};
    std::string id = id_of_whole(one.json, type);
    others = !id.empty() && std::find(list.begin(), list.end(), id) == list.end();
    if (others) return fail(ErrorCode::malformed_data, "the server does not apply _id");
    if (!id.empty()) found[std::move(id)] = one.json;
    return {};
  };
  const auto end = client_.search(type, {{"_id", joined(list)}}, take, &refusal);
  if (!end && end.error().code == ErrorCode::internal) return tl::unexpected(end.error());
  const bool ignored = end && std::find(end->ignored.begin(), end->ignored.end(), "_id") != end->ignored.end();
  const bool refused = !end && refusal.status >= 400 && refusal.status < 500 && refusal.status != 408 && refusal.status != 429;
  singly_ = others || ignored || refused;
  // Where it failed, one of them may be the cause; each by itself tells which.
  return end && !singly_ ? std::move(found) : Texts();
}

}  // namespace trialflag::app
