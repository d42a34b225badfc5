// What a notice says, in words for its reader. No patient data: the trial, the flag's code, how many criteria pass and are open, and how to
// read the rest (interface.md section 6).
#pragma once

#include <string>

#include "agent/screening/ports.h"

namespace trialflag::screening {

struct MessageContext {
  std::string site;       ///< for people: "Example Hospital"; may be empty
  std::string link_base;  ///< "https://…/flags/": a flag's code is put behind it; empty: the command is told instead
  Instant now;
  std::string language = "en";  ///< of the reader; English where there are no texts in it
};

Letter compose(const DueNotice& due, const MessageContext& context);

}  // namespace trialflag::screening
