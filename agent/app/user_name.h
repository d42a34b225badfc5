// Who acts: the person at the terminal.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace trialflag::app {

/// The name of the user that runs the program.
std::string user_name();

/// Adds --who NAME, for people who share an account; `who` holds user_name() when it is not given.
void add_who_option(CLI::App* command, std::string& who);

}  // namespace trialflag::app
