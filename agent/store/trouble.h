// Which trouble of the disk an answer of SQLite means.
#pragma once

#include "agent/store/sqlite.h"

namespace trialflag::store {

/// `result`: SQLite's extended code; `error`: the system's errno of the last call that failed, 0 when none.
Trouble trouble_of(int result, int error);
/// What an errno of the system means.
Trouble trouble_of_disk(int error);

}  // namespace trialflag::store
