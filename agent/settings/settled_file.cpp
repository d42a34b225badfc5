#include "agent/settings/settled_file.h"

#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>
#include <tuple>

namespace trialflag::settings {
namespace {

using namespace std::chrono_literals;

constexpr auto kFresh = 2s;     ///< what was changed longer ago is not being written
constexpr auto kStill = 500ms;  ///< so long nothing may have moved
constexpr int kMostLooks = 10;

using Stamp = std::tuple<ino_t, off_t, time_t, long>;

std::optional<Stamp> stamp_of(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return std::nullopt;
  return Stamp{about.st_ino, about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec};
}

bool is_fresh(const Stamp& stamp, Instant now) {
  const auto age = std::chrono::milliseconds(now.ms) - std::chrono::seconds(std::get<2>(stamp));
  return age < kFresh + 1s;  // also what bears a time that is yet to come
}

Result<std::string> content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  if (!stream) return fail(ErrorCode::not_found, file.string() + ": cannot be read; check its path and who may read it");
  return bytes.str();
}

}  // namespace

Result<std::string> read_settled(const std::filesystem::path& file, Instant now) {
  auto before = stamp_of(file);
  for (int looks = 0; looks < kMostLooks; ++looks) {
    if (before && is_fresh(*before, now)) std::this_thread::sleep_for(kStill);
    auto content = content_of(file);
    const auto after = stamp_of(file);
    if (!content || before == after) return content;
    before = after;
  }
  return fail(ErrorCode::unavailable, file.string() + ": is being written; it is read when it lies still");
}

}  // namespace trialflag::settings
