// Reads one FHIR R4 server over HTTP: search with paging, read, history, capability. The only file through which the network is used
// to read records; nothing of the HTTP library is visible here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "fhir/client/endpoint.h"
#include "fhir/client/own.h"
#include "fhir/client/refusal.h"
#include "fhir/client/scopes.h"
#include "fhir/client/subscription.h"
#include "fhir/client/traffic.h"

namespace trialflag::fhir {

class Allowance;
class Bulk;
class Session;

/// One search parameter, not yet percent-encoded: {"_lastUpdated", "ge2026-11-22T00:00:00Z"}.
struct Parameter {
  std::string name, value;
};

/// One resource of an answer. The views end with the callback.
struct Found {
  std::string_view json;      ///< the resource, one JSON object, as the server wrote it (not yet parsed)
  std::string_view full_url;  ///< Bundle.entry.fullUrl, may be empty
  bool included = false;      ///< search.mode include: came along, was not asked for
};

/// Called for each resource. A failure ends the search and is its result.
using OnFound = std::function<Result<void>(const Found&)>;

/// How a finished search went.
struct SearchEnd {
  bool whole = true;                 ///< false: the server said, or its answer shows, that records are missing; `shortfall` says which way
  std::string shortfall;             ///< for an operator; no patient's value
  bool warned = false;               ///< not whole by the server's own word or ways: it would answer the same again
  bool granted_in_part = false;      ///< for the access token grants a part of the records alone, which its scopes can mend
  std::size_t pages = 0, found = 0;  ///< found: different resources
  bool unlinked = false;             ///< there was more than the one page, but no next link to it: it was sought otherwise (unlinked.h)
  /// The server answers the search in parts alone (fan_out.h): what belongs to none of them was not seen, and nothing tells whether there
  /// is any. Whole all the same, for nothing that could be asked for is missing.
  bool in_parts = false;
  /// Names of parameters that the server did not apply, as its first page's self link or a `_lastUpdated` before the bound shows: the
  /// answer holds more than was asked for. Not whole when it holds nothing at all.
  std::vector<std::string> ignored;
  bool older = false;  ///< records older than the `_lastUpdated` bound were given: it was surely not applied
  /// Not whole for this alone: nothing was found, and the answer does not show that every parameter was applied.
  bool unproven = false;
  std::optional<Instant> server_time;  ///< Date header of the first page: the moment the answer is as of
};

/// A deletion, or a version, as `_history` tells it.
struct Deleted {
  std::string type, id;
};

/// `deleted`: gone at the end of the history read (a resource deleted and created again is not in it), or of which the history does not say
/// what was done last.
struct HistoryEnd {
  std::vector<Deleted> deleted;
  bool whole = true;  ///< false: the server counts more entries than it showed, so that there may be further deletions
  std::optional<Instant> server_time;
};

/// What the server says of itself in its CapabilityStatement.
struct Capability {
  struct Type {
    std::string name;
    std::set<std::string> search_parameters, interactions;  ///< "read", "search-type", "history-type", …
    bool conditional_create = false, conditional_update = false;
  };
  std::string software, version, fhir_version;  ///< version: of the software; empty: not told
  std::optional<Instant> server_time;           ///< Date header
  std::vector<Type> types;
  bool stated = true;  ///< false: the server gives no CapabilityStatement; what it keeps must be tried
  std::string doubt;   ///< what it leaves open, for an operator; empty: nothing
  /// Where a bulk export may be asked for: "$export", "Patient/$export", "Group/[id]/$export".
  std::set<std::string> exports;
  bool follows_bulk_guide = false;  ///< it names the Bulk Data Access guide among those it instantiates
  bool exports_by_post = false;     ///< of a version (STU4 or later) that knows no GET to begin an export

  /// nullptr: not listed.
  [[nodiscard]] const Type* find(std::string_view type) const;
};

/// Thread-safe; each call blocks its thread. Errors of every call:
///   unavailable    no connection, 408, 429, 5xx but 501, or a body that was cut off, still so after retry_for; a later page that the
///                  server has forgotten; or the server is left alone for now, because it asked for that or has failed repeatedly
///   timeout        no whole answer within request_timeout, still so after retry_for
///   unauthorized   401 or 403 (after the secret was read again, or another access token was had, once); an access token that does not
///                  grant the type
///   signed_out     a secret file that cannot be read, or no access token to be had: nothing was asked
///   not_found      404 or 410: for a type, the server has no such records; for an instance, it is gone
///   invalid_config base_url or ca_file is unusable; 501, any other 4xx: the server refuses what we ask; a redirect or link out of
///                  base_url's path, to an origin that is not allowed, to plain http, or to an address that no EHR has
///   malformed_data an answer that is no FHIR JSON, too large, no Bundle, or one whose pages do not end
///   internal       stopped by the stop token (message "stopped")
/// Retried with back-off, or after the wait that the server asks for (an hour at most), within retry_for: unavailable, timeout, and answers
/// that are cut off. A server that keeps failing is left alone for growing pauses (breaker.h). Error texts name the type and the problem,
/// never a parameter's value, an id or the server's own words.
class Client {
 public:
  /// Prepares; does not connect. invalid_config when the endpoint cannot be used.
  static Result<std::unique_ptr<Client>> create(const Endpoint& endpoint);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Calls under way and later ones end with `internal` "stopped" soon after `stop` is requested. Set once, before the first call.
  void stop_with(std::stop_token stop);

