#include "agent/app/user_name.h"

#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

namespace trialflag::app {

std::string user_name() {
  const passwd* user = getpwuid(getuid());
  return user != nullptr ? user->pw_name : "uid " + std::to_string(getuid());
}

void add_who_option(CLI::App* command, std::string& who) {
  if (who.empty()) who = user_name();
  command->add_option("--who", who, "who says so (default: the user that runs the command)")->check([](const std::string& name) {
    return name.empty() ? "is empty" : name.find_first_of("\r\n\t") != std::string::npos ? "holds a line break or a tab" : "";
  });
}

}  // namespace trialflag::app
