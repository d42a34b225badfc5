#include "agent/settings/agent_config.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace trialflag;
using namespace trialflag::settings;
namespace fs = std::filesystem;

namespace {

/// A folder of its own that goes away with the test.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "trialflag-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return path / name;
  }
  fs::path path;
};

const std::string kRequired = "ehr: {base_url: 'http://127.0.0.1:8080/fhir'}\ntrials: [NCT07230171]\nstate: {dir: state}\n";

AgentConfig load(const fs::path& file) {
  Flaws flaws(file.filename().string());
  auto config = load_agent_config(file, flaws);
  for (const std::string& line : flaws.lines()) UNSCOPED_INFO(line);
  REQUIRE(config);
  return *config;
}

/// The "# expect: …" lines of a bad file; DIR stands for its folder.
std::vector<std::string> expected_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const std::string mark = "# expect: ";
    if (!line.starts_with(mark)) continue;
    line.erase(0, mark.size());
    if (const auto at = line.find("DIR/"); at != std::string::npos) line.replace(at, 3, file.parent_path().string());
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("agent config: every bad file is told with exactly its messages") {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(TRIALFLAG_SOURCE_DIR "/tests/settings/bad")) {
    ++files;
    const std::vector<std::string> expected = expected_of(entry.path());
    INFO(entry.path().filename().string());
    REQUIRE_FALSE(expected.empty());
    Flaws flaws(entry.path().filename().string());
    CHECK_FALSE(load_agent_config(entry.path(), flaws));
    CHECK(flaws.lines() == expected);
  }
  CHECK(files >= 15);
}

TEST_CASE("agent config: a flag's code can be put right behind link_base") {
  const Folder folder;
  for (const auto& [written, meant] :
       std::vector<std::pair<std::string, std::string>>{{"https://t.example/flags", "https://t.example/flags/"},
                                                        {"https://t.example/flags/", "https://t.example/flags/"},
                                                        {"https://t.example/flags?a=1&code=", "https://t.example/flags?a=1&code="}}) {
    const std::string email = "notify: {email: {host: 127.0.0.1, security: none, from: t@h.example, link_base: '" + written + "'}}\n";
    CHECK(load(folder.write("agent.yaml", kRequired + email)).notify.email->link_base == meant);
  }
}

TEST_CASE("agent config: who opens the state alone needs no secret that can be read, and all else is checked") {
  const Folder folder;
  const std::string secrets =
      "notify:\n  email: {host: 127.0.0.1, security: none, user: m, password_file: mail.password, from: t@h.example}\n"
      "  webhooks: [{id: w, url: 'https://w.example/', secret_file: hook}]\n";
  const fs::path file = folder.write("agent.yaml", kRequired + secrets);
  Flaws flaws("agent.yaml");
  CHECK_FALSE(load_agent_config(file, flaws));
  CHECK(flaws.lines().size() == 2);
  Flaws none("agent.yaml");
  CHECK(load_agent_config(file, none, Secrets::unread));
  CHECK(none.empty());
  Flaws others("agent.yaml");
  CHECK_FALSE(load_agent_config(folder.write("agent.yaml", kRequired + secrets + "unknown: 1\n"), others, Secrets::unread));
}

TEST_CASE("agent config: the shipped file holds the defaults") {
  const Folder folder;
  const std::string shipped = describe(load(TRIALFLAG_SOURCE_DIR "/config/agent.yaml"));
  const std::string bare = describe(load(folder.write("agent.yaml",
                                                      "ehr: {base_url: 'http://127.0.0.1:8080/fhir'}\ntrials: [NCT07230171]\n"
                                                      "state: {dir: /var/lib/trialflag}\n")));
  CHECK(shipped == bare);
}

