// How fast, phase by phase: tests/bench/run drives this program and the peers. Each phase prints one JSON line; times are processor time.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/phases.h"

int main(int argc, char** argv) {
  using trialflag::bench::Wish;
  using Phase = std::function<trialflag::Result<void>(const Wish&)>;
  const std::vector<std::pair<std::string, Phase>> phases{{"ingest", trialflag::bench::ingest},
                                                          {"map", trialflag::bench::map},
                                                          {"copy", trialflag::bench::copy},
                                                          {"evaluate", trialflag::bench::evaluate},
                                                          {"one", trialflag::bench::first_decision},
                                                          {"update", trialflag::bench::update},
                                                          {"upsert", trialflag::bench::upsert},
                                                          {"pass", trialflag::bench::pass_over},
                                                          {"pass-checked", trialflag::bench::pass_checked},
                                                          {"cycle", trialflag::bench::cycle},
                                                          {"lookup", trialflag::bench::lookup}};

  CLI::App app{"Measures one phase of trialflag; see tests/bench/README.md"};
  Wish wish;
  const Phase* chosen = nullptr;
  app.require_subcommand(1);
  for (const auto& phase : phases) {
    CLI::App* command = app.add_subcommand(phase.first);
    command->add_option("--tables", wish.tables, "folder of mapping tables");
    command->add_option("--trial", wish.trial, "trial file");
    command->add_option("--as-of", wish.as_of, "instant of the verdicts");
    command->add_option("--state", wish.state, "folder of the state");
    command->add_option("--table", wish.table, "where the verdicts go");
    command->add_option("--repeats", wish.repeats)->check(CLI::PositiveNumber);
    command->add_option("--copies", wish.copies)->check(CLI::PositiveNumber);
    command->add_option("--rounds", wish.rounds)->check(CLI::PositiveNumber);
    command->add_flag("--indexed", wish.indexed, "of copy: file the copies by their records too");
    command->add_option("input", wish.input, "files or folders of resources; for one: a patient");
    command->callback([&chosen, &phase] { chosen = &phase.second; });
  }
  CLI11_PARSE(app, argc, argv);
  if (const auto done = (*chosen)(wish); !done) {
    std::fprintf(stderr, "trialflag_bench: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
