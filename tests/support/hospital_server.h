// The test hospital (tests/hospital/server.py) as a process of its own that lives as long as the object.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace trialflag::testing {

/// Throws std::runtime_error when the server does not start or does not answer: a test cannot go on then.
class HospitalServer {
 public:
  /// `options` as server.py has them, "--port" aside.
  explicit HospitalServer(const std::vector<std::string>& options = {});
  ~HospitalServer();
  HospitalServer(const HospitalServer&) = delete;
  HospitalServer& operator=(const HospitalServer&) = delete;

  [[nodiscard]] const std::string& base_url() const { return base_url_; }  ///< "http://127.0.0.1:PORT/fhir"

  /// Writes a resource; `path` is "Type/id", as in the JSON itself.
  void put(const std::string& path, const std::string& json) const;
  void remove(const std::string& path) const;
  /// Adds a fault: JSON as tests/hospital/faults.py describes it.
  void add_fault(const std::string& json) const;
  void clear_faults() const;
  /// Everything asked for under /fhir so far, as a JSON list of {method, path, headers}.
  [[nodiscard]] std::string requests() const;

 private:
  std::string send(const std::string& method, const std::string& path, const std::string& body) const;

  pid_t pid_ = -1;
  int port_ = 0;
  std::string base_url_;
};

}  // namespace trialflag::testing