TEST_CASE("agent config: absent keys hold the documented defaults") {
  const Folder folder;
  const AgentConfig config = load(folder.write("agent.yaml", kRequired));
  CHECK(config.mode == Mode::live);
  CHECK(config.screening.site.timezone == "UTC");
  CHECK(config.ehr.auth.kind == AuthConfig::Kind::none);
  CHECK(config.ehr.max_connections == 5);
  CHECK(config.ehr.page_size == 100);
  CHECK(config.ehr.requests_per_minute == 0);
  CHECK_FALSE(config.ehr.quiet_hours);
  CHECK(config.ehr.request_timeout == std::chrono::seconds(60));
  CHECK(config.ehr.retry_for == std::chrono::seconds(60));
  CHECK(config.ehr.stale_after == std::chrono::hours(24));
  CHECK(config.ehr.overlap == std::chrono::minutes(5));
  CHECK(config.ehr.max_page_bytes == 64u * 1024 * 1024);
  CHECK(config.poll.every == std::chrono::seconds(60));
  CHECK(config.poll.reconcile == std::chrono::hours(24));
  CHECK(config.state_dir == folder.path / "state");
  CHECK_FALSE(config.notify.quiet_hours);
  CHECK(config.notify.per_recipient_per_week == 20);
  CHECK(config.notify.flood == 25);
  CHECK_FALSE(config.require_approval);
  CHECK(config.not_yet.empty());
}

TEST_CASE("agent config: a language that nothing is written in is noted by line, and one with a catalogue is not") {
  const Folder folder;
  const auto file =
      folder.write("agent.yaml", std::string(kRequired) +
                                     "site: {language: fr}\nnotify: {email: {host: mx, from: a@b.example}}\n"
                                     "recipients:\n- {id: a, email: a@b.example}\n- {id: b, email: b@b.example, language: it}\n"
                                     "- {id: c, email: c@b.example, language: de-AT}\n");
  std::vector<std::string> noted;
  for (const Flaw& flaw : load(file).not_yet) noted.push_back(std::to_string(flaw.line) + ": " + flaw.problem + "; " + flaw.remedy);
  const int line = static_cast<int>(std::count(kRequired.begin(), kRequired.end(), '\n')) + 1;
  const std::string rest = ", which nothing is written in yet, so English is; write one of en, zh, de";
  CHECK(noted == std::vector<std::string>{std::to_string(line) + ": site.language is fr" + rest,
                                          std::to_string(line + 4) + ": recipients.language is it" + rest});
}

