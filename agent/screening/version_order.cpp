#include "agent/screening/version_order.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "agent/screening/chart_blob.h"

namespace trialflag::screening {
namespace {

/// What it says, whatever its version and the way in which it was come by.
template <typename T>
T content_of(T resource) {
  resource.full_url = resource.version = {};
  resource.updated = {};
  return resource;
}

std::string bytes_of(const fhir::Record& record) {
  Chart chart;
  chart.records.push_back(content_of(record));
  return encode_chart(chart);
}

std::string bytes_of(const fhir::Patient& patient) {
  Chart chart;
  chart.patient = content_of(patient);
  return encode_chart(chart);
}

bool is_instant(const RecordedTime& time) {
  return time.precision == RecordedTime::Precision::instant;
}

template <typename T>
bool misdated(const T& former, const T& later) {
  const bool dated = is_instant(former.updated) && is_instant(later.updated);
  return dated && !is_older(former.updated, later.updated) && bytes_of(former) != bytes_of(later);
}

template <typename T>
bool came_before(const T& one, const T& other) {
  constexpr std::int64_t kSecond = 1000;
  if (!one.version.empty() && one.version == other.version) return false;
  if (has_lower_number(one.version, other.version)) return true;
  if (has_lower_number(other.version, one.version)) return false;
  return is_older(one.updated, other.updated) && one.updated.instant.ms / kSecond < other.updated.instant.ms / kSecond;
}

}  // namespace

bool is_former(const fhir::Record& one, const fhir::Record& other) {
  return came_before(one, other);
}

bool is_former(const fhir::Patient& one, const fhir::Patient& other) {
  return came_before(one, other);
}

bool is_older(const RecordedTime& one, const RecordedTime& other) {
  return is_instant(one) && is_instant(other) && one.instant < other.instant;
}

bool has_lower_number(std::string_view one, std::string_view other) {
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
  };
  const auto first = number(one), second = number(other);
  return first && second && *first < *second;
}

bool is_misdated(const fhir::Record& former, const fhir::Record& later) {
  return misdated(former, later);
}

bool is_misdated(const fhir::Patient& former, const fhir::Patient& later) {
  return misdated(former, later);
}

bool are_misdated(const fhir::Record& one, const fhir::Record& other) {
  if (has_lower_number(one.version, other.version)) return misdated(one, other);
  if (has_lower_number(other.version, one.version)) return misdated(other, one);
  return !is_older(one.updated, other.updated) && !is_older(other.updated, one.updated) && misdated(one, other);
}

}  // namespace trialflag::screening
