// Files that must be on the disk when we say so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace trialflag::store {

/// Makes a file's bytes, or a folder's names, durable. Throws Failure, as all of these.
void make_durable(const std::filesystem::path& path);
/// Copies into a new file of mode 0600, and makes it durable.
void copy_durably(const std::filesystem::path& from, const std::filesystem::path& to,
                  const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);
/// Renames within a folder, and makes that durable.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace trialflag::store
