// What a FHIR server and its token endpoint say when the agent signs in: any bytes are taken, what is taken for a token can be sent, and no
// text tells the server's words.
#include "fhir/client/scopes.h"
#include "fhir/client/smart_server.h"
#include "fhir/client/token_answer.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(fuzz::text_of(bytes, size));
  for (const int status : {200, 302, 400, 401, 503}) {
    fhir::Answer answer;
    answer.status = status;
    answer.body = text;
    const auto token = fhir::read_token_answer(answer);
    require(token || token.error().message.size() < 200, "a refusal is told in our words");
    if (!token) continue;
    require(token->value.find_first_of("\r\n ") == std::string::npos, "a token cannot end the header that carries it");
    require(token->lifetime.count() > 0 && token->lifetime <= std::chrono::hours(24), "a token lives from a second to a day");
  }
  for (const auto& server : {fhir::read_smart_configuration(text), fhir::read_oauth_uris(text)})
    if (server) require(!server->token_endpoint.empty() && server->token_url.port > 0, "a token endpoint has an address");

  const auto words = fhir::split_scopes(text);
  const fhir::GrantedScopes granted(text);
  for (const char* type : {"Patient", "Condition"}) static_cast<void>(granted.of(type, fhir::Access::search));
  require(fhir::supported_of({"system/Patient.rs"}, words).size() <= 1, "no scope is asked for that is not wanted");
  static_cast<void>(fhir::supported_of(words, words));
  return 0;
}
