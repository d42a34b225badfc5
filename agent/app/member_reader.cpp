#include "agent/app/member_reader.h"

#include <algorithm>
#include <utility>

#include "agent/app/members.h"
#include "agent/app/resource_page.h"
#include "agent/app/type_reader.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

using fhir::ResourceType;
using screening::Reading;

/// More of one patient are not read by their ids.
constexpr std::size_t kMost = 2000;

constexpr const char* kElsewhere =
    "a panel or a report names an Observation that cannot be asked for: it lies on another server, within another resource, or is named "
    "without an address";

}  // namespace

Result<MembersRead> MemberReader::read(std::set<std::string> names, std::set<std::string> known, std::set<std::string> before) {
  known_ = std::move(known);
  before_ = std::move(before);
  names.insert(before_.begin(), before_.end());
  std::size_t asked = 0;
  while (!names.empty()) {
    std::set<std::string> wave, next;
    for (const std::string& name : names) {
      if (!known_.insert(name).second) continue;
      if (is_askable(name) && asked == kMost) {
        lack("panels and reports name more than " + std::to_string(kMost) + " Observations that no search of the patient shows");
        read_.asked.push_back({name, false});
        continue;
      }
      if (is_askable(name)) {
        wave.insert(name);
        ++asked;
      } else {
        read_.asked.push_back({name, false});
        lack(kElsewhere);
      }
    }
    const auto texts = lists_.read_each(crew_, wave);
    if (!texts) return tl::unexpected(texts.error());
    for (const auto& [id, text] : *texts) take(id, text, next);
    names = std::move(next);
  }
  std::sort(read_.asked.begin(), read_.asked.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return std::move(read_);
}

void MemberReader::take(const std::string& id, const Result<std::string>& text, std::set<std::string>& next) {
  if (text) {
    const bool held = take_resource(id, *text, next);
    read_.asked.push_back({id, held});
  } else {
    take_error(id, text.error());
  }
}

/// One that was read before, and for which the server fails, stays as it was; of any other nobody knows what it says.
void MemberReader::take_error(const std::string& id, const Error& error) {
  const bool gone = error.code == ErrorCode::not_found;
  screening::TypeOutcome outcome = outcome_of(error, true);
  const bool stays = !gone && outcome.reading != Reading::not_granted && before_.contains(id);
  read_.asked.push_back({id, stays});
  if (gone) return;
  if (!stays) read_.unread.push_back({ResourceType::observation, id});
  outcome.error = "one that a panel or a report names: " + outcome.error;
  read_.lacking.push_back(std::move(outcome));
}

bool MemberReader::take_resource(const std::string& id, const std::string& text, std::set<std::string>& next) {
  json::Document document;
  if (!document.parse(text) || document.root()["resourceType"].string() != "Observation")
    return flawed(id, "a panel or a report names an Observation that cannot be read");
  fhir::Issues issues;
  const fhir::Record record = fhir::decode_record(document.root(), {}, arena_, issues);
  const auto subject = fhir::target_of(record.subject.target);
  const bool here = record.subject.target.find("://") == std::string_view::npos || client_.is_ours(record.subject.target);
  const bool ours = subject && here && std::find(ids_.begin(), ids_.end(), subject->id) != ids_.end();
  if (!ours) return flawed(id, "a panel or a report of the patient names an Observation of somebody else, which is not taken for theirs");
  if (is_subset(document.root())) {
    read_.in_part.push_back({ResourceType::observation, id});
    return before_.contains(id);
  }
  if (fhir::has_error(issues) || record.id != id) return flawed(id, "a panel or a report names an Observation that cannot be read");
  read_.records.push_back(record);
  for (std::string& name : named_observations(document.root(), {}, [this](std::string_view address) { return client_.is_ours(address); }))
    next.insert(std::move(name));
  return true;
}

bool MemberReader::flawed(const std::string& id, const char* what) {
  read_.unread.push_back({ResourceType::observation, id});
  read_.flaw = what;
  return false;
}

/// Nobody can mend it by asking again.
void MemberReader::lack(const std::string& why) {
  const auto same = [&](const screening::TypeOutcome& outcome) { return outcome.error == why; };
  if (std::any_of(read_.lacking.begin(), read_.lacking.end(), same)) return;
  read_.lacking.push_back({Reading::incomplete, why, false, true});
}

}  // namespace trialflag::app
