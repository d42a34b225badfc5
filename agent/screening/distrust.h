// A reading of one patient that shows less than is known: a search that was given fewer records than there are, or a replica that lags.
//
// The ten lines: (1) known is what the stored chart holds and what polls have brought since (arrivals.h); (2) each record of it that the
// reading does not show, or shows in a version that came before, is asked for by its id; (3) what the source then says is somebody
// else's is not theirs; what it says is gone is so if its deletion was told, or a sweep of this cycle does not show it either, or the
// source tells no deletions and neither a poll since nor the last reading speaks against it; (4) what it gives by the id counts, and where
// it gives nothing sound, what is known; (5) the type is doubted: it is as complete as it was, and the patient is read again, in the next
// cycle and then ever more rarely; (6) an older version that the id confirms is believed, for a source may go back; (7) of somebody without
// a chart a doubted type is incomplete, for nobody has seen all of it; (8) a type that a source shows by some categories alone is not
// doubted for what is in others; (9) a type that the brake holds is not asked about: nothing of it is taken back, and of somebody without a
// chart it is incomplete; (10) after twenty records
// of a type that are there all the same the others are taken to be there, too.
#pragma once

#include <span>

#include "agent/base/arena.h"
#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {

/// Amends `whole`, a reading of `patient`, whose `aliases` are filed under them, and sets WholePatient::doubted. Types of
/// WholePatient::retry are left to carry_over.h where there is a chart. Views point into `arena`. Fails as the store and the source do.
Result<void> distrust(CycleWork& work, const PatientId& patient, std::span<const PatientId> aliases, WholePatient& whole, Arena& arena);

}  // namespace trialflag::screening
