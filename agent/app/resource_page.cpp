#include "agent/app/resource_page.h"

#include <algorithm>

#include "agent/app/members.h"
#include "agent/base/ids.h"
#include "agent/intake/probe.h"
#include "agent/json/scan.h"
#include "fhir/decode.h"

namespace trialflag::app {

std::string told_id(fhir::ResourceType type, std::string_view json, std::string_view full_url) {
  if (const auto id = json::find_member(json, "id"); id && id->whole)
    if (const auto text = json::plain_string(id->text)) return std::string(*text);
  const auto target = fhir::target_of(full_url);
  return target && target->type == fhir::name_of(type) ? std::string(target->id) : std::string();
}

bool is_subset(const json::Value& resource) {
  const auto& tags = resource["meta"]["tag"].array();
  return std::any_of(tags.begin(), tags.end(), [](const json::Value& tag) { return tag["code"].string() == "SUBSETTED"; });
}

std::optional<Instant> instant_of(const RecordedTime& time) {
  if (time.precision != RecordedTime::Precision::instant) return std::nullopt;
  return time.instant;
}

std::string reason_of(const fhir::Issues& issues) {
  for (const fhir::Issue& issue : issues)
    if (issue.severity == fhir::Severity::error) return issue.path + ": " + issue.text;
  return {};
}

void ResourcePage::add(std::string_view json, std::string_view full_url) {
  screening::Touched touched;
  touched.fingerprint = fingerprint({json});
  if (!document_.parse(json)) return add_broken(json, full_url, "it cannot be read as JSON", touched);
  if (document_.root()["resourceType"].string() != fhir::name_of(type_))
    return add_broken(json, full_url, "resourceType: it is of another type than was asked for", touched);
  fhir::Issues issues;
  if (type_ == fhir::ResourceType::patient) {
    touched.patient = &patients_.emplace_back(fhir::decode_patient(document_.root(), arena_, issues));
    touched.updated = instant_of(touched.patient->updated);
  } else {
    touched.record = &records_.emplace_back(fhir::decode_record(document_.root(), full_url, arena_, issues));
    touched.updated = instant_of(touched.record->updated);
  }
  met_unreadable_time_ = met_unreadable_time_ || std::any_of(issues.begin(), issues.end(), [](const fhir::Issue& issue) {
                           return issue.path.ends_with(".meta.lastUpdated");
                         });
  touched.readable = !fhir::has_error(issues) && !is_subset(document_.root());
  if (!touched.readable) set_aside(touched, fhir::has_error(issues) ? reason_of(issues) : "it is given in part only (SUBSETTED)", json);
  if (touched.readable) touched.names = named_observations(document_.root(), full_url, is_ours_);
  if (touched.readable && touched.record != nullptr) judge_subject(touched, json);
  if (!touched.readable && !touched.by_results) touched.names.clear();
  items_.push_back(std::move(touched));
}

bool ResourcePage::is_elsewhere(const fhir::Record& record) const {
  const std::string_view subject = record.subject.target;
  if (is_ours_ && is_ours_(subject)) return false;
  return record.full_url.empty() ? addressed_ && subject.starts_with("http") : fhir::is_elsewhere(subject, record.full_url);
}

void ResourcePage::judge_subject(screening::Touched& touched, std::string_view json) {
  const fhir::Record& record = *touched.record;
  if (type_ == fhir::ResourceType::medication) return;
  const bool elsewhere = is_elsewhere(record);
  if (fhir::target_of(record.subject.target) && !elsewhere) return;
  // A report is read for what it names alone: of one that names nothing nobody lacks anything, whomever it is about.
  if (type_ == fhir::ResourceType::diagnostic_report && touched.names.empty()) {
    touched.of_nobody = true;
    return;
  }
  touched.readable = false;
  touched.elsewhere = elsewhere;
  touched.of_nobody = !fhir::has_subject(document_.root());
  // By its results it may be placed all the same.
  touched.by_results = type_ == fhir::ResourceType::diagnostic_report && !elsewhere && !record.id.empty();
  const bool by_patient = type_ == fhir::ResourceType::consent || type_ == fhir::ResourceType::allergy_intolerance;
  const std::string path = std::string(fhir::name_of(type_)) + (by_patient ? ".patient" : ".subject");
  const std::string_view how =
      elsewhere ? ": names a patient at another server's address; if that is this server's too, add it to ehr.allowed_origins"
                : ": names a patient by no id of this server";
  set_aside(touched, touched.of_nobody ? "names no patient" : path + std::string(how), json);
}

void ResourcePage::add_broken(std::string_view json, std::string_view full_url, std::string_view reason, screening::Touched& touched) {
  const std::string_view id = arena_.copy(told_id(type_, json, full_url));
  touched.readable = false;
  set_aside(touched, reason, json);
  if (type_ == fhir::ResourceType::patient) {
    touched.patient = &patients_.emplace_back();
    patients_.back().id = id;
  } else {
    fhir::Record& record = records_.emplace_back();
    record.type = type_;
    record.id = id;
    record.subject.target = arena_.copy(intake::named_subject(json).value_or(""));
    touched.record = &record;
  }
  items_.push_back(touched);
}

void ResourcePage::set_aside(screening::Touched& touched, std::string_view reason, std::string_view json) {
  constexpr std::size_t kMostRaw = 64 * 1024;
  touched.reason = arena_.copy(reason);
  touched.raw = arena_.copy(json.substr(0, kMostRaw));
}

void ResourcePage::clear() {
  items_.clear();
  records_.clear();
  patients_.clear();
  arena_.reset();
}

}  // namespace trialflag::app
