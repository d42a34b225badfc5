// trial rehearse: what an amended trial file would change, over the stored charts.
#pragma once

#include "agent/app/command.h"

namespace trialflag::app {

/// Adds `rehearse` to the command `trial`.
void add_rehearse_command(CLI::App& trial, Context& context);

}  // namespace trialflag::app
