#include "fhir/client/client.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <unordered_set>

#include "agent/json/scan.h"
#include "agent/json/value.h"
#include "fhir/client/bulk.h"
#include "fhir/client/fan_out.h"
#include "fhir/client/harvest.h"
#include "fhir/client/headers.h"
#include "fhir/client/pages.h"
#include "fhir/client/session.h"
#include "fhir/client/unlinked.h"
#include "fhir/decode.h"
#include "fhir/outcome.h"

namespace trialflag::fhir {
namespace {

constexpr int kMaxRestarts = 2;

/// Before a type is asked for: some servers give an empty list of what the token does not grant.
Result<Grant> grant_of(Session& session, const std::string& type, Access access, RetryBudget& budget) {
  auto grant = session.grant(type, access, budget);
  if (!grant || *grant != Grant::none) return grant;
  return fail(ErrorCode::unauthorized,
              "the access token does not grant it; ask the EHR's administrator for the scope system/" + type + ".rs");
}

std::string id_of(const Entry& entry) {
  if (!entry.id.empty()) return entry.id;
  for (const std::string& address : {entry.address, entry.full_url})
    if (const auto target = target_of(address)) return std::string(target->id);
  return {};
}

/// One entry of a history, newest first: the first mention of a resource is its last state.
Result<void> take_version(const std::string& type, const Entry& entry, std::unordered_set<std::string>& met, HistoryEnd& end) {
  if (entry.type == "OperationOutcome") {
    if (judge_outcome(entry.resource) == Judgement::fine) return {};
    return fail(ErrorCode::malformed_data, "the server warns that entries may be missing");
  }
  // What does not say what was done may tell of a deletion; whoever looks will see whether the record is still there.
  const bool may_be_deletion = entry.method == "DELETE" || entry.method.empty();
  const std::string id = id_of(entry);
  if (id.empty() && may_be_deletion) return fail(ErrorCode::malformed_data, "a deletion does not say of what");
  if (!id.empty() && met.insert(id).second && may_be_deletion) end.deleted.push_back({type, id});
  return {};
}

/// Different entries of a history. Versions count each, for servers count them so.
class EntryCount {
 public:
  /// Pages that shift show entries again. Within a page, and of deletions, two may be different and look alike.
  void add(const Page& page) {
    std::vector<std::size_t> hashes;
    const std::size_t before = met_.size();
    for (const Entry& entry : page.entries) {
      const bool bare = entry.resource.empty();
      const std::size_t hash = std::hash<std::string>()(bare ? entry.method + " " + id_of(entry) : std::string(entry.resource));
      if (bare || !met_.contains(hash)) count_ += 1;
      hashes.push_back(hash);
    }
    met_.insert(hashes.begin(), hashes.end());
    barren_ = met_.size() == before ? barren_ + 1 : 0;
    total_ = std::max(total_, page.total.value_or(-1));
  }
  /// The server counts more.
  [[nodiscard]] bool short_of_total() const { return count_ < total_; }
  [[nodiscard]] bool goes_on_barren() const { return barren_ >= kMostBarren; }
  [[nodiscard]] bool has_total() const { return total_ >= 0 && !short_of_total(); }

