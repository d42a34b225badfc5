#include "fhir/client/traffic.h"

namespace trialflag::fhir {
namespace {

AnswerClass class_of(int status) {
  if (status == 429) return AnswerClass::status_429;
  if (status >= 500) return AnswerClass::status_5xx;
  if (status >= 400) return AnswerClass::status_4xx;
  if (status >= 300) return AnswerClass::status_3xx;
  return status >= 100 ? AnswerClass::status_2xx : AnswerClass::failed;
}

}  // namespace

void Traffic::ended(int status, std::uint64_t bytes) {
  ++answers_[static_cast<std::size_t>(class_of(status))];
  bytes_ += bytes;
}

TrafficCounts Traffic::counts() const {
  TrafficCounts counts;
  counts.requests = requests_;
  for (std::size_t i = 0; i < kAnswerClasses; ++i) counts.answers[i] = answers_[i];
  counts.retries = retries_;
  counts.paced_ms = paced_ms_;
  counts.bytes = bytes_;
  counts.pages = pages_;
  if (const std::int64_t ahead = ahead_ms_; ahead != kUnknown) counts.ahead_ms = ahead;
  return counts;
}

}  // namespace trialflag::fhir
