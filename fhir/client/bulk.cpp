#include "fhir/client/bulk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "agent/json/quote.h"
#include "agent/json/value.h"
#include "fhir/client/client.h"
#include "fhir/client/headers.h"
#include "fhir/client/page.h"
#include "fhir/client/retry_after.h"
#include "fhir/client/self_link.h"
#include "fhir/client/session.h"

namespace trialflag::fhir {
namespace {

constexpr const char* kFormat = "_outputFormat";

bool contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

std::string path_of(const BulkRequest& request, const std::vector<std::string>& left_out) {
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty() || contains(left_out, name)) return;
    query += (query.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
  };
  std::string types;  // one list: some servers take the parameter once
  for (const std::string& type : request.types) types += (types.empty() ? "" : ",") + type;
  add(kFormat, "application/fhir+ndjson");
  add("_type", types);
  if (request.since) add("_since", Zone::utc().format(*request.since));
  return request.operation + query;
}

/// The same as the body of a POST.
std::string parameters_of(const BulkRequest& request, const std::vector<std::string>& left_out) {
  std::string list;
  const auto add = [&](const char* name, const char* kind, const std::string& value) {
    if (contains(left_out, name)) return;
    list += std::string(list.empty() ? "" : ",") + R"({"name":")" + name + R"(",")" + kind + "\":" + json::in_quotes(value) + "}";
  };
  add(kFormat, "valueString", "application/fhir+ndjson");
  for (const std::string& type : request.types) add("_type", "valueString", type);
  if (request.since) add("_since", "valueInstant", Zone::utc().format(*request.since));
  return R"({"resourceType":"Parameters","parameter":[)" + list + "]}";
}

/// Which parameter a refusal means; where it names none, the one that can be spared.
std::string refused_parameter(const std::string& body) {
  for (const char* name : {kFormat, "_typeFilter", "_type", "_since"})
    if (body.find(name) != std::string::npos) return name;
  return kFormat;
}

bool is_refused_method(int status) {
  return status == 405 || status == 501;
}

/// A refusal as Client tells its errors.
tl::unexpected<Error> refusal(int status) {
  const std::string number = std::to_string(status);
  if (status == 401 || status == 403)
    return fail(ErrorCode::unauthorized, "the server refuses us the export (" + number + "); check ehr.auth and what the account may do");
  if (status == 404 || status == 405 || status == 410 || status == 501)
    return fail(ErrorCode::not_found, "the server has no such export (" + number + ")");
  if (status == 408 || status == 425 || status == 429 || status >= 500)
    return fail(ErrorCode::unavailable, "the server answers " + number + " to the export");
  if (status == 200)
    return fail(ErrorCode::malformed_data, "the server answers the export at once (200), where it should name a job (202)");
  return fail(ErrorCode::invalid_config, "the server refuses the export (" + number + ")");
}

/// An OperationOutcome whose issues are all of code `transient`: it is to be asked again.
bool is_transient(const std::string& body) {
  json::Document document;
  if (!document.parse(body) || document.root()["resourceType"].string() != "OperationOutcome") return false;
  const auto issues = document.root()["issue"].array();
  return !issues.empty() && std::all_of(issues.begin(), issues.end(), [](const json::Value& issue) {
    const std::string_view code = issue["code"].string();
    return code == "transient" || code == "throttled" || code == "timeout";
  });
}

/// What a status that is neither 200 nor 202 says of the job.
Result<BulkStatus> judge(const Answer& answer) {
  const int status = answer.status;
  BulkStatus result;
  result.ask_again = answer.retry_after;
  if (!result.ask_again && status == 429) result.ask_again = wait_told_in(answer.body);
  // What a proxy says when the server is away says nothing of the job.
  const bool passing = status == 408 || status == 425 || status == 429 || status == 502 || status == 503 || status == 504;
  if (passing || is_transient(answer.body)) return result;
  if (status == 401 || status == 403) return refusal(status);
  result.state = status == 404 || status == 410 ? BulkStatus::State::unknown : BulkStatus::State::failed;
  result.why = status == 404 || status == 410 ? "the server does not know the export any more (" + std::to_string(status) + ")"
                                              : "the server says that the export failed (" + std::to_string(status) + ")";
  return result;
}

/// A line for a log: the server's words without control characters.
std::string one_line(std::string text) {
  if (text.size() > 100) text.resize(100);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c >= 127; }, ' ');
  return text;
}

/// A file that is being written; gone unless it is kept.
class Writing {
 public:
  explicit Writing(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~Writing() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

  Result<void> take(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return trouble();
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }
  [[nodiscard]] Result<void> finish() const { return ::fsync(descriptor_) == 0 ? Result<void>() : trouble(); }
  [[nodiscard]] bool open() const { return descriptor_ >= 0; }

  static tl::unexpected<Error> trouble() {
    return fail(ErrorCode::storage, "a file of the export cannot be written to state.dir; is the disk full?");
  }

 private:
  int descriptor_;
};

}  // namespace

