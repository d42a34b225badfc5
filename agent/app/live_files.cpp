#include "agent/app/live_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>

#include "agent/base/ids.h"

namespace trialflag::app {
namespace {

namespace fs = std::filesystem;

/// A file, or all files of a folder, in the order of their names.
std::vector<fs::path> files_at(const fs::path& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return {place};
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error))
    if (entry->is_regular_file(error)) files.push_back(entry->path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string stamp_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "none";
  std::ostringstream text;
  text << status.st_ino << ' ' << status.st_size << ' ' << status.st_mtim.tv_sec << ' ' << status.st_mtim.tv_nsec;
  return text.str();
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// A folder of our own that holds what was kept while it is read.
class Unpacked {
 public:
  explicit Unpacked(const fs::path& folder) : folder_(folder / "kept") { clear(); }
  ~Unpacked() { clear(); }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  /// Where `place` lies now; empty when it was not kept.
  [[nodiscard]] fs::path unpack(const std::vector<store::KeptFile>& kept, const fs::path& place, std::size_t number) const {
    std::error_code error;
    const fs::path folder = folder_ / std::to_string(number);
    fs::path found;
    for (const store::KeptFile& file : kept) {
      if (file.place != place.string()) continue;
      if (found.empty()) fs::create_directories(folder, error);
      const bool is_file = file.name.empty() && !file.content.empty();
      if (found.empty()) found = is_file ? folder / place.filename() : folder;
      if (!is_file && file.name.empty()) continue;
      std::ofstream(is_file ? found : folder / fs::path(file.name).filename(), std::ios::binary) << file.content;
    }
    return found;
  }

 private:
  void clear() const {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  fs::path folder_;
};

}  // namespace

std::vector<fs::path> LiveFiles::places() const {
  std::vector<fs::path> places = agent_.screening.mappings;
  for (const settings::TrialEntry& trial : agent_.screening.trials)
    if (!trial.file.empty()) places.push_back(trial.file);
  return places;
}

std::string LiveFiles::stamp() const {
  std::string text;
  for (const fs::path& place : places())
    for (const fs::path& file : files_at(place)) text += file.string() + ' ' + stamp_of(file) + '\n';
  return digest({text});
}

std::optional<std::vector<LiveTrial>> LiveFiles::load_now(std::ostream& err) {
  std::ostringstream flaws;
  std::istringstream nothing;
  Context context{.in = nothing, .out = flaws, .err = flaws, .config_file = agent_.file.string()};
  auto trials = load_trials(agent_, context);
  flaw_ = trials ? "" : first_line(flaws.str());
  sound_is_new_ = sound_is_new_ || trials.has_value();
  err << flaws.str();
  return trials;
}

std::optional<std::vector<LiveTrial>> LiveFiles::load_kept(const std::vector<store::KeptFile>& kept) const {
  if (kept.empty()) return std::nullopt;
  const Unpacked unpacked(agent_.state_dir);
  settings::AgentConfig before = agent_;
  std::size_t number = 0;
  for (fs::path& folder : before.screening.mappings) {
    folder = unpacked.unpack(kept, folder, number++);
    if (folder.empty()) return std::nullopt;
  }
  for (settings::TrialEntry& trial : before.screening.trials) {
    if (trial.file.empty()) continue;
    trial.file = unpacked.unpack(kept, trial.file, number++);
    if (trial.file.empty()) return std::nullopt;
  }
  std::ostringstream flaws;
  std::istringstream nothing;
  Context context{.in = nothing, .out = flaws, .err = flaws, .config_file = agent_.file.string()};
  return load_trials(before, context);
}

std::optional<std::vector<LiveTrial>> LiveFiles::load(const std::vector<store::KeptFile>& kept, std::ostream& err) {
  stamp_ = last_ = stamp();
  auto trials = load_now(err);
  return trials ? std::move(trials) : load_kept(kept);
}

std::optional<std::vector<LiveTrial>> LiveFiles::look() {
  const std::string now = stamp();
  const bool settled = now == last_;
  last_ = now;
  if (now == stamp_ || !settled) return std::nullopt;
  stamp_ = now;
  std::ostringstream told_as_a_trouble;
  return load_now(told_as_a_trouble);
}

std::optional<std::vector<store::KeptFile>> LiveFiles::take_sound() {
  if (!sound_is_new_) return std::nullopt;
  std::vector<store::KeptFile> files;
  std::error_code error;
  for (const fs::path& place : places()) {
    const bool folder = fs::is_directory(place, error);
    files.push_back({place.string(), "", folder ? "" : content_of(place)});
    for (const fs::path& file : folder ? files_at(place) : std::vector<fs::path>())
      files.push_back({place.string(), file.filename().string(), content_of(file)});
  }
  // What has moved meanwhile is not what was found sound: the next look will see it.
  if (stamp() != stamp_) return std::nullopt;
  sound_is_new_ = false;
  const auto key = [](const store::KeptFile& file) { return std::pair(file.place, file.name); };
  std::sort(files.begin(), files.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace trialflag::app
