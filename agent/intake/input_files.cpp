#include "agent/intake/input_files.h"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>

namespace trialflag::intake {
namespace {

namespace fs = std::filesystem;

std::optional<Format> format_of(fs::path name) {
  if (name.extension() == ".gz") name = name.stem();
  if (name == "manifest.json") return Format::manifest;
  if (name == "log.ndjson") return std::nullopt;  // the journal that Bulk Data clients leave beside their files
  const fs::path extension = name.extension();
  if (extension == ".json") return Format::json;
  if (extension == ".ndjson" || extension == ".jsonl") return Format::ndjson;
  return std::nullopt;
}

// Everything below one input folder.
class FolderWalk {
 public:
  FolderWalk(const fs::path& root, Report& report) : root_(root), report_(report) {}

  std::vector<InputFile> files() {
    walk(root_);
    std::sort(found_.begin(), found_.end(), [](const InputFile& a, const InputFile& b) { return a.below < b.below; });
    if (left_aside_ > 0) {
      const std::string root = root_.string();
      report_.note({root}, "",
                   std::to_string(left_aside_) + (left_aside_ == 1 ? " file" : " files") +
                       " of other kinds left aside (read are .json, .ndjson and .jsonl, plain or .gz)");
    }
    return std::move(found_);
  }

 private:
  void walk(const fs::path& folder) {
    std::error_code error;
    if (const fs::path real = fs::canonical(folder, error); !error && !visited_.insert(real).second) return;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) entries.push_back(it->path());
    if (error) report_.quarantine({folder.native()}, "", "the folder cannot be read: " + error.message());
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) take(entry);
  }

  void take(const fs::path& entry) {
    std::error_code error;
    if (fs::is_directory(entry, error)) return walk(entry);
    const auto format = format_of(entry.filename());
    if (!format) {
      ++left_aside_;
      return;
    }
    found_.push_back({entry.string(), entry.lexically_relative(root_).generic_string(), entry, *format});
  }

  fs::path root_;
  Report& report_;
  std::set<fs::path> visited_;
  std::vector<InputFile> found_;
  std::size_t left_aside_ = 0;
};

}  // namespace

std::vector<InputFile> find_input_files(const std::vector<std::string>& inputs, Report& report) {
  std::vector<InputFile> files;
  for (const std::string& input : inputs) {
    if (input == "-") {
      files.push_back({"stdin", "stdin", {}, Format::sniffed});
      continue;
    }
    std::error_code error;
    const fs::file_status status = fs::status(input, error);
    if (status.type() == fs::file_type::not_found) {
      report.quarantine({input}, "", "there is no such file or folder");
    } else if (!fs::exists(status)) {
      report.quarantine({input}, "", "cannot be opened: " + error.message());
    } else if (fs::is_directory(status)) {
      for (InputFile& file : FolderWalk(input, report).files()) files.push_back(std::move(file));
    } else {
      const fs::path path(input);
      files.push_back({input, path.filename().string(), path, format_of(path.filename()).value_or(Format::sniffed)});
    }
  }
  return files;
}

}  // namespace trialflag::intake
