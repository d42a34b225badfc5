// A made-up population for measuring: as many patients as wanted, the same for the same seed, about as heavy as real exports are.
#pragma once

#include <cstdint>
#include <filesystem>

namespace trialflag::bench {

/// Writes patients.ndjson into `folder`: each patient with some 120 resources of the types that a screening reads, among them conditions,
/// measurements, prescriptions and allergies that the shipped trial's criteria ask for. Returns the bytes written; 0 when it could not.
std::uint64_t write_population(const std::filesystem::path& folder, int patients, std::uint32_t seed);

}  // namespace trialflag::bench
