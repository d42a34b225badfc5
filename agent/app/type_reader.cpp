#include "agent/app/type_reader.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "agent/app/halves.h"
#include "agent/app/resource_page.h"

namespace trialflag::app {
namespace {

using fhir::ResourceType;
using screening::Reading;
using screening::TypeOutcome;

constexpr std::size_t kPageBatch = 200;
constexpr std::size_t kIdsAtOnce = 50;
constexpr int kMostPlans = 5;
constexpr std::int64_t kRounding = 1000;  ///< ms: servers round what they compare

fhir::Parameter updated_since(Instant since) {
  return {"_lastUpdated", "ge" + Zone::utc().format(since)};
}

bool names(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

TypeOutcome outcome_of(const Error& error, bool is_listed) {
  if (error.code == ErrorCode::unauthorized) return {Reading::not_granted, error.message, false, false};
  if (error.code == ErrorCode::not_found && !is_listed) return {Reading::unsupported, "the server keeps no such records", false, false};
  return {Reading::incomplete, error.message, not_reached(error.code), false};
}

/// Hands what was found over in batches, and counts it.
class TypeReader::Pages {
 public:
  Pages(const fhir::Client& client, ResourceType type, const OnPage& on_page, const Settle& settle) : on_page_(on_page), settle_(settle) {
    const auto is_ours = [&client](std::string_view address) { return client.is_ours(address); };
    pages_.emplace_back(type, is_ours, true);
    if (settle) pages_.emplace_back(type, is_ours, true);
  }
  ~Pages() {
    try {
      (void)settle();
    } catch (...) {  // another failure is under way; that which is told is the first
    }
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  Result<void> take(const fhir::Found& found) {
    if (found.included) return {};
    page().add(found.json, found.full_url);
    ++found_;
    if (const auto updated = page().items().back().updated) note(*updated);
    return page().items().size() < kPageBatch ? Result<void>() : flush();
  }
  Result<void> flush() {
    if (page().items().empty()) return {};
    auto taken = on_page_(page().items());
    // The one before it is taken in now; this one may not be yet.
    at_ = (at_ + 1) % pages_.size();
    page().clear();
    if (!taken) refused_ = taken.error();
    return taken;
  }
  /// All that was handed over is taken in.
  Result<void> settle() {
    auto settled = settle_ ? settle_() : Result<void>();
    if (!settled) refused_ = settled.error();
    return settled;
  }
  void begin() {
    found_ = dated_ = 0;
    earliest_.reset();
    latest_.reset();
  }
  /// Of meta.lastUpdated.
  [[nodiscard]] std::optional<Instant> earliest() const { return earliest_; }
  [[nodiscard]] std::optional<Instant> latest() const { return latest_; }
  /// A failure of the caller's ends the reading.
  Result<void> end_part(const OnPart& on_part, Instant until) {
    auto told = flush();
    if (told) told = settle();
    if (told && on_part) told = on_part(until);
    if (!told) refused_ = told.error();
    return told;
  }
  [[nodiscard]] std::size_t found() const { return found_; }
  [[nodiscard]] std::size_t dated() const { return dated_; }
  [[nodiscard]] bool met_unreadable_time() const {
    return std::any_of(pages_.begin(), pages_.end(), [](const ResourcePage& page) { return page.met_unreadable_time(); });
  }
  /// By the caller: its own trouble, not the source's.
  [[nodiscard]] const std::optional<Error>& refused() const { return refused_; }

 private:
  void note(Instant updated) {
    ++dated_;
    if (!earliest_ || updated < *earliest_) earliest_ = updated;
    if (!latest_ || *latest_ < updated) latest_ = updated;
  }

  /// Is being filled; another may be being taken in.
  ResourcePage& page() { return pages_[at_]; }

  std::deque<ResourcePage> pages_;
  std::size_t at_ = 0;
  const OnPage& on_page_;
  const Settle& settle_;
  std::optional<Instant> earliest_, latest_;
  std::optional<Error> refused_;
  std::size_t found_ = 0, dated_ = 0;
};

TypeReader::TypeReader(fhir::Client& client, const fhir::Capability* capability, Whom whom, ResourceType type, fhir::Allowance* allowance)
    : client_(client),
      listed_(capability == nullptr ? nullptr : capability->find(fhir::name_of(type))),
      greeted_(capability == nullptr ? std::nullopt : capability->server_time),
      whom_(std::move(whom)),
      allowance_(allowance),
      type_(type),
      name_(fhir::name_of(type)) {}

Result<TypeOutcome> TypeReader::read(std::optional<Instant> since, const OnPage& on_page, Learnt& learnt, const OnPart& on_part,
                                     const Settle& settle) {
  on_part_ = on_part;
  Pages pages(client_, type_, on_page, settle);
  auto outcome = read_type(since, pages, learnt);
  if (type_ != ResourceType::diagnostic_report || !outcome) return outcome;
  // What is not granted, or answered to no question that we know, is as if it were not kept: no criterion reads it.
  const bool refused = shown_.failed && refuses_question(shown_.refusal.status);
  if (outcome->reading != Reading::not_granted && !refused) return outcome;
  return TypeOutcome{Reading::unsupported, outcome->error + "; " + kNoReports};
}

Result<TypeOutcome> TypeReader::read_type(std::optional<Instant> since, Pages& pages, Learnt& learnt) {
  const Learnt before = learnt;
  std::optional<TypeOutcome> first_failure;
  words_ = words_of(listed_, learnt);
  for (int plans = 0; plans < kMostPlans; ++plans) {
    const Plan plan = plan_of(listed_, type_, learnt);
    attempt(plan, learnt, since, pages);
    if (!pages.refused() && pages.flush()) (void)pages.settle();
    if (pages.refused()) return tl::unexpected(*pages.refused());
    outcome_.how = name_of(plan.mode);
    if (outcome_.reading != Reading::whole && !first_failure) first_failure = outcome_;
    learnt = learn(learnt, listed_, plan, shown_);
    keep_words(words_, listed_, learnt);
    if (!shown_.failed) break;
    const Plan next = plan_of(listed_, type_, learnt);
    if (next.mode == plan.mode && next.since == plan.since) break;
  }
  met_unreadable_time_ = pages.met_unreadable_time();
  const Plan plan = plan_of(listed_, type_, learnt);
  if (shown_.failed && !learnt.absent) {
    // None of the ways was open, so that nothing is known of any; the first refusal says most.
    learnt = before;
    keep_words(words_, listed_, learnt);
    return nobody_known_ ? outcome_ : *first_failure;
  }
  if (outcome_.reading == Reading::whole && (learnt.ignores_updated || learnt.refuses_updated || learnt.needs_patient))
    outcome_.remark = plan.why;
  if (outcome_.reading == Reading::whole && in_parts_)
    outcome_.remark += (outcome_.remark.empty() ? "" : "; ") +
                       std::string("the server answers by category alone: records that bear another one, or none, are not seen");
  return outcome_;
}

void TypeReader::attempt(const Plan& plan, const Learnt& learnt, std::optional<Instant> since, Pages& pages) {
  outcome_ = TypeOutcome();
  shown_ = Shown();
  deleted_.reset();
  if (!plan.since) since.reset();
  outcome_.all = !since;
  by_time_ = plan.since;
  switch (plan.mode) {
    case Mode::none:
      outcome_ = {Reading::unsupported, plan.why, false, false};
      return;
    case Mode::history:
      if (since) return follow_history(*since, pages);
      [[fallthrough]];
    case Mode::last_updated:
    case Mode::full:
      return (void)ask({}, since, learnt, pages);
    case Mode::per_patient:
      return ask_each(learnt, since, pages);
  }
}

void TypeReader::fail_with(const Error& error) {
  outcome_ = outcome_of(error, listed_ != nullptr);
  shown_.failed = true;
  shown_.error = error.code;
}

std::optional<fhir::SearchEnd> TypeReader::search(const Search& question, Pages& pages) {
  shown_.refusal = {};
  const bool of_patient = !question.empty() && question.front().name == "patient";
  const auto take = [&](const fhir::Found& found) { return pages.take(found); };
  const auto end = of_patient ? search_patient(
                                    client_, name_, question, words_, take, shown_.refusal, [&] { pages.begin(); }, allowance_)
                              : client_.search(name_, question, take, &shown_.refusal, allowance_);
  if (!end) fail_with(end.error());
  if (!end) return std::nullopt;
  if (!outcome_.as_of) outcome_.as_of = end->server_time;
  unlinked_ = unlinked_ || end->unlinked;
  in_parts_ = in_parts_ || end->in_parts;
  return *end;
}

namespace {

/// Adds what a later part of a search found.
void add(fhir::SearchEnd& whole, const fhir::SearchEnd& part) {
  if (!part.whole && whole.whole) whole.warned = part.warned;
  if (!part.whole) whole.shortfall = part.shortfall;
  whole.whole = whole.whole && part.whole;
  whole.older = whole.older || part.older;
}

}  // namespace

std::optional<fhir::SearchEnd> TypeReader::search_in_halves(const Search& about, std::optional<Instant> since, const Learnt& learnt,
                                                            Pages& pages) {
  const TypeOutcome failed = outcome_;
  const auto now = [&] { return std::max(pages.latest().value_or(Instant()), greeted_.value_or(Instant())); };
  Halves halves({since, std::nullopt});
  if (!halves.divide(pages.earliest(), now())) return std::nullopt;
  outcome_ = TypeOutcome();
  outcome_.all = !since;
  fhir::SearchEnd whole;
  while (halves.any()) {
    const Window window = halves.next();
    const std::optional<Instant> as_of = outcome_.as_of;
    pages.begin();
    auto end = search(within(about, window), pages);
    const bool unshown = end && names(end->ignored, "_lastUpdated");
    const bool open = unshown && (!learnt.applies_silently || end->older);
    const bool beyond = window.to && pages.latest() && *window.to < Instant{pages.latest()->ms - kRounding};
    if (pages.refused()) return std::nullopt;
    if (open || (!end && beyond)) {
      outcome_ = failed;
      shown_.failed = true;
      return std::nullopt;
    }
    if (!end && (!shown_.refusal.forgotten || !halves.divide(pages.earliest(), now()))) return std::nullopt;
    if (!end) {
      outcome_ = TypeOutcome();
      outcome_.all = !since;
      outcome_.as_of = as_of;
      continue;
    }
    shown_.failed = false;
    if (unshown) end->whole = end->whole || end->unproven;
    add(whole, *end);
    halves.done();
    if (window.to && whole.whole && !pages.end_part(on_part_, *window.to)) return std::nullopt;
  }
  return whole;
}

bool TypeReader::ask(const Search& about, std::optional<Instant> since, const Learnt& learnt, Pages& pages) {
  Search question = about;
  if (since) question.push_back(updated_since(*since));
  pages.begin();
  auto end = search(question, pages);
  // No bound finds what bears no time.
  if (!end && shown_.refusal.forgotten && by_time_ && pages.dated() == pages.found()) end = search_in_halves(about, since, learnt, pages);
  if (!end) return false;
  const std::size_t found = pages.found();
  shown_.dated += pages.dated();
  shown_.older = shown_.older || (since && end->older);
  const bool open = since && !end->older && names(end->ignored, "_lastUpdated");
  if (open && learnt.applies_silently) end->whole = end->whole || end->unproven;
  shown_.found += found;
  if (!open || learnt.applies_silently) {
    outcome_.all = outcome_.all || (since && end->older);
    return judge(*end);
  }
  // The self link leaves it open whether the bound was applied: what is there without it?
  shown_.ignored = shown_.asked_without = true;
  pages.begin();
  const auto without = search(about, pages);
  const int status = shown_.refusal.status;
  if (!without && (status == 400 || status == 422)) {
    // Who refuses the wider question and not this one has understood the difference.
    outcome_ = TypeOutcome();
    shown_.failed = false;
    shown_.found_without += found + 1;
    end->whole = end->whole || end->unproven;
    return judge(*end);
  }
  if (!without) {
    shown_.refusal = {};
    return false;
  }
  shown_.dated += pages.dated();
  shown_.found_without += pages.found();
  outcome_.all = true;
  return judge(*without);
}

bool TypeReader::judge(const fhir::SearchEnd& end) {
  if (end.whole) return true;
  outcome_.reading = Reading::incomplete;
  outcome_.error = end.shortfall;
  outcome_.warned = end.warned;
  outcome_.granted_in_part = end.granted_in_part;
  return true;
}

void TypeReader::follow_history(Instant since, Pages& pages) {
  pages.begin();
  const auto end = client_.changes_since(
      name_, since, [&](const fhir::Found& found) { return pages.take(found); }, allowance_);
  if (!end) return fail_with(end.error());
  outcome_.as_of = end->server_time;
  shown_.found = pages.found();
  shown_.dated = pages.dated();
  deleted_.emplace();
  for (const fhir::Deleted& deleted : end->deleted) deleted_->push_back(deleted.id);
}

void TypeReader::ask_each(const Learnt& learnt, std::optional<Instant> since, Pages& pages) {
  const auto ids = whom_ ? whom_(type_) : Result<std::vector<std::string>>();
  const auto patients = whom_ ? whom_(ResourceType::patient) : ids;
  if (!ids || !patients) return fail_with(!ids ? ids.error() : patients.error());
  nobody_known_ = patients->empty();
  if (nobody_known_)
    return fail_with(
        {ErrorCode::invalid_config, name_ + ": the server answers for one patient at a time, and nobody is known to ask for; name them: "
                                            "ehr.roster with kind group or file"});
  const bool by_id = type_ == ResourceType::patient || type_ == ResourceType::medication;
  on_part_ = {};
  std::optional<TypeOutcome> failure;
  std::optional<Instant> as_of;
  std::size_t answered = 0, unknown = 0;
  for (const Search& question : questions(*ids)) {
    outcome_ = TypeOutcome();
    const bool asked = ask(question, since, learnt, pages) || (by_id && read_each(question.front().value, pages));
    if (pages.refused()) return;
    if (!as_of) as_of = outcome_.as_of;
    // Whom the server does not know has no records.
    if (!asked && shown_.error == ErrorCode::not_found && listed_ != nullptr) {
      ++unknown;
      continue;
    }
    // A refused first question says that another plan is needed; a server in trouble is not asked on.
    if (!asked && (answered == 0 || shown_.error != ErrorCode::malformed_data)) return;
    answered += asked ? 1 : 0;
    if (outcome_.reading != Reading::whole && !failure) failure = outcome_;
  }
  // Nobody at all is known to it: it is the address that it does not know.
  if (answered == 0 && unknown > 0) return fail_with({ErrorCode::not_found, name_ + ": the server knows the type for no patient (404)"});
  shown_.failed = false;
  outcome_ = failure.value_or(TypeOutcome());
  outcome_.all = !since && !failure;
  outcome_.as_of = as_of;
}

/// Where a server takes one id at a time, if it takes them in a search at all.
bool TypeReader::read_each(const std::string& ids, Pages& pages) {
  if (shown_.refusal.status != 400 && shown_.refusal.status != 422) return false;
  for (std::size_t at = 0; at <= ids.size();) {
    const std::size_t end = std::min(ids.find(',', at), ids.size());
    const auto text = client_.read(name_, ids.substr(at, end - at), allowance_);
    at = end + 1;
    if (!text && text.error().code == ErrorCode::not_found) continue;
    if (!text) fail_with(text.error());
    if (!text || !pages.take({*text, {}, false})) return false;
  }
  outcome_ = TypeOutcome();
  outcome_.all = true;
  shown_.failed = false;
  return true;
}

std::vector<TypeReader::Search> TypeReader::questions(const std::vector<std::string>& ids) const {
  std::vector<Search> questions;
  if (type_ != ResourceType::patient && type_ != ResourceType::medication) {
    for (const std::string& id : ids) questions.push_back({{"patient", id}});
    return questions;
  }
  for (std::size_t at = 0; at < ids.size(); ++at) {
    if (at % kIdsAtOnce == 0) {
      questions.push_back({{"_id", ids[at]}});
    } else {
      questions.back().front().value += "," + ids[at];
    }
  }
  return questions;
}

}  // namespace trialflag::app
