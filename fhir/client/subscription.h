// An R4 Subscription of the kind that the agent asks for: rest-hook with an empty payload.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time.h"

namespace trialflag::fhir {

struct Subscription {
  std::string id;        ///< empty: it is to be made
  std::string status;    ///< requested, active, error, off
  std::string criteria;  ///< "Observation?"
  std::string endpoint;  ///< where the channel leads
  std::optional<Instant> end;
};

/// As it is asked for: status requested, whatever `status` is.
std::string subscription_json(const Subscription& subscription);
/// malformed_data when it is no Subscription with an id.
Result<Subscription> read_subscription(std::string_view json);

/// What must be done so that there is one active Subscription for each of `types` at `endpoint`.
struct SubscriptionPlan {
  std::vector<Subscription> ask;  ///< to be made (without an id) or renewed
  std::vector<std::string> end;   ///< ids of those that are too many
};

/// `found`: all that lead to `endpoint`, which nobody else has. One that has failed, was turned off or ends before `renew_before` is
/// renewed to end at `until`. What a server has made of the criteria behind the type, or of the end, is left as it is: to ask for it anew
/// each time would change nothing.
SubscriptionPlan plan_subscriptions(const std::vector<Subscription>& found, const std::vector<std::string>& types,
                                    const std::string& endpoint, Instant renew_before, Instant until);

}  // namespace trialflag::fhir
