// Records that a poll brought of somebody whose chart is stored: they are entered into that chart, and the source is not asked again. Of
// somebody who is to be read and has none yet they are kept as well: that reading must show them, or they must be gone.
//
// The ten lines: (1) a page of a poll holds records as they are now; (2) those of a charted patient are kept with the page, in its
// transaction, as a small chart of their own; (3) when the patient is screened they are entered, in the order in which they came; (4) a
// whole reading is worth more than all of them and forgets them, having asked for those that it did not show; (5) what cannot be told from
// the records at hand is not guessed: then the patient is read whole. That is so (6) for a type of which the chart may miss something, for
// only a whole reading tells that it no longer does; (7) for a Medication that the chart does not hold; (8) for a Patient that is or was
// linked to another; (9) for a version that is dated before the one on file; (10) deletions, records that name somebody else now, and
// flawed ones never come this way.
#pragma once

#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/arena.h"
#include "agent/base/result.h"
#include "agent/screening/chart.h"

namespace trialflag::screening {

/// Records that changed and are not dated after what they were before (version_order.h). Which holds is not in doubt: what the source
/// showed last. Why its dates go back should be told.
using Misdated = std::set<std::pair<fhir::ResourceType, std::string>>;

/// Enters what `arrived` holds (records, Medications, and the Patient if it has an id) into `chart`: in place of the former version, else
/// behind the records of its type. False: the patient must be read whole, and `chart` is of no use any more.
bool enter(Chart& chart, const Chart& arrived, Misdated& misdated);

/// Enters all of `arrivals` (chart_blob.h), oldest first. False as above; also when one cannot be read. Views point into `arena`.
bool enter_all(Chart& chart, std::span<const std::string> arrivals, Arena& arena, Misdated& misdated);

/// Notes those of `chart`, read anew, against what it was before.
void find_misdated(const Chart& former, const Chart& chart, Misdated& misdated);

/// The Patient and the records of `former` with what `arrivals` brought in their place: the last one of each. What cannot be read is left
/// out. Nothing else of the chart is set. Views point into `arena`.
Chart latest_known(const Chart& former, std::span<const std::string> arrivals, Arena& arena);

/// Ids of the Medications to which the chart refers and which it does not have, each once, in order.
std::vector<std::string> awaited_medications(const Chart& chart);

}  // namespace trialflag::screening
