// What is exposed: read by Prometheus' own parser, free of patients, and ready only when it is of today.
#include "agent/monitor/board.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "agent/monitor/exposition.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::monitor;

namespace {

constexpr Instant kNow{1'800'000'000'000};

Instant ago(std::int64_t seconds) {
  return {kNow.ms - seconds * 1000};
}

Snapshot sound() {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.cycles = 3;
  snapshot.cycle_ended = ago(5);
  snapshot.types = {{"Condition", "ok", ago(600), ago(5), 12, 0, "full"}, {"CarePlan", "unsupported", {}, {}, 0, 0, ""}};
  snapshot.flags = {{"NCT0\"7\\\n", "potentially_eligible", 4}};
  snapshot.exchange.token_expires = ago(-200);
  snapshot.exchange.ahead_ms = -1500;
  snapshot.subscribed = true;
  return snapshot;
}

/// The samples as prometheus_client reads them, a line each: NAME LABELS VALUE, and in front what it had to complain of.
std::string parsed(const std::string& text) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/metrics";
  std::ofstream(file) << text;
  const std::string command = std::string(TRIALFLAG_PYTHON) + " -c \"" +
                              "from prometheus_client.parser import text_string_to_metric_families as read\n"
                              "for family in read(open('" +
                              file +
                              "', newline='').read()):\n"
                              "  assert family.documentation and family.type in ('gauge', 'counter'), family.name\n"
                              "  for s in family.samples: print(s.name, sorted(s.labels.items()), s.value)\n\" 2>&1";
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int sign = std::fgetc(pipe); sign != EOF; sign = std::fgetc(pipe)) output += static_cast<char>(sign);
  CHECK(::pclose(pipe) == 0);
  return output;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("metrics are read by Prometheus' parser, with ages as of the scrape") {
  const std::string read = parsed(metrics_text(sound(), kNow));
  INFO(read);
  CHECK(has(read, "trialflag_type_watermark_lag_seconds [('type', 'Condition')] 600.0\n"));
  CHECK(has(read, "trialflag_type_read_age_seconds [('type', 'Condition')] 5.0\n"));
  CHECK(has(read, "trialflag_type_state [('state', 'ok'), ('type', 'Condition')] 1.0\n"));
  CHECK(has(read, "trialflag_type_plan [('mode', 'full'), ('type', 'Condition')] 1.0\n"));
  CHECK_FALSE(has(read, "trialflag_type_plan [('mode', ''), ('type', 'CarePlan')]"));
  CHECK(has(read, "trialflag_type_state [('state', 'unsupported'), ('type', 'CarePlan')] 1.0\n"));
  CHECK(has(read, "trialflag_flags [('status', 'potentially_eligible'), ('trial', 'NCT0\"7\\\\\\n')] 4.0\n"));
  CHECK(has(read, "trialflag_ehr_token_remaining_seconds [] 200.0\n"));
  CHECK(has(read, "trialflag_ehr_clock_ahead_seconds [] -1.5\n"));
  CHECK(has(read, "trialflag_ehr_answers_total [('class', '429')] 0.0\n"));
  CHECK(has(read, "trialflag_subscribed [] 1.0\n"));
  CHECK_FALSE(has(read, "trialflag_type_watermark_lag_seconds [('type', 'CarePlan')]"));
}

TEST_CASE("metrics of an agent that has just begun are sound, too") {
  const std::string read = parsed(metrics_text(Snapshot{}, kNow));
  CHECK(has(read, "trialflag_cycles_total [] 0.0\n"));
  CHECK_FALSE(has(read, "trialflag_ehr_up"));
}

TEST_CASE("the text of metrics escapes what labels and helps may not hold") {
  Exposition out;
  out.family("a", "gauge", "One\\\nline.").sample(0.25, {{"l", "\"\\\n"}}).sample(1e300);
  CHECK(out.text() == "# HELP a One\\\\\\nline.\n# TYPE a gauge\na{l=\"\\\"\\\\\\n\"} 0.25\na 1e+300\n");
}

TEST_CASE("the agent is ready while every type was read of late, and says why when it is not") {
  using Reasons = std::vector<std::string>;
  Snapshot snapshot = sound();
  CHECK(unready_because(snapshot, kNow).empty());
  CHECK(unready_because(Snapshot{}, kNow) == Reasons{"no cycle has ended yet"});

  SECTION("the EHR cannot be read") {
    snapshot.unreachable = true;
    CHECK(unready_because(snapshot, kNow) == Reasons{"the EHR could not be read"});
  }
  SECTION("a failing type counts as of its last whole reading for stale_after") {
    snapshot.types[0].state = "incomplete";
    snapshot.types[0].whole_at = ago(86000);
    CHECK(unready_because(snapshot, kNow).empty());
    snapshot.types[0].whole_at = ago(86500);
    CHECK(unready_because(snapshot, kNow) == Reasons{"Condition: was not read whole for longer than ehr.stale_after"});
  }
  SECTION("a type that lags, was never read or is refused") {
    snapshot.types[0].whole_at = ago(901);
    CHECK(unready_because(snapshot, kNow) == Reasons{"Condition: lags, it was last read whole more than 900 s ago"});
    snapshot.types[0].state = "not_granted";
    CHECK(unready_because(snapshot, kNow) == Reasons{"Condition: the EHR does not let us read it"});
    snapshot.types[0] = {"Condition", "never_read", {}, {}, 0, 0};
    CHECK(unready_because(snapshot, kNow) == Reasons{"Condition: was never read whole"});
  }
  SECTION("notices are stuck, or old tables are in use") {
    snapshot.notices_stuck = 1;
    snapshot.tables_kept_old = true;
    CHECK(unready_because(snapshot, kNow).size() == 2);
  }
}
