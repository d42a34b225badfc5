// A kept verdict told in another language than the one that it was written in.
#pragma once

#include "agent/eligibility/trial.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::app {

/// Says summaries and questions of `verdict`, which were written with `written`, in the language of `wanted`: the same trial file in
/// another language. What the file does not say any more stays as it was written.
void retell(eligibility::PatientVerdict& verdict, const eligibility::Trial& written, const eligibility::Trial& wanted);

}  // namespace trialflag::app
