#include "agent/app/rosters.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/app/resource_page.h"
#include "agent/settings/roster_file.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

using screening::PatientId;

/// Whether a member's time is surely over. A date is over when its day is over everywhere on Earth.
bool is_over(std::string_view end, Instant now) {
  if (end.empty()) return false;
  const auto time = fhir::parse_time(end);
  if (!time || !time->known()) return false;
  if (time->precision == RecordedTime::Precision::instant) return time->instant < now;
  return time->last + 1 < Zone::utc().day_of(now);
}

class GroupRoster final : public screening::Roster {
 public:
  GroupRoster(std::string id, fhir::Client& client, const Clock& clock) : id_(std::move(id)), client_(client), clock_(clock) {}

  [[nodiscard]] std::string name() const override { return "Group/" + id_; }
  [[nodiscard]] std::string remark() const override { return remark_; }

  Result<std::vector<PatientId>> members() override {
    remark_.clear();
    const auto text = client_.read("Group", id_);
    if (!text) return fail(text.error().code, name() + " cannot be read: " + text.error().message);
    auto members = members_of(*text, clock_.now());
    if (!members) return fail(members.error().code, name() + " " + members.error().message);
    if (members->others > 0) remark_ = std::to_string(members->others) + " members of " + name() + " are no Patients of this server";
    return std::move(members->patients);
  }

 private:
  std::string id_;
  fhir::Client& client_;
  const Clock& clock_;
  std::string remark_;
};

class FileRoster final : public screening::Roster {
 public:
  FileRoster(std::filesystem::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {}

  [[nodiscard]] std::string name() const override { return file_.string(); }

  Result<std::vector<PatientId>> members() override {
    const auto read = settings::read_roster_file(file_, clock_.now());
    if (!read) return tl::unexpected(read.error());
    if (!read->flaws.empty())
      return fail(ErrorCode::malformed_data, file_.string() + ":" + std::to_string(read->flaws.front()) +
                                                 ": names no Patient; write Patient/ID or the id alone, a comment after #");
    std::vector<PatientId> members;
    for (const std::string& id : read->ids) members.push_back({id});
    return members;
  }

 private:
  std::filesystem::path file_;
  const Clock& clock_;
};

}  // namespace

Result<GroupMembers> members_of(std::string_view group, Instant now) {
  json::Document document;
  if (!document.parse(group) || document.root()["resourceType"].string() != "Group") return fail(ErrorCode::malformed_data, "is no Group");
  const json::Value& root = document.root();
  if (is_subset(root)) return fail(ErrorCode::malformed_data, "is given in part only");
  if (root["active"].is(json::Value::Type::boolean) && !root["active"].boolean())
    return fail(ErrorCode::malformed_data, "is no longer active; name another one under ehr.roster");
  GroupMembers members;
  std::set<std::string, std::less<>> met;
  for (const json::Value& member : root["member"].array()) {
    const bool inactive = member["inactive"].is(json::Value::Type::boolean) && member["inactive"].boolean();
    if (inactive || is_over(member["period"]["end"].string(), now)) continue;
    const auto target = fhir::target_of(member["entity"]["reference"].string());
    if (!target || target->type != "Patient") {
      ++members.others;
    } else if (met.emplace(target->id).second) {
      members.patients.push_back({std::string(target->id)});
    }
  }
  // A Group may describe people in place of listing them, and then has no members.
  const bool listed = root["actual"].is(json::Value::Type::boolean) && root["actual"].boolean();
  if (!listed && members.patients.empty())
    return fail(ErrorCode::malformed_data, "lists no members; it needs actual: true and its members");
  const double quantity = root["quantity"].is(json::Value::Type::number) ? root["quantity"].number() : 0;
  const std::size_t shown = root["member"].array().size();
  if (quantity > static_cast<double>(shown))
    return fail(ErrorCode::malformed_data, "counts more members than the " + std::to_string(shown) +
                                               " it shows; ask the EHR's administrator for the right to see them all");
  return members;
}

std::unique_ptr<screening::Roster> make_roster(const settings::RosterConfig& config, fhir::Client& client, const Clock& clock) {
  if (config.kind == settings::RosterConfig::Kind::group) return std::make_unique<GroupRoster>(config.group, client, clock);
  if (config.kind == settings::RosterConfig::Kind::file) return std::make_unique<FileRoster>(config.file, clock);
  return nullptr;
}

}  // namespace trialflag::app
