// Hours of each day in which something is left undone.
#pragma once

namespace trialflag::settings {

/// Minutes of the day in a zone that the key says; first > last runs over midnight.
struct QuietHours {
  int first = 0, last = 0;
};

}  // namespace trialflag::settings
