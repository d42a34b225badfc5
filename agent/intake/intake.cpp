#include "agent/intake/intake.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "agent/intake/byte_source.h"
#include "agent/intake/catalogue.h"
#include "agent/intake/chart_builder.h"
#include "agent/intake/indexer.h"
#include "agent/intake/manifest.h"

namespace trialflag::intake {
namespace {

constexpr std::size_t kMostManifestBytes = std::size_t{16} << 20;

std::uint64_t size_in_all(const std::vector<File>& files) {
  std::uint64_t total = 0;
  for (const File& file : files) {
    std::error_code error;
    const auto size = file.input.path.empty() ? 0 : std::filesystem::file_size(file.input.path, error);
    if (file.input.path.empty() || error) return 0;
    total += size;
  }
  return total;
}

std::optional<Manifest> read_manifest(const InputFile& input) {
  const auto source = ByteSource::open(input.path);
  if (!source) return std::nullopt;
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  std::string text;
  for (std::size_t size = 0, got = 1; got != 0 && size < kMostManifestBytes; size += got) {
    text.resize(size + kPiece);
    got = (*source)->next(text.data() + size, kPiece);
    text.resize(size + got);
  }
  auto manifest = parse_manifest(text);
  if (!manifest) return std::nullopt;
  manifest->name = input.name;
  manifest->folder = input.path.parent_path().string();
  return manifest;
}

}  // namespace

struct Intake::State {
  Index index;
  Catalogue catalogue;
  std::optional<ChartBuilder> builder;
  std::optional<std::set<std::string>> only;
  std::size_t at = 0;
};

Intake::Intake(std::unique_ptr<State> state) : state_(std::move(state)) {}
Intake::Intake(Intake&&) noexcept = default;
Intake::~Intake() = default;

Result<Intake> Intake::open(const std::vector<std::string>& inputs, const Options& options, Report& report) {
  auto state = std::make_unique<State>();
  Index& index = state->index;
  index.incomplete = options.incomplete;
  for (InputFile& input : find_input_files(inputs, report)) index.files.emplace_back().input = std::move(input);
  const std::uint64_t total = options.progress ? size_in_all(index.files) : 0;
  Progress progress;
  if (options.progress) progress = [&](std::uint64_t done) { options.progress(done, total); };
  std::vector<Manifest> manifests;
  Indexer indexer(index, report, progress);
  for (std::uint32_t file = 0; file < index.files.size(); ++file) {
    InputFile& input = index.files[file].input;
    if (input.format == Format::manifest) {
      if (auto manifest = read_manifest(input)) {
        manifests.push_back(std::move(*manifest));
        continue;
      }
      input.format = Format::json;
    }
    if (const auto read = indexer.read(file); !read) return tl::unexpected<Error>(read.error());
  }
  state->catalogue = make_catalogue(index, manifests, report);
  state->builder.emplace(index, state->catalogue);
  return Intake(std::move(state));
}

std::size_t Intake::patient_count() const {
  return state_->catalogue.patients.size();
}

bool Intake::only(std::string_view patient) {
  const std::string given(patient), full = "Patient/" + given;
  std::set<std::string> names{given, full};
  for (const auto& [former, survivor] : state_->catalogue.replaced)
    if (former == given || former == full) names.insert(survivor);
  std::set<std::string> found;
  for (const Enrolled& enrolled : state_->catalogue.patients) {
    const std::string& reference = enrolled.reference;
    const bool collides = reference.starts_with(given + "#") || reference.starts_with(full + "#");
    if (names.contains(reference) || collides) found.insert(reference);
  }
  state_->only = std::move(found);
  return !state_->only->empty();
}

bool Intake::next(screening::Chart& chart, Arena& arena, Report& report) {
  const auto& patients = state_->catalogue.patients;
  while (state_->at < patients.size()) {
    const Enrolled& enrolled = patients[state_->at++];
    if (state_->only && !state_->only->contains(enrolled.reference)) continue;
    state_->builder->build(enrolled, chart, arena, report);
    return true;
  }
  return false;
}

}  // namespace trialflag::intake
