#include "agent/screening/status.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace trialflag::screening {
namespace {

using Names = std::initializer_list<std::string_view>;

bool one_of(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

StatusWeight by_lists(std::string_view status, Names counts, Names ignored) {
  if (one_of(status, counts)) return StatusWeight::counts;
  return one_of(status, ignored) ? StatusWeight::ignored : StatusWeight::weak;
}

StatusWeight condition(const fhir::Record& record) {
  if (record.verification == "entered-in-error") return StatusWeight::ignored;
  if (record.verification == "refuted") return StatusWeight::refuted;
  const bool known_course =
      record.status.empty() || one_of(record.status, {"active", "recurrence", "relapse", "inactive", "remission", "resolved"});
  const bool sure = one_of(record.verification, {"", "confirmed"}) && known_course && !record.clinical_status_unread;
  return sure ? StatusWeight::counts : StatusWeight::weak;
}

StatusWeight request(const fhir::Record& record) {
  if (record.do_not_perform || one_of(record.intent, {"proposal", "plan", "option"})) return StatusWeight::ignored;
  const StatusWeight standing = by_lists(record.status, {"active", "completed", "stopped"}, {"cancelled", "draft", "entered-in-error"});
  const bool ordered = one_of(record.intent, {"order", "original-order", "reflex-order", "filler-order", "instance-order"});
  return standing == StatusWeight::counts && !ordered ? StatusWeight::weak : standing;
}

StatusWeight allergy(const fhir::Record& record) {
  if (one_of(record.verification, {"refuted", "entered-in-error"})) return StatusWeight::ignored;
  const bool sure = one_of(record.status, {"", "active"}) && one_of(record.verification, {"", "confirmed", "unconfirmed"}) &&
                    !record.clinical_status_unread;
  return sure ? StatusWeight::counts : StatusWeight::weak;
}

}  // namespace

StatusWeight status_weight(const fhir::Record& record) {
  using fhir::ResourceType;
  switch (record.type) {
    case ResourceType::condition:
      return condition(record);
    case ResourceType::medication_request:
      return request(record);
    case ResourceType::allergy_intolerance:
      return allergy(record);
    case ResourceType::medication_statement:
      if (record.status == "not-taken") return StatusWeight::not_taken;
      return by_lists(record.status, {"active", "completed", "stopped"}, {"intended", "entered-in-error"});
    case ResourceType::medication_dispense:
      return by_lists(record.status, {"completed", "in-progress"}, {"cancelled", "declined", "entered-in-error", "preparation"});
    case ResourceType::medication_administration:
      return by_lists(record.status, {"completed", "in-progress", "stopped"}, {"not-done", "entered-in-error"});
    case ResourceType::observation:
      return by_lists(record.status, {"final", "amended", "corrected", "preliminary"}, {"entered-in-error", "cancelled"});
    case ResourceType::procedure:
      return by_lists(record.status, {"completed", "in-progress"}, {"not-done", "entered-in-error", "preparation"});
    case ResourceType::service_request:
      if (record.do_not_perform) return StatusWeight::ignored;
      return record.status == "completed" ? StatusWeight::counts : StatusWeight::ignored;
    case ResourceType::care_plan:
      return one_of(record.status, {"active", "completed"}) ? StatusWeight::counts : StatusWeight::ignored;
    case ResourceType::questionnaire_response:
      if (record.status == "in-progress" || record.status.empty()) return StatusWeight::weak;
      return one_of(record.status, {"completed", "amended"}) ? StatusWeight::counts : StatusWeight::ignored;
    default:
      return StatusWeight::counts;
  }
}

bool reasons_speak(const fhir::Record& record) {
  return !one_of(record.status, {"entered-in-error", "cancelled", "revoked", "draft"});
}

}  // namespace trialflag::screening
