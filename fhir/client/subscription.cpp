#include "fhir/client/subscription.h"

#include <set>

#include "agent/json/value.h"
#include "fhir/client/assertion.h"
#include "fhir/client/client.h"
#include "fhir/client/headers.h"
#include "fhir/client/session.h"

namespace trialflag::fhir {
namespace {

Result<void> judge_writing(const Result<Answer>& answer, bool gone_is_fine) {
  if (!answer) return tl::unexpected(answer.error().within("Subscription"));
  const int status = answer->status;
  if (status >= 200 && status < 300) return {};
  if (gone_is_fine && (status == 404 || status == 410)) return {};
  const std::string number = std::to_string(status);
  if (status == 401 || status == 403)
    return fail(ErrorCode::unauthorized, "Subscription: the server refuses us (" + number +
                                             "); ask the EHR's administrator for the scope system/Subscription.cruds");
  if (status == 429 || status >= 500) return fail(ErrorCode::unavailable, "Subscription: the server answers " + number);
  return fail(ErrorCode::invalid_config, "Subscription: the server takes none (" + number +
                                             "); does it support R4 rest-hook subscriptions, and may it call "
                                             "ehr.subscribe.url?");
}

}  // namespace

std::string subscription_json(const Subscription& subscription) {
  std::string text = R"({"resourceType":"Subscription",)";
  if (!subscription.id.empty()) text += "\"id\":" + json_string(subscription.id) + ",";
  text += R"("status":"requested","reason":"trialflag looks for changes early","criteria":)" + json_string(subscription.criteria);
  if (subscription.end) text += ",\"end\":\"" + Zone::utc().format(*subscription.end) + "\"";
  return text + R"(,"channel":{"type":"rest-hook","endpoint":)" + json_string(subscription.endpoint) + "}}";
}

Result<Subscription> read_subscription(std::string_view text) {
  json::Document document;
  if (!document.parse(text) || document.root()["resourceType"].string() != "Subscription" || document.root()["id"].string().empty())
    return fail(ErrorCode::malformed_data, "what the server gives as a Subscription is none");
  const json::Value& root = document.root();
  Subscription subscription;
  subscription.id = root["id"].string();
  subscription.status = root["status"].string();
  subscription.criteria = root["criteria"].string();
  subscription.endpoint = root["channel"]["endpoint"].string();
  if (const auto end = parse_instant(root["end"].string(), Zone::utc())) subscription.end = *end;
  return subscription;
}

SubscriptionPlan plan_subscriptions(const std::vector<Subscription>& found, const std::vector<std::string>& types,
                                    const std::string& endpoint, Instant renew_before, Instant until) {
  SubscriptionPlan plan;
  const std::set<std::string> wanted(types.begin(), types.end());
  std::set<std::string> had;
  for (const Subscription& subscription : found) {
    if (subscription.endpoint != endpoint) continue;
    const std::string type = subscription.criteria.substr(0, subscription.criteria.find('?'));
    if (!wanted.contains(type) || !had.insert(type).second) {
      plan.end.push_back(subscription.id);
      continue;
    }
    const bool alive = subscription.status == "active" || subscription.status == "requested";
    if (alive && (!subscription.end || renew_before < *subscription.end)) continue;
    Subscription renewed = subscription;
    renewed.end = until;
    plan.ask.push_back(std::move(renewed));
  }
  for (const std::string& type : wanted)
    if (!had.contains(type)) plan.ask.push_back({"", "requested", type + "?", endpoint, until});
  return plan;
}

Result<std::vector<Subscription>> Client::subscriptions(const std::string& endpoint) {
  std::vector<Subscription> subscriptions;
  const auto look = [&](const std::vector<Parameter>& parameters) -> Result<void> {
    subscriptions.clear();
    const auto end = search("Subscription", parameters, [&](const Found& found) -> Result<void> {
      auto subscription = read_subscription(found.json);
      if (subscription && subscription->endpoint == endpoint) subscriptions.push_back(std::move(*subscription));
      return {};
    });
    if (!end) return tl::unexpected(end.error());
    return end->whole ? Result<void>() : fail(ErrorCode::unavailable, "Subscription: " + end->shortfall);
  };
  auto looked = look({{"url", endpoint}});
  // Not every server searches by it; a hospital has few of them.
  if (!looked && looked.error().code == ErrorCode::invalid_config) looked = look({});
  if (!looked) return tl::unexpected(looked.error());
  return subscriptions;
}

Result<void> Client::ask_for(const Subscription& subscription) {
  const Request request{
      .method = subscription.id.empty() ? "POST" : "PUT", .body = subscription_json(subscription), .body_type = "application/fhir+json"};
  if (!subscription.id.empty())
    return judge_writing(session_->send(session_->at("Subscription/" + percent_encode(subscription.id)), request, {}), false);
  const std::string same = "url=" + percent_encode(subscription.endpoint) + "&criteria=" + percent_encode(subscription.criteria);
  return judge_writing(session_->send(session_->at("Subscription"), request, {{"If-None-Exist", same}}), false);
}

Result<void> Client::end_subscription(const std::string& id) {
  return judge_writing(session_->send(session_->at("Subscription/" + percent_encode(id)), {.method = "DELETE"}, {}), true);
}

}  // namespace trialflag::fhir
