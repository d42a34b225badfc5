// The commands screen and explain from argument to exit status, over real files, the shipped trial and the shipped tables.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "agent/app/app.h"
#include "agent/app/columns.h"
#include "agent/json/value.h"

using namespace trialflag;

namespace {

struct Screened {
  int status = -1;
  std::string out, err;
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> found;
    std::istringstream stream(out);
    for (std::string line; std::getline(stream, line);) found.push_back(line);
    return found;
  }
};

Screened trialflag_run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "trialflag");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  std::ostringstream out, err;
  std::streambuf* const old_out = std::cout.rdbuf(out.rdbuf());
  std::streambuf* const old_err = std::cerr.rdbuf(err.rdbuf());
  Screened outcome;
  outcome.status = app::run(static_cast<int>(pointers.size()), pointers.data());
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

class Ward {
 public:
  Ward() {
    std::string name = (std::filesystem::temp_directory_path() / "trialflag-screen-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
    unsetenv("TRIALFLAG_CONFIG");
    const std::string condition =
        R"({"resourceType":"Condition","id":"c-ID","subject":{"reference":"Patient/ID"},"clinicalStatus":{"coding":[{"code":"active"}]},)"
        R"("verificationStatus":{"coding":[{"code":"confirmed"}]},"onsetDateTime":"2019-05-02",)"
        R"("code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"M79.7"}],"text":"纤维肌痛"}})";
    const std::string patient = R"({"resourceType":"Patient","id":"ID","gender":"female","birthDate":"BORN"})";
    std::string text;
    for (const auto& [id, born, ill] : std::vector<std::tuple<std::string, std::string, bool>>{
             {"adult", "1982-04-01", true}, {"child", "2015-04-01", true}, {"well", "1970-01-01", false}}) {
      text += filled(filled(patient, "ID", id), "BORN", born) + "\n";
      if (ill) text += filled(condition, "ID", id) + "\n";
    }
    write("records.ndjson", text);
  }
  ~Ward() { std::filesystem::remove_all(path_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name, std::ios::binary) << text; }
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] Screened screen(std::vector<std::string> more = {}, const std::string& command = "screen") const {
    more.insert(more.begin(), {command, "--trial", "NCT07230171", "--as-of", "2026-11-22"});
    more.push_back(path());
    return trialflag_run(more);
  }

 private:
  static std::string filled(std::string text, const std::string& hole, const std::string& value) {
    for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole, at + value.size()))
      text.replace(at, hole.size(), value);
    return text;
  }
  std::filesystem::path path_;
};

std::string member(const std::string& json, const char* name) {
  json::Document document;
  REQUIRE(document.parse(json));
  return std::string(document.root()[name].string());
}

}  // namespace

TEST_CASE("screen: one NDJSON record a candidate, in the order of references, counts on stderr") {
  const Ward ward;
  const Screened outcome = ward.screen({"--format", "ndjson"});
  CHECK(outcome.status == 0);
  const auto lines = outcome.lines();
  REQUIRE(lines.size() == 2);
  CHECK(member(lines[0], "patient") == "Patient/adult");
  CHECK(member(lines[0], "as_of") == "2026-11-22T00:00:00Z");
  CHECK(member(lines[0], "trial") == "NCT07230171");
  CHECK(member(lines[1], "patient") == "Patient/child");
  CHECK(member(lines[1], "status") == "ineligible");
  CHECK(outcome.err.find("ineligible 1, not_a_candidate 1, not_screened 0\n") != std::string::npos);
}

TEST_CASE("screen: --all prints those who are no candidates, with every criterion") {
  const Ward ward;
  const auto lines = ward.screen({"--format", "ndjson", "--all"}).lines();
  REQUIRE(lines.size() == 3);
  CHECK(member(lines[2], "status") == "not_a_candidate");
  json::Document first, last;
  REQUIRE(first.parse(lines[0]));
  REQUIRE(last.parse(lines[2]));
  CHECK(last.root()["criteria"].array().size() == first.root()["criteria"].array().size());
}

TEST_CASE("screen: the table fits 80 columns and names what decides") {
  const Ward ward;
  const Screened outcome = ward.screen({"--all"});
  CHECK(outcome.status == 0);
  for (const std::string& line : outcome.lines()) CHECK(app::width_of(line) <= 80);
  CHECK(outcome.lines().at(0).starts_with("PATIENT"));
  CHECK(outcome.out.find("child    ineligible            I1.age") != std::string::npos);
  CHECK(outcome.out.find("well     not_a_candidate       I2.fibromyalgia") != std::string::npos);
}

TEST_CASE("screen: an id that is wider than its column is told whole") {
  const Ward ward;
  const std::string id(60, 'x');
  ward.write("long.ndjson", R"({"resourceType":"Patient","id":")" + id + R"(","gender":"female","birthDate":"1970-01-01"})");
  const auto lines = ward.screen({"--all"}).lines();
  const auto at = std::find(lines.begin(), lines.end(), id);
  REQUIRE(at != lines.end());
  CHECK((at + 1)->find("  not_a_candidate") != std::string::npos);
}

