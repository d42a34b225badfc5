// What the disk does to the state: a byte that comes back changed, a file cut short, a disk that is full or cannot be written. Each is
// told, with the file and the remedy; none is a wrong list or a crash.
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <random>

#include "agent/store/backup.h"
#include "agent/store/desk.h"
#include "agent/store/schema.h"
#include "agent/store/state.h"
#include "tests/store/good.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::ResourceType;
using testing::kHere;

namespace {

namespace fs = std::filesystem;

std::string large(const std::string& seed) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += seed + " " + std::to_string(i) + ";";
  return text;
}

PatientStep large_step_of(const std::string& id) {
  PatientStep step;
  step.patient = {id};
  step.candidate = true;
  step.chart = StoredChart{large("chart of " + id), {{ResourceType::condition, "c-" + id}}, Instant{4000}};
  step.snapshot = step.chart->blob;
  step.verdicts = {{{"T1"}, "needs_review", "v1", std::nullopt, large(id), KeptFacts{"m1", {large("facts"), "words"}}}};
  eligibility::PatientVerdict verdict;
  verdict.trial = "T1";
  verdict.trial_version = "1";
  verdict.status = eligibility::Status::potentially_eligible;
  LedgerContext context;
  context.site = "here";
  context.now = {5000};
  context.recipients = {{"li", "Dr Li", "li@h.example", "en", {}, true, true}};
  step.changes = {decide(context, {}, verdict, {id}, large(id), false)};
  return step;
}

/// A state with a few patients, closed, so that all of it lies in state.db.
void fill(const fs::path& folder) {
  auto state = store::State::open(folder, kHere);
  INFO((state ? "" : state.error().message));
  REQUIRE(state);
  for (int i = 0; i < 8; ++i) REQUIRE((*state)->commit(large_step_of("p" + std::to_string(i))));
}

