#include "fhir/client/client.h"

#include <algorithm>
#include <unordered_set>

#include "agent/json/scan.h"
#include "agent/json/value.h"
#include "fhir/client/headers.h"
#include "fhir/client/page.h"
#include "fhir/client/session.h"
#include "fhir/decode.h"
#include "fhir/outcome.h"

namespace trialflag::fhir {
namespace {

constexpr std::size_t kMaxPages = 100000;
constexpr int kMaxStaleNews = 2;  ///< pages in a row without a new resource

/// One that cannot be parsed may say anything.
Judgement judge(std::string_view outcome) {
  json::Document document;
  return document.parse(outcome) ? judge_outcome(document.root()) : Judgement::failed;
}

/// Follows the pages of one search or history, guarding against pages that never end.
class Pages {
 public:
  Pages(Session& session, Url first, std::string kind, RetryBudget budget)
      : session_(session), url_(std::move(first)), kind_(std::move(kind)), budget_(budget) {}

  [[nodiscard]] bool more() const { return more_; }
  [[nodiscard]] std::size_t count() const { return seen_.size(); }
  [[nodiscard]] std::optional<Instant> server_time() const { return server_time_; }

  /// The next page; valid until the following call.
  Result<const Page*> next() {
    if (!seen_.insert(url_.text()).second || seen_.size() > kMaxPages)
      return fail(ErrorCode::malformed_data, "the pages go round in circles");
    auto got = session_.get(url_, budget_, [this](Answer& answer) { return take(answer); });
    if (!got) return tl::unexpected(told_for_this_page(got.error()));
    if (seen_.size() == 1) server_time_ = answer_.date;
    more_ = !page_.next.empty();
    if (!more_) return &page_;
    auto target = session_.follow(url_, page_.next);
    if (!target) return tl::unexpected(target.error());
    url_ = std::move(*target);
    return &page_;
  }

 private:
  Result<void> take(Answer& answer) {
    answer_ = std::move(answer);
    auto page = cut_page(answer_.body);
    if (!page) return tl::unexpected(page.error());
    page_ = std::move(*page);
    if (page_.kind != kind_) return fail(ErrorCode::malformed_data, "the answer is no Bundle of type " + kind_);
    return {};
  }

  /// A later page that is gone or refused says nothing about the type: the server has forgotten the search.
  [[nodiscard]] Error told_for_this_page(const Error& error) const {
    const bool forgotten = error.code == ErrorCode::not_found || error.code == ErrorCode::invalid_config;
    if (seen_.size() == 1 || !forgotten) return error;
    return {ErrorCode::unavailable, "a later page is gone: " + error.message};
  }

  Session& session_;
  Url url_;
  const std::string kind_;
  RetryBudget budget_;
  std::unordered_set<std::string> seen_;
  std::optional<Instant> server_time_;
  Answer answer_;  ///< page_ points into it
  Page page_;
  bool more_ = true;
};

/// Hands out the resources of a search and counts what is whole.
class Harvest {
 public:
  Harvest(std::string_view type, const OnFound& on_found) : type_(type), on_found_(on_found) {}

  Result<void> take(const Page& page) {
    const std::size_t before = distinct_.size();
    bool any = false;
    for (const Entry& entry : page.entries) {
      any = any || entry.mode != "outcome";
      if (auto taken = take(entry); !taken) return taken;
    }
    stale_ = any && distinct_.size() == before ? stale_ + 1 : 0;
    if (stale_ >= kMaxStaleNews) return fail(ErrorCode::malformed_data, "the pages repeat themselves");
    if (page.total && !total_) total_ = page.total;
    return {};
  }

  void close(SearchEnd& end) const {
    end.found = found_;
    end.whole = !warned_ && !short_of_total();
    if (warned_) end.shortfall = "the server warns that records may be missing";
    if (short_of_total()) end.shortfall = "the server counts more records than its pages held";
  }

 private:
  Result<void> take(const Entry& entry) {
    if (entry.type == "OperationOutcome" && type_ != "OperationOutcome") {
      const Judgement judgement = judge(entry.resource);
      if (judgement == Judgement::failed) return fail(ErrorCode::malformed_data, "the page holds an outcome of severity error");
      warned_ = warned_ || judgement == Judgement::records_missing;
      return {};
    }
    if (entry.mode == "outcome") return {};
    const bool included = entry.mode == "include";
    // Some servers mix in other types without saying why. A type that cannot be told is for the caller to quarantine.
    if (!included && !entry.type.empty() && entry.type != type_) return {};
    if (!included) {
      ++found_;
      distinct_.insert(entry.id.empty() ? "#" + std::to_string(found_) : entry.id);
    }
    return on_found_({entry.resource, entry.full_url, included});
  }

  [[nodiscard]] bool short_of_total() const { return total_ && static_cast<double>(distinct_.size()) < *total_; }

