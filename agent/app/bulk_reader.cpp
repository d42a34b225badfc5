#include "agent/app/bulk_reader.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include "agent/app/resource_page.h"
#include "agent/app/type_reader.h"
#include "agent/base/log.h"
#include "agent/base/sentence.h"
#include "agent/json/value.h"
#include "fhir/client/bulk_lines.h"
#include "fhir/decode.h"
#include "fhir/outcome.h"

namespace trialflag::app {
namespace {

using namespace std::chrono_literals;
using Kind = fhir::BulkFile::Kind;
using Millis = std::chrono::milliseconds;
using screening::Reading;
using screening::TypeOutcome;
using settings::BulkConfig;

constexpr std::size_t kBatch = 200;
constexpr Millis kFirstPause = 1s, kLongestPause = 1min, kShortestBusy = 1s;
/// Of one cycle of the daemon, which must go on polling by search.
constexpr Millis kLoadsFor = 30s;
constexpr Millis kLongestExport = std::chrono::hours(30 * 24);
/// Where searching is the alternative, a first load does not wait for weeks.
constexpr Millis kLongestFirst = std::chrono::hours(24);
constexpr int kMostSilences = 10, kMostFetches = 3, kMostTries = 3;

/// The words of the SMART bulk data log, without an address, for addresses may let anybody in who knows them.
void tell(const std::string& event, const std::string& what) {
  log_info("bulk export: " + event + (what.empty() ? "" : ": " + what));
}

/// What a server says of its progress may be anything: a percentage is worth a line, other words stay out of the log.
std::string share_of(const std::string& progress) {
  const std::size_t sign = progress.find('%');
  if (sign == std::string::npos) return "running";
  const std::size_t before = progress.find_last_not_of("0123456789.", sign == 0 ? 0 : sign - 1);
  const std::string share =
      progress.substr(before == std::string::npos ? 0 : before + 1, sign - (before == std::string::npos ? 0 : before + 1));
  return share.empty() || share.size() > 6 ? "running" : share + " %";
}

/// What tells it from the others of its type: its id, or all of it where it has none.
std::size_t key_of(const screening::Touched& touched) {
  const std::string_view id = touched.patient != nullptr  ? touched.patient->id
                              : touched.record != nullptr ? touched.record->id
                                                          : std::string_view();
  return id.empty() ? static_cast<std::size_t>(touched.fingerprint) : std::hash<std::string_view>()(id);
}

std::string shortage(std::uint64_t held, double counts) {
  return "it holds " + counted(static_cast<std::int64_t>(held), "record") + " where the server counts " +
         std::to_string(static_cast<std::int64_t>(counts));
}

Instant later(Instant now, Millis pause) {
  return {now.ms + pause.count()};
}

}  // namespace

BulkPlan plan_bulk(const fhir::Capability& capability, const BulkConfig& config) {
  using Use = BulkConfig::Use;
  if (config.use == Use::never) return {{}, "ehr.bulk.use is never"};
  const bool always = config.use == Use::always;
  const auto lists = [&](const char* name) { return capability.exports.contains(name); };
  if (!config.group.empty()) {
    const std::string operation = "Group/" + config.group + "/$export";
    if (lists("Group/[id]/$export")) return {{operation}, "the server lists it"};
    if (always || capability.follows_bulk_guide) return {{operation}, always ? "ehr.bulk.use is always" : "the server follows the guide"};
    return {{}, "the server lists no export of a group"};
  }
  // The whole first: that of patients may leave out what is nobody's, as drugs are.
  if (lists("$export")) return {{"$export"}, "the server lists it"};
  if (lists("Patient/$export")) return {{"Patient/$export"}, "the server lists it"};
  if (always) return {{"$export", "Patient/$export"}, "ehr.bulk.use is always"};
  if (lists("Group/[id]/$export")) return {{}, "the server lists exports of groups alone; set ehr.bulk.group to one that holds everybody"};
  if (capability.follows_bulk_guide) return {{"$export", "Patient/$export"}, "the server follows the guide"};
  return {{}, "the server lists no export"};
}

BulkReader::BulkReader(fhir::Client& client, BulkSettings settings, const Clock& clock, std::stop_token stop)
    : client_(client), settings_(std::move(settings)), clock_(clock), stop_(std::move(stop)), folder_(settings_.folder) {}

bool BulkReader::begin(const fhir::Capability& capability, const std::vector<fhir::ResourceType>& polled, bool sweep_wanted,
                       bool first_load) {
  ready_ = sweeping_ = may_come_ = renewed_ = restarted_ = false;
  failure_.clear();
  missing_.clear();
  troubled_.clear();
  deleted_.clear();
  patients_.clear();
  strangers_.clear();
  of_strangers_ = 0;
  any_type_.reset();
  if (!job_) job_ = folder_.load();
  if (!job_ && !not_before_) heed_kept_pause();
  const BulkPlan plan = plan_bulk(capability, settings_.config);
  by_post_ = capability.exports_by_post;
  const bool ours = job_ && job_->base_url == settings_.base_url &&
                    std::find(plan.operations.begin(), plan.operations.end(), job_->operation) != plan.operations.end();
  // What ended with the last cycle, or was asked of another server or for another group. A leftover is told to the server if it is ours.
  if (job_ && (!ours || job_->stage == BulkJob::Stage::served)) abandon();
  // The first load was done by search before it came to anything.
  if (job_ && job_->first_load && !first_load && job_->tries == 0) abandon();
  if (plan.operations.empty()) return sweep_wanted;
  // Some servers refuse an export for one type that the token does not grant.
  std::vector<std::string> types;
  for (const fhir::ResourceType type : polled)
    if (capability.find(fhir::name_of(type)) != nullptr && client_.may(fhir::Access::search, fhir::name_of(type)))
      types.emplace_back(fhir::name_of(type));
  if (types.empty()) return sweep_wanted;
  if (!job_ && !sweep_wanted && !first_load) return false;
  const bool sweeps = sweep_wanted || (job_ && !job_->first_load);
  const bool prepared = begin_with(plan, types, first_load);
  sweeping_ = sweeps && prepared;
  return sweeping_;
}

/// Whether the cycle can read what it wants to: from the export, or without it because it failed.
bool BulkReader::begin_with(const BulkPlan& plan, const std::vector<std::string>& types, bool first_load) {
  const Step step = advance(plan, types, first_load);
  if (step == Step::pending) return false;
  ready_ = step == Step::ready;
  if (!ready_) return true;
  ++job_->tries;  // durable, so that what a kill leaves half given is given on
  keep();
  read_errors();
  read_deletions();
  return true;
}

BulkReader::Step BulkReader::advance(const BulkPlan& plan, const std::vector<std::string>& types, bool first_load) {
  while (!stop_.stop_requested()) {
    if (!job_) {
      if (const Step step = kick_off(plan, types, first_load); step != Step::ready) return step;
    }
    if (job_->stage == BulkJob::Stage::polling) {
      const Step step = poll();
      if (step == Step::failed) return step;
      if (step == Step::pending && !waits()) return step;
      if (step == Step::pending && next_poll_ && !wait(Millis(next_poll_->ms - clock_.now().ms))) return step;
      if (step == Step::pending) continue;
    }
    const Step step = load();
    // Without a job, or with one that is polled again, the way begins anew.
    if (step != Step::pending || (job_ && job_->stage == BulkJob::Stage::loading)) return step;
  }
  return Step::pending;
}

BulkReader::Step BulkReader::kick_off(const BulkPlan& plan, const std::vector<std::string>& types, bool first_load) {
  const Instant now = clock_.now();
  if (not_before_ && now < *not_before_) {
    failure_ = last_failure_;
    return Step::failed;
  }
  std::string why;
  folder_.drop_files();
  for (const std::string& operation : plan.operations) {
    const auto start = client_.bulk().kick_off({operation, types, std::nullopt, by_post_});
    if (!start) {
      why = start.error().message;
      if (start.error().code == ErrorCode::not_found || start.error().code == ErrorCode::invalid_config) continue;
      break;
    }
    if (start->status_url.empty()) {
      why = "the server runs another export of ours and does not say where (429)";
      return start->ask_again ? leave_alone(why, std::max(*start->ask_again, kShortestBusy)) : give_up(why);
    }
    // Nothing may come between this and the file: a job whose address is lost blocks the next one on some servers.
    BulkJob job;
    job.base_url = settings_.base_url;
    job.operation = operation;
    job.types = types;
    job.status_url = start->status_url;
    job.first_load = first_load;
    job.began = now;
    job_ = std::move(job);
    pause_ = kFirstPause;
    silences_ = 0;
    next_poll_.reset();
    if (!keep()) return give_up("state.dir/bulk cannot be written");
    std::string left_out;
    for (const std::string& name : start->left_out) left_out += ", without " + name;
    tell("kickoff", operation + " of " + counted(types.size(), "type") + left_out);
    return Step::ready;
  }
  return give_up(why);
}

BulkReader::Step BulkReader::poll() {
  const Instant now = clock_.now();
  if (next_poll_ && now < *next_poll_) return Step::pending;
  const bool searchable = job_->first_load && settings_.config.use == BulkConfig::Use::by_capability;
  if (now.ms - job_->began.ms > (searchable ? kLongestFirst : kLongestExport).count()) return give_up("the export does not come to an end");
  auto status = client_.bulk().poll(job_->status_url);
  if (stop_.stop_requested()) return Step::pending;
  pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
  next_poll_ = later(now, pause_);
  if (!status && not_reached(status.error().code) && ++silences_ < kMostSilences) return Step::pending;
  if (!status && not_reached(status.error().code)) {
    // The job may well be running on: it is asked about again in another cycle.
    silences_ = 0;
    failure_ = status.error().message;
    log_warning("bulk export: nobody answers for it; it is asked about again in the next cycle: " + failure_);
    return Step::failed;
  }
  if (!status) return give_up(status.error().message);
  silences_ = 0;
  using State = fhir::BulkStatus::State;
  if (status->state == State::unknown) return begin_anew(status->why);
  if (status->state == State::failed) return give_up(status->why);
  if (status->state == State::running) {
    if (status->ask_again) next_poll_ = later(now, std::max(*status->ask_again, Millis(200)));
    tell("status_progress", share_of(status->progress));
    return Step::pending;
  }
  // Files whose addresses have changed are fetched again: which is which cannot be told.
  const auto same = [](const fhir::BulkFile& one, const fhir::BulkFile& other) { return one.url == other.url && one.count == other.count; };
  const auto& before = job_->manifest.files;
  const auto& after = status->manifest.files;
  if (!std::equal(before.begin(), before.end(), after.begin(), after.end(), same)) folder_.drop_files();
  job_->manifest = std::move(status->manifest);
  job_->stage = BulkJob::Stage::loading;
  if (!keep()) return give_up("state.dir/bulk cannot be written");
  tell("status_complete", counted(job_->manifest.files.size(), "file"));
  return Step::ready;
}

bool BulkReader::wants(const fhir::BulkFile& file) const {
  return file.kind != Kind::output || std::find(job_->types.begin(), job_->types.end(), file.type) != job_->types.end();
}

BulkReader::Step BulkReader::load() {
  const Instant began = clock_.now();
  for (std::size_t number = 0; number < job_->manifest.files.size(); ++number) {
    if (!wants(job_->manifest.files[number]) || folder_.has(number)) continue;
    if (!waits() && clock_.now().ms - began.ms > kLoadsFor.count()) return Step::pending;
    if (const Step step = fetch(number); step != Step::ready) return step;
  }
  return Step::ready;
}

/// ready: it is there, or known to be missing.
BulkReader::Step BulkReader::fetch(std::size_t number) {
  const fhir::BulkFile file = job_->manifest.files[number];
  const std::string told = "file " + std::to_string(number + 1) + " of " + std::to_string(job_->manifest.files.size()) + ", " + file.type;
  Millis pause = kFirstPause;
  for (int attempt = 1;; ++attempt, pause *= 2) {
    log_debug("bulk export: download_request: " + told);
    auto fetched = client_.bulk().fetch(file.url, job_->manifest.requires_token, folder_.coming(number));
    if (fetched) fetched = folder_.settle(number);
    if (stop_.stop_requested()) return Step::pending;
    if (fetched) {
      tell("download_complete", told);
      return Step::ready;
    }
    const Error& error = fetched.error();
    if (error.code == ErrorCode::not_found && !std::exchange(renewed_, true)) {
      job_->stage = BulkJob::Stage::polling;  // a fresh manifest may have fresh links
      next_poll_.reset();
      return Step::pending;
    }
    if (error.code == ErrorCode::not_found) return begin_anew(error.message);
    if (of_state(error)) return give_up(error.message);
    if (not_reached(error.code) && attempt < kMostFetches && wait(pause)) continue;
    if (stop_.stop_requested()) return Step::pending;
    log_warning("bulk export: download_error: " + told + ": " + error.message);
    missing_[number] = error.message;
    may_come_ = may_come_ || not_reached(error.code);
    return Step::ready;
  }
}

/// The job is lost; another one may do, once a cycle.
BulkReader::Step BulkReader::begin_anew(const std::string& why) {
  if (std::exchange(restarted_, true)) return give_up(why);
  log_warning("bulk export: it is begun anew: " + why);
  const bool first_load = job_->first_load;
  const std::string operation = job_->operation;
  const std::vector<std::string> types = job_->types;
  abandon();
  renewed_ = false;
  const Step step = kick_off({{operation}, {}}, types, first_load);
  return step == Step::ready ? Step::pending : step;
}

BulkReader::Step BulkReader::give_up(const std::string& why, Millis pause) {
  const bool always = settings_.config.use == BulkConfig::Use::always;
  failure_ = last_failure_ = why;
  not_before_ = later(clock_.now(), pause);
  log_warning("bulk export: " + why + (always ? "; its types count as incomplete" : "; everything is read by search instead"));
  abandon();
  return Step::failed;
}

/// As the server asks, also after a restart.
BulkReader::Step BulkReader::leave_alone(const std::string& why, Millis pause) {
  const Step step = give_up(why, pause);
  if (const auto kept = folder_.keep(BulkPause{settings_.base_url, *not_before_, why}); !kept)
    log_warning("bulk export: " + kept.error().message);
  return step;
}

/// No server is left alone for longer than an hour: what is kept for longer was written by a clock that was wrong.
void BulkReader::heed_kept_pause() {
  const auto pause = folder_.load_pause();
  const Instant now = clock_.now();
  if (!pause || pause->base_url != settings_.base_url || pause->until <= now || later(now, 1h) < pause->until) return;
  not_before_ = pause->until;
  last_failure_ = pause->why;
  log_info("bulk export: " + pause->why + "; as it asked, no export is begun for another " +
           counted((pause->until.ms - now.ms) / 1000, "second"));
}

/// The server need not know that what it made was of no use.
void BulkReader::abandon() {
  if (job_ && job_->base_url == settings_.base_url) (void)client_.bulk().discard(job_->status_url);
  job_.reset();
  folder_.clear();
}

bool BulkReader::keep() {
  return folder_.keep(*job_).has_value();
}

bool BulkReader::wait(Millis pause) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  for (Millis left = pause; left > Millis(0) && !stop_.stop_requested(); left -= kLongestPause) {
    woken.wait_for(lock, stop_, std::min(left, kLongestPause), [] { return false; });
    (void)clock_.now();  // which shows that the agent lives
  }
  return !stop_.stop_requested();
}