/// All that the file says, or the error that kept us from it.
Result<std::string> all_of(const fs::path& folder) {
  const auto desk = store::Desk::open(folder);
  if (!desk) return tl::unexpected(desk.error());
  std::string all;
  const auto flags = (*desk)->flags({});
  if (!flags) return tl::unexpected(flags.error());
  for (const auto& view : *flags) {
    all += view.flag.id.value + view.flag.patient.value + view.flag.record + std::string(name_of(view.flag.status));
    const auto events = (*desk)->events(view.flag.id);
    if (!events) return tl::unexpected(events.error());
    for (const auto& event : *events) all += event.kind + event.who + event.why;
  }
  const auto notices = (*desk)->notices();
  if (!notices) return tl::unexpected(notices.error());
  for (const auto& notice : *notices) all += notice.id + notice.recipient + notice.state;
  const auto read = (*desk)->each_patient({"T1"}, [&](const StoredPatient& patient) -> Result<void> {
    all += std::string(patient.patient) + std::string(patient.judged);
    const auto chart = patient.chart();
    if (!chart) return tl::unexpected(chart.error());
    all += *chart;
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return all;
}

void flip(const fs::path& file, std::uintmax_t at, unsigned char by) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<unsigned char>(stream.get());
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(static_cast<char>(byte ^ by));
}

/// The file, and what the error says, are of the trouble.
void tells(const Error& error, const fs::path& folder, const std::string& words) {
  CAPTURE(error.message);
  CHECK(error.message.find((folder / "state.db").string()) != std::string::npos);
  CHECK(error.message.find(words) != std::string::npos);
}

/// Files of this process may not grow beyond that, as on a disk that is full.
class Limit {
 public:
  explicit Limit(rlim_t size) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{size, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~Limit() { setrlimit(RLIMIT_FSIZE, &before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("damage: a byte that comes back changed is told, or lies where nothing is read; never a wrong list") {
  const TemporaryFolder folder;
  const fs::path sound = fs::path(folder.path()) / "sound", hurt = fs::path(folder.path()) / "hurt";
  fill(sound);
  const auto whole = all_of(sound);
  REQUIRE(whole);
  const std::uintmax_t size = fs::file_size(sound / "state.db");
  std::mt19937 chance(7);
  int told = 0, untouched = 0;
  fs::create_directories(hurt);
  for (int i = 0; i < 400; ++i) {
    for (const char* beside : {"state.db-wal", "state.db-shm"}) fs::remove(hurt / beside);
    fs::copy_file(sound / "state.db", hurt / "state.db", fs::copy_options::overwrite_existing);
    const std::uintmax_t at = i < 110 ? static_cast<std::uintmax_t>(i) : chance() % size;  // the header, and anywhere
    flip(hurt / "state.db", at, static_cast<unsigned char>(1U << (chance() % 8)));
    const auto read = all_of(hurt);
    CAPTURE(at);
    if (read) CHECK(*read == *whole);
    ++(read ? untouched : told);
  }
  CHECK(told > 100);
  CHECK(untouched > 0);
}

TEST_CASE("damage: a changed page names the file and the command that restores") {
  const TemporaryFolder folder;
  fill(folder.path());
  const fs::path file = fs::path(folder.path()) / "state.db";
  for (std::uintmax_t at = 8192 + 4000; at < fs::file_size(file); at += 8192) flip(file, at, 1);
  const auto read = all_of(folder.path());
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::damage);
  tells(read.error(), folder.path(), "`trialflag restore FILE`");
  const auto state = store::State::open(folder.path(), kHere);
  REQUIRE_FALSE(state);
  CHECK(state.error().code == ErrorCode::damage);
}

TEST_CASE("damage: a file that is cut short, or is none, is told") {
  const TemporaryFolder folder;
  fill(folder.path());
  const fs::path file = fs::path(folder.path()) / "state.db";
  SECTION("cut within a page") {
    fs::resize_file(file, fs::file_size(file) / 2 + 100);
  }
  SECTION("cut after some pages") {
    fs::resize_file(file, 8192 * 5);
  }
  SECTION("another file") {
    std::ofstream(file) << std::string(20000, 'x');
  }
  const auto state = store::State::open(folder.path(), kHere);
  REQUIRE_FALSE(state);
  CHECK(state.error().code == ErrorCode::damage);
  tells(state.error(), folder.path(), "damaged");
}

TEST_CASE("damage: a file that was emptied, or whose content is gone, is told and is no new installation") {
  const TemporaryFolder folder;
  fill(folder.path());
  const fs::path file = fs::path(folder.path()) / "state.db";
  std::string words;
  SECTION("emptied") {
    fs::resize_file(file, 0);
    words = "it is empty";
  }
  SECTION("its log alone is left") {
    fs::rename(file, fs::path(folder.path()) / "state.db-wal");
    words = "it is gone, though its log is there";
  }
  SECTION("a database without tables") {
    fs::remove(file);
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
    CHECK(sqlite3_exec(raw, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
    words = "it holds nothing of trialflag";
  }
  const auto desk = store::Desk::open(folder.path());
  const auto state = store::State::open(folder.path(), kHere);
  const auto backup = store::back_up(folder.path(), fs::path(folder.path()) / "backup.db", {"9.9.9", {1}, false}, {});
  REQUIRE_FALSE(desk);
  REQUIRE_FALSE(state);
  REQUIRE_FALSE(backup);
  for (const Error& error : {desk.error(), state.error()}) {
    CHECK(error.code == ErrorCode::damage);
    tells(error, folder.path(), words);
    tells(error, folder.path(), "`trialflag restore FILE`");
  }
}

TEST_CASE("damage: a folder that this user may not read is told with who may, and is no new installation") {
  const TemporaryFolder folder;
  fill(folder.path());
  const fs::path backup = fs::path(folder.path()) / "backup.db";
  const auto look = [&](const fs::path& closed) {
    fs::permissions(closed, fs::perms::none);
    const uid_t before = geteuid();
    if (before == 0) REQUIRE(seteuid(65534) == 0);  // whom permissions bind
    const auto desk = store::Desk::open(folder.path());
    const auto copied = store::back_up(folder.path(), backup, {"9.9.9", {1}, false}, {});
    if (before == 0) REQUIRE(seteuid(0) == 0);
    fs::permissions(closed, fs::perms::owner_all);
    REQUIRE_FALSE(desk);
    REQUIRE_FALSE(copied);
    for (const Error& error : {desk.error(), copied.error()}) {
      CAPTURE(error.message);
      CHECK(error.code == ErrorCode::unauthorized);
      CHECK(error.message.find("state.dir " + folder.path() + " may not be read by this user") != std::string::npos);
      CHECK(error.message.find("sudo -u trialflag trialflag") != std::string::npos);
    }
  };
  SECTION("the folder") {
    look(folder.path());
  }
  SECTION("the file in it") {
    fs::permissions(folder.path(), fs::perms(0755));
    look(fs::path(folder.path()) / "state.db");
  }
}

TEST_CASE("damage: a first start that was killed leaves a draft, which the next one replaces") {
  const TemporaryFolder folder;
  const fs::path draft = fs::path(folder.path()) / "state.db.new";
  SECTION("before anything was written") {
    std::ofstream{draft};
  }
  SECTION("with a log and half a file") {
    for (const char* beside : {"", "-wal", "-shm", "-journal"}) std::ofstream(draft.string() + beside) << std::string(9000, 'x');
  }
  CHECK(store::Desk::open(folder.path()).error().code == ErrorCode::not_found);
  fill(folder.path());
  CHECK(all_of(folder.path()));
  for (const auto& entry : fs::directory_iterator(folder.path())) CHECK_FALSE(entry.path().filename().string().starts_with("state.db.new"));
}

TEST_CASE("damage: a full disk stops the step, loses nothing, and the same step can be made later") {
  const TemporaryFolder folder;
  fill(folder.path());
  auto state = store::State::open(folder.path(), kHere);
  REQUIRE(state);
  REQUIRE((*state)->commit(large_step_of("q0")));
  {
    const Limit limit(fs::file_size(fs::path(folder.path()) / "state.db-wal") + 6000);
    const auto refused = (*state)->commit(large_step_of("q1"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::storage);
    tells(refused.error(), folder.path(), "disk is full");
    CHECK((*state)->chart({"q0"})->has_value());
    CHECK_FALSE((*state)->chart({"q1"})->has_value());
  }
  REQUIRE((*state)->commit(large_step_of("q1")));
  CHECK((*state)->prior({"T1"}, {"q1"})->flag->events == 1);
}

TEST_CASE("damage: a disk that cannot be written is told, and not taken for another process") {
  const TemporaryFolder folder;
  fill(folder.path());
  fs::permissions(folder.path(), fs::perms(0555));
  for (const auto& entry : fs::directory_iterator(folder.path())) fs::permissions(entry.path(), fs::perms(0444));
  const uid_t before = geteuid();
  if (before == 0) REQUIRE(seteuid(65534) == 0);  // whom permissions bind
  const auto state = store::State::open(folder.path(), kHere);
  const auto desk = store::Desk::open(folder.path());
  if (before == 0) REQUIRE(seteuid(0) == 0);
  fs::permissions(folder.path(), fs::perms(0755));
  REQUIRE_FALSE(state);
  CHECK(state.error().code == ErrorCode::storage);
  CHECK(state.error().message.find("mounted read-write") != std::string::npos);
  REQUIRE_FALSE(desk);
  tells(desk.error(), folder.path(), "mounted read-write");
}

TEST_CASE("damage: pages that are moved into the file later carry their checksum, and so does a file that was begun without") {
  const TemporaryFolder folder;
  const fs::path file = fs::path(folder.path()) / "state.db";
  {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
    CHECK(sqlite3_exec(raw, "PRAGMA page_size = 8192; CREATE TABLE former (a)", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
    store::Database database(file);
    store::migrate(database, 7);
    for (int i = 0; i < 50; ++i) database.run("INSERT INTO meta VALUES (?, ?)", std::to_string(i), large("meta"));
  }
  fill(folder.path());
  const auto whole = all_of(folder.path());
  INFO((whole ? "" : whole.error().message));
  REQUIRE(whole);
  for (std::uintmax_t at = 8192 + 4000; at < fs::file_size(file); at += 8192) flip(file, at, 1);
  CHECK_FALSE(all_of(folder.path()));
}
