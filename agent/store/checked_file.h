// Every page of the state's file carries a checksum in its last eight bytes, so that a page that the disk gives back otherwise than it was
// written is an error and never a wrong list. SQLite leaves room for it ("reserved bytes"); to other programs the file is a plain database.
//
// Whoever changes the file with another program leaves pages whose checksum is wrong: the agent then calls the state damaged. That is
// meant. The first hundred bytes of the file, which SQLite checks itself, stand under no checksum. The log of recent changes (state.db-wal)
// carries SQLite's own.
#pragma once

struct sqlite3;

namespace trialflag::store {

/// The reserved bytes that a new database must ask for.
constexpr int kChecksumBytes = 8;
/// The first schema whose files all have them; an older file is written anew before it is brought up (schema.cpp).
constexpr int kSealedSince = 8;

/// The name under which SQLite opens files that are checked: on reading a wrong page, SQLITE_IOERR_DATA. A file that was begun without the
/// reserved bytes is read as it is.
const char* checked_files();
/// The same, but what is read is not checked: for whoever wants to see what a damaged or changed file still says.
const char* unchecked_files();

/// Whether every page of the file itself, whatever its log holds, is as it was written. False also of a file without checksums, one that
/// cannot be read, and one whose last pages were being written when the machine went down, of which the log holds the good ones: then
/// SQLite must be asked.
bool is_as_written(sqlite3* database);

/// Whether this thread has met a page that is not as it was written since it was last asked: SQLite forgets the reason where it was reading
/// the schema.
bool met_changed_page();

}  // namespace trialflag::store
