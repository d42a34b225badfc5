#include "fhir/client/own.h"

#include <algorithm>
#include <optional>
#include <set>

#include "agent/json/scan.h"
#include "agent/json/value.h"
#include "fhir/client/client.h"
#include "fhir/client/headers.h"
#include "fhir/client/session.h"

namespace trialflag::fhir {
namespace {

/// So many resources that were not asked for tell a server that does not search by identifier.
constexpr std::size_t kMostOthers = 20;

bool bears(const json::Value& resource, const OwnIdentifier& identifier) {
  const auto identifiers = resource["identifier"].array();
  const auto same = [&](const json::Value& one) {
    return one["system"].string() == identifier.system && one["value"].string() == identifier.value;
  };
  // A List has a list of them, as most have; a resource with a single one is taken, too.
  return same(resource["identifier"]) || std::any_of(identifiers.begin(), identifiers.end(), same);
}

/// The code of the first issue, which is one of FHIR's own words.
std::string issue_of(const std::string& body) {
  json::Document document;
  if (!document.parse(body) || document.root()["issue"].array().empty()) return {};
  const std::string_view code = document.root()["issue"].array().front()["code"].string();
  const bool plain = code.size() < 40 && std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  return plain && !code.empty() ? ", " + std::string(code) : std::string();
}

Error refused(const std::string& type, const Answer& answer, bool known) {
  const std::string number = std::to_string(answer.status) + issue_of(answer.body);
  switch (answer.status) {
    case 401:
    case 403:
      return {ErrorCode::unauthorized,
              "the server does not let us write it (" + number + "); ask the EHR's administrator for the scope system/" + type + ".crus"};
    case 404:
    case 410:
      if (known) return {ErrorCode::conflict, "it was deleted there meanwhile (" + number + ")"};
      [[fallthrough]];
    case 405:
    case 501:
      return {ErrorCode::not_found, "the server takes none (" + number + "); take " + type + " out of notify.fhir.write"};
    case 409:
      return {ErrorCode::conflict, "it was changed there meanwhile, or names what is there no more (" + number + ")"};
    case 412:
      return {ErrorCode::conflict, "it was changed there meanwhile (" + number + ")"};
    case 408:
    case 429:
      return {ErrorCode::unavailable, "the server answers " + number};
    default:
      break;
  }
  if (answer.status >= 500) return {ErrorCode::unavailable, "the server answers " + number};
  if (answer.status >= 400)
    return {ErrorCode::malformed_data,
            "the server refuses it (" + number + "); ask the EHR's administrator which rule of theirs it breaks"};
  return {ErrorCode::invalid_config, "the server answers " + number + ", which is no answer to a write; check ehr.base_url"};
}

/// ".../Task/17/_history/1" → "17".
std::string id_in(std::string_view location, const std::string& type) {
  const std::size_t at = location.rfind("/" + type + "/");
  if (at == std::string_view::npos) return {};
  const std::string_view rest = location.substr(at + type.size() + 2);
  return std::string(rest.substr(0, rest.find_first_of("/?#")));
}

Result<Kept> judge(const std::string& type, const Result<Answer>& answer, const std::string& known_id) {
  if (!answer) return tl::unexpected(answer.error().within(type));
  if (answer->status < 200 || answer->status >= 300) return tl::unexpected(refused(type, *answer, !known_id.empty()).within(type));
  Kept kept;
  json::Document document;
  if (document.parse(answer->body) && document.root()["resourceType"].string() == type) {
    kept.id = document.root()["id"].string();
    kept.version = document.root()["meta"]["versionId"].string();
    kept.json = answer->body;
  }
  if (kept.id.empty()) kept.id = id_in(answer->location, type);
  if (kept.id.empty()) kept.id = known_id;
  if (kept.id.empty()) return fail(ErrorCode::unavailable, type + ": the server does not say what became of it");
  return kept;
}

/// Of a resource's meta what people and rules of theirs have put there; the rest is the server's own.
std::string labels_of(std::string_view meta) {
  std::string labels;
  json::Members members(meta);
  while (const auto member = members.next())
    if (member->name == "security" || member->name == "tag" || member->name == "profile")
      labels += std::string(labels.empty() ? "" : ",") + "\"" + std::string(member->name) + "\":" + std::string(member->value.text);
  return labels;
}

}  // namespace

std::string put_over(std::string_view theirs, std::string_view ours, std::string_view our_systems,
                     std::initializer_list<std::string_view> owned) {
  std::set<std::string, std::less<>> named = {"resourceType", "id", "meta", "identifier", "text"};
  named.insert(owned.begin(), owned.end());
  json::Members of_ours(ours);
  while (const auto member = of_ours.next()) named.emplace(member->name);
  std::string identifiers, kept, id, meta;
  json::Members of_theirs(theirs);
  while (const auto member = of_theirs.next()) {
    if (member->name == "id") id = member->value.text;
    if (member->name == "meta") meta = labels_of(member->value.text);
    if (member->name == "identifier") {
      json::Elements elements(member->value.text);
      while (const auto element = elements.next()) {
        const auto system = json::find_member(element->text, "system");
        const auto plain = system ? json::plain_string(system->text) : std::nullopt;
        if (!plain || !plain->starts_with(our_systems)) identifiers += "," + std::string(element->text);
      }
    }
    // What primitive extensions say of a member of ours is about what stood there.
    const std::string_view base = member->name.starts_with("_") ? member->name.substr(1) : member->name;
    if (!named.contains(base)) kept += ",\"" + std::string(member->name) + "\":" + std::string(member->value.text);
  }
  if (of_theirs.state() != json::Walk::finished) return {};
  std::string out;
  json::Members again(ours);
  while (const auto member = again.next()) {
    out += std::string(out.empty() ? "{" : ",") + "\"" + std::string(member->name) + "\":";
    std::string value(member->value.text);
    if (member->name == "identifier" && value.ends_with("]")) value.insert(value.size() - 1, identifiers);
    out += value;
    if (member->name == "resourceType" && !id.empty()) out += ",\"id\":" + id;
    if (member->name == "resourceType" && !meta.empty()) out += ",\"meta\":{" + meta + "}";
  }
  return out + kept + "}";
}

Result<FoundOwn> Client::find_own(const std::string& type, const OwnIdentifier& identifier, const std::string& known_id) {
  std::optional<Kept> found;
  std::size_t others = 0;
  const auto end = search(type, {{"identifier", identifier.system + "|" + identifier.value}}, [&](const Found& one) -> Result<void> {
    json::Document document;
    if (!document.parse(one.json)) return {};
    const json::Value& root = document.root();
    if (root["resourceType"].string() != type || !bears(root, identifier)) {
      if (++others <= kMostOthers) return {};
      return fail(ErrorCode::invalid_config, "the server does not search it by identifier, so that it would be written again and again");
    }
    // Should there be two, all agents take the same.
    const std::string id(root["id"].string());
    if (!found || id < found->id) found = {id, std::string(root["meta"]["versionId"].string()), std::string(one.json)};
    return {};
  });
  if (!end && end.error().code == ErrorCode::unauthorized)
    return fail(ErrorCode::unauthorized,
                type + ": the server does not let us look for what was written; ask the EHR's administrator for the scope system/" + type +
                    ".crus");
  if (!end)
    return tl::unexpected(end.error().code == ErrorCode::invalid_config ? end.error().within(type + " by identifier") : end.error());
  if (!found && !end->whole && !end->unproven) return fail(ErrorCode::unavailable, type + ": " + end->shortfall);
  if (found || known_id.empty()) return FoundOwn{std::move(found)};
  Refusal refusal;
  const auto body = read(type, known_id, nullptr, &refusal);
  if (!body && body.error().code == ErrorCode::not_found) return FoundOwn{std::nullopt, refusal.status != 410};
  if (!body) return tl::unexpected(body.error());
  json::Document document;
  if (!document.parse(*body) || document.root()["resourceType"].string() != type)
    return fail(ErrorCode::unavailable,
                type + ": what was written is not shown, and asking for it by its id is answered by something else");
  const json::Value& root = document.root();
  if (bears(root, identifier)) found = {known_id, std::string(root["meta"]["versionId"].string()), *body, true};
  return FoundOwn{std::move(found)};
}

Result<Kept> Client::create_own(const std::string& type, const std::string& json, const OwnIdentifier& identifier) {
  const std::string same = "identifier=" + percent_encode(identifier.system + "|" + identifier.value);
  return judge(type,
               session_->send(session_->at(type), {.method = "POST", .body = json, .body_type = "application/fhir+json"},
                              {{"If-None-Exist", same}, {"Prefer", "return=representation"}}),
               {});
}

Result<Kept> Client::update_own(const std::string& type, const Kept& former, const std::string& json, const OwnIdentifier* conditional) {
  std::map<std::string, std::string> headers = {{"Prefer", "return=representation"}};
  if (!former.version.empty()) headers["If-Match"] = "W/\"" + former.version + "\"";
  const bool by_id = !former.version.empty() || former.hidden || conditional == nullptr;
  const std::string path = by_id ? type + "/" + percent_encode(former.id)
                                 : type + "?identifier=" + percent_encode(conditional->system + "|" + conditional->value);
  return judge(type, session_->send(session_->at(path), {.method = "PUT", .body = json, .body_type = "application/fhir+json"}, headers),
               former.id);
}

}  // namespace trialflag::fhir
