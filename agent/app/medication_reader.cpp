#include "agent/app/medication_reader.h"

#include <utility>

namespace trialflag::app {

Result<void> MedicationReader::fetch(const Ids& ids) {
  std::vector<std::string> missing;
  for (const std::string& id : ids)
    if (!kept_.contains(id)) missing.push_back(id);
  for (const std::vector<std::string>& list : IdLists::divided(missing)) {
    auto shown = lists_.read(list);
    if (!shown) return tl::unexpected(shown.error());
    for (auto& [id, text] : *shown) kept_[id].text = std::move(text);
    // One that the list did not show is gone, or was left out: its own address tells.
    for (const std::string& id : list)
      if (!kept_.contains(id))
        if (auto fetched = fetch_one(id); !fetched) return fetched;
  }
  return {};
}

Result<void> MedicationReader::fetch_one(const std::string& id) {
  auto text = client_.read("Medication", id);
  if (!text && text.error().code == ErrorCode::internal) return tl::unexpected(text.error());
  Kept& kept = kept_[id];
  if (text) {
    kept.text = std::move(*text);
  } else if (text.error().code == ErrorCode::malformed_data) {
    kept.text = "{}";
  } else if (not_reached(text.error().code)) {
    kept.failed = text.error();
  } else if (text.error().code == ErrorCode::unauthorized) {
    kept.refused = text.error();
  }
  return {};
}

}  // namespace trialflag::app
