// The command notices, which goes with flags.
#pragma once

#include "agent/app/command.h"

namespace trialflag::app {

void add_notices_command(CLI::App& app, Context& context);  ///< notices list|retry|release

}  // namespace trialflag::app
