#include "tests/properties/engine.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "agent/app/record_json.h"
#include "agent/intake/intake.h"
#include "agent/screening/screener.h"
#include "agent/settings/trial_file.h"

namespace trialflag::properties {
namespace {

namespace fs = std::filesystem;

// A folder of this process, gone at its end.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "trialflag-properties-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string write(std::size_t number, const std::string& text) {
    const fs::path file = path_ / (std::to_string(number) + ".ndjson");
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }

 private:
  fs::path path_;
};

struct Engine {
  std::shared_ptr<const mappings::Tables> tables;
  std::unique_ptr<screening::Screener> screener;
  Folder folder;

  Engine() {
    const fs::path root = TRIALFLAG_SOURCE_DIR;
    std::vector<mappings::TableFlaw> table_flaws;
    tables = mappings::Tables::load(root / "mappings/tables", {}, table_flaws).value();
    std::vector<std::string> flaws;
    auto trial = settings::load_trial(root / "config/trials/NCT07230171.yaml", *tables, flaws).value();
    screener = std::make_unique<screening::Screener>(tables, std::move(trial), Zone::named("Asia/Shanghai").value());
  }
};

Engine& engine() {
  static Engine engine;
  return engine;
}

}  // namespace

const mappings::Tables& tables() {
  return *engine().tables;
}

Verdicts screen(const std::vector<std::string>& files, Instant as_of, const screening::TypeSet& incomplete) {
  std::vector<std::string> paths;
  for (const std::string& text : files)
    if (!text.empty()) paths.push_back(engine().folder.write(paths.size(), text));
  intake::Report report;
  auto charts = intake::Intake::open(paths, {incomplete, {}}, report).value();
  screening::Sitting sitting(*engine().screener);
  screening::Chart chart;
  Arena arena;
  std::vector<screening::Remark> remarks;
  Verdicts verdicts;
  while (charts.next(chart, arena, report)) verdicts[chart.reference] = sitting.screen(chart, as_of, false, remarks);
  if (report.quarantined()) throw std::runtime_error("a made-up record was quarantined: " + report.take().front());
  return verdicts;
}

std::string printed(const eligibility::PatientVerdict& verdict) {
  return app::record_json(verdict, engine().screener->zone());
}

}  // namespace trialflag::properties
