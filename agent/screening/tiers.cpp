#include "agent/screening/tiers.h"

#include "agent/json/value.h"

namespace trialflag::screening {
namespace {

std::vector<CodedFacts::Criterion> criteria_of(const std::string& record) {
  std::vector<CodedFacts::Criterion> criteria;
  json::Document document;
  if (!document.parse(record)) return criteria;
  for (const json::Value& criterion : document.root()["criteria"].array())
    criteria.push_back({std::string(criterion["id"].string()), std::string(criterion["effect"].string())});
  return criteria;
}

LinkFacts::Cause cause_of(const DueNotice::Event& event) {
  if (event.why.starts_with(kOtherTrial) || event.why.starts_with(kEnrolled) || event.why.starts_with(kDecided))
    return LinkFacts::Cause::other_trial;
  if (event.why == kMoved) return LinkFacts::Cause::moved;
  if (event.why == kTrialFull) return LinkFacts::Cause::full;
  if (event.why == kTrialClosed) return LinkFacts::Cause::closed;
  return event.why == kOptedOut ? LinkFacts::Cause::opted_out : LinkFacts::Cause::records;
}

}  // namespace

LinkFacts::LinkFacts(const DueNotice& due)
    : notice(due.notice.id),
      to(due.notice.to),
      kind(due.notice.kind),
      trial(due.notice.trial.value),
      gathered(due.in_digest),
      about(due.about),
      children(due.children) {
  if (due.event) cause = cause_of(*due.event);
  if (kind == NoticeKind::changed && due.leads_on) cause = Cause::moved;
  if (!due.flag) return;
  one_flag = true;
  flag = due.flag->id.value;
  code = due.flag->code;
  status = due.flag->status;
  passes = due.flag->passes;
  opens = due.flag->opens;
}

CodedFacts::CodedFacts(const DueNotice& due)
    : trial(due.notice.trial.value), replaces(due.replaces.value), kind(due.notice.kind), at(due.notice.created_at) {
  if (!due.flag) return;
  flag = due.flag->id.value;
  code = due.flag->code;
  patient = "Patient/" + due.flag->patient.value;
  status = due.flag->status;
  reason = due.flag->reason;
  if (due.event) {
    status = due.event->status;
    previous = due.event->previous;
    reason = due.event->why;
    at = due.event->at;
  }
  criteria = criteria_of(due.event ? due.event->record : due.flag->record);
}

}  // namespace trialflag::screening
