#include "agent/app/id_lists.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <utility>

#include "agent/app/resource_page.h"
#include "agent/app/type_reader.h"
#include "agent/json/value.h"

namespace trialflag::app {
namespace {

constexpr std::size_t kAtOnce = 20;
constexpr std::size_t kLongestList = 1400;  ///< of a list: proxies cut long addresses off

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
    if (lists.empty() || lists.back().size() == kAtOnce || length + id.size() > kLongestList) {
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

Result<IdLists::Answers> IdLists::read_each(Crew& crew, const std::set<std::string>& ids) {
  Answers answers;
  for (const std::vector<std::string>& list : divided(std::vector<std::string>(ids.begin(), ids.end()))) {
    auto shown = read(list);
    if (!shown) return tl::unexpected(shown.error());
    for (auto& [id, text] : *shown) answers.emplace(id, std::move(text));
  }
  read_singly(crew, ids, answers);
  for (const auto& [id, answer] : answers)
    if (!answer && answer.error().code == ErrorCode::internal) return tl::unexpected(answer.error());
  return answers;
}

void IdLists::read_singly(Crew& crew, const std::set<std::string>& ids, Answers& answers) const {
  const auto failed = std::make_shared<std::atomic<bool>>(false);
  std::vector<std::pair<std::string, std::future<Result<std::string>>>> coming;
  for (const std::string& id : ids) {
    if (answers.contains(id)) continue;
    coming.emplace_back(id, crew.give([&client = client_, type = type_, id, failed]() -> Result<std::string> {
      if (*failed) return fail(ErrorCode::unavailable, "the server does not answer");
      auto text = client.read(fhir::name_of(type), id);
      if (!text && (not_reached(text.error().code) || text.error().code == ErrorCode::internal)) *failed = true;
      return text;
    }));
  }
  for (auto& [id, text] : coming) answers.emplace(id, text.get());
}

}  // namespace trialflag::app
