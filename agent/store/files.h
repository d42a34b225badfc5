// Files that must be on the disk when we say so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <utility>

namespace trialflag::store {

/// Makes a file's bytes, or a folder's names, durable. Throws Failure, as all of these.
void make_durable(const std::filesystem::path& path);
/// Copies into a new file of mode 0600, and makes it durable.
void copy_durably(const std::filesystem::path& from, const std::filesystem::path& to,
                  const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);
/// Renames within a folder, and makes that durable.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// A file that is gone when we are done with it, however that ends, and before we begin; with what SQLite lays beside it.
class Draft {
 public:
  explicit Draft(std::filesystem::path path) : path_(std::move(path)) { clear(); }
  ~Draft() { clear(); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void clear() const;
  std::filesystem::path path_;
};

}  // namespace trialflag::store
