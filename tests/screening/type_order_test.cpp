// Which polls may go side by side: what makes candidates is known before what is kept of candidates is shown.
#include "agent/screening/type_order.h"

#include <catch2/catch.hpp>

using namespace trialflag::screening;
using trialflag::fhir::ResourceType;

namespace {

const std::vector<ResourceType> kTypes = {ResourceType::patient,           ResourceType::condition, ResourceType::observation,
                                          ResourceType::diagnostic_report, ResourceType::procedure, ResourceType::encounter};

TypeState state_of(ResourceType type, Reading reading) {
  TypeState state;
  state.type = type;
  state.ever_read = true;
  state.reading = reading;
  return state;
}

TypeSet entering() {
  TypeSet entering;
  entering.add(ResourceType::condition);
  entering.add(ResourceType::encounter);
  return entering;
}

}  // namespace

TEST_CASE("type order: nothing goes beside Patient, what makes candidates goes first, reports follow Observations") {
  const TypeOrder order(kTypes, {state_of(ResourceType::condition, Reading::whole)}, entering());
  CHECK(order.types() == std::vector{ResourceType::patient, ResourceType::condition, ResourceType::encounter, ResourceType::observation,
                                     ResourceType::diagnostic_report, ResourceType::procedure});
  for (const ResourceType type : {ResourceType::condition, ResourceType::observation, ResourceType::procedure}) {
    CHECK(order.must_follow(type, ResourceType::patient));
    CHECK(order.must_follow(ResourceType::patient, type));
  }
  CHECK(order.must_follow(ResourceType::observation, ResourceType::condition));
  CHECK(order.must_follow(ResourceType::procedure, ResourceType::encounter));
  CHECK(order.must_follow(ResourceType::encounter, ResourceType::condition));
  CHECK_FALSE(order.must_follow(ResourceType::procedure, ResourceType::observation));
  CHECK(order.must_follow(ResourceType::diagnostic_report, ResourceType::observation));
  CHECK_FALSE(order.must_follow(ResourceType::procedure, ResourceType::diagnostic_report));
}

TEST_CASE("type order: what could not be read last time begins when all others have ended") {
  const TypeOrder order(kTypes,
                        {state_of(ResourceType::condition, Reading::incomplete), state_of(ResourceType::procedure, Reading::not_granted)},
                        entering());
  CHECK(order.types().back() == ResourceType::condition);
  for (const ResourceType type : kTypes)
    if (type != ResourceType::condition) CHECK(order.must_follow(ResourceType::condition, type));
  CHECK(order.types().front() == ResourceType::patient);
}
