// The site's own files behind a running agent, tables and trials: looked at before each cycle, taken up when they have changed and are
// sound. Flawed ones change nothing: those before them stay in use, and the store keeps the last sound ones for a restart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/app/live_config.h"
#include "agent/store/house.h"

namespace trialflag::app {

/// Not thread-safe.
class LiveFiles {
 public:
  explicit LiveFiles(const settings::AgentConfig& agent) : agent_(agent) {}

  /// The trials as the files have them, else as `kept` has them (flaw() then says why). nullopt: neither can be used. The flaws are told
  /// on `err`.
  std::optional<std::vector<LiveTrial>> load(const std::vector<store::KeptFile>& kept, std::ostream& err);

  /// Looks whether the files have changed since. The new trials, once they are sound; a change is taken up when the files have not moved
  /// between two looks, so that nobody is judged by half a file.
  std::optional<std::vector<LiveTrial>> look();

  /// The first flaw of the files in place, as FILE:LINE: problem; empty: they are what is in use.
  [[nodiscard]] const std::string& flaw() const { return flaw_; }

  /// What must be kept for a restart; nullopt: nothing new and sound has been taken up since it was last asked.
  std::optional<std::vector<store::KeptFile>> take_sound();

 private:
  std::optional<std::vector<LiveTrial>> load_now(std::ostream& err);
  [[nodiscard]] std::optional<std::vector<LiveTrial>> load_kept(const std::vector<store::KeptFile>& kept) const;
  [[nodiscard]] std::string stamp() const;
  [[nodiscard]] std::vector<std::filesystem::path> places() const;

  settings::AgentConfig agent_;
  std::string stamp_;  ///< of the files when they were loaded
  std::string last_;   ///< at the last look
  std::string flaw_;
  bool sound_is_new_ = false;
};

}  // namespace trialflag::app
