// What a notice says, in words for its reader. No patient data: the trial, the flag's code, how many criteria pass and are open, and how to
// read the rest (interface.md section 6).
#pragma once

#include <string>
#include <vector>

#include "agent/screening/tiers.h"

namespace trialflag::screening {

struct MessageContext {
  std::string site;       ///< for people: "Example Hospital"; may be empty
  std::string link_base;  ///< "https://…/flags/": a flag's code is put right behind it; empty: the command is told instead
  Instant now;
  std::string language = "en";  ///< of the reader; English where there are no texts in it
};

/// A message as paragraphs, from which all its forms are made.
struct Words {
  std::string subject;
  std::vector<std::string> paragraphs;
  std::vector<std::string> list;
  std::string link;  ///< shown last; an address or a command
};

Words words_of(const LinkFacts& facts, const MessageContext& context);

Letter compose(const LinkFacts& facts, const MessageContext& context);

}  // namespace trialflag::screening
