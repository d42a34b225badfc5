// The tables of the local state, as numbered migrations.
#pragma once

#include "agent/store/sqlite.h"

namespace trialflag::store {

/// Brings the database to the newest schema, each migration in one transaction. Throws Failure, also when the file was written by a newer
/// version of the program.
void migrate(Database& database);

}  // namespace trialflag::store
