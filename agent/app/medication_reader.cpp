#include "agent/app/medication_reader.h"

#include <algorithm>
#include <utility>

#include "agent/app/resource_page.h"
#include "agent/json/value.h"

namespace trialflag::app {
namespace {

constexpr std::size_t kAtOnce = 20;
constexpr std::size_t kLongest = 1400;  ///< of a list: proxies cut long addresses off

/// The id of a Medication that is given whole; what is not is for a read by id to show.
std::string id_of_whole(std::string_view text) {
  json::Document document;
  if (!document.parse(text) || document.root()["resourceType"].string() != "Medication" || is_subset(document.root())) return {};
  return std::string(document.root()["id"].string());
}

std::string joined(const std::vector<std::string>& ids) {
  std::string list;
  for (const std::string& id : ids) list.append(list.empty() ? "" : ",").append(id);
  return list;
}

}  // namespace

Result<void> MedicationReader::fetch(const Ids& ids) {
  std::vector<std::vector<std::string>> lists;
  std::size_t length = 0;
  for (const std::string& id : ids) {
    if (kept_.contains(id)) continue;
    if (lists.empty() || lists.back().size() == kAtOnce || length + id.size() > kLongest) {
      lists.emplace_back();
      length = 0;
    }
    lists.back().push_back(id);
    length += id.size() + 3;  // with an encoded comma
  }
  for (const std::vector<std::string>& list : lists) {
    if (list.size() > 1 && !singly_)
      if (auto fetched = fetch_list(list); !fetched) return fetched;
    // One that the list did not show is gone, or was left out: its own address tells.
    for (const std::string& id : list)
      if (!kept_.contains(id))
        if (auto fetched = fetch_one(id); !fetched) return fetched;
  }
  return {};
}

Result<void> MedicationReader::fetch_list(const std::vector<std::string>& ids) {
  std::map<std::string, std::string> found;
  bool others = false;
  fhir::Refusal refusal;
  const auto take = [&](const fhir::Found& one) -> Result<void> {
    if (one.included) return {};
    std::string id = id_of_whole(one.json);
    others = !id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end();
    if (others) return fail(ErrorCode::malformed_data, "the server does not apply _id");
    if (!id.empty()) found[std::move(id)] = one.json;
    return {};
  };
  const auto end = client_.search("Medication", {{"_id", joined(ids)}}, take, &refusal);
  if (!end && end.error().code == ErrorCode::internal) return tl::unexpected(end.error());
  const bool ignored = end && std::find(end->ignored.begin(), end->ignored.end(), "_id") != end->ignored.end();
  const bool refused = !end && refusal.status >= 400 && refusal.status < 500 && refusal.status != 408 && refusal.status != 429;
  singly_ = others || ignored || refused;
  // Where it failed, one of them may be the cause; each by itself tells which.
  if (!end || singly_) return {};
  for (auto& [id, text] : found) kept_[id].text = std::move(text);
  return {};
}

Result<void> MedicationReader::fetch_one(const std::string& id) {
  auto text = client_.read("Medication", id);
  if (!text && text.error().code == ErrorCode::internal) return tl::unexpected(text.error());
  Kept& kept = kept_[id];
  if (text) {
    kept.text = std::move(*text);
  } else if (text.error().code == ErrorCode::malformed_data) {
    kept.text = "{}";
  } else if (text.error().code == ErrorCode::unavailable || text.error().code == ErrorCode::timeout) {
    kept.failed = text.error();
  }
  return {};
}

}  // namespace trialflag::app
