// The tables of the local state, as numbered migrations.
#pragma once

#include "agent/store/sqlite.h"

namespace trialflag::store {

/// The newest schema's number.
int newest_schema();
/// That of this database; 0 when it is empty.
int schema_of(Database& database);

/// Brings the database to the newest schema, or to `up_to`, all in one transaction. Throws Failure, also when the file was written by a
/// newer version of the program.
void migrate(Database& database, int up_to = newest_schema());

}  // namespace trialflag::store
