// Text of a resource → what the decoder made of it, for the tests of this folder.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/arena.h"
#include "agent/json/value.h"
#include "fhir/decode.h"

namespace trialflag::fhir {

/// Owns everything that its record points to.
class Decoded {
 public:
  explicit Decoded(const std::string& text, std::string_view full_url = {}) {
    json::Document document;  // gone before the record is looked at: nothing of a record may point into it
    REQUIRE(document.parse(text));
    const auto type = document.root()["resourceType"].string();
    if (type == "Patient") {
      patient = decode_patient(document.root(), *arena_, issues_);
    } else {
      record = decode_record(document.root(), full_url, *arena_, issues_);
    }
  }

  /// "error Condition.subject is missing"
  [[nodiscard]] std::vector<std::string> issues() const {
    std::vector<std::string> lines;
    for (const Issue& issue : issues_)
      lines.push_back((issue.severity == Severity::error ? "error " : "warning ") + issue.path + " " + issue.text);
    return lines;
  }
  [[nodiscard]] bool quarantined() const { return has_error(issues_); }

  Record record;
  Patient patient;

 private:
  std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
  Issues issues_;
};

using Lines = std::vector<std::string>;

}  // namespace trialflag::fhir
