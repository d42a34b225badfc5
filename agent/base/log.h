// The log of the running agent: for operators, on stderr. Never a patient's identifier, name, birth date or value.
#pragma once

#include <string>
#include <string_view>

namespace trialflag {

/// Sets the level (trace, debug, info, warn, error) and the form: with `for_journal` each line opens with its priority (sd-daemon(3)) and
/// no time, for the journal keeps both. Call once, before other threads start.
void start_log(std::string_view level, bool for_journal);

void log_debug(const std::string& text);
void log_info(const std::string& text);
void log_warning(const std::string& text);
void log_error(const std::string& text);

}  // namespace trialflag