  /// Searches `type` ("Condition") and follows its pages to the end. `_count` and strict handling are added. Resources of other types than
  /// asked for are given only when the server marks them as included; OperationOutcome entries are judged here, not given: severity error
  /// or fatal fails the search (malformed_data), a warning that records may be missing (incomplete, suppressed, Epic's 4119) makes it not
  /// whole, others are ignored. An entry that is no object is given too: the caller quarantines it. Pages already given stay given when a
  /// later page fails: the caller must not move its watermark unless the search returned a value. A search whose cursor the server has
  /// forgotten is begun anew, twice at most. A resource that was given is not given again, nor an older version of it (by
  /// meta.lastUpdated); another version is. A search that the server refuses as too wide is divided (fan_out.h); where it names no next
  /// page, what is beyond the first is sought otherwise (unlinked.h).
  /// `refusal` may be null; it is set when the server refused the first page, of the whole and of every part. `allowance`, here and below,
  /// may be null; when it is used up the call ends with the last failure, or `timeout`.
  Result<SearchEnd> search(std::string_view type, const std::vector<Parameter>& parameters, const OnFound& on_found,
                           Refusal* refusal = nullptr, Allowance* allowance = nullptr);

  /// The current version of one resource, as JSON text. `refusal` as above.
  Result<std::string> read(std::string_view type, std::string_view id, Allowance* allowance = nullptr, Refusal* refusal = nullptr);

  /// Follows `_history` of a type since an instant. not_found or invalid_config when the server has none; malformed_data when a deletion
  /// does not say of what.
  Result<HistoryEnd> deleted_since(std::string_view type, Instant since, Allowance* allowance = nullptr);

  /// The same, giving every version that was written since, in the history's order. malformed_data also when the server counts more
  /// entries than its pages held (HAPI names no next page where `_count` is given).
  Result<HistoryEnd> changes_since(std::string_view type, Instant since, const OnFound& on_found, Allowance* allowance = nullptr);

  /// The longest that one silent type may hold up the others in a pass: what one request, or the retries after it, may take.
  [[nodiscard]] std::chrono::milliseconds longest_silence() const;

  /// Whether the sign-in allows this of a type at all; true also where it does not say, or is not to be had now: asking will tell.
  [[nodiscard]] bool may(Access access, std::string_view type);

  /// Whether an absolute address is below base_url or at one of the allowed origins.
  [[nodiscard]] bool is_ours(std::string_view address) const;

  /// Bulk exports, over the same connections and the same sign-in. The client must outlive it.
  [[nodiscard]] Bulk bulk();

  /// The Subscriptions of the server whose channel leads to `endpoint`.
  Result<std::vector<Subscription>> subscriptions(const std::string& endpoint);
  /// Asks for it to be active: by conditional create when it has no id, so that a repeat makes no second one, else by update. Tried once.
  Result<void> ask_for(const Subscription& subscription);
  /// Deletes a Subscription; that it is gone already is no failure. Tried once.
  Result<void> end_subscription(const std::string& id);

  // Writing (own.h). Each is tried once: who repeats it looks first. Errors as of every call, and
  //   conflict       409 or 412: somebody else has written it meanwhile
  //   malformed_data 400, 422, …: the server refuses this one; the text says how, by the number and FHIR's code of the issue alone
  //   not_found      the server keeps no such resources, or takes none

  /// The resource that bears the identifier, as it is now. invalid_config when the server does not search by it. `known_id`: as it was
  /// written before, or empty; what a search does not show is asked for by it, for an index may lag.
  Result<FoundOwn> find_own(const std::string& type, const OwnIdentifier& identifier, const std::string& known_id);
  /// Creates it unless there is one (If-None-Exist); then that one is the answer, where the server tells.
  Result<Kept> create_own(const std::string& type, const std::string& json, const OwnIdentifier& identifier);
  /// Puts `json`, which bears the id of `former`, in its place if that is still current (If-Match). Where no version is known, by
  /// `conditional` if that is given.
  Result<Kept> update_own(const std::string& type, const Kept& former, const std::string& json, const OwnIdentifier* conditional);

  /// What has passed so far; of all calls, also of those under way.
  [[nodiscard]] TrafficCounts traffic() const;

  /// Reads /metadata. A server that has none, or gives other FHIR JSON there, is asked for patients instead: whoever answers that search is
  /// a FHIR server all the same, but states nothing. malformed_data when it is none, or one that states another version than FHIR 4.0.
  Result<Capability> capability();

 private:
  explicit Client(std::unique_ptr<Session> session);
  Result<HistoryEnd> history(std::string_view type, Instant since, const OnFound* on_found, Allowance* allowance);
  std::unique_ptr<Session> session_;
};

}  // namespace trialflag::fhir