void BulkReader::rest() {
  ready_ = sweeping_ = may_come_ = false;
  failure_.clear();
}

void BulkReader::end() {
  if (!job_ || !ready_) return;
  tell_strangers();
  if (may_come_ && job_->tries < kMostTries) return;
  tell("export_complete", "");
  job_->stage = BulkJob::Stage::served;
  keep();
  abandon();
}

// ------------------------------------------------------------------------------------------------------ what the files say

void BulkReader::read_errors() {
  for (std::size_t number = 0; number < job_->manifest.files.size(); ++number) {
    if (job_->manifest.files[number].kind != Kind::error) continue;
    json::Document document;
    const auto read = fhir::read_lines(folder_.whole(number), settings_.limits, [&](std::string_view line) -> Result<void> {
      const bool sound = document.parse(line).has_value();
      if (sound && fhir::judge_outcome(document.root()) == fhir::Judgement::fine) return {};
      bool named = false;
      for (const std::string& type : job_->types)
        if (line.find(type) != std::string_view::npos) {
          troubled_[type] = "the server says that the export of it failed in part";
          named = true;
        }
      if (!named) any_type_ = "the server says that a part of the export failed, and not which";
      return {};
    });
    if (!read) any_type_ = "the server tells of errors, and which cannot be read";
  }
}

