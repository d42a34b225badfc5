#include "agent/intake/indexer.h"

#include <algorithm>

#include "agent/intake/content_hash.h"
#include "agent/json/scan.h"
#include "fhir/decode.h"
#include "fhir/outcome.h"

namespace trialflag::intake {
namespace {

using fhir::ResourceType;

constexpr std::size_t kHeldBack = 256;
constexpr std::size_t kMostNested = 4;
constexpr std::uint64_t kProgressEvery = 1024;

bool is_worth_reading(std::string_view type) {
  return fhir::resource_type(type) != ResourceType::other || !fhir::is_r4_type(type) || type == "CapabilityStatement";
}

std::string label(std::string_view type, std::string_view id) {
  std::string text(type);
  if (!id.empty()) text.append("/").append(id);
  return text;
}

// "Patient/" and an id as FHIR has them: such a reference is its own short form.
bool is_plain_patient(std::string_view reference) {
  constexpr std::string_view kPatient = "Patient/";
  if (reference.size() <= kPatient.size() || !reference.starts_with(kPatient)) return false;
  return std::all_of(reference.begin() + kPatient.size(), reference.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  });
}

std::int64_t milliseconds_of(std::string_view text) {
  const auto time = fhir::parse_time(text);
  if (!time || !time->known()) return kNoTime;
  return time->precision == RecordedTime::Precision::instant ? time->instant.ms : time->first.number * 86400000LL;
}

BundleKind bundle_kind(std::string_view type) {
  if (type == "document") return BundleKind::document;
  if (type == "collection") return BundleKind::collection;
  if (type == "history") return BundleKind::history;
  return type == "searchset" ? BundleKind::searchset : BundleKind::other;
}

screening::TypeSet only(ResourceType type) {
  screening::TypeSet types;
  if (type == ResourceType::other) {
    types.add_all();
  } else {
    types.add(type);
  }
  return types;
}

}  // namespace

Result<void> Indexer::read(std::uint32_t file_number) {
  file_ = file_number;
  const InputFile& input = file().input;
  auto source = input.path.empty() ? Result<std::unique_ptr<ByteSource>>(ByteSource::of_descriptor(0)) : ByteSource::open(input.path);
  if (!source) {
    report_.quarantine({input.name}, "", source.error().message);
    return {};
  }
  source_ = source->get();
  spooled_ = source_->must_be_spooled();
  if (!spooled_) index_.texts.lies_in(file_, input.path);
  std::fill(std::begin(sampled_), std::end(sampled_), std::uint8_t{0});
  std::fill(std::begin(foreign_), std::end(foreign_), std::uint8_t{0});
  foreign_name_.clear();
  declared_.clear();
  seen_ = {};
  read_pieces(*source_, input.format, *this);
  judge_version();
  flush();
  bytes_before_ += source_->consumed();
  source_ = nullptr;
  return failure_;
}

Place Indexer::place_of(const Piece& piece) {
  return {file().input.name, piece.line, piece.entry};
}

void Indexer::say(bool quarantined, const Piece& piece, std::string subject, std::string problem) {
  said_.push_back({quarantined, place_of(piece), std::move(subject), std::move(problem)});
  if (said_.size() >= kHeldBack) flush();
}

void Indexer::flush() {
  for (const Said& said : said_)
    said.quarantined ? report_.quarantine(said.place, said.subject, said.problem) : report_.note(said.place, said.subject, said.problem);
  said_.clear();
}

std::uint32_t Indexer::subject_name(std::string_view reference) {
  if (is_plain_patient(reference)) return index_.names.intern(reference);
  const auto target = fhir::target_of(reference);
  if (target && target->type == "Patient") return index_.names.intern("Patient/" + std::string(target->id));
  return index_.names.intern(reference);
}

void Indexer::resource(const Piece& piece) {
  if (++pieces_ % kProgressEvery == 0 && progress_) progress_(bytes_before_ + source_->consumed());
  ++file().resources;
  Arena unescaped;
  take({piece, piece.text, {}, look_at(piece.text, is_worth_reading, unescaped)});
}

void Indexer::bundle_begins(const Piece& place) {
  frames_.push_back({static_cast<std::uint32_t>(index_.bundles.size()), index_.items.size(), index_.losses.size(), {}});
  Bundle begun;
  begun.file = file_;
  begun.line = place.line;
  index_.bundles.push_back(std::move(begun));
}

