// What a server shows, in the self link of its answer, to have applied of a search.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fhir/client/client.h"

namespace trialflag::fhir {

/// The names of the parameters that `self` does not show (FHIR R4 3.1.1.2: it shows those that were used), each once, in the order in which
/// they were sent. A parameter shows under any modifier; patient and subject stand for each other. Values are not compared: servers write
/// them anew.
std::vector<std::string> not_applied(const std::vector<Parameter>& sent, std::string_view self);

}  // namespace trialflag::fhir
