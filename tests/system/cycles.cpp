// Runs cycle after cycle of the whole agent in one process, on a clock of its own that is a minute further each time. cycles.py holds the
// other ends: it changes the hospital between two cycles and reads from here what the process holds.
//
//     trialflag_cycles CONFIG BEGIN_MS CYCLES
//
// Before each cycle it prints "cycle N" and waits for a line; after it "held THREADS DESCRIPTORS RSS_KIB".
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "agent/app/command.h"
#include "agent/app/live_agent.h"
#include "agent/base/log.h"

namespace {

using namespace trialflag;

long status_line(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(name + ":", 0) == 0) return std::stol(line.substr(name.size() + 1));
  return -1;
}

struct Descriptors {
  long connections = 0, others = 0;
};

Descriptors descriptors() {
  Descriptors found;
  for (const auto& open : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const bool connection = std::filesystem::read_symlink(open.path(), gone).string().rfind("socket:", 0) == 0;
    ++(connection ? found.connections : found.others);
  }
  return found;
}

int run(const std::string& file, std::int64_t begin_ms, int cycles) {
  app::Context context{std::cin, std::cout, std::cerr, false, false, file};
  const auto config = app::load_live(context);
  if (!config) return 2;
  start_log("warn", false);
  FixedClock clock(Instant{begin_ms});
  const std::stop_source stop;
  const auto agent = app::LiveAgent::create(*config, clock, false, stop.get_token());
  if (!agent) {
    std::cerr << agent.error().message << "\n";
    return 1;
  }
  std::string go;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    clock.set(Instant{begin_ms + cycle * std::int64_t{60000}});
    std::cout << "cycle " << cycle << std::endl;
    if (!std::getline(std::cin, go)) return 1;
    const auto report = (*agent)->cycle(cycle % 1440 == 1439, stop.get_token());
    if (!report || !report->whole()) {
      std::cerr << "a cycle was not whole" << (report && !report->problems.empty() ? ": " + report->problems.front() : "") << "\n";
      return 1;
    }
    const Descriptors open = descriptors();
    std::cout << "held " << status_line("Threads") << " " << open.others << " " << status_line("VmRSS") << " " << open.connections
              << std::endl;
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  return run(words[1], std::stoll(words[2]), std::stoi(words[3]));
}
