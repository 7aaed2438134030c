#include "core/filter/rewrite.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/base/ascii.hpp"
#include "core/base/wipe.hpp"
#include "core/filter/allow_list.hpp"

namespace fhirwall::filter {
namespace {

constexpr std::size_t kMaxLinkBytes = 64 * 1024;

// The bytes of `raw`, the text between the quotes, that stand for `prefix` and a slash, without
// those of the slash; 0: it does not begin with them. `prefix` is ASCII that needs no escape.
std::size_t raw_prefix(std::string_view raw, std::string_view prefix) {
  std::size_t at = 0;
  for (std::size_t i = 0; i <= prefix.size(); ++i) {
    const char wanted = i == prefix.size() ? '/' : prefix[i];
    const std::size_t begin = at;
    if (at == raw.size()) {
      return 0;
    }
    if (raw[at] != '\\') {
      if (raw[at++] != wanted) {
        return 0;
      }
    } else {
      const std::size_t length = raw[at + 1] == 'u' ? 6 : 2;
      std::string unescaped;
      // Half a surrogate pair is left out: it stands for no character of ASCII.
      if (length == 2 || raw.substr(at + 2, 2) == "00") {
        json::unescape(raw.substr(at, length), unescaped);
      }
      if (unescaped.size() != 1 || unescaped[0] != wanted) {
        return 0;
      }
      at += length;
    }
    if (i == prefix.size()) {
      return begin;
    }
  }
  return 0;
}

// Positive, so that nothing passes that somebody would read as the name of a host.
bool names_no_place(std::string_view url) {
  if (url.starts_with("urn:uuid:") || url.starts_with("urn:oid:")) {
    return true;
  }
  const std::string_view first = url.substr(0, url.find('/'));
  return !first.empty() && std::all_of(first.begin(), first.end(), ascii::is_alpha);
}

}  // namespace

bool Rewrite::emit_url(const json::Document& document, json::NodeIndex url,
                       redact::Edits& edits) const {
  if (const std::size_t size = raw_prefix(document.raw_string(url), from)) {
    const std::uint32_t begin = document[url].begin + 1;
    edits.cuts.cut(begin, begin + static_cast<std::uint32_t>(size));
    edits.literals.push_back({begin, to});
    return true;
  }
  WipedText scratch;
  return names_no_place(document.string(url, scratch.text));
}

bool is_rewrite_base(std::string_view url) {
  return !url.empty() && url.back() != '/' && std::all_of(url.begin(), url.end(), [](char c) {
    return c > ' ' && c < 127 && c != '"' && c != '\\' && c != '?' && c != '#';
  });
}

Error kept_links(const json::Document& document, std::string& links) {
  const json::NodeIndex link = document.find(0, "link");
  if (link == json::kNoNode || !keeps_any_link(document, link)) {
    return {};
  }
  redact::Edits edits;
  emit_links(document, link, edits.cuts);
  const json::Node& node = document[link];
  const std::size_t size = edits.result_size(node.end - node.begin);
  if (size > kMaxLinkBytes) {
    return {ErrorCode::kTooLarge, 0};
  }
  links.reserve(size);  // growing would leave copies (SPEC P7)
  edits.apply(document.text(), node.begin, node.end, links);
  return {};
}

}  // namespace fhirwall::filter
