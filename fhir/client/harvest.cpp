#include "fhir/client/harvest.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "agent/json/scan.h"
#include "agent/json/value.h"
#include "fhir/client/self_link.h"
#include "fhir/decode.h"
#include "fhir/outcome.h"

namespace trialflag::fhir {
namespace {

constexpr int kMaxStaleNews = 2;  ///< pages in a row that hold resources, and no new one

}  // namespace

std::optional<Instant> updated_of(std::string_view resource) {
  const auto meta = json::find_member(resource, "meta");
  const auto stamp = meta && meta->whole ? json::find_member(meta->text, "lastUpdated") : std::nullopt;
  const auto text = stamp && stamp->whole ? json::plain_string(stamp->text) : std::nullopt;
  return text ? exact_instant(*text) : std::nullopt;
}

std::optional<Instant> bound_of(const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters)
    if (parameter.name == "_lastUpdated" && parameter.value.starts_with("ge"))
      return exact_instant(std::string_view(parameter.value).substr(2));
  return std::nullopt;
}

Harvest::Harvest(std::string_view type, std::vector<Parameter> parameters, const OnFound& on_found)
    : type_(type), parameters_(std::move(parameters)), on_found_(on_found), bound_(bound_of(parameters_)) {}

void Harvest::begin() {
  ++round_;
  distinct_ = 0;
  stale_ = barren_ = 0;
  total_.reset();
}

Result<void> Harvest::take(const Page& page) {
  if (!ignored_) ignored_ = page.self ? not_applied(parameters_, *page.self) : std::vector<std::string>();
  const std::size_t before = distinct_;
  bool any = false;
  for (const Entry& entry : page.entries) {
    any = any || entry.mode != "outcome";
    if (auto taken = take(entry); !taken) return taken;
  }
  if (page.total && !total_) total_ = page.total;
  if (distinct_ != before) stale_ = barren_ = 0;
  if (distinct_ != before) return {};
  ++barren_;
  stale_ += any ? 1 : 0;
  if (has_total()) return {};  // is_over() ends it
  if (stale_ >= kMaxStaleNews) return fail(ErrorCode::malformed_data, "the pages repeat themselves");
  if (barren_ >= kMostBarren) return pages_bring_nothing();
  return {};
}

void Harvest::close(SearchEnd& end) const {
  end.found = found_;
  end.ignored = ignored_.value_or(std::vector<std::string>());
  const bool told = std::find(end.ignored.begin(), end.ignored.end(), "_lastUpdated") != end.ignored.end();
  if (older_than_bound_ > 0 && !told) end.ignored.emplace_back("_lastUpdated");
  // Some servers find nothing by a parameter that they do not know, and then nothing found says nothing.
  const bool nothing = found_ == 0 && !end.ignored.empty();
  const bool short_of_rows = short_of_total() || !end.whole;
  const bool else_whole = !warned_ && !short_of_rows;
  end.older = older_than_bound_ > 0;
  end.unproven = else_whole && nothing;
  end.whole = else_whole && !nothing;
  // What moved while the pages were read may be there next time.
  end.warned = !end.whole && !short_of_rows;
  if (warned_) end.shortfall = "the server warns that records may be missing";
  if (nothing) end.shortfall = "the server found nothing and does not show that it applied " + end.ignored.front();
  if (short_of_rows) end.shortfall = "the server counts more records than its pages held";
}

Result<void> Harvest::take(const Entry& entry) {
  if (entry.type == "OperationOutcome" && type_ != "OperationOutcome") {
    const Judgement judgement = judge_outcome(entry.resource);
    if (judgement == Judgement::failed) return fail(ErrorCode::malformed_data, "the page holds an outcome of severity error");
    warned_ = warned_ || judgement == Judgement::records_missing;
    return {};
  }
  if (entry.mode == "outcome") return {};
  const bool included = entry.mode == "include";
  // Some servers mix in other types without saying why. A type that cannot be told is for the caller to quarantine.
  if (!included && !entry.type.empty() && entry.type != type_) return {};
  if (!included && !is_news(entry)) return {};
  return on_found_({entry.resource, entry.full_url, included});
}

bool Harvest::is_news(const Entry& entry) {
  const auto updated = updated_of(entry.resource);
  if (bound_ && updated && updated->ms < bound_->ms - kRounding) ++older_than_bound_;
  if (entry.id.empty()) {
    ++found_;
    ++distinct_;
    return true;
  }
  const std::size_t digest = std::hash<std::string_view>()(entry.resource);
  const auto [at, fresh] = given_.try_emplace(IdDigest(entry.id));
  Given& given = at->second;
  if (fresh) ++found_;
  if (given.round != round_) ++distinct_;
  given.round = round_;
  const bool older = updated && *updated < given.updated;
  if (!fresh && (given.digest == digest || older)) return false;
  given.digest = digest;
  given.updated = updated.value_or(Given::kUndated);
  return true;
}

bool Harvest::short_of_total() const {
  return total_ && static_cast<double>(distinct_) < *total_;
}

}  // namespace trialflag::fhir
