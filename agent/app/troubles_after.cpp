// What is amiss after a cycle, by what it is about: many patients with one problem are one trouble, and a server that is down is one.
#include <algorithm>

#include "agent/app/watch.h"
#include "agent/base/sentence.h"

namespace trialflag::app {
namespace {

using monitor::Trouble;
using monitor::TroublesBySubject;
using screening::CycleReport;
using screening::Reading;

constexpr std::int64_t kMostSkew = 60000;

// How the cycle's own texts begin.
constexpr std::string_view kEhr = "the EHR could not be read: ";
constexpr std::string_view kPatientInPart = "a patient could not be read whole: ";
constexpr std::string_view kPatient = "a patient could not be read: ";
constexpr std::string_view kNotice = "a notice was not accepted: ";
constexpr std::string_view kPlan = "plan ";         // of subjects: how a type is read
constexpr std::string_view kPatientless = "none ";  // of subjects: a type's records that name no patient
constexpr std::string_view kOrder = "order ";       // of subjects: versions of a type's records that are not dated in their order
constexpr std::string_view kClock = "the clock of the EHR's server";

/// "1 record", "12 records".
/// How often a text occurs that begins so, and the reason that most give.
struct Reasons {
  std::int64_t count = 0;
  std::string most;
};

Reasons reasons_of(const std::vector<std::string>& problems, std::string_view beginning) {
  std::map<std::string, int> times;
  Reasons reasons;
  for (const std::string& problem : problems) {
    if (!problem.starts_with(beginning)) continue;
    ++reasons.count;
    const std::string reason = problem.substr(beginning.size());
    if (++times[reason] > times[reasons.most]) reasons.most = reason;
  }
  return reasons;
}

const char* state_of(const screening::TypeOutcome& outcome) {
  if (outcome.reading == Reading::not_granted) return "not_granted";
  return outcome.warned ? "warned" : "incomplete";
}

void add_ehr(const CycleReport& report, TroublesBySubject& now) {
  if (!report.unreachable) return;
  Reasons said = reasons_of(report.problems, kEhr);
  for (const auto& [type, outcome] : report.types)
    if (said.most.empty() && !outcome.error.empty()) said.most = std::string(fhir::name_of(type)) + ": " + outcome.error;
  now["EHR"] = {"down", std::string(kEhr) + said.most, "the EHR is read again"};
}

void add_types(const CycleReport& report, TroublesBySubject& now) {
  if (report.unreachable) return;
  for (const auto& [type, outcome] : report.types) {
    const std::string name(fhir::name_of(type));
    if (outcome.reading == Reading::whole && !outcome.remark.empty())
      now[std::string(kPlan) + name] = {"noted", name + ": " + outcome.remark, name + " is read by what has changed again"};
    if (outcome.reading == Reading::whole || outcome.reading == Reading::unsupported) continue;
    now["type " + name] = {state_of(outcome), name + " was not read whole: " + outcome.error, name + " is read whole again"};
  }
}

void add_unread(const store::Gauges& gauges, TroublesBySubject& now) {
  for (const auto& [type, count] : gauges.unread) {
    const std::string name(fhir::name_of(type));
    now["unread " + name] = {
        "unread", name + ": " + counted(count, "record") + " could not be read; for the patients concerned the type counts as incomplete",
        name + ": there is no unreadable record any more"};
  }
}

void add_patients(const CycleReport& report, TroublesBySubject& now) {
  const Reasons none = reasons_of(report.problems, kPatient);
  if (none.count > 0 && !report.unreachable)
    now["patients"] = {"unread", counted(none.count, "patient") + " could not be read: " + none.most, "all patients can be read again"};
  const Reasons part = reasons_of(report.problems, kPatientInPart);
  if (part.count > 0)
    now["patients in part"] = {"in part", counted(part.count, "patient") + " could not be read whole: " + part.most,
                               "all patients who were read could be read whole"};
}

void add_notices(const CycleReport& report, const store::Gauges& gauges, TroublesBySubject& now) {
  if (gauges.retrying > 0) {
    const std::string reason = reasons_of(report.problems, kNotice).most;
    now["notices"] = {"retrying",
                      counted(gauges.retrying, "notice") + " not accepted yet, to be tried again" + (reason.empty() ? "" : ": " + reason),
                      "no notice waits for another attempt any more"};
  }
  if (gauges.stuck > 0) {
    const std::string reason = reasons_of(report.problems, kNotice).most;
    now["notices stuck"] = {"stuck",
                            counted(gauges.stuck, "notice") + " stuck" + (reason.empty() ? "" : ": " + reason) +
                                "; see `trialflag notices list`, then run `trialflag notices retry`",
                            "no notice is stuck any more"};
  }
  if (gauges.held > 0)
    now["notices held"] = {
        "held",
        counted(gauges.held, "notice") +
            " held, for too many flags moved at once; look at `trialflag flags list`, then run `trialflag notices release`",
        "no notice is held any more"};
}

/// What no other place knows: by its words, numbers aside, since these change from cycle to cycle.
void add_others(const CycleReport& report, TroublesBySubject& now) {
  const auto told = [&](const std::string& problem) {
    for (const std::string_view beginning : {kEhr, kPatientInPart, kPatient, kNotice, kClock})
      if (problem.starts_with(beginning)) return true;
    for (const auto& [type, outcome] : report.types) {
      const std::string name(fhir::name_of(type));
      if (problem.starts_with(name + " was not read whole: ")) return true;
      if (problem.starts_with(name + ": ") && problem.find(" could not be read; for the patients concerned") != std::string::npos)
        return true;
    }
    return false;
  };
  for (const std::string& problem : report.problems) {
    if (told(problem)) continue;
    if (problem.ends_with(screening::kNamesNobody)) {
      const std::string name = problem.substr(0, problem.find(':'));
      now[std::string(kPatientless) + name] = {"noted", problem, name + ": no further record names no patient"};
      continue;
    }
    if (problem.ends_with(screening::kMisdated)) {
      const std::string name = problem.substr(0, problem.find(':'));
      now[std::string(kOrder) + name] = {"noted", problem, name + ": no further record changed without a later date"};
      continue;
    }
    std::string subject = "other: " + problem;
    std::erase_if(subject, [](char sign) { return sign >= '0' && sign <= '9'; });
    now[subject] = {"other", problem, "no longer: " + problem};
  }
}

/// Flags of a trial that is configured no more stand as they were, whatever the records say since.
void add_unwatched(const store::Gauges& gauges, const Surroundings& around, TroublesBySubject& now) {
  std::map<std::string, std::int64_t> flags;
  for (const auto& some : gauges.flags) {
    const auto status = screening::flag_status(some.status);
    if (status && screening::listed(*status) && !around.trials.contains(some.trial)) flags[some.trial] += some.count;
  }
  for (const auto& [trial, count] : flags)
    if (count > 0)
      now["trial " + trial] = {"unwatched",
                               "trial " + trial + " is configured no more, and " + counted(count, "flag") +
                                   " of it on the list stand as they were: nobody watches over them; list it in agent.yaml again, with "
                                   "recruiting: false to take them back",
                               "trial " + trial + " is configured again, or has no flag on the list"};
}

void add_clock(const fhir::TrafficCounts& traffic, TroublesBySubject& now) {
  const std::int64_t ahead = traffic.ahead_ms.value_or(0);
  if (ahead >= -kMostSkew && ahead <= kMostSkew) return;
  now["clock"] = {"off",
                  "the EHR's clock is " + monitor::spoken_duration(ahead < 0 ? -ahead : ahead) + (ahead < 0 ? " behind" : " ahead of") +
                      " this machine's; have both set by NTP",
                  "the EHR's clock agrees with this machine's again"};
}

/// A cycle that could not ask keeps what was known of what it would have asked.
bool out_of_sight(const std::string& subject, const CycleReport& report) {
  if (subject == "clock" || subject == "patients" || subject == "patients in part" || subject.starts_with("other: ") ||
      subject.starts_with(kPlan) || subject.starts_with(kOrder))
    return report.unreachable;
  if (!subject.starts_with("type ")) return false;
  if (report.unreachable) return true;
  return std::none_of(report.types.begin(), report.types.end(),
                      [&](const auto& type) { return subject == "type " + std::string(fhir::name_of(type.first)); });
}

}  // namespace

bool is_note(std::string_view subject) {
  return subject.starts_with(kPlan) || subject.starts_with(kPatientless) || subject.starts_with(kOrder);
}

TroublesBySubject troubles_after(const CycleReport& report, const store::Gauges& gauges, const fhir::TrafficCounts& traffic,
                                 const Surroundings& around, const monitor::Troubles& standing) {
  TroublesBySubject now;
  add_ehr(report, now);
  add_types(report, now);
  add_unread(gauges, now);
  add_patients(report, now);
  add_notices(report, gauges, now);
  add_others(report, now);
  add_unwatched(gauges, around, now);
  if (!report.unreachable) add_clock(traffic, now);
  if (!around.table_flaw.empty())
    now["mappings"] = {around.table_flaw,
                       "the tables or trials in place have flaws, so those before them stay in use: " + around.table_flaw,
                       "the tables and trials in place are sound again and in use"};
  if (!around.listen_error.empty()) now["listening"] = {"closed", around.listen_error, "the address can be listened at again"};
  if (!around.subscribe_error.empty())
    now["hints"] = {"off", "the EHR gives no hints, so changes are found by polling alone: " + around.subscribe_error,
                    "the EHR gives hints again"};
  for (const auto& [subject, was] : standing.standing())
    if (!now.contains(subject) && out_of_sight(subject, report)) now[subject] = was.trouble;
  return now;
}

}  // namespace trialflag::app