void BulkReader::read_deletions() {
  for (std::size_t number = 0; number < job_->manifest.files.size(); ++number) {
    if (job_->manifest.files[number].kind != Kind::deleted) continue;
    json::Document document;
    const auto read = fhir::read_lines(folder_.whole(number), settings_.limits, [&](std::string_view line) -> Result<void> {
      if (!document.parse(line)) return fail(ErrorCode::malformed_data, "a deletion cannot be read");
      for (const json::Value& entry : document.root()["entry"].array()) {
        const auto target = fhir::target_of(entry["request"]["url"].string());
        if (entry["request"]["method"].string() == "DELETE" && target) deleted_[std::string(target->type)].emplace_back(target->id);
      }
      return {};
    });
    // What is gone is found by its absence, too.
    if (!read) log_warning("bulk export: the list of deletions: " + read.error().message);
  }
}

std::string BulkReader::flaw_of(const std::string& type, std::uint64_t& records) {
  if (any_type_) return *any_type_;
  if (const auto at = troubled_.find(type); at != troubled_.end()) return at->second;
  for (std::size_t number = 0; number < job_->manifest.files.size(); ++number) {
    const fhir::BulkFile& file = job_->manifest.files[number];
    if (file.kind != Kind::output || file.type != type) continue;
    if (const auto at = missing_.find(number); at != missing_.end()) return "a file did not come: " + at->second;
    const auto count = fhir::check_file(folder_.whole(number), {type, file.count, job_->manifest.organised}, settings_.limits);
    if (!count) return count.error().message;
    records += *count;
  }
  return {};
}