void Indexer::entry(const Piece& piece, bool whole) {
  if (++pieces_ % kProgressEvery == 0 && progress_) progress_(bytes_before_ + source_->consumed());
  if (!whole) return;  // the loss of the rest is told with the rest
  Arena unescaped;
  std::string_view full_url, text;
  bool deletion = false;
  json::Members members(piece.text);
  while (const auto member = members.next()) {
    const std::string_view value = member->value.text;
    if (member->name == "fullUrl") full_url = unquoted(value, unescaped);
    if (member->name == "resource" && value != "null") text = value;
    if (member->name == "request") deletion = value.find("\"DELETE\"") != std::string_view::npos;
    if (member->name == "response") take_response(value, piece);
  }
  if (members.state() != json::Walk::finished) {
    ++file().resources;
    const auto resource = json::find_member(piece.text, "resource");
    const std::string_view damaged_text = resource ? resource->text : piece.text;
    return damaged({piece, damaged_text, full_url, look_at(damaged_text, is_worth_reading, unescaped)}, "is malformed JSON");
  }
  if (deletion) return take_deletion(piece, piece.text);
  if (text.empty()) return;
  ++file().resources;
  take({piece, text, full_url, look_at(text, is_worth_reading, unescaped)});
}

void Indexer::take(Found found) {
  const Probe& probe = found.probe;
  found.type = fhir::resource_type(probe.type);
  if (!probe.object) return damaged(found, "is not a JSON object");
  if (probe.type.empty() && probe.whole) return refuse(found);
  if (!probe.whole) return damaged(found, found.piece.entry < 0 ? "is cut off or malformed JSON" : "is malformed JSON");
  if (!fhir::is_r4_type(probe.type)) return refuse(found);
  index_.anything_read = true;
  if (found.type == ResourceType::other) return probe.type == "CapabilityStatement" ? take_version(found) : void();
  seen_.add(found.type);
  ++file().count_of_type[static_cast<std::size_t>(found.type)];
  if (!frames_.empty()) index_.bundles[bundle()].types.add(found.type);
  switch (found.type) {
    case ResourceType::bundle:
      return take_nested(found);
    case ResourceType::operation_outcome:
      return take_outcome(found);
    case ResourceType::patient:
      return take_patient(found);
    default:
      return take_record(found);
  }
}

void Indexer::take_nested(const Found& found) {
  if (frames_.size() >= kMostNested) return damaged(found, "is a Bundle within too many Bundles");
  const auto shift = static_cast<std::uint64_t>(found.text.data() - found.piece.text.data());
  cut_bundle({found.text, found.piece.offset + shift, found.piece.line, -1}, *this);
}

void Indexer::take_patient(const Found& found) {
  if (const auto parsed = document_.parse(found.text); !parsed) return damaged(found, parsed.error().problem);
  sample_version(found);
  const json::Value& patient = document_.root();
  const std::string_view id = patient["id"].is(json::Value::Type::string) ? patient["id"].string() : std::string_view();
  if (id.empty() && found.full_url.empty())
    return say(true, found.piece, "Patient", "has neither id nor fullUrl, so no record can belong to it; quarantined");
  Item item;
  item.subject = index_.names.intern(id.empty() ? std::string(found.full_url) : "Patient/" + std::string(id));
  item.key = key_of(ResourceType::patient, index_.names.text(item.subject));
  file().names_patient = true;
  if (!frames_.empty()) {
    index_.contents.push_back({item.subject, bundle(), content_hash(patient)});
    const bool names_itself = subject_name(found.full_url) == item.subject;
    if (!found.full_url.empty() && !names_itself) frames_.back().aliases[subject_name(found.full_url)] = item.subject;
  }
  std::uint32_t merged_into = kNone;
  for (const json::Value& link : patient["link"].array()) {
    const std::string_view other = link["other"]["reference"].string();
    if (link["type"].string() == "replaced-by" && !other.empty()) merged_into = subject_name(other);
  }
  file_away(found, item);
  if (merged_into != kNone && failure_) index_.replacements.push_back({index_.items.back().text, item.subject, merged_into});
}

