// A folder of input files that lives as long as a test, and what reading it gives.
#pragma once

#include <zlib.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/intake/intake.h"
#include "tests/support/temporary_folder.h"

namespace trialflag::intake {

using Folder = TemporaryFolder;

inline std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A chart in what tests ask of it.
struct Read {
  std::vector<std::string> records, medications;  ///< "Condition/c1"
  screening::TypeSet incomplete;
  std::string birth_date;
  std::size_t links = 0;              ///< to other records of the patient
  std::vector<std::string> statuses;  ///< of the records
};

struct Reading {
  std::map<std::string, Read> charts;  ///< by reference
  std::vector<std::string> order;      ///< of the references
  std::vector<std::string> messages;
  bool quarantined = false;

  /// The input folder's path is cut from the messages, so that they can be told in full.
  [[nodiscard]] bool says(const std::string& message) const {
    for (const std::string& said : messages)
      if (said == message) return true;
    return false;
  }
  [[nodiscard]] bool says_of(const std::string& part) const {
    for (const std::string& said : messages)
      if (said.find(part) != std::string::npos) return true;
    return false;
  }
};

inline screening::TypeSet all_types() {
  screening::TypeSet types;
  types.add_all();
  return types;
}

inline std::string name_of(const fhir::Record& record) {
  return std::string(fhir::name_of(record.type)) + "/" + std::string(record.id.empty() ? record.full_url : record.id);
}

inline Reading read(const std::vector<std::string>& inputs, const std::string& root = {}, const Options& options = {}) {
  Reading reading;
  Report report;
  auto intake = Intake::open(inputs, options, report);
  if (!intake) throw std::runtime_error(intake.error().message);
  screening::Chart chart;
  Arena arena;
  while (intake->next(chart, arena, report)) {
    Read& read = reading.charts[chart.reference];
    for (const fhir::Record& record : chart.records) {
      read.records.push_back(name_of(record));
      read.statuses.emplace_back(record.status);
    }
    for (const fhir::Record& record : chart.medications) read.medications.push_back(name_of(record));
    read.incomplete = chart.incomplete;
    read.birth_date = to_string(chart.patient.birth_date);
    read.links = chart.patient.links.size();
    reading.order.push_back(chart.reference);
  }
  for (const auto& messages : {report.take(), report.take_left_out()}) {
    for (std::string message : messages) {
      for (std::size_t at = message.find(root + "/"); !root.empty() && at != std::string::npos; at = message.find(root + "/"))
        message.erase(at, root.size() + 1);
      reading.messages.push_back(std::move(message));
    }
  }
  reading.quarantined = report.quarantined();
  return reading;
}

inline Reading read(const Folder& folder, const Options& options = {}) {
  return read({folder.path()}, folder.path(), options);
}

inline std::string patient(const std::string& id, const std::string& more = {}) {
  return R"({"resourceType":"Patient","id":")" + id + "\"" + more + "}";
}

inline std::string condition(const std::string& id, const std::string& subject, const std::string& more = {}) {
  return R"({"resourceType":"Condition","id":")" + id + R"(","subject":{"reference":")" + subject +
         R"("},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]})" + more + "}";
}

/// Entries are resources, or whole entries when they begin with {"fullUrl" or {"request".
inline std::string bundle(const std::string& type, const std::vector<std::string>& entries, const std::string& more = {}) {
  std::string text = R"({"resourceType":"Bundle","type":")" + type + "\"" + more + R"(,"entry":[)";
  for (const std::string& entry : entries) {
    if (text.back() != '[') text += ',';
    const bool whole = entry.starts_with("{\"fullUrl") || entry.starts_with("{\"request");
    text += whole ? entry : R"({"resource":)" + entry + "}";
  }
  return text + "]}";
}

inline std::string at_url(const std::string& url, const std::string& resource) {
  return R"({"fullUrl":")" + url + R"(","resource":)" + resource + "}";
}

}  // namespace trialflag::intake
