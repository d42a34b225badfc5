#include "agent/app/resource_page.h"

#include "agent/base/ids.h"
#include "agent/json/scan.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

/// The plain string that a member of a broken resource still holds; empty when it holds none.
std::string_view member_string(std::string_view object, std::string_view name) {
  json::Members members(object);
  while (const auto member = members.next())
    if (member->name == name && member->value.whole) return json::plain_string(member->value.text).value_or("");
  return {};
}

std::string_view subject_string(std::string_view resource) {
  json::Members members(resource);
  while (const auto member = members.next())
    if (member->name == "subject" || member->name == "patient") return member_string(member->value.text, "reference");
  return {};
}

}  // namespace

std::optional<Instant> instant_of(const RecordedTime& time) {
  if (time.precision != RecordedTime::Precision::instant) return std::nullopt;
  return time.instant;
}

void ResourcePage::add(std::string_view json, std::string_view full_url) {
  screening::Touched touched;
  touched.fingerprint = fingerprint({json});
  if (!document_.parse(json)) return add_broken(json, touched);
  fhir::Issues issues;
  if (type_ == fhir::ResourceType::patient) {
    touched.patient = &patients_.emplace_back(fhir::decode_patient(document_.root(), arena_, issues));
    touched.updated = instant_of(touched.patient->updated);
  } else {
    touched.record = &records_.emplace_back(fhir::decode_record(document_.root(), full_url, arena_, issues));
    touched.updated = instant_of(touched.record->updated);
    touched.readable = !fhir::has_error(issues);
  }
  items_.push_back(touched);
}

void ResourcePage::add_broken(std::string_view json, screening::Touched& touched) {
  const std::string_view id = arena_.copy(member_string(json, "id"));
  const std::string_view subject = arena_.copy(subject_string(json));
  touched.readable = false;
  if (type_ == fhir::ResourceType::patient) {
    if (id.empty()) return;
    touched.patient = &patients_.emplace_back();
    patients_.back().id = id;
  } else {
    if (subject.empty()) return;
    fhir::Record& record = records_.emplace_back();
    record.type = type_;
    record.id = id;
    record.subject.target = subject;
    touched.record = &record;
  }
  items_.push_back(touched);
}

void ResourcePage::clear() {
  items_.clear();
  records_.clear();
  patients_.clear();
  arena_.reset();
}

}  // namespace trialflag::app
