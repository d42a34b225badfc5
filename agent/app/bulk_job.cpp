#include "agent/app/bulk_job.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "agent/app/listing.h"
#include "agent/json/value.h"

namespace trialflag::app {
namespace {

namespace fs = std::filesystem;
using Kind = fhir::BulkFile::Kind;

constexpr const char* kStages[] = {"polling", "loading", "served"};
constexpr const char* kKinds[] = {"output", "deleted", "error"};

tl::unexpected<Error> trouble() {
  return fail(ErrorCode::storage, "state.dir/bulk cannot be written; is the disk full?");
}

bool make_durable(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return false;
  const bool durable = ::fsync(file) == 0;
  return ::close(file) == 0 && durable;
}

/// `from` takes the place of `to`, whatever kills us.
Result<void> put_in_place(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0 || !make_durable(to.parent_path(), O_RDONLY | O_DIRECTORY)) return trouble();
  return {};
}

std::string as_json(const BulkJob& job) {
  std::string types, files;
  for (const std::string& type : job.types) types.append(types.empty() ? "" : ",").append(type);
  for (const fhir::BulkFile& file : job.manifest.files) {
    Row row;
    row.text("kind", kKinds[static_cast<int>(file.kind)]);
    row.text("type", file.type);
    row.text("url", file.url);
    if (file.count) row.number("count", static_cast<std::int64_t>(*file.count));
    files.append(files.empty() ? "" : ",").append(row.to_json());
  }
  Row row;
  row.text("base_url", job.base_url);
  row.text("operation", job.operation);
  row.text("types", types);
  row.text("status_url", job.status_url);
  row.text("for", job.first_load ? "first_load" : "reconcile");
  row.number("began", job.began.ms);
  row.text("stage", kStages[static_cast<int>(job.stage)]);
  row.number("tries", job.tries);
  if (job.manifest.as_of) row.number("as_of", job.manifest.as_of->ms);
  row.number("signed_in", job.manifest.requires_token ? 1 : 0);
  row.number("organised", job.manifest.organised ? 1 : 0);
  row.json("files", "[" + files + "]");
  return row.to_json() + "\n";
}

std::int64_t integer(const json::Value& value) {
  const std::string_view text = value.string();
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

template <std::size_t N>
std::size_t index_of(const char* const (&names)[N], std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (name == names[i]) return i;
  return 0;
}

BulkJob read_job(const json::Value& root) {
  BulkJob job;
  job.base_url = root["base_url"].string();
  job.operation = root["operation"].string();
  std::istringstream types{std::string(root["types"].string())};
  for (std::string type; std::getline(types, type, ',');) job.types.push_back(type);
  job.status_url = root["status_url"].string();
  job.first_load = root["for"].string() == "first_load";
  job.began = {integer(root["began"])};
  job.stage = static_cast<BulkJob::Stage>(index_of(kStages, root["stage"].string()));
  job.tries = static_cast<int>(integer(root["tries"]));
  if (root["as_of"].exists()) job.manifest.as_of = Instant{integer(root["as_of"])};
  job.manifest.requires_token = integer(root["signed_in"]) != 0;
  job.manifest.organised = integer(root["organised"]) != 0;
  for (const json::Value& item : root["files"].array()) {
    fhir::BulkFile file{static_cast<Kind>(index_of(kKinds, item["kind"].string())), std::string(item["type"].string()),
                        std::string(item["url"].string())};
    if (item["count"].exists()) file.count = static_cast<std::uint64_t>(integer(item["count"]));
    job.manifest.files.push_back(std::move(file));
  }
  return job;
}

}  // namespace

std::optional<json::Document> BulkFolder::parsed(const char* name) const {
  std::ifstream stream(folder_ / name, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) return std::nullopt;
  json::Document document;
  if (!document.parse(text.str())) return std::nullopt;
  return document;
}

std::optional<BulkJob> BulkFolder::load() const {
  const auto document = parsed("job.json");
  if (!document) return std::nullopt;
  BulkJob job = read_job(document->root());
  return job.status_url.empty() ? std::nullopt : std::optional<BulkJob>(std::move(job));
}

std::optional<BulkPause> BulkFolder::load_pause() const {
  const auto document = parsed("pause.json");
  if (!document) return std::nullopt;
  const json::Value root = document->root();
  return BulkPause{std::string(root["base_url"].string()), {integer(root["until"])}, std::string(root["why"].string())};
}

Result<void> BulkFolder::keep(const BulkJob& job) const {
  return keep(as_json(job), "job.json");
}

Result<void> BulkFolder::keep(const BulkPause& pause) const {
  Row row;
  row.text("base_url", pause.base_url);
  row.number("until", pause.until.ms);
  row.text("why", pause.why);
  return keep(row.to_json() + "\n", "pause.json");
}

Result<void> BulkFolder::keep(const std::string& text, const char* name) const {
  std::error_code error;
  if (fs::create_directories(folder_, error)) fs::permissions(folder_, fs::perms::owner_all, error);
  const fs::path draft = folder_ / (std::string(name) + ".new");
  const mode_t mask = ::umask(0077);  // its addresses may let anybody in who knows them
  std::ofstream stream(draft, std::ios::binary | std::ios::trunc);
  ::umask(mask);
  stream << text;
  stream.close();
  if (!stream || !make_durable(draft, O_WRONLY)) return trouble();
  return put_in_place(draft, folder_ / name);
}

void BulkFolder::drop_files() const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error))
    if (entry.path().extension() == ".ndjson" || entry.path().extension() == ".part") fs::remove(entry.path(), error);
}

void BulkFolder::clear() const {
  std::error_code error;
  // The job first: files without a job are swept up, a job without its files would be believed.
  fs::remove(folder_ / "job.json", error);
  fs::remove_all(folder_, error);
}

fs::path BulkFolder::whole(std::size_t number) const {
  return folder_ / (std::to_string(number) + ".ndjson");
}

fs::path BulkFolder::coming(std::size_t number) const {
  return folder_ / (std::to_string(number) + ".part");
}

bool BulkFolder::has(std::size_t number) const {
  std::error_code error;
  return fs::exists(whole(number), error);
}

Result<void> BulkFolder::settle(std::size_t number) const {
  return put_in_place(coming(number), whole(number));
}

}  // namespace trialflag::app
