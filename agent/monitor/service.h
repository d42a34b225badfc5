// Tells systemd how the service fares: sd_notify(3), by its own protocol of one datagram.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace trialflag::monitor {

/// Says "READY=1", "STOPPING=1", "WATCHDOG=1" or the like to whoever started us; false when nobody is there to be told.
bool tell_service(std::string_view what);

/// How long systemd waits for a WATCHDOG=1 of this process; nullopt: it does not.
std::optional<std::chrono::milliseconds> watchdog_patience();

}  // namespace trialflag::monitor