  const std::string type_;
  const OnFound& on_found_;
  std::unordered_set<std::string> distinct_;
  std::size_t found_ = 0;
  std::optional<double> total_;
  bool warned_ = false;
  int stale_ = 0;
};

std::string search_path(std::string_view type, const std::vector<Parameter>& parameters, int page_size) {
  std::string path = std::string(type) + "?";
  for (const Parameter& parameter : parameters) path += percent_encode(parameter.name) + "=" + percent_encode(parameter.value) + "&";
  return path + "_count=" + std::to_string(page_size);
}

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
    if (judge(entry.resource) == Judgement::fine) return {};
    return fail(ErrorCode::malformed_data, "the server warns that entries may be missing");
  }
  // What does not say what was done may tell of a deletion; whoever looks will see whether the record is still there.
  const bool may_be_deletion = entry.method == "DELETE" || entry.method.empty();
  const std::string id = id_of(entry);
  if (id.empty() && may_be_deletion) return fail(ErrorCode::malformed_data, "a deletion does not say of what");
  if (!id.empty() && met.insert(id).second && may_be_deletion) end.deleted.push_back({type, id});
  return {};
}

std::set<std::string> codes_of(const json::Value& list, std::string_view member) {
  std::set<std::string> codes;
  for (const json::Value& item : list.array()) codes.emplace(item[member].string());
  return codes;
}

Result<Capability> read_capability(const json::Value& root) {
  if (root["resourceType"].string() != "CapabilityStatement")
    return fail(ErrorCode::malformed_data, "the answer is no CapabilityStatement");
  Capability capability;
  capability.fhir_version = root["fhirVersion"].string();
  capability.software = root["software"]["name"].string();
  if (!capability.fhir_version.starts_with("4.0")) return fail(ErrorCode::malformed_data, "the server does not speak FHIR 4.0 (R4)");
  for (const json::Value& rest : root["rest"].array()) {
    if (rest["mode"].string() != "server") continue;
    const auto everywhere = codes_of(rest["searchParam"], "name");
    for (const json::Value& resource : rest["resource"].array()) {
      Capability::Type type{std::string(resource["type"].string()), codes_of(resource["searchParam"], "name"),
                            codes_of(resource["interaction"], "code")};
      type.search_parameters.insert(everywhere.begin(), everywhere.end());
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

void Client::stop_with(std::stop_token stop) {
  session_->stop_with(std::move(stop));
}

Result<SearchEnd> Client::search(std::string_view type, const std::vector<Parameter>& parameters, const OnFound& on_found) {
  const std::string name(type);
  RetryBudget budget = session_->budget();
  const auto grant = grant_of(*session_, name, Access::search, budget);
  if (!grant) return tl::unexpected(grant.error().within(name));
  Pages pages(*session_, session_->at(search_path(type, parameters, session_->page_size())), "searchset", budget);
  Harvest harvest(type, on_found);
  while (pages.more()) {
    const auto page = pages.next();
    if (!page) return tl::unexpected(page.error().within(name));
    if (auto taken = harvest.take(**page); !taken) return tl::unexpected(taken.error().within(name));
  }
  SearchEnd end;
  end.pages = pages.count();
  end.server_time = pages.server_time();
  harvest.close(end);
  if (end.whole && *grant == Grant::part) {
    end.whole = false;
    end.shortfall = "the access token grants only a part of the records";
  }
  return end;
}

Result<std::string> Client::read(std::string_view type, std::string_view id) {
  const std::string name(type);
  std::string body;
  RetryBudget budget = session_->budget();
  if (const auto grant = grant_of(*session_, name, Access::read, budget); !grant) return tl::unexpected(grant.error().within(name));
  const auto got = session_->get(session_->at(name + "/" + percent_encode(id)), budget, [&](Answer& answer) -> Result<void> {
    body = std::move(answer.body);
    if (json::skip_value(body) == std::string_view::npos) return fail(ErrorCode::unavailable, "the answer was cut off");
    json::Document document;
    if (document.parse(body)) return {};
    return fail(ErrorCode::malformed_data, "the answer is no sound JSON");
  });
  if (!got) return tl::unexpected(got.error().within(name));
  return body;
}

Result<HistoryEnd> Client::deleted_since(std::string_view type, Instant since) {
  const std::string name(type);
  const std::string path =
      name + "/_history?_since=" + percent_encode(Zone::utc().format(since)) + "&_count=" + std::to_string(session_->page_size());
  RetryBudget budget = session_->budget();
  if (const auto grant = grant_of(*session_, name, Access::search, budget); !grant)
    return tl::unexpected(grant.error().within(name + " history"));
  Pages pages(*session_, session_->at(path), "history", budget);
  HistoryEnd end;
  std::unordered_set<std::string> met;
  while (pages.more()) {
    const auto page = pages.next();
    if (!page) return tl::unexpected(page.error().within(name + " history"));
    for (const Entry& entry : (*page)->entries)
      if (auto taken = take_version(name, entry, met, end); !taken) return tl::unexpected(taken.error().within(name + " history"));
  }
  end.server_time = pages.server_time();
  return end;
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
    return {};
  });
  if (!got) return tl::unexpected(got.error().within("metadata"));
  return capability;
}

}  // namespace trialflag::fhir
