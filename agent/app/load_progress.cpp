#include "agent/app/load_progress.h"

#include <algorithm>
#include <cmath>

#include "agent/base/log.h"
#include "agent/monitor/troubles.h"
#include "fhir/record.h"

namespace trialflag::app {
namespace {

using namespace std::chrono_literals;

constexpr auto kSilent = 10s, kNoteEvery = 5s, kLogEvery = 60s;
constexpr std::int64_t kFresh = 120000;

double seconds(LoadProgress::Moment from, LoadProgress::Moment to) {
  return std::chrono::duration<double>(to - from).count();
}

/// "Observation: 12000 records read" or "patients: 300 of 4000 read"; then the rate and, where it can be told, the time left.
std::string told(const screening::CycleProgress& progress, double rate) {
  std::string text = std::to_string(progress.done);
  if (progress.total) text += " of " + std::to_string(std::max(*progress.total, progress.done));
  text += std::string(progress.patients ? " patients" : " records") + " read, " + std::to_string(std::lround(rate)) + " a second";
  if (!progress.total || rate <= 0) return text;
  const double left = static_cast<double>(std::max(*progress.total, progress.done) - progress.done) / rate;
  return text + ", about " + monitor::spoken_duration(static_cast<std::int64_t>(left * 1000)) + " left";
}

}  // namespace

std::string ProgressNote::to_text() const {
  return std::to_string(at.ms) + "\n" + what + "\n" + text;
}

std::optional<ProgressNote> ProgressNote::from_text(const std::string& text, Instant now) {
  const std::size_t first = text.find('\n'), second = first == std::string::npos ? first : text.find('\n', first + 1);
  if (second == std::string::npos) return std::nullopt;
  ProgressNote note{{std::atoll(text.c_str())}, text.substr(first + 1, second - first - 1), text.substr(second + 1)};
  const std::int64_t age = now.ms - note.at.ms;
  return age >= -kFresh && age <= kFresh ? std::optional(note) : std::nullopt;
}

void LoadProgress::cycle_begins(Moment now) {
  began_ = logged_ = now;
  noted_ = {};
  stage_.clear();
}

void LoadProgress::show(const screening::CycleProgress& progress, Moment now) {
  std::string stage = progress.patients ? "patients" : "";
  for (const fhir::ResourceType type : progress.types) stage += (stage.empty() ? "" : " and ") + std::string(fhir::name_of(type));
  if (stage != stage_) {
    stage_ = stage;
    stage_began_ = now;
    begun_with_ = progress.done;
    tenths_ = 0;
  }
  if (now - began_ < kSilent) return;
  const std::size_t tenths = progress.total.value_or(0) > 0 ? 10 * progress.done / *progress.total : 0;
  const bool log = now - logged_ >= kLogEvery || (tenths > tenths_ && now - logged_ >= kSilent);
  const bool note = now - noted_ >= kNoteEvery;
  if (!log && !note) return;
  const double passed = seconds(stage_began_, now);
  const std::string text = told(progress, passed > 0 ? static_cast<double>(progress.done - begun_with_) / passed : 0);
  if (log) {
    log_info((progress.first_load ? "first load, " : "reading, ") + stage + ": " + text);
    logged_ = now;
    tenths_ = tenths;
  }
  // A state that cannot be written is told by the cycle itself.
  if (note) (void)keep_(ProgressNote{clock_.now(), (progress.first_load ? "first load, " : "reading, ") + stage, text}.to_text());
  if (note) noted_ = now;
  shown_ = shown_ || note;
}

void LoadProgress::cycle_ended() {
  if (shown_) (void)keep_("");
  shown_ = false;
}

}  // namespace trialflag::app