void Indexer::take_record(const Found& found) {
  sample_version(found);
  Item item;
  if (found.type != ResourceType::medication) {
    if (found.probe.subject.empty()) return take_orphan(found);
    item.subject = subject_name(found.probe.subject);
    file().names_patient = true;
  }
  const std::string_view id = found.probe.id;
  if (!id.empty()) item.key = key_of(found.type, id);
  if (id.empty() && !found.full_url.empty())
    item.key = medication_url_key(bundle(), std::string(found.probe.type).append(" ").append(found.full_url));
  if (found.type == ResourceType::medication && !found.full_url.empty())
    index_.medication_urls[medication_url_key(bundle(), found.full_url)] = item.key;
  file_away(found, item);
}

// A record that the first look found no subject in: damaged, of a wrong type, or truly without.
void Indexer::take_orphan(const Found& found) {
  if (const auto parsed = document_.parse(found.text); !parsed) return damaged(found, parsed.error().problem);
  arena_.reset();
  fhir::Issues issues;
  fhir::decode_record(document_.root(), found.full_url, arena_, issues);
  const std::string who = label(found.probe.type, found.probe.id);
  bool told = false;
  for (const fhir::Issue& issue : issues) {
    if (issue.severity != fhir::Severity::error) continue;
    say(true, found.piece, who + " " + issue.path, issue.text + "; quarantined");
    told = true;
  }
  if (!told) say(true, found.piece, who, "names no subject; quarantined");
  lose(found, only(found.type));
}

void Indexer::file_away(const Found& found, Item item) {
  const Piece& piece = found.piece;
  item.type = found.type;
  item.updated_ms = milliseconds_of(found.probe.updated);
  item.bundle = bundle();
  item.in_entry = piece.entry >= 0;
  item.number = item.in_entry ? static_cast<std::uint32_t>(piece.entry) : piece.line;
  if (spooled_) {
    const auto slice = index_.texts.keep(file_, piece.text);
    if (!slice) {
      failure_ = tl::unexpected<Error>(slice.error());
      return;
    }
    item.text = *slice;
  } else {
    item.text = {file_, static_cast<std::uint32_t>(piece.text.size()), piece.offset};
  }
  index_.items.push_back(item);
}

void Indexer::take_deletion(const Piece& piece, std::string_view entry_text) {
  if (!document_.parse(entry_text)) return say(true, piece, "Bundle.entry", "is malformed JSON");
  const json::Value& entry = document_.root();
  if (entry["request"]["method"].string() != "DELETE") return;
  const auto target = fhir::target_of(entry["request"]["url"].string());
  if (!target) return say(false, piece, "Bundle.entry.request.url", "names no resource to delete");
  index_.anything_read = true;
  const ResourceType type = fhir::resource_type(target->type);
  if (type == ResourceType::other) return;
  Item item;
  item.type = type;
  item.deleted = true;
  const std::string id(target->id);
  item.key = key_of(type, type == ResourceType::patient ? "Patient/" + id : id);
  item.updated_ms = milliseconds_of(entry["response"]["lastModified"].string());
  item.bundle = bundle();
  item.text.file = file_;
  index_.items.push_back(item);
}

void Indexer::take_response(std::string_view response, const Piece& piece) {
  const auto outcome = json::find_member(response, "outcome");
  if (!outcome || outcome->text == "null") return;
  if (document_.parse(outcome->text) && fhir::judge_outcome(document_.root()) == fhir::Judgement::fine) return;
  tell_gap(piece);
}

void Indexer::take_outcome(const Found& found) {
  if (document_.parse(found.text) && fhir::judge_outcome(document_.root()) == fhir::Judgement::fine) return;
  tell_gap(found.piece);
}

void Indexer::tell_gap(const Piece& piece) {
  file().outcome = true;
  say(false, piece, "OperationOutcome", "says that records may be missing; every type counts as incomplete");
}

void Indexer::take_version(const Found& found) {
  const auto member = json::find_member(found.text, "fhirVersion");
  Arena unescaped;
  const std::string_view version = member ? unquoted(member->text, unescaped) : std::string_view();
  if (version.empty() || version.starts_with("4.")) return;
  declared_ = version.starts_with("3.")                                ? "STU3"
              : version.starts_with("5.") || version.starts_with("6.") ? "R5 or later"
                                                                       : "DSTU2 or older";
}

void Indexer::sample_version(const Found& found) {
  constexpr std::uint8_t kSamples = 8;
  const auto type = static_cast<std::size_t>(found.type);
  if (sampled_[type] >= kSamples) return;
  if (found.type != ResourceType::patient && !document_.parse(found.text)) return;
  ++sampled_[type];
  const auto version = fhir::foreign_version(document_.root());
  if (!version) return;
  ++foreign_[type];
  foreign_name_ = *version;
}

