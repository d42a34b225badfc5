// Whom the agent talks to, as its configuration names them: what the clients of the EHR and of the mail server are given.
#pragma once

#include "agent/notify/mail.h"
#include "agent/notify/webhook.h"
#include "agent/settings/agent_config.h"
#include "fhir/client/endpoint.h"

namespace trialflag::app {

/// With the proxies that the environment names; invalid_config when it names one that cannot be used.
/// `written_back`: the types that are written into the EHR.
Result<fhir::Endpoint> ehr_endpoint(const settings::EhrConfig& ehr, const std::vector<std::string>& written_back);
/// The types that `notify.fhir.write` makes the agent write.
std::vector<std::string> written_types(const settings::NotifyConfig& notify);
notify::MailServer mail_server(const settings::EmailConfig& email);
std::vector<notify::Hook> hooks(const std::vector<settings::Webhook>& webhooks);

}  // namespace trialflag::app
