// The one error convention: functions that can fail return Result<T>; exceptions stay inside the adapter that meets them.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace trialflag {

/// What the caller must do, not what went wrong inside.
enum class ErrorCode {
  unavailable,     ///< retry later
  timeout,         ///< retry later
  conflict,        ///< read again, then retry
  unauthorized,    ///< a person must act
  signed_out,      ///< we cannot sign in, so nothing was asked; a person must act
  invalid_config,  ///< a person must act
  malformed_data,  ///< quarantine this one and go on
  not_found,
  storage,  ///< stop writing, become unhealthy
  damage,   ///< the same, and a person must restore a backup
  internal  ///< our own defect
};

/// A failure told for an operator. Never holds a patient's identifier, name or birth date.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  /// The same error with what was being done put before it: "CONTEXT: MESSAGE".
  [[nodiscard]] Error within(const std::string& context) const { return {code, context + ": " + message}; }
};

/// No answer came, which says nothing about what was asked for and may pass.
inline bool not_reached(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::timeout || code == ErrorCode::signed_out;
}

/// The state could not be read or written: it is nobody else's failure, and nothing goes on before a person has looked.
inline bool of_state(const Error& error) {
  return error.code == ErrorCode::storage || error.code == ErrorCode::damage;
}

template <typename T>
using Result = tl::expected<T, Error>;

/// Shorthand for the failing side of a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace trialflag