/// nullopt: a file could not be read to its end any more.
std::optional<Result<void>> BulkReader::give(fhir::ResourceType type, const OnPage& on_page, std::uint64_t& different) {
  std::vector<std::size_t> ids;
  const std::string name(fhir::name_of(type));
  ResourcePage page(type, [this](std::string_view address) { return client_.is_ours(address); });
  Result<void> taken;
  const auto flush = [&]() -> Result<void> {
    look_for_strangers(page.items());
    for (const screening::Touched& touched : page.items()) ids.push_back(key_of(touched));
    taken = on_page(page.items());
    page.clear();
    return taken;
  };
  for (std::size_t number = 0; number < job_->manifest.files.size(); ++number) {
    const fhir::BulkFile& file = job_->manifest.files[number];
    if (file.kind != Kind::output || file.type != name) continue;
    const auto read = fhir::read_lines(folder_.whole(number), settings_.limits, [&](std::string_view line) -> Result<void> {
      if (job_->manifest.organised && fhir::type_of_line(line) == "Parameters") return {};
      page.add(line, {});
      return page.items().size() < kBatch ? Result<void>() : flush();
    });
    if (!taken) return taken;
    if (!read && type == fhir::ResourceType::patient) patients_.clear();
    if (!read) return std::nullopt;
  }
  if (!page.items().empty()) (void)flush();
  if (page.met_unreadable_time())
    log_warning("bulk export: " + name + ": records bear a meta.lastUpdated that is no FHIR instant; they are read as if they bore none");
  std::sort(ids.begin(), ids.end());
  different = static_cast<std::uint64_t>(std::unique(ids.begin(), ids.end()) - ids.begin());
  return taken;
}