TEST_CASE("agent config: every key that can be set arrives") {
  const Folder folder;
  folder.write("pw", "s3cret-of-the-ehr\n");
  folder.write("mailpw", "s3cret-of-the-mail\n");
  folder.write("hook", "whsec_c2VjcmV0\n");
  folder.write("ca.pem", "of whom:\n-----BEGIN CERTIFICATE-----\n");
  folder.write("trial.yaml", "x");
  fs::create_directory(folder.path / "site");
  const AgentConfig config = load(folder.write("agent.yaml", R"(
mode: shadow
site: {id: 001, name: Erste Klinik, timezone: Asia/Shanghai, language: zh}
ehr:
  base_url: http://ehr.example.org/fhir/
  allow_insecure: true
  auth: {kind: basic, user: agent, password_file: pw}
  tls: {ca_file: ca.pem}
  max_connections: 2
  page_size: 50
  requests_per_minute: 300
  quiet_hours: "07:00-20:00"
  request_timeout: 5s
  retry_for: 2m
  stale_after: 2d
  overlap: 1m
  max_page_bytes: 1MiB
  allowed_origins: ["https://Other.example.org:443"]
  rewrite_link_origin: true
  reports: never
  subscribe: {listen: "127.0.0.1:9470", url: "https://t.example/ehr/", at_most_every: 3s}
poll: {every: 10s, reconcile: 7d}
trials:
- trial.yaml
- {id: NCT07230171, recruiting: false, slots: 92, priority: 3, approved_by: Dr Li, approved_on: 2026-11-22, sha256: E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855}
require_approval: true
mappings: [site]
state: {dir: /tmp/state}
recipients:
- {id: li, name: Dr Li, email: li@hospital.example}
- {id: wu, email: wu@hospital.example, language: en, trials: [X], on: [retracted], delivery: weekly@Fri-07:30, timezone: UTC}
notify:
  email: {host: 127.0.0.1, security: none, user: m, password_file: mailpw, from: t@h.example, link_base: "https://t.example/f"}
  it: [edv@hospital.example]
  webhooks: [{id: w, url: "https://w.example/x-token", secret_file: hook, on: [retracted]}]
  fhir: {write: [List]}
  budget: {per_recipient_per_week: 3, quiet_hours: "20:00-07:15", flood: 9}
metrics: {listen: "127.0.0.1:9464"}
log: {level: debug, target: journal}
)"));
  CHECK(config.mode == Mode::shadow);
  CHECK(config.screening.site.id == "001");
  CHECK(config.screening.site.zone.day_of(Instant{0}).number == 0);
  CHECK(config.ehr.base_url == "http://ehr.example.org/fhir");
  CHECK(config.ehr.auth.secret_file == folder.path / "pw");
  CHECK(config.ehr.allowed_origins == std::vector<std::string>{"https://other.example.org"});
  CHECK(config.ehr.stale_after == std::chrono::hours(48));
  CHECK_FALSE(config.ehr.reports);
  REQUIRE(config.screening.trials.size() == 2);
  CHECK(config.screening.trials[0].file == folder.path / "trial.yaml");
  CHECK(config.screening.trials[1].id == "NCT07230171");
  CHECK_FALSE(config.screening.trials[1].recruiting);
  CHECK(config.screening.trials[1].slots == 92);
  CHECK(config.screening.trials[1].sha256.starts_with("e3b0"));
  CHECK(config.require_approval);
  CHECK(config.screening.mappings == std::vector<fs::path>{folder.path / "site"});
  REQUIRE(config.recipients.size() == 2);
  CHECK(config.recipients[0].language == "zh");
  CHECK(config.recipients[0].timezone == "Asia/Shanghai");
  CHECK(config.recipients[0].on.size() == 3);
  CHECK(config.recipients[1].delivery == Delivery{Delivery::Kind::weekly, 4, 450});
  CHECK(config.notify.email->port == 25);
  CHECK(config.ehr.requests_per_minute == 300);
  REQUIRE(config.ehr.quiet_hours);
  CHECK(config.ehr.quiet_hours->last == 1200);
  CHECK(config.notify.quiet_hours->first == 1200);
  CHECK(config.notify.quiet_hours->last == 435);
  CHECK(config.log.target == LogConfig::Target::journal);
  CHECK(config.notify.write_back == std::vector<std::string>{"List"});
  CHECK(config.not_yet.empty());
  CHECK(config.metrics_listen == "127.0.0.1:9464");
  REQUIRE(config.ehr.subscribe);
  CHECK(config.ehr.subscribe->listen == "127.0.0.1:9470");
  CHECK(config.ehr.subscribe->url == "https://t.example/ehr");
  CHECK(config.ehr.subscribe->at_most_every == std::chrono::seconds(3));

  SECTION("and a print of it shows no secret") {
    const std::string text = describe(config);
    CHECK(text.find("ehr.auth secret: set, not shown") != std::string::npos);
    for (const char* secret : {"s3cret", "whsec", "x-token", "/pw", "mailpw"}) CHECK(text.find(secret) == std::string::npos);
  }
}

TEST_CASE("agent config: no message repeats a secret written where a file's name belongs") {
  for (const char* name : {"secret_as_value", "secret_instead_of_file", "secret_in_url", "smart_backend"}) {
    Flaws flaws("f");
    CHECK_FALSE(load_agent_config(fs::path(TRIALFLAG_SOURCE_DIR "/tests/settings/bad") / (std::string(name) + ".yaml"), flaws));
    for (const std::string& line : flaws.lines()) {
      CHECK(line.find("hunter2") == std::string::npos);
      CHECK(line.find("eyJ") == std::string::npos);
    }
  }
}

TEST_CASE("agent config: a bare secret name is found among the service's credentials") {
  const Folder folder, credentials;
  credentials.write("ehr-token", "t\n");
  setenv("CREDENTIALS_DIRECTORY", credentials.path.c_str(), 1);
  const AgentConfig config = load(folder.write("agent.yaml",
                                               "ehr: {base_url: 'https://e.example/fhir', auth: {kind: bearer, token_file: ehr-token}}\n"
                                               "trials: [NCT07230171]\nstate: {dir: state}\n"));
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(config.ehr.auth.secret_file == credentials.path / "ehr-token");
}

TEST_CASE(
    "agent config: signing in by SMART Backend Services needs a client and a key, and the rest is the key's and the server's to say") {
  const Folder folder;
  folder.write("k.pem", "s3cret\n");
  const AgentConfig bare =
      load(folder.write("agent.yaml",
                        "ehr:\n  base_url: https://e.example/fhir\n  auth:\n    kind: smart_backend\n    client_id: c 1\n"
                        "    key_file: k.pem\ntrials: [NCT07230171]\nstate: {dir: state}\n"));
  CHECK(bare.ehr.auth.kind == AuthConfig::Kind::smart_backend);
  CHECK(bare.ehr.auth.client_id == "c 1");
  CHECK(bare.ehr.auth.secret_file == folder.path / "k.pem");
  CHECK(bare.ehr.auth.secret_line == 6);
  CHECK(bare.ehr.auth.key_id.empty());
  CHECK(bare.ehr.auth.algorithm.empty());
  CHECK(bare.ehr.auth.token_url.empty());
  CHECK(bare.ehr.auth.scopes.empty());

  const AgentConfig full =
      load(folder.write("agent.yaml",
                        "ehr: {base_url: 'https://e.example/fhir', auth: {kind: smart_backend, client_id: c, key_file: k.pem, "
                        "key_id: 'k/1', algorithm: RS384, token_url: 'https://Login.example/t', scopes: 'system/*.read'}}\n"
                        "trials: [NCT07230171]\nstate: {dir: state}\n"));
  CHECK(full.ehr.auth.key_id == "k/1");
  CHECK(full.ehr.auth.algorithm == "RS384");
  CHECK(full.ehr.auth.token_url == "https://Login.example/t");
  CHECK(full.ehr.auth.scopes == "system/*.read");
  const std::string text = describe(full);
  CHECK(text.find("ehr.auth.client_id: c\nehr.auth.key_id: k/1\nehr.auth.algorithm: RS384\nehr.auth.token_url: https://Login.example/t\n"
                  "ehr.auth.scopes: system/*.read\nehr.auth secret: set, not shown\n") != std::string::npos);
  CHECK(text.find("k.pem") == std::string::npos);
  CHECK(text.find("s3cret") == std::string::npos);
}

TEST_CASE("key config: the key's file need not be there, and flaws elsewhere are not looked for") {
  const Folder folder;
  Flaws flaws("agent.yaml");
  const auto key = load_key_config(
      folder.write("agent.yaml", "ehr: {auth: {kind: smart_backend, key_file: keys/k.pem, key_id: k1, what: ever}}\nnonsense: 1\n"), flaws);
  REQUIRE(key);
  CHECK(key->file == folder.path / "keys/k.pem");
  CHECK(key->id == "k1");
  CHECK(key->algorithm.empty());
  CHECK(load_key_config(folder.write("agent.yaml", "trials: []\n"), flaws)->file.empty());
  CHECK_FALSE(load_key_config(folder.write("agent.yaml", "ehr: {auth: {algorithm: HS256}}\n"), flaws));
}

TEST_CASE("screening config: only site, trials and mappings need be valid") {
  const Folder folder;
  const auto file = folder.write(
      "agent.yaml", "site: {timezone: Asia/Shanghai}\nehr: {base_url: nonsense, bad_key: 1}\ntrials: [NCT07230171]\nwhat: ever\n");
  Flaws flaws("agent.yaml");
  const auto config = load_screening_config(file, flaws);
  REQUIRE(config);
  CHECK(config->site.timezone == "Asia/Shanghai");
  CHECK(config->trials.front().id == "NCT07230171");

  Flaws bad("agent.yaml");
  CHECK_FALSE(load_screening_config(folder.write("agent.yaml", "site: {timezone: Mars/Olympus}\n"), bad));
  CHECK(bad.lines() == std::vector<std::string>{"agent.yaml:1: site.timezone is \"Mars/Olympus\"; use an IANA name such as Asia/Shanghai"});
}

TEST_CASE("agent config: subscribe: true listens on loopback and is called there") {
  const Folder folder;
  const std::string head = "trials: [NCT07230171]\nstate: {dir: state}\nehr: {base_url: 'https://e.example/fhir', subscribe: ";
  const AgentConfig config = load(folder.write("on.yaml", head + "true}\n"));
  REQUIRE(config.ehr.subscribe);
  CHECK(config.ehr.subscribe->url == "http://127.0.0.1:9465");
  CHECK_FALSE(load(folder.write("off.yaml", head + "false}\n")).ehr.subscribe);
}
