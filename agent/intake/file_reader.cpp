#include "agent/intake/file_reader.h"

#include "agent/intake/window.h"
#include "agent/json/scan.h"
#include "agent/json/value.h"

namespace trialflag::intake {
namespace {

void read_links(std::string_view links, BundleHeader& header) {
  json::Document document;
  if (!document.parse(links)) return;
  for (const json::Value& link : document.root().array()) {
    const std::string_view relation = link["relation"].string();
    if (relation == "self") header.self.emplace_back(link["url"].string());
    if (relation == "next") header.next.emplace_back(link["url"].string());
  }
}

void read_header_member(std::string_view name, std::string_view value, BundleHeader& header) {
  if (name == "resourceType") header.resource_type = json::plain_string(value).value_or("");
  if (name == "type") header.type = json::plain_string(value).value_or("");
  if (name == "link") read_links(value, header);
}

// A Bundle may name its type late; what ends without having named any is none.
bool is_bundle_so_far(std::string_view text) {
  json::Members members(text);
  while (const auto member = members.next())
    if (member->name == "resourceType") return member->value.whole && json::plain_string(member->value.text) == "Bundle";
  return members.state() == json::Walk::cut_off;
}

bool ends_something(char c) {
  return c == ',' || c == ':' || c == '}' || c == ']';
}

// One JSON document of any size: a Bundle is cut into its entries as it comes, anything else is one piece.
class DocumentReader {
 public:
  DocumentReader(ByteSource& source, Window& window, PieceSink& sink) : source_(source), window_(window), sink_(sink) {}

  // False when the rest of the stream is lost.
  bool read() {
    const char first = window_.peek();
    if (first == '[') return lose("is an array, not a FHIR resource; wrap it in a Bundle, or write one resource a line (.ndjson)");
    if (first != '{') return lose("is no JSON object, so it is no FHIR resource");
    if (is_bundle_so_far(window_.buffered())) return read_bundle();
    const std::uint64_t offset = window_.offset();
    const auto text = window_.value();
    if (!text) return lose("");
    sink_.resource({*text, offset});
    return true;
  }

 private:
  bool read_bundle() {
    sink_.bundle_begins({{}, window_.offset()});
    window_.take();
    BundleHeader header;
    const std::uint64_t begin = window_.offset();
    const bool whole = read_members(header);
    if (whole && header.resource_type != "Bundle") sink_.lost({{}, begin}, "has no resourceType");
    sink_.bundle_ends(header);
    return whole;
  }

  bool read_members(BundleHeader& header) {
    for (bool first = true;; first = false) {
      char next = window_.peek();
      if (next == '}') {
        window_.take();
        return true;
      }
      if (!first) {
        if (next != ',') return lose(next == 0 ? "" : "is malformed");
        window_.take();
        next = window_.peek();
      }
      if (next != '"') return lose(next == 0 ? "" : "is malformed");
      if (!read_member(header)) return false;
    }
  }

  bool read_member(BundleHeader& header) {
    const auto key = window_.value();
    if (!key) return lose("");
    const std::string name(json::plain_string(*key).value_or(""));
    const char colon = window_.peek();
    if (colon != ':') return lose(colon == 0 ? "" : "is malformed");
    window_.take();
    const char next = window_.peek();
    if (next == '[' && name == "entry") return read_entries();
    if (ends_something(next)) return lose("is malformed");
    const auto value = window_.value();
    if (!value) return lose("");
    read_header_member(name, *value, header);
    return true;
  }

  bool read_entries() {
    window_.take();
    for (bool first = true;; first = false) {
      char next = window_.peek();
      if (next == ']') {
        window_.take();
        return true;
      }
      if (!first) {
        if (next != ',') return lose(next == 0 ? "" : "is malformed");
        window_.take();
        next = window_.peek();
      }
      if (ends_something(next)) return lose("is malformed");
      const std::uint64_t offset = window_.offset();
      const auto text = next == 0 ? std::nullopt : window_.value();
      if (!text) return lose("");
      sink_.entry({*text, offset, 0, ++entry_}, true);
    }
  }