/// An export of a group, or one that began before a patient was there, may hold records of others. Nothing is concluded from them but whom
/// to look at: whoever may be a candidate is read whole by search, as everybody is.
void BulkReader::look_for_strangers(std::span<const screening::Touched> page) {
  for (const screening::Touched& touched : page) {
    if (touched.patient != nullptr) patients_.emplace(touched.patient->id);
    if (touched.patient != nullptr || touched.elsewhere || patients_.empty()) continue;
    const auto subject = fhir::target_of(touched.record->subject.target);
    if (!subject || subject->type != "Patient" || patients_.contains(std::string(subject->id))) continue;
    strangers_.emplace(subject->id);
    ++of_strangers_;
  }
}

void BulkReader::tell_strangers() const {
  if (strangers_.empty()) return;
  log_warning("bulk export: " + counted(of_strangers_, "record") + " of " +
              counted(static_cast<std::int64_t>(strangers_.size()), "patient") +
              " whom it does not hold; whoever of these may be a candidate is read by search");
}

std::optional<Result<TypeOutcome>> BulkReader::without(const std::string& type, const std::string& flaw) const {
  const bool always = settings_.config.use == BulkConfig::Use::always;
  log_warning("bulk export: " + type + ": " + flaw + (always ? "" : "; it is read by search instead"));
  if (!always) return std::nullopt;
  return TypeOutcome{Reading::incomplete, "the export: " + flaw, false, false};
}

