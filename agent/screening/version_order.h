// Which of two versions of one resource came first, by what they say themselves: a date of change and, where it is one, a number.
#pragma once

#include <string_view>

#include "fhir/record.h"

namespace trialflag::screening {

/// Dates of change that are not both instants say nothing.
bool is_older(const RecordedTime& one, const RecordedTime& other);

/// Whether the numbers of the versions say that `one` came before `other`. A version need not be a number.
bool has_lower_number(std::string_view one, std::string_view other);

/// Whether `one` is a version that came before `other`: by their numbers where they differ, else by their dates, to the second, for a
/// search and a reading by id may tell them differently. Equal versions are one.
bool is_former(const fhir::Record& one, const fhir::Record& other);
bool is_former(const fhir::Patient& one, const fhir::Patient& other);

/// Whether `later` says something else than `former` and is not dated after it. Which of the two holds nobody can tell by the dates.
bool is_misdated(const fhir::Record& former, const fhir::Record& later);
bool is_misdated(const fhir::Patient& former, const fhir::Patient& later);

/// The same of two that were shown in any order: their numbers say which is the former, and without these equal dates alone tell.
bool are_misdated(const fhir::Record& one, const fhir::Record& other);

}  // namespace trialflag::screening
