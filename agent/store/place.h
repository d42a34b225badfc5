// The place where the state lies: whether there is one, how it comes into being, and which files are its own.
//
// A new state is made under another name and renamed to state.db when its schema is committed. So a state.db is never empty: one that is
// has been damaged, and must not pass for a new installation, in which everybody would be told everything again.
#pragma once

#include <filesystem>

#include "agent/base/result.h"

namespace trialflag::store {

class Database;

/// Whether a state lies in `folder`; opens nothing. damage: what is there has been emptied, or lacks its file; unauthorized: this user may
/// not read it; storage: the folder cannot be looked at.
Result<bool> has_state(const std::filesystem::path& folder);

/// Makes a state without content, whole or not at all: killed at any instant it leaves at most a draft, which the next one replaces. Throws
/// Failure.
void begin_state(const std::filesystem::path& folder);

/// Brings a state that was there before to the newest schema. Throws Failure, `damaged` when it holds none.
void bring_up(Database& database);

/// Reads a state of up to 512 MiB whole, in a quarter of a second, and throws Failure, `damaged` where a page is not as it was written. Of
/// a larger one each page is checked as it is read, and all by `trialflag doctor`.
void check_small(Database& database);

/// Whether `file`, however it is spelled, is the state in `folder`, or one of the files without which it cannot be read or kept.
bool is_of_state(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace trialflag::store