std::optional<Result<TypeOutcome>> BulkReader::read(fhir::ResourceType type, const OnPage& on_page) {
  const std::string name(fhir::name_of(type));
  const bool always = settings_.config.use == BulkConfig::Use::always;
  if (!ready_ && !failure_.empty() && always) return TypeOutcome{Reading::incomplete, "the export failed: " + failure_, false, false};
  if (!ready_ || std::find(job_->types.begin(), job_->types.end(), name) == job_->types.end()) return std::nullopt;
  std::uint64_t records = 0;
  if (const std::string flaw = flaw_of(name, records); !flaw.empty()) return without(name, flaw);
  if (records == 0) return std::nullopt;  // nobody can tell what is empty from what is lacking
  // What was written at last is read by search in any case.
  std::optional<Instant> before = job_->manifest.as_of;
  if (before) before->ms -= settings_.overlap.count();
  const bool of_group = job_->operation.starts_with("Group/");
  const double counts = of_group ? 0 : client_.bulk().count_by_search(name, before).value_or(0);
  if (static_cast<double>(records) < counts) return without(name, shortage(records, counts));
  tell("read", name + ", " + counted(records, "record"));
  std::uint64_t different = 0;
  const auto given = give(type, on_page, different);
  if (!given) return without(name, "a file can no longer be read");
  if (!*given) return tl::unexpected(given->error());
  if (static_cast<double>(different) < counts) return without(name, shortage(different, counts));
  TypeOutcome outcome;
  outcome.as_of = job_->manifest.as_of;
  outcome.undated = !job_->manifest.as_of;
  if (const auto at = deleted_.find(name); at != deleted_.end()) outcome.gone = at->second;
  return outcome;
}

std::optional<Instant> BulkReader::catch_up_from(const TypeOutcome& outcome) const {
  if (!sweeping_ || outcome.reading != Reading::whole || !outcome.as_of) return std::nullopt;
  return Instant{outcome.as_of->ms - settings_.overlap.count()};
}

}  // namespace trialflag::app
