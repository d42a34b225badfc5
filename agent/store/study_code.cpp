#include "agent/store/study_code.h"

#include <vector>

#include "agent/base/ids.h"
#include "agent/store/rows.h"

namespace trialflag::store {
namespace {

constexpr std::size_t kSigns = 10;  // 50 bits: no two of a million patients are likely to share a code
constexpr std::size_t kKeyBytes = 32;

/// Whom the log knows by no id any more: the code stands in its place, after a sign that no id has.
constexpr char kForgotten = '#';

}  // namespace

std::string log_key(Database& database) {
  constexpr const char* kName = "log_key";
  if (std::string key = meta(database, kName); !key.empty()) return key;
  database.run("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", kName, hex_of(random_bytes(kKeyBytes)));
  return meta(database, kName);
}

bool is_forgotten_in_log(std::string_view patient) {
  return !patient.empty() && patient.front() == kForgotten;
}

std::string study_code(std::string_view key, std::string_view trial, std::string_view patient) {
  if (is_forgotten_in_log(patient)) return std::string(patient.substr(1));
  return short_code(hex_of(salted_digest(key, {trial, patient})), kSigns);
}

void offer_study_code(Database& database) {
  database.offer("study_code", 3, [](const std::vector<std::string>& of) { return study_code(of[0], of[1], of[2]); });
}

namespace {

/// Calls `rename` with the table, the trial, and the name of the forgotten patient in it.
template <typename Rename>
void for_each_log(Database& database, const std::string& patient, Rename rename) {
  const std::string key = log_key(database);
  for (const std::string table : {"screenings", "samples"}) {
    std::vector<std::string> trials;
    const auto row = database.prepare("SELECT DISTINCT trial FROM " + table);
    while (row->step()) trials.push_back(row->text(0));
    for (const std::string& trial : trials) rename(table, trial, kForgotten + study_code(key, trial, patient));
  }
}

}  // namespace

void forget_in_log(Database& database, const std::string& patient) {
  for_each_log(database, patient, [&](const std::string& table, const std::string& trial, const std::string& code) {
    database.run("UPDATE " + table + " SET patient = ? WHERE trial = ? AND patient = ?", code, trial, patient);
  });
}

void remember_in_log(Database& database, const std::string& patient) {
  for_each_log(database, patient, [&](const std::string& table, const std::string& trial, const std::string& code) {
    database.run("UPDATE " + table + " SET patient = ? WHERE trial = ? AND patient = ?", patient, trial, code);
  });
}

}  // namespace trialflag::store
