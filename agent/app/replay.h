// `flags show ID --at EVENT`: the verdict of an event, reached again and compared with what was kept.
#pragma once

#include "agent/app/command.h"
#include "agent/settings/agent_config.h"
#include "agent/store/desk.h"

namespace trialflag::app {

/// Tells the kept record in words (`format` table) or as JSON, and whether it was reproduced to the byte. The exit status: done when it
/// was, in_part when it was not or cannot be, usage when the event is a person's.
int show_at(Context& context, const settings::AgentConfig& agent, const store::FlagView& view, const store::EventBasis& basis,
            const std::string& format, const std::string& language);

}  // namespace trialflag::app
