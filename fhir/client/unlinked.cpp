#include "fhir/client/unlinked.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "fhir/client/pages.h"

namespace trialflag::fhir {
namespace {

/// The server does not read on this way; what nobody answered may go well another time.
bool refuses(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::invalid_config || error.code == ErrorCode::malformed_data;
}

bool is_lower_bound(const Parameter& parameter) {
  return parameter.name == "_lastUpdated" && parameter.value.starts_with("ge");
}

}  // namespace

Unlinked::Unlinked(Session& session, std::string_view type, const std::vector<Parameter>& parameters, Harvest& harvest, RetryBudget& budget)
    : session_(session),
      type_(type),
      parameters_(parameters),
      harvest_(harvest),
      budget_(budget),
      end_(std::chrono::steady_clock::now() + session.endpoint().longest_search) {}

Result<bool> Unlinked::read_on(const Page& first) {
  const Rows rows = rows_of(first);
  if (auto read = by_offset(rows); !read) return tl::unexpected(read.error());
  if (!harvest_.short_of_total()) return true;
  const auto whole = by_windows(rows);
  if (!whole) return whole;
  return *whole && !harvest_.short_of_total();
}

Unlinked::Rows Unlinked::rows_of(const Page& page) const {
  Rows rows;
  for (const Entry& entry : page.entries) {
    const bool asked_for = entry.mode != "include" && entry.mode != "outcome" && (entry.type.empty() || entry.type == type_);
    if (asked_for) rows.push_back({entry.id.empty() ? std::string(entry.resource) : entry.id, updated_of(entry.resource)});
  }
  return rows;
}

bool Unlinked::may_go_on() const {
  return pages_ < session_.endpoint().max_pages && std::chrono::steady_clock::now() < end_;
}

/// Ends without an error, and the harvest short, where the offset is not to be believed.
Result<void> Unlinked::by_offset(Rows rows) {
  std::size_t position = rows.size();
  while (!rows.empty() && harvest_.short_of_total() && may_go_on()) {
    const std::size_t overlap = rows.size() > 1 ? 1 : 0;
    std::vector<Parameter> parameters = parameters_;
    parameters.push_back({"_offset", std::to_string(position - overlap)});
    Pages pages(session_, first_page(std::move(parameters)), "searchset", budget_);
    const auto page = pages.next();
    ++pages_;
    if (!page) return refuses(page.error()) ? Result<void>() : tl::unexpected(page.error());
    Rows next = rows_of(**page);
    if (!continues(rows, next)) return {};
    const std::size_t before = harvest_.distinct();
    if (auto taken = harvest_.take(**page); !taken) return taken;
    if (harvest_.distinct() == before) return {};
    position += next.size() - overlap;
    rows = std::move(next);
  }
  return {};
}

bool Unlinked::continues(const Rows& rows, const Rows& next) {
  if (next.empty()) return false;
  return (rows.back().key == next.front().key) == (rows.size() > 1);
}

/// Whether every window was read whole.
Result<bool> Unlinked::by_windows(const Rows& rows) {
  std::vector<Window> todo;
  const auto divide = [&todo](const Window& window, const Rows& shown) {
    const auto cut = cut_of(window, shown);
    if (!cut) return false;
    todo.push_back({*cut, window.to});
    todo.push_back({window.from, *cut});
    return true;
  };
  if (!divide({bound_of(parameters_), std::nullopt}, rows)) return false;
  while (!todo.empty()) {
    const Window window = todo.back();
    todo.pop_back();
    if (!may_go_on()) return false;
    const auto answer = read(window);
    if (!answer) return tl::unexpected(answer.error());
    const auto& held = *answer;
    if (!held || !held->total || !shows_that_it_applies(window, held->rows)) return false;
    if (!is_whole(*held) && !divide(window, held->rows)) return false;
  }
  return true;
}

Result<std::optional<Unlinked::Held>> Unlinked::read(const Window& window) {
  Held held;
  std::unordered_set<std::string> met;
  int barren = 0;
  Pages pages(session_, first_page(narrowed_to(window)), "searchset", budget_);
  while (pages.more()) {
    const auto page = pages.next();
    ++pages_;
    if (!page && refuses(page.error())) return std::nullopt;
    if (!page) return tl::unexpected(page.error());
    if (!held.total) held.total = (*page)->total;
    const std::size_t before = met.size();
    for (Row& row : rows_of(**page)) {
      met.insert(row.key);
      held.rows.push_back(std::move(row));
    }
    barren = met.size() == before ? barren + 1 : 0;
    if (barren >= kMostBarren) return std::nullopt;
    harvest_.expect_known();
    if (auto taken = harvest_.take(**page); !taken) return tl::unexpected(taken.error());
  }
  return held;
}

Url Unlinked::first_page(std::vector<Parameter> parameters) const {
  return session_.at(search_path(type_, parameters, session_.endpoint().page_size));
}

std::vector<Parameter> Unlinked::narrowed_to(const Window& window) const {
  std::vector<Parameter> parameters = parameters_;
  if (window.from) std::erase_if(parameters, is_lower_bound);
  if (window.from) parameters.push_back({"_lastUpdated", "ge" + Zone::utc().format(*window.from)});
  if (window.to) parameters.push_back({"_lastUpdated", "lt" + Zone::utc().format(*window.to)});
  return parameters;
}

bool Unlinked::shows_that_it_applies(const Window& window, const Rows& rows) {
  return std::all_of(rows.begin(), rows.end(), [&](const Row& row) {
    const bool early = row.updated && window.from && row.updated->ms < window.from->ms - kRounding;
    const bool late = row.updated && window.to && row.updated->ms > window.to->ms + kRounding;
    return !early && !late;
  });
}

bool Unlinked::is_whole(const Held& held) {
  std::unordered_set<std::string_view> keys;
  for (const Row& row : held.rows) keys.insert(row.key);
  return static_cast<double>(keys.size()) >= *held.total;
}

/// Each side of it is smaller than the window, and holds a row that was shown unless all were updated at the same time; nullopt: the window
/// cannot be narrowed.
std::optional<Instant> Unlinked::cut_of(const Window& window, const Rows& rows) {
  std::vector<Instant> times;
  for (const Row& row : rows) {
    const bool within = row.updated && (!window.from || *window.from <= *row.updated) && (!window.to || *row.updated < *window.to);
    if (within) times.push_back(*row.updated);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (times.empty()) return std::nullopt;
  const Instant middle = times[times.size() / 2];
  if (times.size() > 1 || window.from != middle) return middle;
  const Instant after{middle.ms + 1};
  return !window.to || after < *window.to ? std::optional(after) : std::nullopt;
}

}  // namespace trialflag::fhir
