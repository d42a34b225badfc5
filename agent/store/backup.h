// A copy of the state beside a running agent, and the way back.
//
// A backup is one file: a whole database without free pages, with a few words of its own in `meta`. Taking one does not stop the agent.
// A restore writes beside the state what is to become the state, then exchanges them; killed at any instant, the state is the former one or
// the restored one, and the former one is never deleted. What was sent since the backup is not known to a restored state. So everything is
// read again from the EHR, and until that is done each notice waits behind a held summary, for a person to release.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "agent/base/result.h"
#include "agent/store/lock.h"
#include "agent/store/state.h"

namespace trialflag::store {

/// How many bytes are written, of about how many.
using OnProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct Backup {
  std::string site, base_url, version;
  Instant at;
  std::int64_t flags = 0, charts = 0;
  std::uint64_t bytes = 0;
};

struct BackupOptions {
  std::string version;  ///< of the program
  Instant now;
  bool overwrite = false;  ///< a file of that name
};

/// Writes a checked copy of the state in `folder` to `file`, mode 0600: whole under its name, or not at all. not_found: there is no state;
/// conflict: there is a file of that name and it is not to be overwritten, or it is one of the state's own; what has_state() has, and
/// storage and damage as the disk has it.
Result<Backup> back_up(const std::filesystem::path& folder, const std::filesystem::path& file, const BackupOptions& options,
                       const OnProgress& progress);

struct Restored {
  Backup backup;
  std::filesystem::path former;  ///< where the state lies that was replaced; empty when there was none
};

/// Puts `file` in the place of the state in `folder`. Whom that state has forgotten stays forgotten. unavailable: an agent runs on it;
/// not_found: no such file; malformed_data: it is no sound backup; invalid_config: it is another site's; nothing is changed then.
Result<Restored> restore(const std::filesystem::path& folder, const std::filesystem::path& file, const Identity& identity, Instant now,
                         const OnProgress& progress);

/// Ends a restore that was killed when it was already decided. Whoever opens the state calls it first; it does nothing else.
Result<void> finish_restore(const std::filesystem::path& folder, const StateLock& lock);
bool restore_is_unfinished(const std::filesystem::path& folder);
/// The same for whoever does not hold the lock. unavailable: the restore is still running.
Result<void> end_restore(const std::filesystem::path& folder);

}  // namespace trialflag::store