TEST_CASE("screen: a day begins in the zone that is given") {
  const Ward ward;
  const auto lines = ward.screen({"--format", "ndjson", "--timezone", "Asia/Shanghai"}).lines();
  REQUIRE(lines.size() == 2);
  CHECK(member(lines[0], "as_of") == "2026-11-22T00:00:00+08:00");
}

TEST_CASE("screen: a type named incomplete leaves nobody with an answer that only it could give") {
  const Ward ward;
  const auto lines = ward.screen({"--format", "ndjson", "--all", "--incomplete", "Condition,MedicationRequest"}).lines();
  REQUIRE(lines.size() == 3);
  CHECK(member(lines[2], "status") == "not_screened");
}

TEST_CASE("screen: quarantined input ends in part, and stderr names it") {
  const Ward ward;
  ward.write("bad.json", "{\"resourceType\":\"Condition\",");
  const Screened outcome = ward.screen({"--format", "ndjson"});
  CHECK(outcome.status == 1);
  CHECK(outcome.lines().size() == 2);
  CHECK(outcome.err.find("/bad.json: Condition: is cut off; quarantined\n") != std::string::npos);
}

TEST_CASE("screen: nothing readable is status 3") {
  const Ward ward;
  CHECK(trialflag_run({"screen", "--trial", "NCT07230171", ward.path() + "/none.json"}).status == 3);
  ward.write("records.ndjson", "");
  const Screened outcome = ward.screen();
  CHECK(outcome.status == 3);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find("no patient could be read") != std::string::npos);
}

TEST_CASE("screen: what cannot be meant is status 2 and says the remedy") {
  const Ward ward;
  const auto fails = [](const Screened& outcome, const std::string& part) {
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find(part) != std::string::npos);
  };
  fails(trialflag_run({"screen", "--trial", "NCT0", ward.path()}),
        "there is no trial \"NCT0\": neither configured, nor shipped, nor a file");
  fails(trialflag_run({"screen", ward.path()}), "--trial");
  fails(trialflag_run({"screen", "--trial", "NCT07230171", "--as-of", "yesterday", ward.path()}),
        "--as-of: \"yesterday\" is no date or dateTime; write 2026-11-22");
  fails(ward.screen({"--timezone", "Mars/Olympus"}), "--timezone: timezone \"Mars/Olympus\" is not known");
  fails(ward.screen({"--incomplete", "Conditions"}), "--incomplete: \"Conditions\" is no resource type that is read");
  fails(ward.screen({"--patient", "nobody"}), "--patient: no patient of that id is in the input");
  fails(ward.screen({"--format", "xml"}), "--format");
  fails(trialflag_run({"screen", "--trial", "NCT07230171"}), "INPUT");
}

TEST_CASE("explain: a note of 80 columns, verdict first, then what decides it, then what to ask") {
  const Ward ward;
  const Screened outcome = ward.screen({"--patient", "Patient/child"}, "explain");
  CHECK(outcome.status == 0);
  for (const std::string& line : outcome.lines()) CHECK(app::width_of(line) <= 80);
  CHECK(outcome.out.starts_with("Patient/child, trial NCT07230171, as of 2026-11-22T00:00:00Z\n\nIneligible: "));
  const std::size_t decides = outcome.out.find("\nWhat decides it\n  I1.age (fail): "), ask = outcome.out.find("\nWhat to ask\n"),
                    favour = outcome.out.find("\nIn favour\n");
  REQUIRE(decides != std::string::npos);
  CHECK(decides < ask);
  CHECK(ask < favour);
  CHECK(outcome.out.find("Condition/c-child") != std::string::npos);
}

TEST_CASE("explain: every criterion is told once") {
  const Ward ward;
  json::Document record;
  REQUIRE(record.parse(ward.screen({"--patient", "adult", "--format", "ndjson"}).out));
  const std::string note = ward.screen({"--patient", "adult"}, "explain").out;
  for (const json::Value& criterion : record.root()["criteria"].array()) {
    const std::string heading = "\n  " + std::string(criterion["id"].string()) + " (";
    const std::size_t first = note.find(heading);
    CHECK(first != std::string::npos);
    CHECK(note.find(heading, first + 1) == std::string::npos);
  }
}

TEST_CASE("screen: the zone and the trial of a configuration are used, whatever else is missing in it") {
  const Ward ward;
  ward.write("agent.yaml", "site: {timezone: Asia/Shanghai}\ntrials: [NCT07230171]\n");
  const Screened outcome =
      trialflag_run({"screen", "--config", ward.path() + "/agent.yaml", "--as-of", "2026-11-22", "--format", "ndjson", ward.path()});
  CHECK(outcome.status == 0);
  REQUIRE(outcome.lines().size() == 2);
  CHECK(member(outcome.lines()[0], "as_of") == "2026-11-22T00:00:00+08:00");
}