// One resource of a foreign shape among good ones is quarantined when it is decoded; a type that is mostly foreign makes the file so.
void Indexer::judge_version() {
  bool foreign = !declared_.empty();
  for (std::size_t type = 0; type < std::size(sampled_); ++type) foreign = foreign || foreign_[type] * 2 > sampled_[type];
  if (!foreign) return index_.seen.merge(seen_);
  file().foreign = declared_.empty() ? foreign_name_ : declared_;
  file().incomplete.add_all();
  said_.clear();
  report_.quarantine({file().input.name}, "", "is " + file().foreign + ", not R4; none of its resources is read (export it as FHIR R4)");
}

void Indexer::refuse(const Found& found) {
  if (found.probe.type.empty()) {
    say(true, found.piece, "", "has no resourceType, so it is no FHIR resource; quarantined");
    if (found.piece.entry >= 0) lose(found, only(ResourceType::other));
    return;
  }
  const std::string_view name = found.probe.type.size() <= 40 ? found.probe.type : "a resource";
  say(true, found.piece, label(name, found.probe.id), "is of a type that R4 does not have; quarantined");
  if (found.type != ResourceType::other) lose(found, only(found.type));
}

void Indexer::damaged(const Found& found, std::string_view problem) {
  const auto type = fhir::resource_type(found.probe.type);
  const bool unread = type == ResourceType::other && !found.probe.type.empty();
  std::string text(problem);
  say(true, found.piece, label(found.probe.type, found.probe.id), text.append("; quarantined"));
  if (!unread) lose(found, only(type));
}

void Indexer::lose(const Found& found, screening::TypeSet types) {
  std::optional<std::string> subject;
  if (!found.probe.whole) {
    subject = named_subject(found.text);
  } else if (!found.probe.subject.empty()) {
    subject = found.probe.subject;
  }
  if (!subject) {
    file().incomplete.merge(types);
    return;
  }
  file().names_patient = true;
  index_.losses.push_back({bundle(), subject_name(*subject), types});
}

void Indexer::lost(const Piece& rest, std::string_view problem) {
  std::string text(problem);
  Arena unescaped;
  if (frames_.empty() && !rest.text.empty())
    return damaged({rest, rest.text, {}, look_at(rest.text, is_worth_reading, unescaped)}, problem);
  if (const auto subject = named_subject(rest.text)) index_.losses.push_back({bundle(), subject_name(*subject), only(ResourceType::other)});
  say(true, rest, "", text + "; what stands before was read, the rest counts as missing");
  file().incomplete.add_all();
}

void Indexer::nothing() {
  say(file().input.format != Format::ndjson, {}, "", "is empty");
}

void Indexer::resolve_in(Frame& frame) {
  // A Patient's own id outranks the fullUrl of another that looks like it.
  for (std::size_t i = frame.first_item; i < index_.items.size(); ++i)
    if (index_.items[i].type == ResourceType::patient) frame.aliases.erase(index_.items[i].subject);
  const auto resolved = [&frame](std::uint32_t subject) {
    const auto alias = frame.aliases.find(subject);
    return alias == frame.aliases.end() ? subject : alias->second;
  };
  for (std::size_t i = frame.first_item; i < index_.items.size(); ++i) {
    Item& item = index_.items[i];
    if (item.bundle == frame.bundle && item.type != ResourceType::patient) item.subject = resolved(item.subject);
  }
  for (std::size_t i = frame.first_loss; i < index_.losses.size(); ++i)
    if (index_.losses[i].bundle == frame.bundle) index_.losses[i].subject = resolved(index_.losses[i].subject);
}

void Indexer::bundle_ends(const BundleHeader& header) {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  index_.anything_read = true;
  Bundle& ended = index_.bundles[frame.bundle];
  ended.kind = bundle_kind(header.type);
  ended.self = header.self;
  if (ended.kind == BundleKind::searchset) ended.next = header.next;
  if (!frame.aliases.empty()) resolve_in(frame);
  if (ended.kind == BundleKind::history)
    std::reverse(index_.items.begin() + static_cast<std::ptrdiff_t>(frame.first_item), index_.items.end());
}

}  // namespace trialflag::intake