Result<Answer> Bulk::ask_for(const BulkRequest& request, const std::vector<std::string>& left_out, bool by_post) {
  const Request post{.method = "POST", .body = parameters_of(request, left_out), .body_type = "application/fhir+json"};
  return session_.ask({session_.at(by_post ? request.operation : path_of(request, left_out)),
                       by_post ? post : Request(),
                       {{"Accept", "application/fhir+json"}, {"Prefer", "respond-async"}},
                       true,
                       session_.endpoint().request_timeout});
}

Result<Answer> Bulk::ask_for(const BulkRequest& request, BulkStart& start, bool by_post) {
  start.left_out.clear();
  auto answer = ask_for(request, start.left_out, by_post);
  if (!answer || (answer->status != 400 && answer->status != 422)) return answer;
  start.left_out.push_back(refused_parameter(answer->body));
  return ask_for(request, start.left_out, by_post);
}

Result<BulkStart> Bulk::kick_off(const BulkRequest& request) {
  BulkStart start;
  auto answer = ask_for(request, start, request.by_post);
  // A refusal of the other way says no more than that of this one.
  if (answer && is_refused_method(answer->status)) {
    auto other = ask_for(request, start, !request.by_post);
    if (!other || !is_refused_method(other->status)) answer = std::move(other);
  }
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 429) {
    start.ask_again = answer->retry_after ? answer->retry_after : wait_told_in(answer->body);
    return start;
  }
  if (answer->status != 202) return refusal(answer->status);
  if (answer->content_location.empty())
    return fail(ErrorCode::malformed_data, "the server takes the export and does not say where it can be watched (no Content-Location)");
  auto target = session_.links().exported(session_.at(request.operation), answer->content_location, true);
  if (!target) return tl::unexpected(target.error());
  start.status_url = target->url.text();
  return start;
}

Result<BulkStatus> Bulk::poll(const std::string& status_url) {
  BulkStatus result;
  std::unordered_set<std::string> seen;
  std::string at = status_url;
  // A page that answers 202 may still gain a successor; the last one that answers 200 ends the list.
  while (!at.empty()) {
    if (!seen.insert(at).second) return fail(ErrorCode::malformed_data, "the manifest's pages go round in circles");
    if (seen.size() > session_.endpoint().bulk.max_pages) return fail(ErrorCode::malformed_data, "the manifest's pages do not end");
    const auto url = parse_url(at);
    if (!url) return fail(ErrorCode::internal, "the export's address cannot be used");
    auto answer = session_.ask(
        {*url, {}, {{"Accept", "application/json"}, {"Cache-Control", "no-cache"}}, true, session_.endpoint().request_timeout});
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 200 && answer->status != 202) return judge(*answer);
    const bool done = answer->status == 200;
    result.ask_again = answer->retry_after;
    result.progress = one_line(answer->progress);
    if (!done && answer->body.find("\"output\"") == std::string::npos) return result;
    auto page = read_manifest(answer->body, *url, session_.links());
    if (!page) return tl::unexpected(page.error());
    seen.size() == 1 ? void(result.manifest = std::move(page->manifest)) : add_page(result.manifest, page->manifest);
    at = page->next;
    if (at.empty() && !done) return result;
  }
  result.state = BulkStatus::State::complete;
  return result;
}

Result<void> Bulk::fetch(const std::string& address, bool signed_in, const std::filesystem::path& to) {
  auto url = parse_url(address);
  if (!url) return fail(ErrorCode::internal, "the file's address cannot be used");
  const Writing file(to);
  if (!file.open()) return Writing::trouble();
  const auto& limits = session_.endpoint().bulk;
  const Request request{.take = [&](std::string_view bytes) { return file.take(bytes); }, .max_bytes = limits.max_file_bytes};
  const auto answer = session_.ask({std::move(*url), request, {{"Accept", "application/fhir+ndjson"}}, signed_in, limits.file_timeout});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 403 || answer->status == 404 || answer->status == 410)
    return fail(ErrorCode::not_found, "a file of the export is not there any more (" + std::to_string(answer->status) + ")");
  if (answer->status != 200) return refusal(answer->status);
  if (answer->content_type == "text/html") return fail(ErrorCode::malformed_data, "in the place of a file comes a web page");
  return file.finish();
}

std::optional<double> Bulk::count_by_search(const std::string& type, std::optional<Instant> before) {
  std::vector<Parameter> bound;
  if (before) bound.push_back({"_lastUpdated", "lt" + Zone::utc().format(*before)});
  std::string path = type + "?_summary=count";
  for (const Parameter& parameter : bound) path += "&" + parameter.name + "=" + percent_encode(parameter.value);
  std::optional<double> total;
  RetryBudget budget = session_.budget();
  const auto got = session_.get(session_.at(path), budget, [&](Answer& answer) -> Result<void> {
    const auto page = cut_page(answer.body);
    if (!page) return tl::unexpected(page.error());
    if (!page->self || not_applied(bound, *page->self).empty()) total = page->total;
    return {};
  });
  return got ? total : std::nullopt;
}

Result<void> Bulk::discard(const std::string& status_url) {
  auto url = parse_url(status_url);
  if (!url) return {};
  const auto answer =
      session_.ask({std::move(*url), {.method = "DELETE"}, {{"Accept", "application/json"}}, true, session_.endpoint().request_timeout});
  return answer ? Result<void>() : tl::unexpected(answer.error());
}

}  // namespace trialflag::fhir
