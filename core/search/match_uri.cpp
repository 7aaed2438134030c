#include "core/search/compiled.hpp"
#include "core/search/fold.hpp"

namespace fhirwall::search {

// A uri matches as a whole and case-sensitively (FHIR R4 search, section 3.1.1.4.13; SPEC 5.3). The
// wider reading is the reference's: a part of it, ignoring case.
Verdict match_uri(MatchContext& context, const fhirpath::Item& item, const Clause& clause,
                  Reading reading) {
  const json::Document& document = context.document;
  if (item.form != fhirpath::Item::Form::kNode || item.node == json::kNoNode ||
      !document.is_string(item.node)) {
    return Verdict::kBad;
  }
  if (reading == Reading::kWide) {
    context.scratch.folded.clear();
    fold(document.string(item.node, context.scratch.text), context.scratch.folded);
  }
  for (const StringValue& value : clause.strings) {
    if (reading == Reading::kWide ? context.scratch.folded.find(value.folded) != std::string::npos
                                  : document.string_is(item.node, value.text)) {
      return Verdict::kYes;
    }
  }
  return Verdict::kNo;
}

namespace {

constexpr std::string_view kScheme = "://";

// `http://a/b/` names what `http://a/b` does.
std::string_view without_slash(std::string_view url) {
  return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

// Whether `url` is `base` or lies below it, in whole path segments.
bool lies_below(std::string_view url, std::string_view base) {
  base = without_slash(base);
  return url.starts_with(base) && (url.size() == base.size() || url[base.size()] == '/');
}

// `.`, `..`, also where the dots are written `%2e`.
bool is_dot_segment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool encoded = segment.starts_with("%2e") || segment.starts_with("%2E");
    if (!encoded && segment.front() != '.') {
      return false;
    }
    segment.remove_prefix(encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

}  // namespace

bool has_plain_path(std::string_view url) {
  const std::size_t scheme = url.find(kScheme);
  if (scheme == std::string_view::npos || scheme == 0) {
    return false;
  }
  std::string_view rest = url.substr(scheme + kScheme.size());
  if (rest.empty() || rest.front() == '/') {
    return false;
  }
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    if (is_dot_segment(rest.substr(0, slash))) {
      return false;
    }
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  }
  return true;
}

// `:below`: the element is the value or has more path segments; `:above`: the other way round (FHIR
// R4 search, section 3.1.1.4.13). Both are about URLs; a urn has no path.
Verdict match_uri_path(MatchContext& context, const fhirpath::Item& item, const Clause& clause) {
  const json::Document& document = context.document;
  if (item.form != fhirpath::Item::Form::kNode || item.node == json::kNoNode ||
      !document.is_string(item.node)) {
    return Verdict::kBad;
  }
  const std::string_view url = document.string(item.node, context.scratch.text);
  if (!has_plain_path(url)) {
    return Verdict::kBad;
  }
  for (const StringValue& value : clause.strings) {
    if (clause.kind == Clause::Kind::kUriBelow ? lies_below(url, value.text)
                                               : lies_below(value.text, url)) {
      return Verdict::kYes;
    }
  }
  return Verdict::kNo;
}

}  // namespace fhirwall::search
