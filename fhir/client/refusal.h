// What a server that refused the first page of a search said, for whoever can ask in another way.
#pragma once

namespace trialflag::fhir {

/// Of its last answer; all of it to act on, none of it to be shown.
struct Refusal {
  int status = 0;          ///< 0: there was no answer, or it was no refusal of the search itself
  bool required = false;   ///< an OperationOutcome of issue code `required`: the search lacks a parameter
  bool forgotten = false;  ///< it was no refusal: a later page was gone, as often as the search was begun anew
};

}  // namespace trialflag::fhir