  // An empty problem: the stream ended before the document did.
  bool lose(std::string problem) {
    if (window_.too_large()) problem = "holds a resource of more than 256 MiB";
    if (problem.empty()) problem = source_.flaw().empty() ? "is cut off" : std::string(source_.flaw());
    sink_.lost({window_.buffered(), window_.offset(), 0, entry_ >= 0 ? entry_ + 1 : -1}, problem);
    return false;
  }

  ByteSource& source_;
  Window& window_;
  PieceSink& sink_;
  std::int64_t entry_ = -1;
};

void read_lines(ByteSource& source, Window& window, PieceSink& sink) {
  std::uint32_t number = 0;
  bool any = false;
  for (std::uint64_t offset = window.offset();; offset = window.offset()) {
    auto line = window.line();
    if (!line) break;
    ++number;
    const std::size_t begin = line->find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) continue;
    line = line->substr(begin, line->find_last_not_of(" \t\r") + 1 - begin);
    any = true;
    sink.resource({*line, offset + begin, number});
  }
  if (window.too_large()) {
    sink.lost({{}, 0, number}, "holds a line of more than 256 MiB");
  } else if (!source.flaw().empty()) {
    sink.lost({{}, 0, number}, source.flaw());
  } else if (!any) {
    sink.nothing();
  }
}

// One document after the other, as long as they come.
void read_documents(ByteSource& source, Window& window, PieceSink& sink, bool only_one) {
  DocumentReader first(source, window, sink);
  if (window.peek() == 0) {
    if (source.flaw().empty()) return sink.nothing();
    return sink.lost({}, source.flaw());
  }
  if (!first.read()) return;
  while (window.peek() != 0) {
    if (only_one) return sink.lost({{}, window.offset()}, "goes on after its end; if it holds one resource a line, name it .ndjson");
    if (!DocumentReader(source, window, sink).read()) return;
  }
  if (!source.flaw().empty()) sink.lost({{}, window.offset()}, source.flaw());
}

bool looks_like_lines(Window& window) {
  window.peek();
  const std::string_view text = window.buffered();
  const std::size_t end = text.find('\n');
  return end != std::string_view::npos && json::skip_value(text.substr(0, end)) != std::string_view::npos;
}

}  // namespace

void read_pieces(ByteSource& source, Format format, PieceSink& sink) {
  Window window(source);
  window.skip_mark();
  if (format == Format::ndjson || (format == Format::sniffed && looks_like_lines(window))) {
    read_lines(source, window, sink);
  } else {
    read_documents(source, window, sink, format != Format::sniffed);
  }
}

void cut_bundle(const Piece& bundle, PieceSink& sink) {
  sink.bundle_begins(bundle);
  BundleHeader header;
  json::Members members(bundle.text);
  json::Walk entries_end = json::Walk::finished;
  std::int64_t number = -1;
  while (const auto member = members.next()) {
    if (member->name != "entry") {
      if (member->value.whole) read_header_member(member->name, member->value.text, header);
      continue;
    }
    json::Elements entries(member->value.text);
    while (const auto entry = entries.next()) {
      const auto offset = bundle.offset + static_cast<std::uint64_t>(entry->text.data() - bundle.text.data());
      sink.entry({entry->text, offset, bundle.line, ++number}, entry->whole);
    }
    entries_end = entries.state();
  }
  if (members.state() != json::Walk::finished || entries_end == json::Walk::malformed || entries_end == json::Walk::cut_off) {
    const bool cut = members.state() == json::Walk::cut_off;
    sink.lost({{}, bundle.offset, bundle.line, number}, cut ? "the Bundle is cut off" : "the Bundle is malformed");
  }
  sink.bundle_ends(header);
}

}  // namespace trialflag::intake
