// Observations that other resources name: a panel its members (Observation.hasMember), a report its results (DiagnosticReport.result). Some
// servers show them in no search, so whoever is read whole is asked for those that the search did not show, by their ids.
//
// The ten lines: (1) what a resource names is read off its text and is no member of fhir::Record: no chart keeps it; (2) a reference counts
// as our server's when it is relative, or below ehr.base_url, at an allowed origin or beside the resource's own fullUrl, and then it is an
// id; (3) any other is asked for nowhere, and makes Observation incomplete for the patient; (4) what is asked for are the ids that the
// patient's search did not show, and those that were come by so before, wave by wave, each once, so that a circle ends; so many at most; by
// lists of ids where the server takes them, and what a list does not show by itself; (5) one that is gone is nothing, one of somebody else
// is a flaw, one that is refused or fails makes Observation incomplete; (6) which ids were asked for, and which were there, is kept beside
// the chart: a sweep does not miss what no search shows; (7) a poll that shows a panel or a report whose members are neither shown with it
// nor in the chart marks the patient for reading; (8) DiagnosticReport is polled for that alone: it is in no chart, and no criterion lacks
// it; (9) where it is not granted, refused or not kept, the server counts as one without reports, and is told so; (10) where reading it
// fails, results may be missing, and Observation is incomplete.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/json/value.h"

namespace trialflag::app {

/// What an Observation or a DiagnosticReport names, in order, each once: an Observation of our server by its id; any other by a text that
/// is no id. Nothing for other types, and nothing of what is named as no Observation. `is_ours`: whether an absolute address is one of our
/// server; without it, the server of `full_url` is believed alone.
std::vector<std::string> named_observations(const json::Value& resource, std::string_view full_url,
                                            const std::function<bool(std::string_view address)>& is_ours);

/// Whose an Observation is, as its subject says: the id of a patient; empty: nobody's, or of somebody on another server; nullopt: nobody
/// can tell.
std::optional<std::string> owner_of(std::string_view observation, const std::function<bool(std::string_view address)>& is_ours);

/// Whether it is an id, which the server can be asked for.
bool is_askable(std::string_view named);

}  // namespace trialflag::app
