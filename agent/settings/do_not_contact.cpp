#include "agent/settings/do_not_contact.h"

#include "agent/settings/roster_file.h"
#include "agent/settings/settled_file.h"
#include "mappings/csv.h"
#include "mappings/unicode.h"

namespace trialflag::settings {
namespace {

/// "Patient/x" and "x" are the same.
std::string id_of(std::string_view written) {
  constexpr std::string_view kType = "Patient/";
  if (written.starts_with(kType)) written.remove_prefix(kType.size());
  const bool plain = !written.empty() && written.find_first_of(" \t/") == std::string_view::npos;
  return plain ? std::string(written) : std::string();
}

/// Whether the day has passed; nullopt: it is no day.
std::optional<bool> over(std::string_view until, const Zone& zone, Instant now) {
  const auto day = until.size() == 10 ? parse_instant(until, zone) : Result<Instant>(fail(ErrorCode::malformed_data, ""));
  if (!day) return std::nullopt;
  return zone.day_of(*day) < zone.day_of(now);
}

}  // namespace

std::optional<DoNotContact> read_do_not_contact(const std::filesystem::path& file, const Zone& zone, Instant now,
                                                std::vector<std::string>& flaws) {
  const std::string name = file.string();
  const auto bytes = read_settled(file, now);
  if (!bytes) {
    flaws.push_back(bytes.error().message);
    return std::nullopt;
  }
  const auto text = mappings::decode_file(*bytes);
  if (!text) {
    flaws.push_back(name + ": is in no encoding that is known; save it as UTF-8");
    return std::nullopt;
  }
  const auto table = mappings::read_csv(*text);
  if (!table) {
    flaws.push_back(name + ":" + table.error().message);
    return std::nullopt;
  }
  const int patient = table->column("patient"), until = table->column("until");
  if (patient < 0) {
    flaws.push_back(name + ":" + std::to_string(table->header_line) + ": has no column patient; begin with patient,reason,until");
    return std::nullopt;
  }
  DoNotContact list;
  for (const mappings::CsvRow& row : table->rows) {
    const std::string place = name + ":" + std::to_string(row.line) + ": ";
    const std::string id = id_of(mappings::CsvTable::field(row, patient));
    const std::string_view day = mappings::CsvTable::field(row, until);
    const auto passed = day.empty() ? std::optional(false) : over(day, zone, now);
    if (id.empty()) {
      list.flaws.push_back(place + "names no patient; write the id of a Patient");
    } else if (!is_patient_id(id)) {
      list.flaws.push_back(place + "no Patient can have this id, letters, digits, - and . alone, 64 at most; write the id of a Patient");
    } else if (!passed) {
      list.flaws.push_back(place + "until is no day, so it counts as for ever; write it as 2026-12-31");
    }
    list.whole = list.whole && is_patient_id(id);
    if (!id.empty() && !passed.value_or(false)) list.patients.insert(id);
  }
  return list;
}

}  // namespace trialflag::settings
