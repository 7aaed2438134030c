// layer: core/search
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/resolved.hpp"
#include "core/search/criteria.hpp"

// Input: criteria text, a line feed, what the host fetched, a line feed, a resource. Criteria may
// look at other resources (SPEC 5.8). Invariants: matching is deterministic, an error never
// matches, without an answer nothing that needs one matches, the bound text decides alike, and what
// is asked for next is asked for once, by a name that an answer can have.
namespace {

using namespace fhirwall;

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
  }
}

std::string padded(std::string_view text) {
  return std::string(text) + std::string(json::kPadding, ' ');
}

struct Verdict {
  bool matches = false;
  ErrorCode error = ErrorCode::kOk;
  bool operator==(const Verdict&) const = default;
};

Verdict verdict(const search::Criteria& criteria, const search::Subject& subject,
                search::Scratch& scratch) {
  Limits limits;
  limits.max_evaluation_steps = 20000;
  Error error;
  const bool matches = search::matches(criteria, subject, limits, scratch, error);
  require(!(error && matches), "an error never matches");
  return {matches, error.code};
}

bool is_name(std::string_view asked) {
  const std::size_t query = asked.find('?');
  const std::size_t slash = asked.rfind('/');
  const std::size_t equals = asked.find('=');
  const std::string_view type = asked.substr(0, std::min(query, asked.find('/')));
  return fhir::find_resource_type(type) != fhir::TypeId::kNone && slash + 1 < asked.size() &&
         slash != std::string_view::npos &&
         (query == std::string_view::npos || (equals > query && equals < slash));
}

void check_needs(const search::Criteria& criteria, const search::Subject& subject,
                 search::Scratch& scratch) {
  std::vector<std::string> needs;
  Limits limits;
  limits.max_evaluation_steps = 20000;
  if (search::references(criteria, subject, limits, scratch, needs)) {
    return;
  }
  for (const std::string& one : needs) {
    require(is_name(one), "what is asked for has a name");
    require(!subject.resolved || !subject.resolved->was_asked(one), "nothing is asked for again");
    require(std::count(needs.begin(), needs.end(), one) == 1, "nothing is asked for twice");
  }
  require(needs.empty() || search::reads_references(criteria), "only what reads others asks");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t first = input.find('\n');
  const std::size_t second = first == std::string_view::npos ? first : input.find('\n', first + 1);
  if (second == std::string_view::npos) {
    return 0;
  }
  const std::string_view criteria = input.substr(0, first);
  const std::string_view fetched = input.substr(first + 1, second - first - 1);
  const fhir::TypeId type = fhir::find_resource_type(criteria.substr(0, criteria.find('?')));
  if (type == fhir::TypeId::kNone) {
    return 0;
  }
  search::CompileOptions options;
  options.resolves = true;
  Issues issues;
  const auto compiled = search::compile(criteria, type, options, "", issues);
  require((compiled == nullptr) == issues.has_errors(), "null exactly when there is an error");
  if (!compiled) {
    return 0;
  }
  const std::string body = padded(input.substr(second + 1));
  json::Parser parser;
  if (parser.parse(std::string_view(body).substr(0, body.size() - json::kPadding), Limits{})) {
    return 0;
  }
  fhir::Resolved resolved;
  const bool answers = !fetched.empty() && !resolved.load(fetched, Limits{});

  Issues none;
  const auto again = search::compile(search::bound_text(*compiled), type, options, "", none);
  require(again != nullptr, "the bound text compiles");
  require(search::bound_text(*again) == search::bound_text(*compiled), "the bound text is stable");
  static search::Scratch scratch;
  for (const auto purpose : {search::Purpose::kRead, search::Purpose::kWriteResult}) {
    const search::Subject alone{parser.document(), 0, type, purpose};
    const Verdict without = verdict(*compiled, alone, scratch);
    const bool filters = criteria.find("_filter") != std::string_view::npos;
    require(filters || !search::reads_references(*compiled) || !without.matches,
            "without an answer no match");
    check_needs(*compiled, alone, scratch);
    const search::Subject subject{parser.document(), 0, type, purpose,
                                  answers ? &resolved : nullptr};
    const Verdict verdict_once = verdict(*compiled, subject, scratch);
    require(verdict_once == verdict(*compiled, subject, scratch), "deterministic");
    require(verdict_once.matches == verdict(*again, subject, scratch).matches,
            "the bound text decides alike");
    check_needs(*compiled, subject, scratch);
  }
  return 0;
}