 private:
  std::unordered_set<std::size_t> met_;
  double count_ = 0, total_ = -1;
  int barren_ = 0;  ///< pages in a row without anything new
};

/// Once a first page was read, a refusal says nothing about the type any more.
Error of_restart(const Error& error, int restarts) {
  const bool of_type = error.code == ErrorCode::not_found || error.code == ErrorCode::invalid_config;
  if (restarts == 0 || !of_type) return error;
  return {ErrorCode::unavailable, "the search cannot be begun anew: " + error.message};
}

std::set<std::string> codes_of(const json::Value& list, std::string_view member) {
  std::set<std::string> codes;
  for (const json::Value& item : list.array()) codes.emplace(item[member].string());
  return codes;
}

/// Servers name the operation, its definition, or both.
bool names_export(const json::Value& operations, std::string_view definition) {
  return std::any_of(operations.array().begin(), operations.array().end(), [&](const json::Value& operation) {
    std::string_view canonical = operation["definition"].string();
    canonical = canonical.substr(0, canonical.find('|'));
    return operation["name"].string() == "export" || operation["name"].string() == definition ||
           canonical.ends_with("/OperationDefinition/" + std::string(definition));
  });
}

/// Which kinds of export a server lists. Some list all of them beside the types.
void read_exports(const json::Value& rest, Capability& capability) {
  for (const json::Value& operation : rest["operation"].array()) {
    const std::string_view definition = operation["definition"].string();
    if (definition.find("patient-export") != std::string_view::npos) {
      capability.exports.insert("Patient/$export");
    } else if (definition.find("group-export") != std::string_view::npos) {
      capability.exports.insert("Group/[id]/$export");
    } else if (operation["name"].string() == "export" || definition.find("OperationDefinition/export") != std::string_view::npos) {
      capability.exports.insert("$export");
    }
  }
  for (const json::Value& resource : rest["resource"].array()) {
    if (resource["type"].string() == "Patient" && names_export(resource["operation"], "patient-export"))
      capability.exports.insert("Patient/$export");
    if (resource["type"].string() == "Group" && names_export(resource["operation"], "group-export"))
      capability.exports.insert("Group/[id]/$export");
  }
}

/// What a server says of itself, as one line of bearable length.
std::string spoken(std::string_view text) {
  constexpr std::size_t kMost = 100;
  std::string line;
  for (const char sign : text.substr(0, kMost))
    if (static_cast<unsigned char>(sign) >= 0x20 && sign != 0x7f) line.push_back(sign);
  while (text.size() > kMost && !line.empty() && static_cast<unsigned char>(line.back()) >= 0x80) line.pop_back();
  return line;
}

/// Whether a canonical address bears a version from 4 on.
bool is_of_posts(std::string_view canonical) {
  const std::size_t bar = canonical.find('|');
  int version = 0;
  if (bar != std::string_view::npos) std::from_chars(canonical.data() + bar + 1, canonical.data() + canonical.size(), version);
  return version >= 4;
}

Result<Capability> read_capability(const json::Value& root) {
  Capability capability;
  if (root["resourceType"].string() != "CapabilityStatement") {
    capability.stated = false;
    return capability;
  }
  capability.fhir_version = root["fhirVersion"].string();
  capability.software = spoken(root["software"]["name"].string());
  capability.version = spoken(root["software"]["version"].string());
  if (capability.fhir_version.empty()) {
    capability.doubt = "the CapabilityStatement names no FHIR version, and is taken to be of 4.0 (R4)";
  } else if (!capability.fhir_version.starts_with("4.0")) {
    return fail(ErrorCode::malformed_data, "the server does not speak FHIR 4.0 (R4)");
  }
  for (const json::Value& guide : root["instantiates"].array())
    if (guide.string().find("/uv/bulkdata/") != std::string_view::npos) {
      capability.follows_bulk_guide = true;
      capability.exports_by_post = capability.exports_by_post || is_of_posts(guide.string());
    }
  for (const json::Value& rest : root["rest"].array()) {
    if (rest["mode"].string() != "server") continue;
    read_exports(rest, capability);
    const auto everywhere = codes_of(rest["searchParam"], "name");
    for (const json::Value& resource : rest["resource"].array()) {
      Capability::Type type{std::string(resource["type"].string()), codes_of(resource["searchParam"], "name"),
                            codes_of(resource["interaction"], "code")};
      type.search_parameters.insert(everywhere.begin(), everywhere.end());
      type.conditional_create = resource["conditionalCreate"].boolean();
      type.conditional_update = resource["conditionalUpdate"].boolean();
      capability.types.push_back(std::move(type));
    }
  }
  return capability;
}

}  // namespace

const Capability::Type* Capability::find(std::string_view type) const {
  const auto found = std::find_if(types.begin(), types.end(), [&](const Type& candidate) { return candidate.name == type; });
  return found == types.end() ? nullptr : &*found;
}

Client::Client(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::create(const Endpoint& endpoint) {
  auto session = Session::create(endpoint);
  if (!session) return tl::unexpected(session.error());
  return std::unique_ptr<Client>(new Client(std::move(*session)));
}

bool Client::may(Access access, std::string_view type) {
  RetryBudget budget = session_->budget();
  const auto grant = session_->grant(type, access, budget);
  return !grant || *grant != Grant::none;
}

bool Client::is_ours(std::string_view address) const {
  return session_->links().is_ours(address);
}

Bulk Client::bulk() {
  return Bulk(*session_);
}

void Client::stop_with(std::stop_token stop) {
  session_->stop_with(std::move(stop));
}

namespace {

/// One search, with its pages and its restarts. `refusal` tells how the first page was refused, if it was.
Result<SearchEnd> search_once(Session& session, std::string_view type, const std::vector<Parameter>& parameters, const OnFound& on_found,
                              RetryBudget& budget, Refusal& refusal) {
  const Url first = session.at(search_path(type, parameters, session.endpoint().page_size));
  Harvest harvest(type, parameters, on_found);
  SearchEnd end;
  const auto read_through = [&](Pages& pages) -> Result<void> {
    harvest.begin();
    const Page* last = nullptr;
    while (pages.more()) {
      const auto page = pages.next();
      ++end.pages;
      if (!page) return tl::unexpected(page.error());
      if (auto taken = harvest.take(**page); !taken) return taken;
      if (harvest.is_over()) break;
      last = *page;
    }
    if (pages.count() > 1 || !harvest.short_of_total()) return {};
    Unlinked unlinked(session, type, parameters, harvest, budget);
    const auto whole = unlinked.read_on(*last);
    end.pages += unlinked.pages() - 1;
    if (!whole) return tl::unexpected(whole.error());
    end.unlinked = true;
    end.whole = *whole;
    return {};
  };
  for (int restarts = 0;; ++restarts) {
    Pages pages(session, first, "searchset", budget);
    auto read = read_through(pages);
    if (!end.server_time) end.server_time = pages.server_time();
    if (restarts == 0 && !read && pages.count() == 1) refusal = pages.refusal();
    if (read) break;
    if (pages.forgotten() && restarts == kMaxRestarts) refusal.forgotten = true;
    if (!pages.forgotten() || restarts == kMaxRestarts) return tl::unexpected(of_restart(read.error(), restarts));
  }
  harvest.close(end);
  return end;
}

/// Adds what a part of a search found to the whole.
void add(SearchEnd& whole, const SearchEnd& part) {
  whole.pages += part.pages;
  whole.found += part.found;
  if (!part.whole) whole.warned = part.warned && (whole.whole || whole.warned);
  whole.unlinked = whole.unlinked || part.unlinked;
  const bool all = whole.whole && part.whole;
  whole.unproven = (whole.whole || whole.unproven) && (part.whole || part.unproven) && !all;
  whole.whole = all;
  whole.older = whole.older || part.older;
  if (!part.whole) whole.shortfall = part.shortfall;
  if (!whole.server_time) whole.server_time = part.server_time;
  for (const std::string& name : part.ignored)
    if (std::find(whole.ignored.begin(), whole.ignored.end(), name) == whole.ignored.end()) whole.ignored.push_back(name);
}

/// The search in parts. A part that is refused costs only itself; `refused` is the error when all are, and then `whole_refusal` stays.
Result<SearchEnd> search_parts(Session& session, std::string_view type, const std::vector<Parameter>& parameters, const Parts& parts,
                               const OnFound& on_found, RetryBudget& budget, const Error& refused, Refusal& whole_refusal) {
  SearchEnd whole;
  bool any = false;
  for (const Part& part : parts.list) {
    std::vector<Parameter> narrowed = parameters;
    narrowed.push_back(part.parameter);
    Refusal refusal;
    const auto end = search_once(session, type, narrowed, on_found, budget, refusal);
    if (end) {
      any = true;
      add(whole, *end);
    } else if (refusal.status != 400) {
      whole_refusal = {};  // what ended it says nothing about the question
      whole_refusal.forgotten = refusal.forgotten;
      return end;
    } else if (!part.may_lack) {
      whole.warned = whole.whole || whole.warned;
      whole.whole = whole.unproven = false;
      whole.shortfall = "the server refuses a part of the search: " + part.parameter.name + " " + part.parameter.value;
    }
  }
  if (!any) return tl::unexpected(refused);
  whole.in_parts = !parts.exhaustive;
  return whole;
}

}  // namespace

Result<SearchEnd> Client::search(std::string_view type, const std::vector<Parameter>& parameters, const OnFound& on_found, Refusal* refused,
                                 Allowance* allowance) {
  RetryBudget budget = session_->budget(allowance);
  const auto grant = grant_of(*session_, std::string(type), Access::search, budget);
  if (!grant) return tl::unexpected(grant.error().within(std::string(type)));
  Refusal refusal;
  auto end = search_once(*session_, type, parameters, on_found, budget, refusal);
  const auto parts = !end && refusal.required ? parts_of(type, parameters) : Parts();
  if (!parts.list.empty()) end = search_parts(*session_, type, parameters, parts, on_found, budget, end.error(), refusal);
  if (!end && refused != nullptr) *refused = refusal;
  if (!end) return tl::unexpected(end.error().within(std::string(type)));
  if (end->whole && *grant == Grant::part) {
    end->whole = false;
    end->warned = end->granted_in_part = true;
    end->shortfall = "the access token grants only a part of the records";
  }
  return end;
}

Result<std::string> Client::read(std::string_view type, std::string_view id, Allowance* allowance, Refusal* refusal) {
  const std::string name(type);
  std::string body;
  RetryBudget budget = session_->budget(allowance);
  if (const auto grant = grant_of(*session_, name, Access::read, budget); !grant) return tl::unexpected(grant.error().within(name));
  const auto take = [&](Answer& answer) -> Result<void> {
    body = std::move(answer.body);
    if (json::skip_value(body) == std::string_view::npos) return fail(ErrorCode::unavailable, "the answer was cut off");
    json::Document document;
    if (document.parse(body)) return {};
    return fail(ErrorCode::malformed_data, "the answer is no sound JSON");
  };
  const auto got = session_->get(session_->at(name + "/" + percent_encode(id)), budget, take, refusal);
  if (!got) return tl::unexpected(got.error().within(name));
  return body;
}

Result<HistoryEnd> Client::deleted_since(std::string_view type, Instant since, Allowance* allowance) {
  return history(type, since, nullptr, allowance);
}

Result<HistoryEnd> Client::changes_since(std::string_view type, Instant since, const OnFound& on_found, Allowance* allowance) {
  return history(type, since, &on_found, allowance);
}

std::chrono::milliseconds Client::longest_silence() const {
  return std::max(session_->endpoint().request_timeout, session_->endpoint().retry_for);
}

Result<HistoryEnd> Client::history(std::string_view type, Instant since, const OnFound* on_found, Allowance* allowance) {
  const std::string name(type);
  const std::string path =
      name + "/_history?_since=" + percent_encode(Zone::utc().format(since)) + "&_count=" + std::to_string(session_->endpoint().page_size);
  RetryBudget budget = session_->budget(allowance);
  if (const auto grant = grant_of(*session_, name, Access::search, budget); !grant)
    return tl::unexpected(grant.error().within(name + " history"));
  const auto read_through = [&](Pages& pages) -> Result<HistoryEnd> {
    HistoryEnd end;
    std::unordered_set<std::string> met;
    EntryCount entries;
    while (pages.more()) {
      const auto page = pages.next();
      if (!page) return tl::unexpected(page.error());
      entries.add(**page);
      for (const Entry& entry : (*page)->entries) {
        if (auto taken = take_version(name, entry, met, end); !taken) return tl::unexpected(taken.error());
        if (on_found == nullptr || entry.resource.empty() || entry.type != name) continue;
        if (auto given = (*on_found)({entry.resource, entry.full_url, false}); !given) return tl::unexpected(given.error());
      }
      if (entries.goes_on_barren() && entries.has_total()) break;
      if (entries.goes_on_barren()) return pages_bring_nothing();
    }
    end.whole = !entries.short_of_total();
    if (on_found != nullptr && !end.whole) return fail(ErrorCode::malformed_data, "the server counts more entries than its pages held");
    end.server_time = pages.server_time();
    return end;
  };
  for (int restarts = 0;; ++restarts) {
    Pages pages(*session_, session_->at(path), "history", budget);
    auto end = read_through(pages);
    if (end) return end;
    if (!pages.forgotten() || restarts == kMaxRestarts) return tl::unexpected(of_restart(end.error(), restarts).within(name + " history"));
  }
}

namespace {

/// No server of FHIR is without patients: this tells one that states nothing from an address that is wrong.
Result<Capability> capability_unstated(Session& session, RetryBudget& budget) {
  const auto grant = grant_of(session, "Patient", Access::search, budget);
  if (!grant) return tl::unexpected(grant.error());
  Pages pages(session, session.at(search_path("Patient", {}, 1)), "searchset", budget);
  if (const auto page = pages.next(); !page)
    return tl::unexpected(page.error().within("the server gives no CapabilityStatement, and no patients"));
  Capability capability;
  capability.stated = false;
  capability.doubt = "the server gives no CapabilityStatement; what it keeps is told by trying, and it is taken to speak FHIR 4.0 (R4)";
  return capability;
}

}  // namespace

TrafficCounts Client::traffic() const {
  return session_->traffic();
}

Result<Capability> Client::capability() {
  Capability capability;
  RetryBudget budget = session_->budget();
  const auto got = session_->get(session_->at("metadata"), budget, [&](Answer& answer) -> Result<void> {
    json::Document document;
    if (!document.parse(answer.body)) return fail(ErrorCode::malformed_data, "the answer is no sound JSON");
    auto read = read_capability(document.root());
    if (!read) return tl::unexpected(read.error());
    capability = std::move(*read);
    capability.server_time = answer.date;
    return {};
  });
  if (!got && got.error().code != ErrorCode::not_found) return tl::unexpected(got.error().within("metadata"));
  session_->know_software(capability.software);
  if (got && capability.stated) return capability;
  return capability_unstated(*session_, budget);
}

}  // namespace trialflag::fhir
