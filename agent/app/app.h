// The command line: one function a command, all behind run().
#pragma once

namespace trialflag::app {

/// Runs the command that argv names and returns the process's exit status (interface.md section 2). Never throws.
int run(int argc, char** argv);

}  // namespace trialflag::app
